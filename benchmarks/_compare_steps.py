"""The commands that `benchmarks/compare_checkouts.py` runs with both checkouts.

A step is a function that gives commands to a `Run`. Commands run in the folder of the checkout's
results, with relative paths: ``data`` is the folder of real data, and each step writes to the
folder of its own name. A step may read what the steps that it needs have written.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _compare_run import Run

TABLE = "data/noaa/srs_1996_2026.csv"
RAW = "data/noaa/srs_raw_2008_2019.tar.gz"
LABELS = "label/hmi/manifest.csv"
UNTIMED = "draw/picture.png"
"""A picture that does not say its time."""

DRAWN = ("draw/three.fits", "draw/seven.fits", UNTIMED, "draw/eight.jpg")
"""No two of one name: a folder's name would then hold a hash of the file's absolute path."""

FORMATS = ("kitti", "yolo", "coco", "voc", "cvat")
SOME_STRATEGIES = {
    "time": (),
    "time_gap": ("--gap", "2", "--fractions", "0.6,0.2,0.2"),
    "time_bounds": ("--boundaries", "2026-03-08,2026-03-25", "--gap", "0"),
    "region": ("--method", "region"),
    "region_plain": ("--method", "region", "--no-stratify", "--seed", "3"),
    "random": ("--method", "random"),
    "random_crops": ("--method", "random", "--unit", "region", "--seed", "5"),
    "random_plain": ("--method", "random", "--no-stratify", "--fractions", "0.5,0.25,0.25"),
}
"""Ways to divide a manifest."""

COMMANDS = """
analyze; draw; match; fetch; fetch helioviewer; fetch jsoc; fetch srs; fetch hek; fetch flares;
dataset; dataset label; dataset list; dataset show; dataset split; dataset audit; dataset lint;
dataset convert; dataset crops; dataset build; train; train detector; train centerpoint;
train classifier; train detectnet; train googlenet; train export; train quantize; evaluate;
compare; compare labels; compare classes; reproduce; doctor; info
"""
"""Commands whose help is compared."""


@dataclass(frozen=True)
class Step:
    """A named part of the comparison.

    Parameters
    ----------
    name : str
    action : callable
        Runs the commands; returns a note, or nothing.
    needs : tuple of str
        Steps whose files it reads.
    """

    name: str
    action: Callable[[Run], str | None]
    needs: tuple[str, ...] = ()


def some(run: Run, pattern: str, count: int) -> list[str]:
    """Return so many files of the data, spread evenly over all that fit a pattern."""
    found = sorted(path.relative_to(run.data).as_posix() for path in run.data.glob(pattern))
    picked = found[:: max(1, len(found) // count)][:count]
    return [f"data/{name}" for name in picked]


def hmi(run: Run, count: int) -> list[str]:
    """Return HMI pictures of all weeks."""
    return some(run, "hmi/*/*/*/*.jpg", count)


def every_kind(run: Run) -> list[str]:
    """Return files of every kind: good ones, refused ones and broken ones."""
    kinds = ("hmi_jp2/*", "mdi/*", "mdi_small/*", "cutouts/*", "more/*")
    files = [*hmi(run, 30), *(name for kind in kinds for name in some(run, kind, 99))]
    files += [*some(run, "gong/*", 8), *some(run, "sharp/*", 3), *DRAWN]
    return [*files, *broken(run), "data/not_there.fits"]


def broken(run: Run) -> list[str]:
    """Write three broken files; return their names."""
    folder = run.folder / run.step / "broken"
    folder.mkdir(parents=True, exist_ok=True)
    whole = (run.data / some(run, "mdi/*", 1)[0].removeprefix("data/")).read_bytes()
    contents = {"truncated.fits": whole[:100_000], "empty.jpg": b"", "text.fits": b"no magnetogram"}
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return [f"{run.step}/broken/{name}" for name in contents]


def draw(run: Run) -> None:
    run.halescope("three", "draw", "-o", "draw/three.fits", "--seed", 3)
    run.halescope("seven", "draw", "-o", "draw/seven.fits", "--seed", 7, "--roll", 180, "--size",
                  512, "--regions", "beta-gamma-delta,beta,alpha", "--compress")  # fmt: skip
    run.halescope("picture", "draw", "-o", UNTIMED, "--seed", 7, "--size", 512, "--regions", 6)
    run.halescope("eight", "draw", "-o", "draw/eight.jpg", "--seed", 8, "--noise", 9)
    for name, time in (("harp_377", "2011-02-14T16:00:00Z"), ("harp_1449", "2012-03-07T08:24:00Z")):
        run.halescope(name, "draw", "-o", f"draw/{name}.fits", "--seed", 5, "--time", time)
    run.halescope("bad", "draw", "-o", "draw/bad.fits", "--regions", "omega")


def analyze(run: Run) -> None:
    files = every_kind(run)
    run.halescope("plain", "analyze", *files, "-o", "analyze/plain")
    run.halescope("again", "analyze", *files, "-o", "analyze/plain")  # finished ones are skipped
    run.halescope("physics", "analyze", *files, "-o", "analyze/physics", "--physics", "--srs",
                  TABLE, "--format", "ecsv,json,parquet", "--flare-climatology")  # fmt: skip
    picked = [*hmi(run, 3), *some(run, "mdi_small/*", 1), *some(run, "hmi_jp2/*", 1), DRAWN[0]]
    run.halescope("explain", "analyze", *picked, "-o", "analyze/explain", "--physics", "--explain",
                  "--srs", TABLE, "--format", "ecsv,json,parquet")  # fmt: skip
    run.halescope("two_jobs", "analyze", *files, "-o", "analyze/two_jobs", "--jobs", 2,
                  "--no-overlay", "--no-fits-crops")  # fmt: skip


def networks(run: Run) -> None:
    files = [*hmi(run, 12), *some(run, "mdi_small/*", 2), *some(run, "gong/*", 2), *DRAWN]
    for name in ("centerpoint", "threshold"):
        run.halescope(name, "analyze", *files, "-o", f"networks/{name}", "--detector", name)
    run.halescope("climatology", "analyze", *files[:4], "-o", "networks/climatology",
                  "--classifier", "climatology", "--no-crops")  # fmt: skip
    paper = ("--detector", "detectnet", "--classifier", "googlenet")
    run.halescope("paper", "analyze", *hmi(run, 3), "-o", "networks/paper", *paper)
    run.halescope("no_such", "analyze", *hmi(run, 1), "-o", "networks/no", "--detector", "no")
    run.halescope("info", "info", "--json")
    run.halescope("info_text", "info")
    run.halescope("version", "--version")


def input_ways(run: Run) -> None:
    """Standard input, globs, times given by hand, and wrong usage."""
    one = Path(hmi(run, 1)[0])
    time = ("--time", "2026-02-04T12:00:00Z")
    run.halescope("stdin", "analyze", "-", *time, "-o", "input_ways/stdin", stdin=one)
    run.halescope("stdin_fits", "analyze", "-", "-o", "input_ways/fits", stdin=Path(DRAWN[0]))
    run.halescope("stdin_empty", "analyze", "-", *time, "-o", "input_ways/empty")
    run.halescope("glob", "analyze", "data/mdi_small/*2003*", "-o", "input_ways/glob", "-q")
    run.halescope("folder", "analyze", "data/hmi/2026/02/01", "-o", "input_ways/folder", "-j", 2)
    run.halescope("timed", "analyze", UNTIMED, *time, "-o", "input_ways/timed")
    run.halescope("untimed", "analyze", UNTIMED, "-o", "input_ways/untimed")
    run.halescope("nothing", "analyze", "data/*.none", "-o", "input_ways/nothing")
    run.halescope("bad_time", "analyze", str(one), "--time", "noon", "-o", "input_ways/bad")
    run.halescope("bad_format", "analyze", str(one), "--format", "xls", "-o", "input_ways/bad")
    run.halescope("bad_option", "analyze", str(one), "--no-such")
    run.halescope("bad_command", "analyse")


def fetch(run: Run) -> None:
    few = ("--pause", 0, "--retries", 1, "--backoff", 0.01, "--timeout", 30)
    span = ("--start", "2026-02-03", "--end", "2026-02-05")
    with run.services() as env:
        for name, words in {
            "helioviewer": ("helioviewer", *span, "--cadence", "12h"),
            "pictures": ("helioviewer", *span, "--cadence", "1d", "--scale", 4.8),
            "gap": ("helioviewer", "--start", "2026-03-20", "--end", "2026-03-21", "--cadence",
                    "1d"),
            "dry": ("helioviewer", *span, "--dry-run"),
            "at_flares": ("helioviewer", *span, "--flares", ">=M1", "--around=-6:6:6", "--top", 4),
            "srs": ("srs", "--start", "2026-02-20", "--end", "2026-02-27"),
            "hek": ("hek", "--start", "2026-02-01", "--end", "2026-04-03"),
            "flares": ("flares", "--start", "2026-02-01", "--end", "2026-02-10"),
        }.items():  # fmt: skip
            run.halescope(name, "fetch", *words, "-o", f"fetch/{name}", *few, env=env)
        run.halescope("verify", "fetch", "helioviewer", *span, "--cadence", "12h", "--verify", "-o",
                      "fetch/helioviewer", *few, env=env)  # fmt: skip
    reports = [word for name in some(run, "flares/*", 99) for word in ("--file", name)]
    run.halescope("lists", "fetch", "flares", *reports, "--only", ">=M5", "-o", "fetch/lists")
    down = ("--url", "http://127.0.0.1:9/", *few)
    run.halescope("down", "fetch", "helioviewer", *span, "-o", "fetch/down", *down)
    run.halescope("jsoc", "fetch", "jsoc", *span, "--email", "a@example.org", "-o", "fetch/jsoc",
                  *down)  # fmt: skip


def build(run: Run) -> None:
    paper = "--preset paper --flares >=C5 --around=-96:96:24 --cadence 1d --tolerance 12h"
    span = "--start 2026-02-01 --end 2026-04-02 --pause 0 -j 2 --limit 24"
    full = "--start 2026-02-01 --end 2026-02-24 --cadence 36h --gap 2 --pause 0 -j 2".split()
    with run.services() as env:
        words = [*paper.split(), *span.split(), "-o", "build/paper"]
        run.halescope("paper", "dataset", "build", *words, env=env)
        run.halescope("full", "dataset", "build", *full, "-o", "build/full", env=env)
        run.halescope("again", "dataset", "build", *full, "-o", "build/full", env=env)
        run.halescope("dry", "dataset", "build", *full, "--dry-run", "-o", "build/dry", env=env)
    run.halescope("here", "dataset", "build", "--images", "data/mdi_small", "--images", "data/mdi",
                  "--srs", TABLE, "--gap", 100, "-o", "build/here")  # fmt: skip
    run.halescope("none", "dataset", "build", "-o", "build/none")


def label(run: Run) -> None:
    files, srs = hmi(run, 60), ("--srs", TABLE)
    run.halescope("hmi", "dataset", "label", *files, *srs, "-o", "label/hmi")
    run.halescope("hek", "dataset", "label", *files[::3], "--hek", "fetch/hek/regions.csv", "-o",
                  "label/hek", "--sheets", 0)  # fmt: skip
    harps = ("--harps", "data/sharp", "--harp-numbers", "data/noaa/all_harps_with_noaa_ars.txt")
    for name in ("harp_377", "harp_1449"):
        drawn = f"draw/{name}.fits"
        run.halescope(name, "dataset", "label", drawn, *srs, *harps, "-o", f"label/{name}")
    old = ["data/mdi", "data/mdi_small", "data/hmi_jp2", "data/more", "data/gong"]
    run.halescope("others", "dataset", "label", *old, *srs, "-o", "label/others")
    raw = [*some(run, "mdi_small/*2010*", 1), "draw/harp_377.fits", "draw/harp_1449.fits"]
    run.halescope("raw", "dataset", "label", *raw, "--srs", RAW, "-o", "label/raw", "--format",
                  "parquet")  # fmt: skip
    run.halescope("neither", "dataset", "label", *files[:1], "-o", "label/neither")


def match(run: Run) -> None:
    plain, full = "analyze/plain/catalog.csv", "analyze/physics/catalog.ecsv"
    run.halescope("srs", "match", plain, "--srs", TABLE, "-o", "match/srs")
    run.halescope("ecsv", "match", full, "--srs", TABLE, "-o", "match/ecsv", "--tolerance", 3)
    run.halescope("raw", "match", plain, "--srs", RAW, "-o", "match/raw")
    few, table = "input_ways/folder/catalog.csv", "fetch/hek/regions.csv"
    run.halescope("hek_table", "match", plain, "--hek-table", table, "-o", "match/hek_table")
    run.halescope("images", "match", few, "--srs", TABLE, "-o", "match/images", "--images",
                  "data/hmi/2026/02/01")  # fmt: skip
    with run.services() as env:
        run.halescope("hek", "match", few, "--hek", "-o", "match/hek", env=env)
    run.halescope("neither", "match", plain, "-o", "match/neither")
    run.halescope("far", "match", few, "--srs", "fetch/no_such.csv", "-o", "match/far")


def split(run: Run) -> None:
    for name, words in SOME_STRATEGIES.items():
        run.halescope(name, "dataset", "split", LABELS, "-o", f"split/{name}", *words)
        made = f"split/{name}/manifest.csv"
        run.halescope(f"{name}.audit", "dataset", "audit", made, "--json")
    run.halescope("words", "dataset", "audit", "split/random/manifest.csv", "--near", 48)
    run.halescope("crops", "dataset", "audit", "split/region/manifest.csv", "--unit", "region")
    run.halescope("bad", "dataset", "split", LABELS, "-o", "split/bad", "--method", "moon")
    run.halescope("list", "dataset", "list", LABELS, "--class", "beta-gamma", "--limit", 5)
    run.halescope("list_flag", "dataset", "list", "split/time/manifest.csv", "--flag", "limb",
                  "--split", "train")  # fmt: skip


def convert(run: Run) -> None:
    made = "split/time_bounds/manifest.csv"
    for to in FORMATS:
        out = f"convert/{to}"
        run.halescope(to, "dataset", "convert", LABELS, "--to", to, "-o", out)
        for back in ("manifest", "kitti"):
            run.halescope(f"{to}.{back}", "dataset", "convert", out, "--from", to, "--to", back,
                          "-o", f"convert/{to}_{back}")  # fmt: skip
        run.halescope(f"{to}.lint", "dataset", "lint", out, "--from", to, "--no-disks")
    paper = (
        "--to kitti --scheme detector --doubtful dontcare --pictures png --size 512 --columns 16"
    )
    run.halescope("paper", "dataset", "convert", made, *paper.split(), "--columns", 16,
                  "-o", "convert/paper")  # fmt: skip
    more = "--to coco --scheme coarse --doubtful keep --plage --pictures png --shrink-to 256"
    run.halescope("coarse", "dataset", "convert", made, *more.split(), "-o", "convert/coarse")
    run.halescope("bad", "dataset", "convert", made, "--to", "xml", "-o", "convert/bad")
    run.halescope("lint", "dataset", "lint", LABELS)
    run.halescope("lint_others", "dataset", "lint", "label/others/manifest.csv", "--tiny", 9)


def crops(run: Run) -> None:
    made = "split/time_bounds/manifest.csv"
    run.halescope("paper", "dataset", "crops", made, "-o", "crops/paper", "--size", 64)
    run.halescope("noaa", "dataset", "crops", made, "-o", "crops/noaa", "--scheme", "mount-wilson",
                  "--margin", 0.2, "--doubtful", "--plage", "--scale", 1.5)  # fmt: skip
    others = "label/others/manifest.csv"
    run.halescope("cea", "dataset", "crops", others, "-o", "crops/cea", "--cea", "--least", 8)
    run.halescope("show", "dataset", "show", made, "-o", "crops/show", "--limit", 20)


def train(run: Run) -> str | None:
    if find_spec("torch") is None:
        return "left out: torch is missing"
    data = ("data.every=1", f"data.manifest={LABELS}", "threads=1")
    small = [f"{fit}.{word}" for fit in ("fit", "link_fit")
             for word in ("steps=30", "model.members=2", "model.hidden=4")]  # fmt: skip
    some_days = ('data.train=["2026-02-01","2026-02-16"]', "blocks=2", "change.copies=1")
    first = ("folder=train/detector", "data.cache=train/detector/disks", *data, *small, *some_days)
    run.halescope("detector", "train", "detector", *_sets(first))
    few = ("folds.folds=2", "folds.repeats=1", "folds.rounds=50", "fit.trees=5",
           "data.patches=data/sharp",
           f"data.srs={TABLE}")  # fmt: skip
    second = ("folder=train/classifier", "data.cache=train/classifier/crops", *data, *few)
    run.halescope("classifier", "train", "classifier", *_sets(second))
    made = ("--detector", "train/detector/export/proposals.json", "--classifier",
            "train/classifier/export/mount_wilson.json")  # fmt: skip
    run.halescope("used", "analyze", *hmi(run, 3), "-o", "train/used", *made)
    return None


def _sets(settings: tuple[str, ...]) -> list[str]:
    return [word for setting in settings for word in ("--set", setting)]


def evaluate(run: Run) -> None:
    days = ("--days", "2026-03-25..2026-04-01")
    run.halescope("plain", "evaluate", LABELS, "-o", "evaluate/plain.json")
    run.halescope("threshold", "evaluate", LABELS, *days, "--detector", "threshold", "-o",
                  "evaluate/threshold.json")  # fmt: skip
    run.halescope("centerpoint", "evaluate", LABELS, *days, "--detector", "centerpoint", "-j", 1)
    known = ("--class-predictions", "train/classifier/predictions.csv")
    words = known if (run.folder / known[1]).exists() else ()
    run.halescope("report", "evaluate", LABELS, *days, "--report", "evaluate/report", "--srs",
                  TABLE, *words)  # fmt: skip


def reproduce(run: Run) -> None:
    two = ("--detector", "proposals", "--detector", "threshold", "--classifier", "climatology")
    run.halescope("b", "reproduce", LABELS, "-o", "reproduce/rows", "--protocol", "b", "--frames",
                  20, "--crops", 60, *two, "--classifier", "googlenet")  # fmt: skip
    run.halescope("a", "reproduce", LABELS, "-o", "reproduce/rows", "--protocol", "a", "--frames",
                  30, "--crops", 60, *two, "--resolution", 256)  # fmt: skip
    run.halescope("doctor", "doctor", LABELS, "-o", "reproduce/doctor.png", "--detector",
                  "detectnet", "--images", 2, "--limit", 20)  # fmt: skip
    run.halescope("doctor_labels", "doctor", LABELS, "-o", "reproduce/labels.png", "--split",
                  "random", "--resolution", 256)  # fmt: skip
    run.halescope("labels", "compare", "labels", "convert/kitti/labels",
                  "analyze/plain/catalog.csv")  # fmt: skip
    run.halescope("classes", "compare", "classes", "crops/paper/test")


HELP = """
import os, runpy, sys
from contextlib import redirect_stdout
for command in sys.argv[1].split("; "):
    words = ["halescope", *command.split(), "--help"]
    sys.argv = words
    with open("help/" + "_".join(words) + ".txt", "w") as out, redirect_stdout(out):
        try:
            runpy.run_module("halescope", run_name="__main__")
        except SystemExit as end:
            print("exit code", end.code)
"""
"""One process for all of them: starting takes longer than telling."""


def helps(run: Run) -> None:
    run.halescope("halescope", "--help")
    run.python("all", HELP, " ".join(COMMANDS.split()))


STEPS = (
    Step("draw", draw),
    Step("fetch", fetch),
    Step("label", label, ("draw", "fetch")),
    Step("analyze", analyze, ("draw",)),
    Step("train", train, ("label",)),
    Step("split", split, ("label",)),
    Step("convert", convert, ("split",)),
    Step("crops", crops, ("split",)),
    Step("input_ways", input_ways, ("draw",)),
    Step("reproduce", reproduce, ("convert", "crops", "analyze")),
    Step("evaluate", evaluate, ("train",)),
    Step("match", match, ("analyze", "input_ways", "fetch")),
    Step("build", build),
    Step("networks", networks, ("draw",)),
    Step("help", helps),
)
"""In an order in which each finds what it needs, those first that others wait for."""
