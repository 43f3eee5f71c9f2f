"""What the day's page says, and SWPC's form of it."""

import io
import json
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from PIL import Image

from halescope.cli import run
from halescope.day import Pictures, describe, draw, render_day, solar_regions
from halescope.day.content import age_words, short_names
from halescope.day.page import HEIGHT, WIDTH, ribbon
from halescope.day.regions import place_words
from halescope.day.swpc import FIELDS
from halescope.errors import DatasetError
from halescope.io.catalog import write_catalog
from halescope.noaa.srs_row import SrsRow
from halescope.tracks import track
from halescope.types import Catalog
from track_tables import Region, catalogue

REAL_ROW = json.loads(
    '{"observed_date": "2026-09-06", "region": 4529, "latitude": 13, "longitude": 63, '
    '"location": "N13E63", "carrington_longitude": 188, "old_carrington_longitude": null, '
    '"area": 70, "spot_class": "Hsx", "extent": 2, "number_spots": 1, "mag_class": "A", '
    '"mag_string": null, "status": "f", "c_xray_events": 0, "m_xray_events": 0, '
    '"x_xray_events": 0, "proton_events": null, "s_flares": 0, "impulse_flares_1": 0, '
    '"impulse_flares_2": 0, "impulse_flares_3": 0, "impulse_flares_4": 0, "protons": null, '
    '"c_flare_probability": 10, "m_flare_probability": 1, "x_flare_probability": 1, '
    '"proton_probability": 1, "first_date": "2026-09-06T07:09:58"}'
)
"""As SWPC sent it on 2026-09-06."""

ALPHA, BETA = (0.9, 0.08, 0.02), (0.05, 0.9, 0.05)
START = datetime(2026, 2, 2, tzinfo=UTC)


def row(day, number, lon, lat, name="beta", **more):
    given = {"area": 120, "z_class": "Dso", "extent": 6, "spots": 4} | more
    return SrsRow(day, number, "I", lat, lon, 100, mag_class=name, **given)


@pytest.fixture(scope="module")
def story():
    """Two regions of which one begins on the last day, a third that ends then; two summaries."""
    regions = [
        Region(-20, 12, shares=ALPHA, growth=0.0),
        Region(-30, -15, begins=60, shares=BETA),
        Region(10, 30, ends=57, shares=BETA),
    ]
    table = catalogue(regions, range(0, 73))
    rows = [row(date(2026, 2, 3), 14350, -7, 12, "beta"), row(date(2026, 2, 4), 14350, 6, 12)]
    late = row(date(2026, 2, 5), 14350, 20, 12, "alpha")
    return table, rows, late


@pytest.fixture(scope="module")
def told(story):
    table, rows, late = story
    return describe(track(table, rows), [*rows, late], START + timedelta(hours=74))


def test_regions_now(told):
    assert told["image"]["time"] == "2026-02-05T00:00:00Z"
    assert told["image"]["age_hours"] == 2
    assert {region["label"] for region in told["regions"]} == {"NOAA 14350", "track 3"}
    first = next(r for r in told["regions"] if r["noaa"])
    assert first["probability"] == max(first["probabilities"].values())
    assert sum(first["probabilities"].values()) == pytest.approx(1, abs=2e-3)
    assert len(first["history"]) == 48
    assert first["noaa_class"] == "beta"  # the summary of 02-05 is issued half an hour later


def test_what_changed_in_a_day(told):
    assert [entry["track"] for entry in told["new"]] == [3]
    assert [entry["track"] for entry in told["gone"]] == [2]
    assert told["gone"][0]["kind"] == "decayed"


def test_summaries_that_were_not_yet_issued_are_not_used(told):
    assert told["summary"]["issued"] == "2026-02-04T00:30:00Z"
    assert told["summary"]["age_hours"] == 25.5


def test_what_is_old_is_said(story):
    table, rows, _ = story
    late = describe(track(table, rows), rows, START + timedelta(days=9))
    assert late["doubts"][0] == "The newest image is 6 days old."
    assert "Solar Region Summary is 7 days old" in late["doubts"][1]
    early = describe(track(table), None, START)
    assert "after this clock's time" in early["doubts"][0]
    assert "No Solar Region Summary was given" in early["doubts"][1]


def test_an_image_without_regions_is_the_newest(story):
    table, rows, _ = story
    empty = ("later", "2026-02-05T01:00:00Z")
    told = describe(track(table, rows, images=[empty]), rows, image=empty)
    assert told["image"]["time"] == empty[1]
    assert [r["doubts"][0][:23] for r in told["regions"]] == ["not found on this image"] * 2
    assert "No active region" in render_day(told | {"regions": []})


