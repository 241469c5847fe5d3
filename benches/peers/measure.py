"""What the tasks of all peers share: input files, the clock, the memory, the answer.

Files are columns of little-endian numbers, one after the other, so that reading them costs nobody
anything: statistics hold frequency, recency and age as doubles; events hold the customer as int64, the
day since 1970 as int64 and the amount as double.
"""

import json
import sys
import time
import warnings

import numpy

HORIZON = 39.0
# Where forecasts are computed: the published CDNOW estimates, in weeks.
PARAMETERS = {
    "bg-nbd": [0.243, 4.414, 0.793, 2.426],
    "mbg-nbd": [0.525, 6.183, 0.891, 1.614],
    "pareto-nbd": [0.553, 10.578, 0.606, 11.669],
}
# A task is repeated until this many seconds or runs have passed, and its fastest run counts.
ENOUGH_SECONDS = 10.0
RUNS_MAX = 5


def parameters(family):
    return PARAMETERS[family]


def statistics(path):
    return numpy.fromfile(path, dtype="<f8").reshape(3, -1)


def events(path, pandas):
    customer, day, amount = numpy.fromfile(path, dtype="<i8").reshape(3, -1)
    return pandas.DataFrame({
        "customer_id": customer,
        "day": day.astype("datetime64[D]").astype("datetime64[ns]"),
        "amount": amount.view("<f8"),
    })


def last_day(pandas):
    return pandas.Timestamp("2021-12-31")


def sums(table):
    return {"customers": len(table), "total": [float(table[name].sum()) for name in
                                               ("frequency", "recency", "T", "monetary_value")]}


def inference_data(posterior):
    import arviz

    return arviz.InferenceData(posterior=posterior)


def silence():
    warnings.simplefilter("ignore")


def peak_kilobytes():
    with open("/proc/self/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmHWM"):
                return int(line.split()[1])
    return None


class timed:
    """Processor time of what happens between the calls of `again`; neighbours do not count."""

    def __init__(self, slow=False):
        self.slow = slow
        self.runs = []
        self.begun = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.peak = peak_kilobytes()

    def again(self):
        now = time.process_time()
        if self.begun is not None:
            self.runs.append(now - self.begun)
        enough = RUNS_MAX <= len(self.runs) or ENOUGH_SECONDS <= sum(self.runs)
        if enough or (self.slow and self.runs):
            return False
        self.begun = time.process_time()
        return True

    def tell(self, **found):
        answer = {"seconds": min(self.runs), "runs": len(self.runs), "peak_kilobytes": self.peak, **found}
        json.dump(answer, sys.stdout)
        print()
