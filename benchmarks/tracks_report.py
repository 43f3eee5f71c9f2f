"""Score tracks and the class along them against NOAA's summaries; print docs/tracks.md's tables.

    python benchmarks/tracks_held_out.py ...             # makes runs/tracks/catalog.csv
    python benchmarks/tracks_report.py runs/tracks/catalog.csv runs/hmi \
        --srs ../shared/data/noaa/srs_1996_2026.csv [--temper]

``runs/hmi`` is the analysed folder, which names images without regions. Classes are scored on boxes
matched with a NOAA region within 60 degrees of the central meridian; the truth is the class of the
next summary, of the day of the image: what stays and what changes alike. `blocks` are days to
2026-03-15 (regions held out in turn; `--temper` chooses on them), `test` the days from 2026-03-25
(their regions were in no training). Intervals are 90 %, bootstrapped over whole regions.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np

from halescope.batch.summary import analysed_images
from halescope.classes import COARSE, HIERARCHY
from halescope.evaluation.metrics.bootstrap import bootstrap, interval
from halescope.evaluation.tracking import Moment, track_scores
from halescope.io.catalog import read_catalog
from halescope.noaa.matching import by_day, catalog_time, compare, grouped
from halescope.noaa.midnights import listed_at
from halescope.noaa.srs import read_srs
from halescope.tracks.class_model import Temper, classes_along
from halescope.tracks.linking import link
from halescope.tracks.reports import assign_reports
from halescope.tracks.sightings import gather, numbers

LIMB, NEAR, LARGE = 75.0, 60.0, 50
CHAIN = np.array([[0.760, 0.234, 0.005], [0.136, 0.794, 0.070], [0.007, 0.196, 0.797]])
"""NOAA's class of one day (row) and the next, within 60 degrees, 1996..2026."""


def level(row):
    """Return the index of a row's class in `HIERARCHY`."""
    return HIERARCHY.index(COARSE[row.mag_class])


@dataclass
class Data:
    """All that is scored: boxes, tracks, reports, and for each scored box its truth."""

    seen: object
    tracks: np.ndarray
    reports: list
    given: np.ndarray
    index: np.ndarray
    region: np.ndarray
    truth: np.ndarray
    before: np.ndarray
    test: np.ndarray


def gather_data(catalog, images, rows):
    """Return what is scored."""
    seen = gather(catalog, images)
    tracks = link(seen)
    reports = assign_reports(seen, tracks, rows)
    given = np.stack([numbers(seen.catalog, f"p_{name}") for name in HIERARCHY], 1)
    days = by_day(rows)
    place = {
        (image, int(region)): i
        for i, (image, region) in enumerate(
            zip(seen.catalog.columns["image"], seen.catalog.columns["region"], strict=True)
        )
    }
    verdicts = compare(catalog, rows, images=images).verdicts
    scored = []
    for verdict in verdicts:
        if verdict.verdict != "matched" or abs(verdict.listed.longitude) > NEAR:
            continue
        time = catalog_time(verdict.time)
        day, number = time.date(), verdict.listed.number
        issued = day if time.hour + time.minute / 60 >= 0.5 else day - timedelta(days=1)
        after, past = (
            next((r for r in days.get(d, ()) if r.number == number and r.mag_class), None)
            for d in (day + timedelta(days=1), issued)
        )
        if after is not None:
            row = place[verdict.row["image"], int(verdict.row["region"])]
            scored.append((row, number, level(after), -1 if past is None else level(past)))
    index, region, truth, before = (np.array(column) for column in zip(*scored, strict=True))
    test = np.array(seen.catalog.columns["part"], object)[index] == "test"
    return Data(seen, tracks, reports, given, index, region, truth, before, test), verdicts


