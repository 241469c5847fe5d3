"""One task of lifetimes, in a process of its own: python lifetimes_tasks.py TASK FAMILY FILE."""

import pathlib
import sys

import numpy
import pandas
from lifetimes import BetaGeoFitter, ModifiedBetaGeoFitter, ParetoNBDFitter
from lifetimes.utils import summary_data_from_transaction_data

import measure

FITTERS = {"bg-nbd": BetaGeoFitter, "mbg-nbd": ModifiedBetaGeoFitter, "pareto-nbd": ParetoNBDFitter}
NAMES = {"bg-nbd": "r alpha a b", "mbg-nbd": "r alpha a b", "pareto-nbd": "r alpha s beta"}


def fit(family, path):
    frequency, recency, age = measure.statistics(path)
    # Its Pareto/NBD search begins at a random point.
    numpy.random.seed(1)
    fitter = FITTERS[family]()
    with measure.timed(slow=family == "pareto-nbd") as run:
        while run.again():
            fitter.fit(frequency, recency, age)
    run.tell(parameters=[float(fitter.params_[name]) for name in NAMES[family].split()])


def predict(family, path):
    frequency, recency, age = measure.statistics(path)
    fitter = FITTERS[family]()
    fitter.params_ = pandas.Series(measure.parameters(family), index=NAMES[family].split())
    with measure.timed() as run:
        while run.again():
            purchases = fitter.conditional_expected_number_of_purchases_up_to_time(
                measure.HORIZON, frequency, recency, age)
    run.tell(total=float(numpy.sum(purchases)))


def statistics(_, path):
    events = measure.events(path, pandas)
    with measure.timed() as run:
        while run.again():
            table = summary_data_from_transaction_data(
                events, "customer_id", "day", monetary_value_col="amount",
                observation_period_end=measure.last_day(pandas))
    run.tell(**measure.sums(table))


if __name__ == "__main__":
    measure.silence()
    {"fit": fit, "predict": predict, "statistics": statistics}[sys.argv[1]](sys.argv[2], pathlib.Path(sys.argv[3]))
