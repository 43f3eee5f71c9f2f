"""How fast Mount Wilson classes change and how often observers err, from NOAA's summaries.

    python benchmarks/track_rates.py ../shared/data/noaa/srs_1996_2026.csv \
        -o src/halescope/tracks/noaa_rates.json

Fits a hidden Markov model to alpha / beta / complex of every region, day by day (Baum & Welch):
the hidden class changes from day to day by a table that depends on the region's area, extent or age
as of the earlier day; the class that the summary gives is the hidden one, or an observer's error.
Both can be told apart since real changes add up over two, three and more days and errors do not.

Prints, for years left out in turn, the mean log loss and accuracy of the next day's class: as
yesterday's (persistence), by a table of yesterday's class alone (Markov chain), and by the model
with one table or with tables by area, extent or age. What wins is written as rates a day.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from pathlib import Path

import numpy as np
from scipy.linalg import logm

from halescope.classes import COARSE, HIERARCHY
from halescope.io.atomic import atomic_text
from halescope.noaa.srs import read_srs
from halescope.tracks.hmm import backward, forward

LIMB = 60
PARTS = 5
ROUNDS = 30
AREA, EXTENT, AGE = (20, 60, 150), (3, 6, 10), (1, 3, 6)
"""Edges of the tables: MSH, degrees, days listed."""


def sequences(rows):
    """Return class (-1: not listed), area, extent, age, limb and year of each day, (B, T) each."""
    regions = defaultdict(list)
    for row in rows:
        if row.mag_class and row.lon is not None:
            regions[row.number].append(row)
    steps = max((max(r.date for r in each) - min(r.date for r in each)).days for each in
                regions.values())  # fmt: skip
    steps = min(steps, 20) + 1
    shape = (len(regions), steps)
    out = {name: np.zeros(shape, int) for name in ("area", "extent", "age", "limb")}
    out["class"] = np.full(shape, -1)
    year = np.zeros(len(regions), int)
    for b, each in enumerate(regions.values()):
        first = min(r.date for r in each)
        year[b] = first.year
        for row in sorted(each, key=lambda r: r.date):
            day = (row.date - first).days
            if day >= steps:
                continue
            out["class"][b, day] = HIERARCHY.index(COARSE[row.mag_class])
            out["limb"][b, day] = abs(row.lon) > LIMB
            for name, value in (("area", row.area), ("extent", row.extent)):
                out[name][b, day:] = value or 0
        out["age"][b] = np.arange(steps)
    return out, year


def tables_of(data, kind):
    """Return the table that governs the change into each day, (B, T), and how many there are."""
    edges = {"one": (), "area": AREA, "extent": EXTENT, "age": AGE}
    if kind == "area and extent":
        a, n = tables_of(data, "area")
        e, m = tables_of(data, "extent")
        return a * m + e, n * m
    if kind == "one":
        return np.zeros(data["class"].shape, int), 1
    table = np.searchsorted(edges[kind], data[kind], side="left")
    table[:, 1:] = table[:, :-1].copy()  # what was known the day before
    return table, len(edges[kind]) + 1


def likelihood_of(seen, limb, error):
    """Return the likelihood of each day's class, (B, T, 3); ones where there is none."""
    like = error[limb][np.arange(len(seen))[:, None], np.arange(seen.shape[1])[None], :, seen]
    return np.where(seen[:, :, None] >= 0, like, 1.0)


def fit(seen, limb, table, count):
    """Return daily tables (K, 3, 3), errors (2, 3, 3) by limb, and the first day's shares."""
    change = np.tile(np.full((3, 3), 0.08) + 0.76 * np.eye(3), (count, 1, 1))
    error = np.tile(np.full((3, 3), 0.02) + 0.94 * np.eye(3), (2, 1, 1))
    start = np.full(3, 1 / 3)
    for _ in range(ROUNDS):
        like = likelihood_of(seen, limb, error)
        moves = change[table]  # (B, T, 3, 3)
        moves[:, 0] = np.eye(3)
        step = moves.transpose(1, 0, 2, 3)
        filtered, _ = forward(np.tile(start, (len(seen), 1)), like, step.__getitem__)
        behind = backward(like, step.__getitem__)
        state = filtered * behind
        state /= state.sum(2, keepdims=True)
        pair = filtered[:, :-1, :, None] * moves[:, 1:] * (like * behind)[:, 1:, None, :]
        pair /= pair.sum((2, 3), keepdims=True)
        last = seen.shape[1] - 1 - np.argmax(seen[:, ::-1] >= 0, 1)
        pair[np.arange(1, seen.shape[1])[None] > last[:, None]] = 0
        start = state[:, 0].mean(0)
        for k in range(count):
            total = pair[table[:, 1:] == k].sum(0) + 1.0 * np.eye(3) + 0.1
            change[k] = total / total.sum(1, keepdims=True)
        for near in (0, 1):
            counts = np.full((3, 3), 0.1) + np.eye(3)
            for level in range(3):
                counts[:, level] += state[(seen == level) & (limb == near)].sum(0)
            error[near] = counts / counts.sum(1, keepdims=True)
    return change, error, start


