"""Runs the tasks of all sides and prints ratios; `benches/peers/run` calls it."""

import argparse
import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
FAMILIES = ["bg-nbd", "mbg-nbd", "pareto-nbd"]
# What a maximum of theirs may lack of ours, in log-likelihood: lifetimes stops at a tolerance, and
# PyMC-Marketing finds the mode under its default priors, which a hundred thousand customers outweigh.
LIKELIHOOD_MISSING_MAX = {"lifetimes": 1e-3, "pymc": 1.0}
# Relative; PyMC-Marketing's are those of another maximum.
LIFETIMES_PARAMETERS = 1e-4
# Bars: lifetimes' own, the faster peer's.
FIT_BAR, FIT_BAR_LIFETIMES_PARETO, PREDICT_BAR, STATISTICS_BAR, MEMORY_BAR = 10, 100, 5, 5, 3


class Sides:
    """Runs a task on one side."""

    def __init__(self, ours, work):
        self.commands = {
            "ours": [ours],
            "lifetimes": [work / "lifetimes/bin/python", HERE / "lifetimes_tasks.py"],
            "pymc": [work / "pymc/bin/python", HERE / "pymc_tasks.py"],
        }

    def run(self, side, *arguments):
        command = [str(part) for part in [*self.commands[side], *arguments]]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{side} {' '.join(command[1:])} failed:\n{done.stderr}")
        return json.loads(done.stdout.splitlines()[-1])


class Table:
    """Prints rows as they come."""

    def __init__(self, *titles):
        self.line(*titles)

    def line(self, *cells):
        first, *others = cells
        print(f"{first:44}" + "".join(f"{cell:>14}" for cell in others), flush=True)


def seconds(answer):
    return f"{answer['seconds']:.4g} s" if answer else "-"


def megabytes(answer):
    return f"{answer['peak_kilobytes'] / 1024:.0f} MB" if answer else "-"


def ratio(ours, peers, key, bar):
    best = min(peer[key] for peer in peers if peer) / ours[key]
    return f"{best:.1f}", f"{bar}" + ("" if bar <= best else " MISSED")


def predicted(ours, peers, count):
    """The bar is for a million customers: of fewer, our tables cost more than they save."""
    best, bar = ratio(ours, peers, "seconds", PREDICT_BAR)
    return (best, bar) if 1_000_000 <= count else (best,)


def agree(name, ours, theirs, tolerance):
    for our, their in zip(ours, theirs, strict=True):
        if abs(our - their) > tolerance * abs(our):
            sys.exit(f"{name}: {theirs} is not our {ours}")


def compare_fits(sides, family, file, count, slow):
    peers = {}
    if slow or family != "pareto-nbd" or count <= 100_000:
        peers["lifetimes"] = sides.run("lifetimes", "fit", family, file)
    peers["pymc"] = sides.run("pymc", "fit", family, file)
    ours = sides.run("ours", "fit", family, file)
    for name, peer in peers.items():
        texts = [repr(value) for value in peer["parameters"]]
        found = sides.run("ours", "log-likelihood", family, file, *texts)["log_likelihood"]
        peer["missing"] = ours["log_likelihood"] - found
        if not -1e-6 * count <= peer["missing"] <= LIKELIHOOD_MISSING_MAX[name]:
            sys.exit(f"{name} {family}: log-likelihood {found}, ours {ours['log_likelihood']}")
    if "lifetimes" in peers:
        found = peers["lifetimes"]["parameters"]
        agree(f"lifetimes {family}", ours["parameters"], found, LIFETIMES_PARAMETERS)
    return ours, peers.get("lifetimes"), peers["pymc"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--ours", required=True)
    parser.add_argument("--work", required=True, type=pathlib.Path)
    parser.add_argument("--customers", default="100000,1000000")
    parser.add_argument("--rows", default=1_000_000, type=int)
    parser.add_argument("--slow", action="store_true")
    options = parser.parse_args()
    sides = Sides(options.ours, options.work)
    print("Processor seconds on one thread, data loaded, fastest run; ratio to the faster peer.")
    for count in [int(text) for text in options.customers.split(",")]:
        file = options.work / f"customers-{count}.bin"
        subprocess.run([options.ours, "draw-customers", str(count), file], check=True)
        table = Table(f"{count:,} customers", "lifetimes", "PyMC-M.", "ours", "ratio", "bar")
        for family in FAMILIES:
            ours, lifetimes, pymc = compare_fits(sides, family, file, count, options.slow)
            both = [lifetimes, pymc]
            table.line(f"fit {family}", seconds(lifetimes), seconds(pymc), seconds(ours),
                       *ratio(ours, both, "seconds", FIT_BAR))
            if family == "pareto-nbd" and lifetimes:
                table.line("  against lifetimes alone", "", "", "",
                           *ratio(ours, [lifetimes], "seconds", FIT_BAR_LIFETIMES_PARETO))
            table.line("  memory at its highest", megabytes(lifetimes), megabytes(pymc),
                       megabytes(ours), *ratio(ours, both, "peak_kilobytes", MEMORY_BAR))
            missing = [f"{peer['missing']:.2g}" if peer else "-" for peer in both]
            table.line("  log-likelihood below ours", *missing, f"{ours['log_likelihood']:.2f}")
            distinct = ours["distinct_rows"]
            table.line("  distinct rows, Newton steps", "", "", f"{distinct:,}",
                       f"{ours['iterations']}")
        totals = [0.0, 0.0, 0.0]
        for family in FAMILIES:
            answers = [sides.run(side, "predict", family, file) for side in
                       ("lifetimes", "pymc", "ours")]
            lifetimes, pymc, ours = answers
            for name, peer in (("lifetimes", lifetimes), ("pymc", pymc)):
                agree(f"{name} {family}", [ours["total"]], [peer["total"]], 1e-6)
            totals = [sum(pair) for pair in zip(totals, (each["seconds"] for each in answers))]
            table.line(f"E[purchases] in 39 weeks, {family}", *map(seconds, answers),
                       *predicted(ours, [lifetimes, pymc], count))
        sums = [{"seconds": total} for total in totals]
        table.line("  all three", *map(seconds, sums),
                   *predicted(sums[2], sums[:2], count))
        print()

    file = options.work / f"log-{options.rows}.bin"
    subprocess.run([options.ours, "draw-log", str(options.rows), file], check=True)
    table = Table(f"log of {options.rows:,} rows", "lifetimes", "PyMC-M.", "ours", "ratio", "bar")
    answers = [sides.run(side, "statistics", "-", file) for side in ("lifetimes", "pymc", "ours")]
    lifetimes, pymc, ours = answers
    for name, peer in (("lifetimes", lifetimes), ("pymc", pymc)):
        agree(name, [ours["customers"], *ours["total"]], [peer["customers"], *peer["total"]], 1e-9)
    table.line(f"statistics of {ours['customers']:,} customers", *map(seconds, answers),
               *ratio(ours, [lifetimes, pymc], "seconds", STATISTICS_BAR))


if __name__ == "__main__":
    main()
