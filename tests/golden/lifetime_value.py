#!/usr/bin/env python3
"""Values of all lifetime-value models over their legal domain, computed with 50 digits.

    python3 tests/golden/lifetime_value.py > tests/golden/lifetime-value.csv

Needs mpmath 1.3.0; takes about ten minutes. Nothing here shares a method with the engine where there
is another: averages over p by a trapezoidal rule on the logit with 50 digits and, for a sample of rows,
checked against the published hypergeometric forms; discounting by generalised exponential integrals;
the Pareto/NBD integral by definition over y; discrete models by their plain sums.

A row is a family, its parameters, a history and the values. Inputs are doubles, values have 17 digits;
probabilities stand as logarithms. `expected`, `discounted` and `residual` are those of a customer who
is alive at the cut-off (in the next period for bg-bb, an active one for sbg).
"""

import random
import sys

from mpmath import beta as beta_function
from mpmath import e1, exp, expm1, gamma, hyp2f1, inf, ln, log1p, loggamma, mp, mpf, nstr, quad

mp.dps = 50
GUARD = 45  # further digits where a published form cancels


def scaled_expint(n, z):
    """e^z E_n(z), for z > 0: a series for small z, a continued fraction otherwise."""
    if n == int(n) and z < 2:
        with mp.workdps(mp.dps + 30):
            value = exp(z) * e1(z)
            for k in range(1, int(n)):
                value = (1 - z * value) / k
            return value
    if z < 2:
        with mp.workdps(mp.dps + 30):
            total, term, k = mpf(0), mpf(1), 0
            while k < 4 or abs(term) > mpf(10) ** (-mp.dps - 5):
                total -= term / (k + 1 - n)
                k += 1
                term *= -z / k
            return exp(z) * (gamma(1 - n) * z ** (n - 1) + total)
    # Lentz on 1/(z+n − n/(z+n+2 − 2(n+1)/(z+n+4 − ..)))
    b = z + n
    c, d = mpf(10) ** 400, 1 / b
    value, i = d, 0
    while True:
        i += 1
        a = -i * (n - 1 + i)
        b += 2
        d = 1 / (b + a * d)
        c = b + a / c
        step = c * d
        value *= step
        if abs(step - 1) < mpf(10) ** (-mp.dps + 2):
            return value


def beta_average(f, a, b, variation):
    """E[f(p)], p ~ Beta(a, b), where f is constant to all digits for p·variation < 1e-50."""
    step = min(mpf("0.17"), mpf("0.4") * ((1 / a + 1 / b) ** mpf("0.5")))
    mode = ln(a / b)
    weight = lambda z: exp(a * (z - mode) - (a + b) * (log1p(exp(z)) - log1p(exp(mode))))
    reach = 120 + ln(1 + variation) + ln(1 + a + b)
    total = average = mpf(0)
    for sign in (1, -1):
        index = 0 if sign == 1 else 1
        while True:
            z = mode + sign * index * step
            w = weight(z)
            last = w < mpf(10) ** -55 / (1 + variation)
            far = sign * z > reach
            if far and not last:  # what is left is a geometric series
                w /= 1 - exp(-(b if sign == 1 else a) * step)
            total += w
            average += w * f(1 / (1 + exp(-z)))
            if last or far:
                break
            index += 1
    return average / total


def log_rising(x, n):
    return loggamma(x + n) - loggamma(x)


# continuous time: log-likelihood, log P(alive), expected, discounted, residual (if alive), new customer


def nbd(parameters, x, tx, age, t, delta):
    r, alpha = parameters
    rate = (r + x) / (alpha + age)
    ll = log_rising(r, x) + r * ln(alpha) - (r + x) * ln(alpha + age)
    return ll, mpf(0), rate * t, -rate * expm1(-delta * t) / delta, rate / delta, r / alpha * t