def test_no_times_are_refused():
    table = catalogue([Region(0, 10)], [0])
    bare = Catalog(table.columns | {"time": [""]})
    with pytest.raises(DatasetError, match="time"):
        describe(track(bare))


def test_swpc_form_has_the_fields_of_a_real_row(story):
    table, rows, late = story
    found = solar_regions(track(table, rows).catalog, [*rows, late])
    for entry in found:
        assert list(entry) == list(REAL_ROW) == list(FIELDS)
        for name, value in entry.items():
            kind = type(REAL_ROW[name])
            assert value is None or isinstance(value, kind), name
    days = [entry["observed_date"] for entry in found]
    assert days == sorted(days, reverse=True)
    newest = next(e for e in found if e["observed_date"] == "2026-02-04")
    assert newest["region"] == 4350
    assert newest["location"].endswith(f"W{-newest['longitude']:02d}")  # east is positive
    assert (newest["area"], newest["spot_class"], newest["extent"]) == (120, "Dso", 6)
    open_day = next(e for e in found if e["observed_date"] == "2026-02-05")
    assert open_day["area"] is None
    assert open_day["c_flare_probability"] is None
    datetime.fromisoformat(newest["first_date"])


def test_swpc_form_of_nothing():
    assert solar_regions(track(catalogue([Region(0, 10)], [0])).catalog) == []


def test_ribbon_covers_all_of_its_time():
    times = [START + timedelta(hours=h) for h in (0, 24, 48)]
    history = [
        {"time": t.isoformat(), "alpha": a, "beta": 0.9 - a, "complex": 0.1}
        for t, a in zip(times, (0.1, 0.5, 0.9), strict=True)
    ]
    drawn = ribbon(history, times[-1].timestamp() / 3600)
    area = 0.0
    for points in drawn.values():
        x, y = np.array([p.split(",") for p in points.split()], float).T
        area += abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2
    assert area == pytest.approx(WIDTH * HEIGHT, rel=1e-3)
    assert ribbon([], 0.0) == {}


def test_page_escapes_and_runs_nothing(told):
    wild = "<script>alert(1)</script>"
    document = told | {"image": told["image"] | {"name": wild}, "doubts": [wild]}
    page = render_day(document, Pictures(b"png", {3: b"crop"}), [wild])
    assert wild not in page
    assert "<script" not in page
    assert page.count("&lt;script&gt;") == 3
    assert "default-src &#39;none&#39;; img-src" in page
    assert page.count("data:image/png;base64,") == 2
    assert "http" not in page.replace("http-equiv", "")


def test_page_says_what_a_class_is_worth(told):
    assert "often as repeating" in render_day(told)
    assert "worse than repeating" in render_day(told | {"summary": None})


def test_words():
    assert place_words(-63, 13) == "N13E63"
    assert place_words(5.4, -7.6) == "S08W05"
    assert age_words(timedelta(minutes=50)) == "50 min"
    assert age_words(timedelta(hours=30)) == "30 h"
    assert short_names([1, 2, 3], ["14350", "14350|14351", None]) == ["T1", "T2", "T3"]
    assert short_names([1], ["14350|14351"]) == ["14350"]


def test_pictures(small_drawing):
    box = [200.0, 220.0, 260.0, 280.0]
    regions = [{"track": 7, "noaa": [], "class": "beta", "probability": 0.8, "box": box}]
    pictures = draw(small_drawing.magnetogram, regions)
    assert set(pictures.crops) == {7}
    assert max(Image.open(io.BytesIO(pictures.crops[7])).size) == 220
    assert Image.open(io.BytesIO(pictures.disk)).width == 960


def test_command_on_a_catalogue(story, tmp_path, capsys):
    path = write_catalog(story[0], tmp_path / "catalog.csv")
    assert run(["day", str(path), "-o", str(tmp_path / "out")]) == 0
    assert "2 regions" in capsys.readouterr().out
    page = (tmp_path / "out" / "index.html").read_text()
    assert "not at hand" in page
    document = json.loads((tmp_path / "out" / "day.json").read_text())
    assert len(document["regions"]) == 2
    assert json.loads((tmp_path / "out" / "solar_regions.json").read_text()) == []


def test_command_refuses_a_mixture(story, tmp_path, capsys):
    path = write_catalog(story[0], tmp_path / "catalog.csv")
    assert run(["day", str(path), "disk.fits", "-o", str(tmp_path / "out")]) == 2
    assert "images and catalogues at once" in capsys.readouterr().err
