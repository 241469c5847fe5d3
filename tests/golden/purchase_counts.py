#!/usr/bin/env python3
"""Distributions of the number of purchases over the legal domain, computed with 50 digits.

    python3 tests/golden/purchase_counts.py > tests/golden/purchase-counts.csv

Needs mpmath 1.3.0; takes some minutes. Nothing here shares a method with the engine where there is
another: the BG/NBD distribution by the sum of the paper, with as many digits as its difference needs; the
Pareto/NBD integral by its definition over the time of departure; discrete models by their plain sums over
gamma functions.

A row is a family, its parameters, a history, a horizon and a number of purchases, and the logarithms of
two probabilities: of that number by a customer with this history who is alive at the cut-off (in the next
period for bg-bb, an active one for sbg), and by a new customer. Inputs are doubles, values have 17 digits;
-inf stands for a number that cannot be.
"""

import random
import sys

from mpmath import binomial, exp, ln, loggamma, mp, mpf, nstr, quad

mp.dps = 50


def log_beta(a, b):
    return loggamma(a) + loggamma(b) - loggamma(a + b)


def log_events(shape, rate, time, n):
    value = loggamma(shape + n) - loggamma(shape) - loggamma(n + 1) - shape * ln(1 + time / rate)
    return value + (n * ln(time / (rate + time)) if n else 0)


def nbd(parameters, t, n):
    r, alpha = parameters
    return exp(log_events(r, alpha, t, n))


def bg_nbd(parameters, t, n):
    r, alpha, a, b = parameters
    stays = exp(log_beta(a, b + n) - log_beta(a, b) + log_events(r, alpha, t, n))
    if n == 0:
        return stays
    # 1 less the sum loses as many digits as the rest has zeros.
    digits = mp.dps
    while True:
        with mp.workdps(digits):
            rest = 1 - sum(exp(log_events(r, alpha, t, j)) for j in range(int(n)))
            if rest > mpf(10) ** (60 - digits):
                break
        digits *= 2
    return stays + exp(log_beta(a + 1, b + n - 1) - log_beta(a, b)) * rest


def mbg_nbd(parameters, t, n):
    r, alpha, a, b = parameters
    value = b / (a + b) * bg_nbd((r, alpha, a, b + 1), t, n)
    return value + (a / (a + b) if n == 0 else 0)


def pareto_nbd(parameters, t, n):
    r, alpha, s, beta = parameters
    log_there = lambda time: -s * ln(1 + time / beta)
    stays = exp(log_events(r, alpha, t, n) + log_there(t))

    def density(w):  # the time of departure is e^w
        time = exp(w)
        return exp(log_events(r, alpha, time, n) + log_there(time)) * s * time / (beta + time)

    # e^w from far below every scale; panels of a standard deviation of the steepest factor.
    steep = r + n + s + 1
    low = ln(min(alpha, beta, t) / steep) - 130 / (n + 1)
    high = ln(t)
    top = low
    for index in range(400):
        w = low + (high - low) * index / 399
        if density(w) > density(top):
            top = w
    width = 3 / steep ** mpf("0.5")
    edges = [high]
    while edges[-1] > low:
        away = abs(edges[-1] - top)
        edges.append(max(low, edges[-1] - max(width, min(1, away / 3))))
    # The rule stops at an absolute error: what it integrates must be about 1.
    most = density(top)
    left = quad(lambda w: density(w) / most, edges[::-1], method="gauss-legendre", maxdegree=6)
    return stays + most * left


def bg_bb(parameters, m, k, first=0):
    """`first` is 1 for somebody who is there in the first period."""
    alpha, beta, gam, delta = parameters
    if k > m:
        return mpf(0)
    buys = lambda j: binomial(j, k) * exp(log_beta(alpha + k, beta + j - k) - log_beta(alpha, beta))
    if m == 0:
        return mpf(1)
    there = mpf(1) if first else delta / (gam + delta)
    after = delta if first else delta + 1
    total = mpf(0)
    for j in range(max(int(k), 1), int(m)):
        total += buys(j) * exp(log_beta(gam + 1, after + j - 1) - log_beta(gam, after))
    total += buys(m) * exp(log_beta(gam, after + m - 1) - log_beta(gam, after))
    return there * total + (1 - there if k == 0 else 0)


def sbg(parameters, m, k):
    alpha, beta = parameters
    survival = lambda j: exp(log_beta(alpha, beta + j) - log_beta(alpha, beta))
    if k > m:
        return mpf(0)
    return survival(m) if k == m else survival(k) - survival(k + 1)


