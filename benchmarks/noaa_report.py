"""Compare a folder of HMI pictures with NOAA's summaries, split by split, and draw the worst.

    python benchmarks/noaa_report.py ../shared/data/hmi ../shared/data/noaa/srs_1996_2026.csv \
        -o runs/noaa

Analyses what is not analysed yet (`halescope analyze --srs`), prints Markdown tables, and draws
``<stem>/noaa.png`` for the days with most missed, merged and unlisted regions. Intervals are 90 %,
bootstrapped by NOAA region.
"""

from __future__ import annotations

import argparse
from collections import Counter
from datetime import timedelta
from pathlib import Path

import numpy as np

from halescope.batch.summary import analysed_frames, analysed_images
from halescope.io.catalog import read_catalog
from halescope.noaa.matching import Comparison, by_day, catalog_time, compare
from halescope.noaa.overlay import write_overlay
from halescope.noaa.queue import unlisted_places
from halescope.noaa.report import counts
from halescope.noaa.srs import read_srs
from halescope.types import Catalog

SPLITS = (
    ("test", "2026-03-25", "2026-04-01"),
    ("validation", "2026-03-08", "2026-03-15"),
    ("train", "2026-02-01", "2026-03-07"),
)
"""Of the shipped networks, last day included; see docs/data.md."""

LIMB = 75.0
SAMPLES = 2000


def between(comparison, first, last):
    """Return the verdicts of some days as a comparison of their own."""
    kept = tuple(v for v in comparison.verdicts if first <= v.time[:10] <= last)
    images = len({v.time for v in kept})
    return Comparison(kept, images, (), comparison.tolerance)


def by_region(verdicts, good):
    """Return successes and trials of each NOAA region, (K, 2)."""
    table: dict[int, list[int]] = {}
    for verdict in verdicts:
        outcome = good(verdict)
        if outcome is not None:
            entry = table.setdefault(verdict.listed.number, [0, 0])
            entry[0] += bool(outcome)
            entry[1] += 1
    return np.array(list(table.values()), float).reshape(-1, 2)


def share(table):
    """Return a share with its interval, in words."""
    if not len(table):
        return "none"
    rng = np.random.default_rng(0)
    picks = rng.integers(0, len(table), (SAMPLES, len(table)))
    sums = table[picks].sum(1)
    low, high = np.quantile(sums[:, 0] / sums[:, 1], [0.05, 0.95])
    return f"{table[:, 0].sum() / table[:, 1].sum():.3f} [{low:.2f} {high:.2f}]"


def found(verdict):
    """Say whether a listed region within 75 degrees was found; None where it does not count."""
    listed = verdict.listed
    if listed is None or verdict.verdict in ("split", "outside") or abs(listed.cmd) > LIMB:
        return None
    return verdict.verdict != "missed"


def alone(verdict):
    """Say whether it has a box of its own."""
    return None if found(verdict) is None else verdict.verdict == "matched"


def steady(verdict):
    """Say whether a region of 20 MSH and more, in both summaries, within 60 degrees was found."""
    listed = verdict.listed
    if found(verdict) is None or listed.note or (listed.area or 0) < 20:
        return None
    return verdict.verdict != "missed" if abs(listed.cmd) <= 60 else None


def agrees(verdict):
    """Say whether the first level of the class agrees."""
    return verdict.agrees


def settled(verdict):
    """Say whether the class agrees where NOAA's did not change that day, within 60 degrees."""
    listed = verdict.listed
    if verdict.agrees is None or listed.before != listed.name or abs(listed.cmd) > 60:
        return None
    return verdict.agrees


def print_splits(comparison):
    """Print a column for each split."""
    parts = [(name, between(comparison, a, b)) for name, a, b in SPLITS]
    print("| | " + " | ".join(f"{name} days" for name, _ in parts) + " |")
    print("|---" * (len(parts) + 1) + "|")
    lines = {
        "images": lambda c: c.images,
        **{
            v: lambda c, v=v: counts(c)[v]
            for v in ("matched", "merged", "missed", "limb", "split", "extra")
        },
        "found, of NOAA's within 75 degrees": lambda c: share(by_region(c.verdicts, found)),
        "with a box of their own": lambda c: share(by_region(c.verdicts, alone)),
        "found, 20 MSH and more, in both summaries, within 60 degrees": lambda c: share(
            by_region(c.verdicts, steady)
        ),
        "alpha / beta / complex agrees": lambda c: share(by_region(c.verdicts, agrees)),
        "the same where NOAA's class stayed, within 60 degrees": lambda c: share(
            by_region(c.verdicts, settled)
        ),
        "unlisted boxes an image": lambda c: f"{counts(c)['extra'] / max(c.images, 1):.2f}",
    }
    for title, value in lines.items():
        print(f"| {title} | " + " | ".join(str(value(part)) for _, part in parts) + " |")