def geometric(parameters, x, tx, age, t, delta, first):
    """BG/NBD (first = 0) and MBG/NBD (first = 1)."""
    r, alpha, a, b = parameters
    s, scale, chances = r + x, alpha + age, x + first
    odds = a / (b + chances - 1) * ((alpha + age) / (alpha + tx)) ** s if chances else mpf(0)
    with mp.workdps(mp.dps + GUARD):
        ll = log_rising(r, x) + r * ln(alpha) - s * ln(scale)
        ll += log_rising(b, chances) - log_rising(a + b, chances)
    ll += log1p(odds)

    def if_alive(shape, rate, horizon):
        u = horizon / rate
        return lambda p: -expm1(-shape * log1p(p * u)) / p

    b_after = b + chances
    expected = beta_average(if_alive(s, scale, t), a, b_after, s * t / scale)

    def residual(p, start):
        """Discounted purchases after `start` of one with dropout probability p."""
        z = delta * (scale + p * start) / p
        return exp(-delta * start) * (1 + p * start / scale) ** -s * s / p * scaled_expint(s + 1, z)

    def discounted(p):
        with mp.workdps(mp.dps + 25):
            return residual(p, mpf(0)) - residual(p, t)

    variation = s * (t + 60 / delta) / scale
    whole = beta_average(lambda p: residual(p, mpf(0)), a, b_after, variation)
    part = beta_average(discounted, a, b_after, variation)
    new = beta_average(if_alive(r, alpha, t), a, b + first, r * t / alpha)
    if first:
        new *= b / (a + b)
    if a != 1 and s + a + b_after < 300 and t < 1000 * scale and a + b_after != 1:
        with mp.workdps(mp.dps + GUARD):
            c = a + b_after - 1
            power = (scale / (scale + t)) ** s * hyp2f1(s, b_after, c, t / (scale + t))
            published = c / (a - 1) * (1 - power)
        assert abs(published / expected - 1) < mpf(10) ** -25, (parameters, published, expected)
    return ll, -log1p(odds), expected, part, whole, new


def stay(s, rate, t):
    with mp.workdps(mp.dps + GUARD):
        growth = log1p(t / rate)
        return rate * (growth if s == 1 else expm1((1 - s) * growth) / (1 - s))


def pareto(parameters, x, tx, age, t, delta):
    r, alpha, s, beta = parameters
    shape = r + x

    def density(v):  # y = tx + e^v − c, the factor dy/dv included
        total = exp(v)
        y = total - smaller + tx
        value = shape * ln((alpha + age) / (alpha + y)) + s * ln((beta + age) / (beta + y))
        return exp(value) * s * total / (beta + y)

    smaller = min(alpha, beta) + tx
    begin, end = ln(smaller), ln(smaller + age - tx)
    odds = mpf(0)
    if begin < end:
        steep = shape + s + 1
        edges, edge, factor = [begin], begin, mpf(10) / steep
        while edge < end:
            edge = min(edge + min(factor, mpf(1)), end)
            factor *= mpf("1.6")
            edges.append(edge)
        odds = quad(density, edges, method="gauss-legendre", maxdegree=7)
    with mp.workdps(mp.dps + GUARD):
        ll = log_rising(r, x) + r * ln(alpha) + s * ln(beta)
        ll -= shape * ln(alpha + age) + s * ln(beta + age)
    ll += log1p(odds)
    rate, life = shape / (alpha + age), beta + age
    with mp.workdps(mp.dps + GUARD):
        whole = life * scaled_expint(s, delta * life)
        rest = exp(-delta * t) * (1 + t / life) ** -s * (life + t)
        part = whole - rest * scaled_expint(s, delta * (life + t))
    new = r / alpha * stay(s, beta, t)
    return ll, -log1p(odds), rate * stay(s, life, t), rate * part, rate * whole, new


# discrete time: the horizon t is a number of periods, delta an effective rate a period


