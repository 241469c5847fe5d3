#!/usr/bin/env python3
"""How long customers stay, over the legal domain of the models of continuous time, with 50 digits.

    python3 tests/golden/time_alive.py > tests/golden/time-alive.csv

Needs mpmath 1.3.0; takes some minutes. The histories are those of lifetime_value.py, which this
script imports. Of a customer alive at the cut-off: the probability of being alive a horizon later,
the expected time alive until then, the same discounted, and that of an unlimited future. Beta-geometric
families: averages over p with 50 digits, the discounted ones by generalised exponential integrals and,
for a sample of rows, the plain one against the published hypergeometric form of expected purchases with
one event less; Pareto/NBD: closed forms and exponential integrals.
"""

import sys

from lifetime_value import GUARD, beta_average, rows, scaled_expint, stay
from mpmath import exp, expm1, hyp2f1, log1p, mp, mpf, nstr


def nbd(parameters, x, age, t, delta):
    return mpf(1), t, -expm1(-delta * t) / delta, 1 / delta


def geometric(parameters, x, age, t, delta, first):
    r, alpha, a, b = parameters
    s, scale, b_after = r + x, alpha + age, b + x + first

    def survival(p):
        return exp(-s * log1p(p * t / scale))

    def time(p):
        with mp.workdps(mp.dps + GUARD):
            growth = log1p(p * t / scale)
            return scale / p * (growth if s == 1 else expm1((1 - s) * growth) / (1 - s))

    def residual(p, start):
        """Discounted time alive after `start` of one with dropout probability p."""
        total = scale + p * start
        return exp(-delta * start) * (1 + p * start / scale) ** -s * total / p * scaled_expint(s, delta * total / p)

    def discounted(p):
        with mp.workdps(mp.dps + GUARD):
            return residual(p, mpf(0)) - residual(p, t)

    variation = s * (t + 60 / delta) / scale
    average = lambda f: beta_average(f, a, b_after, variation)
    values = average(survival), average(time), average(discounted), average(lambda p: residual(p, mpf(0)))
    c = a + b_after - 1
    if a != 1 and s > 1 and c != 0 and s + a + b_after < 300 and t < 1000 * scale:
        with mp.workdps(mp.dps + GUARD):
            power = (scale / (scale + t)) ** (s - 1) * hyp2f1(s - 1, b_after, c, t / (scale + t))
            published = scale / (s - 1) * c / (a - 1) * (1 - power)
        assert abs(published / values[1] - 1) < mpf(10) ** -25, (parameters, published, values[1])
    return values


def pareto(parameters, x, age, t, delta):
    _, _, s, beta = parameters
    life = beta + age
    with mp.workdps(mp.dps + GUARD):
        whole = life * scaled_expint(s, delta * life)
        rest = exp(-delta * t) * (1 + t / life) ** -s * (life + t) * scaled_expint(s, delta * (life + t))
        return (1 + t / life) ** -s, stay(s, life, t), whole - rest, whole


FAMILIES = {
    "nbd": nbd,
    "bg-nbd": lambda *arguments: geometric(*arguments, first=0),
    "mbg-nbd": lambda *arguments: geometric(*arguments, first=1),
    "pareto-nbd": pareto,
}


def main():
    print("family,p1,p2,p3,p4,frequency,recency,age,horizon,rate,survival,time,discounted_time,residual_time")
    for family, parameters, *history in rows():
        if family not in FAMILIES:
            continue
        x, _, age, t, delta = [mpf(value) for value in history]
        values = FAMILIES[family]([mpf(value) for value in parameters], x, age, t, delta)
        padded = [repr(value) for value in parameters] + [""] * (4 - len(parameters))
        inputs = [repr(value) for value in history]
        print(",".join([family] + padded + inputs + [nstr(value, 17) for value in values]), flush=True)


if __name__ == "__main__":
    sys.exit(main())