def print_missed(comparison):
    """Print what kind of regions were missed."""
    missed = [v for v in comparison.verdicts if v.verdict in ("missed", "limb")]
    inner = [v for v in missed if abs(v.listed.cmd) <= LIMB]
    kinds = Counter()
    for verdict in inner:
        listed = verdict.listed
        kinds["new or gone within the day"] += bool(listed.note)
        kinds["10 MSH or less"] += (listed.area or 0) <= 10
        kinds["beyond 60 degrees"] += abs(listed.cmd) > 60
        plain = not listed.note and (listed.area or 0) > 10 and abs(listed.cmd) <= 60
        kinds["none of these"] += plain
    print(f"\nmissed: {len(missed)}, of them {len(missed) - len(inner)} beyond 75 degrees")
    for kind, number in kinds.items():
        print(f"- {kind}: {number} of {len(inner)}")
    plain = Counter(
        v.listed.number
        for v in inner
        if not v.listed.note and (v.listed.area or 0) > 10 and abs(v.listed.cmd) <= 60
    )
    print("- the last by region:", ", ".join(f"{n} ({k} images)" for n, k in plain.most_common(8)))


def print_extra(comparison, rows):
    """Print what the unlisted places are."""
    places = unlisted_places(comparison.verdicts)
    groups: dict[int, list] = {}
    for index, place in places.items():
        groups.setdefault(place, []).append(comparison.verdicts[index])
    before = after = never = 0
    lasting = []
    for group in groups.values():
        first, last = (catalog_time(group[i].time).date() for i in (0, -1))
        near = [r for r in rows if is_near(r, group[0].row)]
        if any(timedelta(0) < r.date - last <= timedelta(4) for r in near):
            before += 1
        elif any(timedelta(0) <= first - r.date <= timedelta(4) for r in near):
            after += 1
        else:
            never += 1
            lasting.append(group)
    total = sum(map(len, groups.values()))
    print(f"\nextra: {total} boxes at {len(groups)} places on the Sun")
    print(f"- {before} that NOAA numbers within four days")
    print(f"- {after} that NOAA listed until at most four days before")
    print(f"- {never} that it never lists nearby: plage")
    for group in sorted(lasting, key=len, reverse=True)[:5]:
        row = group[len(group) // 2].row
        score = np.median([v.row["score"] for v in group])
        where = f"{row['hgs_lat']:+.0f} latitude, Carrington {row['carrington_lon']:.0f}"
        print(f"  - {where}: {len(group)} images from {group[0].time}, median score {score:.2f}")


def is_near(listed, row):
    """Say whether a summary's row is within six degrees of a box on the turning Sun."""
    if listed.carrington is None:
        return False
    across = (listed.carrington - row["carrington_lon"] + 180) % 360 - 180
    return np.hypot(across * np.cos(np.radians(listed.lat)), listed.lat - row["hgs_lat"]) <= 6


def draw_worst(comparison, catalog, images, out, most):
    """Draw the noon image of the days on which most went wrong."""
    wrong = Counter(
        v.time[:10]
        for v in comparison.verdicts
        if v.verdict in ("missed", "merged", "extra")
        and (v.listed is None or abs(v.listed.cmd) <= LIMB)
    )
    files = {path.name: path for path in images.rglob("*.jpg")}
    for day, _ in wrong.most_common(most):
        names = {v.image: v.time for v in comparison.verdicts if v.time[:10] == day}
        image = min(names, key=lambda n: abs(int(names[n][11:13]) - 12))
        kept = [i for i, name in enumerate(catalog.columns["image"]) if name == image]
        rows = Catalog({k: [v[i] for i in kept] for k, v in catalog.columns.items()}, catalog.units)
        verdicts = [v for v in comparison.verdicts if v.image == image]
        target = out / files[image].stem / "noaa.png"
        print("drawn:", write_overlay(files[image], rows, verdicts, target))


def main():
    """Run it."""
    from halescope.cli import run

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", type=Path)
    parser.add_argument("srs", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("-j", "--jobs", type=int, default=1)
    parser.add_argument("--pictures", type=int, default=8, help="days that are drawn")
    options = parser.parse_args()
    words = ["analyze", str(options.images), "-o", str(options.output), "--no-crops", "-q"]
    words += ["--no-overlay", "--srs", str(options.srs), "-j", str(options.jobs)]
    if run(words):
        raise SystemExit(2)
    catalog = read_catalog(options.output / "catalog.csv")
    rows = read_srs(options.srs).section("I")
    comparison = compare(
        catalog,
        rows,
        images=analysed_images(options.output),
        frames=analysed_frames(options.output),
    )
    print_splits(comparison)
    print_missed(comparison)
    days = by_day(rows)
    first, last = (catalog_time(comparison.verdicts[i].time).date() for i in (0, -1))
    around = [r for d, rs in days.items() for r in rs if abs(d - first).days < 120]
    print_extra(comparison, [r for r in around if (r.date - last).days < 10])
    draw_worst(comparison, catalog, options.images, options.output, options.pictures)


if __name__ == "__main__":
    main()