def bg_bb(parameters, x, tx, n, t, d):
    alpha, beta, gam, delta = parameters
    with mp.workdps(mp.dps + GUARD):
        share = lambda j: exp(loggamma(alpha + x) + loggamma(beta + j - x) - loggamma(alpha + beta + j)
                              - ln(beta_function(alpha, beta)))
        life = lambda g, j: exp(loggamma(gam + g) + loggamma(delta + j) - loggamma(gam + g + delta + j)
                                - ln(beta_function(gam, delta)))
        total = share(n) * life(0, n) + sum(share(tx + i) * life(1, tx + i) for i in range(int(n - tx)))
        log_alive = ln(share(n) * life(0, n + 1) / total)
        rate = (alpha + x) / (alpha + beta + n)
        expected = part = mpf(0)
        staying = mpf(1)
        for j in range(1, int(t) + 1):
            expected += staying
            part += staying / (1 + d) ** j
            staying *= (delta + n + j) / (gam + delta + n + j)
        whole = hyp2f1(1, delta + n + 1, gam + delta + n + 1, 1 / (1 + d)) / (1 + d)
        new, staying = mpf(0), mpf(1)
        for j in range(1, int(t) + 1):
            staying *= (delta + j - 1) / (gam + delta + j - 1)
            new += staying
        new *= alpha / (alpha + beta)
        return ln(total), log_alive, rate * expected, rate * part, rate * whole, new


def sbg(parameters, x, tx, n, t, d):
    alpha, beta = parameters
    with mp.workdps(mp.dps + GUARD):
        survival = lambda j: exp(log_rising(beta, j) - log_rising(alpha + beta, j))
        if x == n:
            ll = ln(survival(n))
        else:
            ll = ln(survival(x) - survival(x + 1))
        expected = part = mpf(0)
        staying = mpf(1)
        for j in range(1, int(t) + 1):
            staying *= (beta + n + j - 1) / (alpha + beta + n + j - 1)
            expected += staying
            part += staying / (1 + d) ** (j - 1)
        whole = (beta + n) / (alpha + beta + n) * hyp2f1(1, beta + n + 1, alpha + beta + n + 1, 1 / (1 + d))
        new, staying = mpf(0), mpf(1)
        for j in range(1, int(t) + 1):
            staying *= (beta + j - 1) / (alpha + beta + j - 1)
            new += staying
        return ll, mpf(0), expected, part, whole, new


def gamma_gamma(parameters, x, mean, _, __, ___):
    p, q, gam = parameters
    with mp.workdps(mp.dps + GUARD):
        ll = loggamma(p * x + q) - loggamma(p * x) - loggamma(q) + q * ln(gam)
        ll += (p * x - 1) * ln(mean) + p * x * ln(x) - (p * x + q) * ln(gam + x * mean)
        shape = p * x + q - 1
        expected = p * (gam + x * mean) / shape if shape > 0 else inf
        base = p * gam / (q - 1) if q > 1 else inf
        return ll, mpf(0), expected, mpf(0), mpf(0), base


FAMILIES = {
    "nbd": nbd,
    "bg-nbd": lambda *arguments: geometric(*arguments, first=0),
    "mbg-nbd": lambda *arguments: geometric(*arguments, first=1),
    "pareto-nbd": pareto,
    "bg-bb": bg_bb,
    "sbg": sbg,
    "gamma-gamma": gamma_gamma,
}


def short(value):
    return float(f"{value:.4g}")