def identity(data, verdicts, images, rows):
    """Print how tracks keep NOAA's numbers."""
    days = by_day(rows)
    of_row = dict(zip(zip(data.seen.catalog.columns["image"],
                          data.seen.catalog.columns["region"], strict=True),
                      data.tracks.tolist(), strict=True))  # fmt: skip
    fits, extra, area = defaultdict(dict), defaultdict(set), defaultdict(int)
    for v in verdicts:
        if v.row is None:
            continue
        track = of_row[v.row["image"], v.row["region"]]
        if v.listed is None:
            extra[v.time].add(track)
        elif abs(v.listed.longitude) <= LIMB:
            pair = v.listed.number, track
            fits[v.time][pair] = min(v.distance, fits[v.time].get(pair, 1e3))
    moments, strict = [], []
    times = sorted({v.time for v in verdicts})
    for time in times:
        here = listed_at(days, catalog_time(time))
        for region in here:
            area[region.number] = max(area[region.number], region.area or 0)
        known = [r.number for r in here if abs(r.longitude) <= LIMB]
        tracks = {t for _, t in fits[time]}
        moments.append(Moment(known, tracks, fits[time]))
        strict.append(Moment(known, tracks | extra[time], fits[time]))
    found, hard = track_scores(moments), track_scores(strict)
    large = [n for n in found.tracks if area[n] >= LARGE]
    print(f"\n## Identity: {len(times)} images that can be compared, {len(found.tracks)} regions")
    moved = {n: count for n, count in found.switches.items() if count}
    wide = {n: count for n, count in moved.items() if n in large}
    small = {n: count for n, count in moved.items() if n not in large}
    print(f"switches, {len(large)} regions of {LARGE} MSH and more: {wide}; smaller: {small}")
    every, big = ([found.tracks[n] for n in names] for names in (found.tracks, large))
    print(f"tracks a region and pass: {np.mean(every):.3f}, of the large {np.mean(big):.3f}")
    for name, s in (("plage ignored", found), ("plage a false alarm", hard)):
        print(f"{name}: MOTA {s.mota:.3f}, IDF1 {s.idf1:.3f}, misses {s.misses}, "
              f"false positives {s.false_positives}, of {s.regions}")  # fmt: skip


def scores(truth, share, weight):
    """Return accuracy, balanced accuracy and log loss."""
    right = share.argmax(1) == truth
    loss = -np.log(np.maximum(share[np.arange(len(truth)), truth], 1e-6))
    levels = [truth == k for k in range(3)]
    balanced = [np.average(right[m], weights=weight[m]) for m in levels if weight[m].sum() > 0]
    accuracy, mean_loss = (np.average(v, weights=weight) for v in (right, loss))
    return accuracy, np.mean(balanced), mean_loss


def figures(data, share, chosen):
    """Return accuracy, balanced accuracy and log loss with intervals, as text."""
    truth, share = data.truth[chosen], share[chosen]
    point = scores(truth, share, np.ones(len(truth)))
    draws = bootstrap(lambda w: scores(truth, share, w), data.region[chosen])
    ends = [interval(column) for column in draws.T]
    return " | ".join(f"{p:.3f} [{a:.2f} {b:.2f}]" for p, (a, b) in zip(point, ends, strict=True))


def gain(data, one, other, chosen):
    """Return how much better one is than another, as `figures`: positive is better."""
    truth, one, other = data.truth[chosen], one[chosen], other[chosen]

    def better(weight):
        ours, theirs = (np.array(scores(truth, share, weight)) for share in (one, other))
        return (ours - theirs) * (1, 1, -1)

    ends = [interval(column) for column in bootstrap(better, data.region[chosen]).T]
    point = better(np.ones(len(truth)))
    return " | ".join(
        f"{p:+.3f} [{a:+.2f} {b:+.2f}]" for p, (a, b) in zip(point, ends, strict=True)
    )


def changes(data, shares, chosen):
    """Return how often the class changes along a track, a day."""
    labels, count, days = shares.argmax(1), 0, 0.0
    tracks, hours = data.tracks[data.index], data.seen.hours[data.index]
    for track in set(tracks[chosen].tolist()):
        rows = np.flatnonzero(chosen & (tracks == track))
        rows = rows[np.argsort(hours[rows])]
        count += int((np.diff(labels[rows]) != 0).sum())
        days += np.ptp(hours[rows]) / 24
    return count / days


def early(data, shares, chosen):
    """Print how many changes to and from complex were seen before the summary that told them."""
    hours = data.seen.hours[data.index]
    label = shares.argmax(1)
    told = (data.before == 2) != (data.truth == 2)
    day = np.floor(hours / 24)
    caught, leads, false, calm, all_told = 0, [], 0, 0, 0
    for region in set(data.region[chosen].tolist()):
        for each in set(day[chosen & (data.region == region)].tolist()):
            rows = np.flatnonzero(chosen & (data.region == region) & (day == each)
                                  & (data.before >= 0))  # fmt: skip
            if not len(rows):
                continue
            says = (label[rows] == 2) != (data.before[rows] == 2)
            if told[rows[-1]]:
                all_told += 1
                if says[-1]:
                    caught += 1
                    first = len(says) - np.argmin(says[::-1]) if not says.all() else 0
                    leads.append((each + 1) * 24 + 0.5 - hours[rows[first]])
            else:
                calm += 1
                false += bool(says[-1])
    lead = f", {np.median(leads):.0f} h before it (median)" if leads else ""
    print(f"  changes to or from complex: {all_told}; seen at the end of the day before the "
          f"summary {caught}{lead}; false {false} of {calm} region days without one")  # fmt: skip


