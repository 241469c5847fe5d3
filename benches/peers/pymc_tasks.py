"""One task of PyMC-Marketing, in a process of its own: python pymc_tasks.py TASK FAMILY FILE."""

import pathlib
import sys

import numpy
import pandas
import xarray
from pymc_marketing.clv import BetaGeoModel, ModifiedBetaGeoModel, ParetoNBDModel, rfm_summary

import measure

MODELS = {"bg-nbd": BetaGeoModel, "mbg-nbd": ModifiedBetaGeoModel, "pareto-nbd": ParetoNBDModel}
NAMES = {"bg-nbd": "r alpha a b", "mbg-nbd": "r alpha a b", "pareto-nbd": "r alpha s beta"}


def customers(path):
    frequency, recency, age = measure.statistics(path)
    return pandas.DataFrame({
        "customer_id": numpy.arange(len(age)), "frequency": frequency, "recency": recency, "T": age})


def fit(family, path):
    data = customers(path)
    with measure.timed() as run:
        while run.again():
            model = MODELS[family]()
            model.fit(data=data, method="map", progressbar=False)
    found = model.fit_result
    run.tell(parameters=[float(found[name].values.squeeze()) for name in NAMES[family].split()])


def predict(family, path):
    data = customers(path)
    model = MODELS[family]()
    model.build_model(data=data)
    values = zip(NAMES[family].split(), measure.parameters(family))
    posterior = xarray.Dataset({
        name: (("chain", "draw"), numpy.full((1, 1), value)) for name, value in values})
    model.idata = measure.inference_data(posterior)
    with measure.timed() as run:
        while run.again():
            purchases = model.expected_purchases(data, future_t=measure.HORIZON)
    run.tell(total=float(purchases.sum()))


def statistics(_, path):
    events = measure.events(path, pandas)
    with measure.timed() as run:
        while run.again():
            table = rfm_summary(
                events, "customer_id", "day", monetary_value_col="amount",
                observation_period_end=measure.last_day(pandas))
    run.tell(**measure.sums(table))


if __name__ == "__main__":
    measure.silence()
    {"fit": fit, "predict": predict, "statistics": statistics}[sys.argv[1]](sys.argv[2], pathlib.Path(sys.argv[3]))