def rows():
    draw = random.Random(5)
    size = {"nbd": 2, "bg-nbd": 4, "mbg-nbd": 4, "pareto-nbd": 4, "bg-bb": 4, "sbg": 2, "gamma-gamma": 3}
    wide = lambda: short(10 ** draw.uniform(-3, 4))
    plain = lambda: short(10 ** draw.uniform(-1.2, 1.6))
    special = {
        "bg-nbd": [[0.243, 4.414, 0.793, 2.426], [0.6, 8.0, 1.0, 3.0], [0.3, 5.0, 0.4, 0.6],
                   [0.3, 5.0, 0.3, 0.2], [0.7, 2.0, 1e-3, 1e4], [1e4, 1e4, 1e4, 1e4], [0.4, 1e-3, 2.0, 1e-3]],
        "mbg-nbd": [[0.525, 6.183, 0.891, 1.614], [0.6, 8.0, 1.0, 3.0], [0.3, 5.0, 0.4, 0.6],
                    [1e4, 1e4, 1e4, 1e4], [0.4, 1e-3, 2.0, 1e-3]],
        "pareto-nbd": [[0.553, 10.578, 0.606, 11.669], [0.55, 10.58, 1.0, 11.67], [0.55, 7.0, 0.7, 7.0],
                       [10.465, 0.00798565181, 3.0516, 2.82], [1.5, 40.0, 64.0, 7721.0],
                       [0.5, 1e4, 0.5, 1e-3], [0.5, 1e-3, 0.5, 1e4], [1e4, 1e4, 1e4, 1e4],
                       [1e-3, 1e-3, 1e-3, 1e-3], [0.3, 10.0, 1e4, 1e-3]],
        "bg-bb": [[1.204, 0.75, 0.657, 2.783], [1.2, 0.8, 1.0, 3.0], [1e4, 1e4, 1e4, 1e4],
                  [0.5, 0.5, 1e-3, 1e-3]],
        "sbg": [[0.704, 1.182], [0.668, 3.806], [1.0, 1.0], [1e-3, 1e4]],
    }
    count = {"nbd": 6, "bg-nbd": 28, "mbg-nbd": 16, "pareto-nbd": 44, "bg-bb": 24, "sbg": 14, "gamma-gamma": 12}
    for family, number in count.items():
        given = special.get(family, [])
        for index in range(number):
            if index < len(given):
                parameters = given[index]
            else:
                one = wide if index % 3 == 2 else plain
                parameters = [one() for _ in range(size[family])]
            if family == "gamma-gamma":
                yield family, parameters, draw.choice([1, 2, 9, 300, 4000]), short(10 ** draw.uniform(-2, 5)), 0, 0, 0
                continue
            if family in ("bg-bb", "sbg"):
                n = draw.choice([0, 1, 3, 6, 30, 200])
                x = draw.randint(0, n)
                if family == "sbg":
                    x = draw.choice([n, x])
                    tx = x
                else:
                    tx = 0 if x == 0 else draw.choice([n, draw.randint(x, n)])
                yield family, parameters, x, tx, n, draw.choice([1, 5, 40, 1500]), draw.choice([0.1, 0.01, 0.002])
                continue
            age = short(10 ** draw.uniform(-1, 3))
            x = draw.choice([0, 0, 1, 1, 2, 3, 7, 12, 40, 180, 1000, 5000])
            near = age - 1e-9
            tx = 0 if x == 0 else draw.choice([age, near, short(age * draw.random()), short(age * draw.random())])
            t = short(age * draw.choice([0.01, 0.5, 1, 1, 3, 30, 1e5]))
            yield family, parameters, x, min(tx, age), age, t, draw.choice([1e-4, 0.0027, 0.0027, 0.1])


def main():
    print("family,p1,p2,p3,p4,frequency,recency,age,horizon,rate,"
          "log_likelihood,log_alive,expected,discounted,residual,new_customer")
    for family, parameters, *history in rows():
        arguments = [mpf(value) for value in history]
        values = FAMILIES[family]([mpf(value) for value in parameters], *arguments)
        padded = [repr(value) for value in parameters] + [""] * (4 - len(parameters))
        inputs = [repr(value) for value in history]
        print(",".join([family] + padded + inputs + [nstr(value, 17) for value in values]), flush=True)


if __name__ == "__main__":
    sys.exit(main())