def of_new(family, parameters, t, n):
    functions = {"nbd": nbd, "bg-nbd": bg_nbd, "mbg-nbd": mbg_nbd, "pareto-nbd": pareto_nbd,
                 "bg-bb": bg_bb, "sbg": sbg}
    return functions[family](parameters, t, n)


def if_alive(family, parameters, x, age, t, n):
    if family == "nbd":
        return nbd((parameters[0] + x, parameters[1] + age), t, n)
    if family == "bg-nbd":
        r, alpha, a, b = parameters
        return bg_nbd((r + x, alpha + age, a, b + x), t, n)
    if family == "mbg-nbd":
        r, alpha, a, b = parameters
        return bg_nbd((r + x, alpha + age, a, b + x + 1), t, n)
    if family == "pareto-nbd":
        r, alpha, s, beta = parameters
        return pareto_nbd((r + x, alpha + age, s, beta + age), t, n)
    if family == "bg-bb":
        alpha, beta, gam, delta = parameters
        return bg_bb((alpha + x, beta + age - x, gam, delta + age + 1), t, n, first=1)
    alpha, beta = parameters
    return sbg((alpha, beta + age), t, n)


def short(value):
    return float(f"{value:.4g}")


def rows():
    draw = random.Random(9)
    size = {"nbd": 2, "bg-nbd": 4, "mbg-nbd": 4, "pareto-nbd": 4, "bg-bb": 4, "sbg": 2}
    wide = lambda: short(10 ** draw.uniform(-3, 4))
    plain = lambda: short(10 ** draw.uniform(-1.2, 1.6))
    special = {
        "nbd": [[0.385, 12.072]],
        "bg-nbd": [[0.243, 4.414, 0.793, 2.426], [0.6, 8.0, 1.0, 3.0], [0.3, 5.0, 0.3, 0.2],
                   [1e4, 1e4, 1e4, 1e4], [0.4, 1e-3, 2.0, 1e-3]],
        "mbg-nbd": [[0.525, 6.183, 0.891, 1.614], [0.3, 5.0, 0.4, 0.6]],
        "pareto-nbd": [[0.553, 10.578, 0.606, 11.669], [0.55, 10.58, 1.0, 11.67], [0.55, 7.0, 0.7, 7.0],
                       [1.5, 40.0, 64.0, 7721.0], [1e4, 1e4, 1e4, 1e4], [0.5, 1e-3, 0.5, 1e4]],
        "bg-bb": [[1.204, 0.75, 0.657, 2.783], [1e4, 1e4, 1e4, 1e4], [0.5, 0.5, 1e-3, 1e-3]],
        "sbg": [[0.704, 1.182], [1e-3, 1e4]],
    }
    count = {"nbd": 5, "bg-nbd": 16, "mbg-nbd": 6, "pareto-nbd": 18, "bg-bb": 14, "sbg": 8}
    for family, number in count.items():
        given = special[family]
        for index in range(number):
            if index < len(given):
                parameters = given[index]
            else:
                one = wide if index % 3 == 2 else plain
                parameters = [one() for _ in range(size[family])]
            if family in ("bg-bb", "sbg"):
                age = draw.choice([0, 1, 6, 30])
                x = draw.randint(0, age) if family == "bg-bb" else age
                horizon = draw.choice([0, 1, 5, 40, 1500])
                yield family, parameters, x, x, age, horizon, draw.choice([0, 1, 3, 5, 40])
                continue
            age = short(10 ** draw.uniform(-1, 3))
            x = draw.choice([0, 0, 1, 2, 7, 40, 1000])
            horizon = short(age * draw.choice([0.01, 0.5, 1, 3, 30, 1e5]))
            yield (family, parameters, x, age if x else 0, age, horizon,
                   draw.choice([0, 0, 1, 1, 2, 5, 20, 150, 1000]))


def log_text(probability):
    return "-inf" if probability == 0 else nstr(ln(probability), 17)


def main():
    print("family,p1,p2,p3,p4,frequency,recency,age,horizon,count,log_if_alive,log_new_customer")
    for family, parameters, x, recency, age, horizon, n in rows():
        exact = [mpf(value) for value in parameters]
        known = if_alive(family, exact, mpf(x), mpf(age), mpf(horizon), n)
        new = of_new(family, exact, mpf(horizon), n)
        padded = [repr(value) for value in parameters] + [""] * (4 - len(parameters))
        inputs = [repr(value) for value in (x, recency, age, horizon, n)]
        print(",".join([family] + padded + inputs + [log_text(known), log_text(new)]), flush=True)


if __name__ == "__main__":
    sys.exit(main())