def predicted(seen, limb, table, model):
    """Return the probabilities of each day's class from the days before it, (B, T, 3)."""
    change, error, start = model
    moves = change[table]
    moves[:, 0] = np.eye(3)
    filtered, _ = forward(
        np.tile(start, (len(seen), 1)), likelihood_of(seen, limb, error),
        moves.transpose(1, 0, 2, 3).__getitem__,
    )  # fmt: skip
    ahead = np.concatenate([np.tile(start, (len(seen), 1, 1)), filtered[:, :-1]], 1)
    ahead = (ahead[:, :, None, :] @ moves)[:, :, 0]
    return (ahead[:, :, None, :] @ error[limb])[:, :, 0]


def score(shares, seen, scored):
    """Return log loss and accuracy."""
    truth = seen[scored]
    own = np.take_along_axis(shares[scored], truth[:, None], 1)[:, 0]
    return -np.log(np.maximum(own, 1e-9)), shares[scored].argmax(1) == truth


def chain(seen, scored, others):
    """Return the shares of the next day's class by yesterday's, counted on other regions."""
    counts = np.full((3, 3), 0.5)
    b, t = np.nonzero(scored & others[:, None])
    np.add.at(counts, (seen[b, t - 1], seen[b, t]), 1)
    counts /= counts.sum(1, keepdims=True)
    out = np.full((*seen.shape, 3), 1 / 3)
    out[:, 1:] = counts[seen[:, :-1]]
    return out


def compare(data, year):
    """Print what each kind of table makes of years it did not see; return the best kind."""
    seen, limb = data["class"], data["limb"]
    pairs = (seen[:, 1:] >= 0) & (seen[:, :-1] >= 0) & (limb[:, 1:] == 0) & (limb[:, :-1] == 0)
    scored = np.concatenate([np.zeros((len(seen), 1), bool), pairs], 1)
    part = (year - year.min()) * PARTS // (year.max() - year.min() + 1)
    found = defaultdict(list)
    for held in range(PARTS):
        out = part == held
        own = scored[out]
        yesterday = np.roll(seen[out], 1, 1)[own]
        found["persistence"].append((np.full(own.sum(), np.nan), yesterday == seen[out][own]))
        shares = chain(seen, scored, ~out)[out]
        found["Markov chain"].append(score(shares, seen[out], own))
        for kind in ("one", "area", "extent", "age", "area and extent"):
            table, count = tables_of(data, kind)
            model = fit(seen[~out], limb[~out], table[~out], count)
            shares = predicted(seen[out], limb[out], table[out], model)
            found[kind].append(score(shares, seen[out], own))
    print("| next day's class, years left out in turn | log loss | accuracy |\n|---|---|---|")
    loss = {}
    for kind, parts in found.items():
        losses, right = (np.concatenate(each) for each in zip(*parts, strict=True))
        loss[kind] = losses.mean()
        print(f"| {kind} | {losses.mean():.4f} | {right.mean():.4f} |")
    print(f"{scored.sum()} pairs of days; by block of years:")
    for kind in ("Markov chain", "one", "area", "extent", "age", "area and extent"):
        print(f"  {kind}: " + " ".join(f"{p[0].mean():.4f}" for p in found[kind]))
    return min((k for k in loss if k not in ("persistence", "Markov chain")), key=loss.get)


def rates_of(daily):
    """Return the generator nearest to a daily table: its logarithm, without negative rates."""
    rates = np.real(logm(daily))
    rates = np.where(np.eye(3, dtype=bool), 0, np.maximum(rates, 1e-4))
    return rates - np.diag(rates.sum(1))


def main():
    """Compare, fit to all years, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("srs", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args()
    data, year = sequences(read_srs(options.srs).section("I"))
    best = compare(data, year)
    print(f"best: {best}")
    seen, limb = data["class"], data["limb"]
    document = {
        "about": "Rates of change a day between alpha, beta, complex, and observers' errors",
        "source": f"NOAA SWPC Solar Region Summaries {year.min()}..{year.max()}, "
        f"{len(seen)} regions",
        "command": "python benchmarks/track_rates.py SRS -o src/halescope/tracks/noaa_rates.json",
        "classes": list(HIERARCHY),
        "limb": LIMB,
        "area_edges": AREA,
        "extent_edges": EXTENT,
    }
    for kind in ("one", "area", "area and extent"):
        table, count = tables_of(data, kind)
        change, error, start = fit(seen, limb, table, count)
        document[kind.replace(" ", "_")] = [rates_of(daily).round(5).tolist() for daily in change]
        if kind == "one":
            document["error"], document["error_limb"] = error.round(5).tolist()
            document["first"] = start.round(5).tolist()
    counts = np.bincount(seen[seen >= 0], minlength=3)
    document["shares"] = (counts / counts.sum()).round(5).tolist()
    atomic_text(options.output, json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