def report(data):
    """Print the class tables."""
    nothing = np.full_like(data.given, np.nan)
    along = lambda given, reports, mode: classes_along(  # noqa: E731
        data.tracks, data.seen.hours, given, reports, mode
    )[data.index]
    last = np.where(data.before >= 0, data.before, 0)
    chain = CHAIN / CHAIN.sum(1, keepdims=True)
    frames = data.given[data.index]
    with_all = along(data.given, data.reports, "filter")
    rows = {
        "repeating the last summary (log loss of the chain)": chain[last],
        "Markov chain (the table of a day)": chain[last],
        "hidden Markov model without pictures": along(nothing, data.reports, "filter"),
        "frames alone": frames,
        "last summary's row x frame (no tempering)": chain[last] * frames / chain.mean(0),
        "tracks, filter, with summaries": with_all,
    }
    rows = {name: share / share.sum(1, keepdims=True) for name, share in rows.items()}
    every = np.ones(len(data.index), bool)
    for name, chosen in (("blocks", ~data.test), ("test", data.test), ("both", every)):
        both = chosen & (data.before >= 0)
        count = len(set(data.region[both].tolist()))
        changed = np.mean(data.before[both] != data.truth[both])
        print(f"\n## With summaries issued before the image: {name}, {both.sum()} boxes, "
              f"{count} regions; NOAA's class changed in {changed:.3f}")  # fmt: skip
        print("| | accuracy | balanced | log loss | changes a day |\n|---|---|---|---|---|")
        for label, share in rows.items():
            rate = changes(data, share, both)
            print(f"| {label} | {figures(data, share, both)} | {rate:.2f} |")
        for other in ("Markov chain (the table of a day)", "hidden Markov model without pictures"):
            print(f"  gain over {other}: {gain(data, with_all, rows[other], both)}")
        persist = np.mean(data.before[both] == data.truth[both])
        ours = np.mean(with_all[both].argmax(1) == data.truth[both])
        print(f"  skill over persistence, 1 - wrong/wrong: {1 - (1 - ours) / (1 - persist):+.3f}")
        early(data, with_all, chosen)
        print(f"\n## Without summaries: {name}, {chosen.sum()} boxes")
        alone = {
            "frames alone": frames,
            "tracks, filter": along(data.given, [], "filter"),
            "tracks, smooth": along(data.given, [], "smooth"),
        }
        for label, share in alone.items():
            rate = changes(data, share, chosen)
            print(f"| {label} | {figures(data, share, chosen)} | {rate:.2f} |")
        print(f"  gain over frames: {gain(data, alone['tracks, filter'], frames, chosen)}")


def temper(data):
    """Print the log loss on the blocks by how much a frame counts."""
    print("| weight, hours | log loss with summaries | without |\n|---|---|---|")
    for weight in (0.1, 0.2, 0.3, 0.5, 1.0):
        for hours in (6.0, 12.0, 24.0, 48.0):
            found = []
            for reports, chosen in ((data.reports, ~data.test & (data.before >= 0)),
                                    ([], ~data.test)):  # fmt: skip
                share = classes_along(data.tracks, data.seen.hours, data.given, reports, "filter",
                                      Temper(weight, hours))[data.index][chosen]  # fmt: skip
                own = share[np.arange(len(share)), data.truth[chosen]]
                found.append(-np.log(np.maximum(own, 1e-6)).mean())
            print(f"| {weight}, {hours:.0f} | {found[0]:.4f} | {found[1]:.4f} |")


def main():
    """Print it all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("catalog", type=Path)
    parser.add_argument("analysed", type=Path)
    parser.add_argument("--srs", type=Path, required=True)
    parser.add_argument("--temper", action="store_true")
    options = parser.parse_args()
    catalog, images = read_catalog(options.catalog), analysed_images(options.analysed)
    rows = read_srs(options.srs).section("I")
    data, verdicts = gather_data(catalog, images, rows)
    print(f"{len(grouped(catalog))} images with boxes, {len(images)} analysed")
    identity(data, verdicts, images, rows)
    report(data)
    if options.temper:
        temper(data)


if __name__ == "__main__":
    main()
