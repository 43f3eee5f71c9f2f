"""Tracks of drawn disks: drawn, detected and linked as real ones are."""

from collections import Counter

import numpy as np
import pytest

import halescope
from halescope.io.catalog import merge_catalogs
from halescope.synthetic import LIVES, Life, draw_sequence
from halescope.synthetic.files import fits_bytes


def analysed(lives, hours, folder):
    """Return the catalogue of a sequence, and the truth of each image by its name."""
    tables, truth = [], {}
    for drawing in draw_sequence(lives, hours, size=400):
        path = folder / f"{drawing.magnetogram.name}.fits"
        path.write_bytes(fits_bytes(drawing.magnetogram, False))
        tables.append(halescope.analyze(path).catalog)
        truth[path.name] = drawing.truth
    return merge_catalogs(tables), truth


def lives_of(result, truth):
    """Return how often each track was on each drawn region."""
    found: dict[int, Counter] = {}
    for row in result.catalog.rows():
        if row["region"] == 0:
            continue
        rows = truth[row["image"]].rows()
        place = np.array([row["hgs_lon"], row["hgs_lat"]])
        apart = [np.abs(place - (t["hgs_lon"], t["hgs_lat"])) for t in rows]
        best = int(np.argmin([gap.sum() for gap in apart]))
        near = rows[best]
        if apart[best][0] < 8 and apart[best][1] < 6:
            found.setdefault(row["track"], Counter())[near["life"]] += 1
    return found


@pytest.fixture(scope="module")
def week(tmp_path_factory):
    table, truth = analysed(LIVES, range(0, 97, 12), tmp_path_factory.mktemp("week"))
    return halescope.track(table, mode="smooth"), truth


def test_each_drawn_region_has_one_track_and_each_track_one_region(week):
    result, truth = week
    found = lives_of(result, truth)
    main = {track: counts.most_common(1)[0] for track, counts in found.items()}
    long = {track: life for track, (life, count) in main.items() if count >= 3}
    assert len(set(long.values())) == len(long)
    merging = {i for i, life in enumerate(LIVES) if life.drift}
    assert set(long.values()) >= set(range(len(LIVES))) - merging
    for track, life in long.items():
        if life not in merging:
            assert set(found[track]) == {life}


def test_what_the_recipe_does_is_told(week):
    result, truth = week
    life = {track: c.most_common(1)[0][0] for track, c in lives_of(result, truth).items()}
    came = {life.get(row["track"]): row["came"] for row in result.tracks.rows()}
    went = {life.get(row["track"]): row["went"] for row in result.tracks.rows()}
    assert came[2] == "emerged"
    assert went[3] == "decayed"
    assert came[0] == "present"
    assert "merged" in went.values()


def test_the_growing_region_grows_and_the_fading_one_fades(week):
    result, truth = week
    life = {track: c.most_common(1)[0][0] for track, c in lives_of(result, truth).items()}
    rows = {life.get(row["track"]): row for row in result.tracks.rows()}
    growth = {n: (rows[n]["growth_msh_day"], rows[n]["growth_msh_day_err"]) for n in (2, 3)}
    assert growth[2][0] > 2 * growth[2][1]
    assert growth[3][0] < 0


def test_a_drawn_region_that_returns_is_named(tmp_path):
    table, _ = analysed([Life("beta", -20, 14)], [0, 24, 48, 648, 672, 696], tmp_path)
    result = halescope.track(table, mode="smooth")
    assert result.tracks.columns["returned_from"] == [None, 1]
