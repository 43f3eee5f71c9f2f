"""`analyze --srs`, `match`, `evaluate` and `dataset label` on drawn disks with a summary."""

import csv
import json
from pathlib import Path

import pytest

from halescope.cli import run

TOOLS = ["--detector", "threshold", "--classifier", "climatology"]


@pytest.fixture(scope="module")
def analysed(labelled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Catalogue of one picture, with NOAA's numbers."""
    out = tmp_path_factory.mktemp("noaa")
    picture = str(labelled / "20260204_120000_512_HMIB.png")
    assert run(["analyze", picture, "-q", "-o", str(out), "--srs", str(labelled / "srs.csv")]) == 0
    return out / "catalog.csv"


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_analyze_gives_numbers(analysed: Path, small_drawing) -> None:
    rows = read(analysed)
    assert list(rows[0])[:3] == ["image", "time", "region"]
    assert list(rows[0])[-1] == "noaa"
    truth = {14360 + row["region"]: row for row in small_drawing.truth.rows()}
    numbered = [row for row in rows if row["noaa"]]
    assert len(numbered) >= 3
    for row in numbered:
        for number in map(int, row["noaa"].split("|")):
            assert float(row["hgs_lat"]) == pytest.approx(truth[number]["hgs_lat"], abs=8)


def test_numbers_come_on_a_second_run_that_skips(labelled: Path, tmp_path: Path, capsys) -> None:
    picture = str(labelled / "20260204_120000_512_HMIB.png")
    assert run(["analyze", picture, "-o", str(tmp_path), *TOOLS]) == 0
    assert "noaa" not in read(tmp_path / "catalog.csv")[0]
    with_srs = ["analyze", picture, "-o", str(tmp_path), "--srs", str(labelled / "srs.csv")]
    assert run([*with_srs, *TOOLS]) == 0
    assert "1 skipped" in capsys.readouterr().out
    assert any(row["noaa"] for row in read(tmp_path / "catalog.csv"))


def test_missing_summary_is_told_before_anything_is_done(labelled: Path, tmp_path, capsys) -> None:
    out = tmp_path / "out"
    assert run(["analyze", str(labelled), "-o", str(out), "--srs", str(tmp_path / "no.csv")]) == 2
    assert "no.csv" in capsys.readouterr().err
    assert not out.exists()


def test_match_writes_its_report(analysed: Path, labelled: Path, tmp_path: Path, capsys) -> None:
    srs = str(labelled / "srs.csv")
    assert run(["match", str(analysed), "--srs", srs, "-o", str(tmp_path)]) == 0
    assert "1 images:" in capsys.readouterr().out
    matched = {row["noaa"] for row in read(tmp_path / "match.csv") if row["verdict"] == "matched"}
    shown = {n for row in read(analysed) for n in row["noaa"].split("|") if n}
    assert matched
    assert matched <= shown


def test_evaluate_writes_figures(labelled: Path, tmp_path: Path, capsys) -> None:
    target = tmp_path / "figures.json"
    manifest = str(labelled / "manifest.csv")
    arguments = ["--root", str(labelled), "-j", "1", "-o", str(target), *TOOLS]
    assert run(["evaluate", manifest, *arguments]) == 0
    assert "lenient: ap50" in capsys.readouterr().out
    assert json.loads(target.read_text())["detection"]["disks"] == 8
    assert run(["evaluate", manifest, "--days", "yesterday"]) == 2


def test_label_writes_manifest_and_sheets(labelled: Path, tmp_path: Path, capsys) -> None:
    arguments = ["--srs", str(labelled / "srs.csv"), "-o", str(tmp_path), "--sheets", "1"]
    assert run(["dataset", "label", str(labelled), *arguments, "-j", "1"]) == 0
    assert "of 8 images" in capsys.readouterr().out
    rows = read(tmp_path / "manifest.csv")
    assert {row["noaa_number"] for row in rows if row["status"] == "firm"}
    assert (tmp_path / "sheets" / "sheet_001.png").is_file()


def test_analyze_writes_the_comparison_in_one_go(labelled: Path, tmp_path: Path, capsys) -> None:
    picture = labelled / "20260204_120000_512_HMIB.png"
    words = ["analyze", str(picture), "--srs", str(labelled / "srs.csv"), "-o", str(tmp_path)]
    assert run([*words, "--no-crops", *TOOLS]) == 0
    assert "1 images:" in capsys.readouterr().out
    for name in ("match.csv", "queue.csv", "regions.csv", "match.json"):
        assert (tmp_path / name).is_file()
    assert (tmp_path / picture.stem / "noaa.png").stat().st_size > 10_000
    apart = tmp_path / "apart"
    srs = str(labelled / "srs.csv")
    assert run(["match", str(tmp_path / "catalog.csv"), "--srs", srs, "-o", str(apart)]) == 0
    assert read(apart / "match.csv") == read(tmp_path / "match.csv")
    assert "time" in json.loads((tmp_path / "run.json").read_text())["files"][0]


def other_day(labelled: Path, folder: Path) -> Path:
    """Return a summary of ten days later."""
    path = folder / "other.csv"
    text = (labelled / "srs.csv").read_text()
    path.write_text(text.replace("2026-02-04", "2026-02-14").replace("2026-02-05", "2026-02-15"))
    return path


def test_summary_of_another_day_is_refused(
    analysed: Path, labelled: Path, tmp_path: Path, capsys
) -> None:
    srs = str(other_day(labelled, tmp_path))
    assert run(["match", str(analysed), "--srs", srs]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert "2026-02-14, 9.5 days from the image" in line
    picture = str(labelled / "20260204_120000_512_HMIB.png")
    out = tmp_path / "out"
    assert run(["analyze", picture, "-q", "-o", str(out), "--srs", srs, *TOOLS]) == 2
    assert "9.5 days" in capsys.readouterr().err
    assert read(out / "catalog.csv")  # what was analysed is there all the same


def test_catalogue_without_times_is_refused(labelled: Path, tmp_path: Path, capsys) -> None:
    picture = tmp_path / "plain.png"
    picture.write_bytes((labelled / "20260204_120000_512_HMIB.png").read_bytes())
    out = tmp_path / "out"
    assert run(["analyze", str(picture), "-q", "-o", str(out), *TOOLS]) == 0
    srs = str(labelled / "srs.csv")
    assert run(["match", str(out / "catalog.csv"), "--srs", srs]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert "no times" in line
    assert "--time" in line


def test_two_files_with_one_name(labelled: Path, tmp_path: Path, capsys) -> None:
    source = labelled / "20260204_120000_512_HMIB.png"
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / source.name).write_bytes(source.read_bytes())
    out, srs = tmp_path / "out", str(labelled / "srs.csv")
    folders = [str(tmp_path / folder) for folder in ("a", "b")]
    words = ["--no-crops", "--srs", srs, "-o", str(out), *TOOLS]
    assert run(["analyze", *folders, "-q", *words]) == 0  # told apart by their folders
    assert len(list(out.glob("*/noaa.png"))) == 2
    names = {row["image"] for row in read(out / "catalog.csv")}
    assert names == {f"a/{source.name}", f"b/{source.name}"}
    apart = tmp_path / "apart"
    words = ["match", str(out / "catalog.csv"), "--srs", srs, "-o", str(apart)]
    assert run([*words, "--images", str(tmp_path)]) == 0
    assert read(apart / "match.csv") == read(out / "match.csv")
    assert len(list(apart.glob("*/noaa.png"))) == 2
    again = tmp_path / "again"  # the folder is told even if the second file comes later
    for folder in folders:
        assert run(["analyze", folder, "-q", "--no-crops", "-o", str(again), *TOOLS]) == 0
    assert {row["image"] for row in read(again / "catalog.csv")} == {
        source.name,
        f"b/{source.name}",
    }


def test_a_folder_keeps_the_images_of_earlier_runs(labelled: Path, tmp_path: Path, capsys) -> None:
    first, second = (labelled / f"20260204_{hour}0000_512_HMIB.png" for hour in ("08", "09"))
    srs = str(labelled / "srs.csv")
    words = ["--no-crops", "--no-overlay", "--srs", srs, "-o", str(tmp_path / "out"), *TOOLS]
    for picture in (first, second):  # as an hourly job does
        assert run(["analyze", str(picture), *words]) == 0
    out = tmp_path / "out"
    assert "1 of earlier runs" in capsys.readouterr().out
    names = [row["image"] for row in read(out / "catalog.csv")]
    assert list(dict.fromkeys(names)) == [first.name, second.name]
    assert {row["image"] for row in read(out / "match.csv")} == {first.name, second.name}
    assert json.loads((out / "match.json").read_text())["images"] == 2
    states = [entry["status"] for entry in json.loads((out / "run.json").read_text())["files"]]
    assert states == ["earlier", "done"]
    assert run(["match", str(out / "catalog.csv"), "--srs", srs]) == 0
    assert "2 images:" in capsys.readouterr().out
    assert run(["analyze", str(second), "--overwrite", *words]) == 0
    assert "left out: 1 image of earlier runs (--overwrite)" in capsys.readouterr().out
    assert {row["image"] for row in read(out / "catalog.csv")} == {second.name}


def test_the_summary_that_was_used_is_told(labelled: Path, tmp_path: Path, capsys) -> None:
    picture, ends = labelled / "20260204_120000_512_HMIB.png", tmp_path / "ends.csv"
    head, *lines = (labelled / "srs.csv").read_text().splitlines()
    ends.write_text("\n".join([head, *(line for line in lines if "2026-02-05" not in line)]) + "\n")
    out = tmp_path / "out"
    assert run(["analyze", str(picture), "--srs", str(ends), "-o", str(out), *TOOLS]) == 0
    said = capsys.readouterr().err
    assert "the summary of 2026-02-05, which describes that day, is missing" in said
    rows = [row for row in read(out / "match.csv") if row["noaa"]]
    assert {row["noaa_summary"] for row in rows} == {"2026-02-04"}
    assert all("class of the day before" in row["note"] for row in rows)
    whole = ["analyze", str(picture), "--srs", str(labelled / "srs.csv"), "-o", str(out), *TOOLS]
    assert run(whole) == 0
    assert "which describes that day" not in capsys.readouterr().err
    rows = [row for row in read(out / "match.csv") if row["noaa"]]
    assert {row["noaa_summary"] for row in rows} == {"2026-02-05"}


def test_what_a_cut_out_does_not_show_is_not_missed(shared_data: Path, tmp_path: Path) -> None:
    picture = shared_data / "cutouts" / "hmi.ssc.11781.magnetogram.20130704_160810.fits"
    srs = str(shared_data / "noaa" / "srs_1996_2026.csv")
    words = ["--no-crops", "--no-overlay", "-q", "--srs", srs, "-o", str(tmp_path)]
    assert run(["analyze", str(picture), *words]) == 0
    said = {row["noaa"]: (row["verdict"], row["note"]) for row in read(tmp_path / "match.csv")}
    assert said["11785"] == ("outside", "outside the image")
    assert said["11781"] == ("matched", "")  # at 76.7 degrees; a region missed there is no miss
    # The others are no work for anybody; this one's class changed at NOAA from beta to alpha.
    queue = [row["noaa"] for row in read(tmp_path / "queue.csv") if row["noaa"]]
    assert queue == ["11781"]
    apart = tmp_path / "apart"
    assert run(["match", str(tmp_path / "catalog.csv"), "--srs", srs, "-o", str(apart)]) == 0
    assert read(apart / "match.csv") == read(tmp_path / "match.csv")


def quiet_disk(folder: Path) -> Path:
    """Return a picture of a Sun without regions."""
    from halescope.io.atomic import atomic_bytes
    from halescope.synthetic import draw
    from halescope.synthetic.files import picture_bytes

    drawn = draw(1, size=512, regions=(), plage=0)
    name = "20260204_120000_512_HMIB.png"
    return atomic_bytes(folder / name, picture_bytes(drawn.magnetogram, "png"))


def test_empty_catalogue_gives_a_valid_report(labelled: Path, tmp_path: Path, capsys) -> None:
    picture, out = quiet_disk(tmp_path), tmp_path / "out"
    srs = str(labelled / "srs.csv")
    assert run(["analyze", str(picture), "-o", str(out), "--srs", srs, *TOOLS]) == 0
    assert read(out / "catalog.csv") == []
    missed = read(out / "match.csv")
    assert missed
    assert {row["verdict"] for row in missed} == {"missed"}
    apart = tmp_path / "apart"
    catalog = str(out / "catalog.csv")
    assert run(["match", catalog, "--srs", srs, "-o", str(apart)]) == 0
    assert read(apart / "match.csv") == missed
    capsys.readouterr()
    (out / "run.json").unlink()  # now nobody knows that there was an image
    assert run(["match", catalog, "--srs", srs, "-o", str(apart)]) == 0
    assert "0 images: 0 matched" in capsys.readouterr().out
    assert read(apart / "queue.csv") == []
    assert json.loads((apart / "match.json").read_text())["class_agreement"] is None


def test_match_wants_one_source_of_regions(analysed: Path, labelled: Path, capsys) -> None:
    srs = str(labelled / "srs.csv")
    for words in ([], ["--srs", srs, "--hek"]):
        assert run(["match", str(analysed), *words]) == 2
        assert "one of --srs, --hek, --hek-table" in capsys.readouterr().err


def test_match_draws_overlays(analysed: Path, labelled: Path, tmp_path: Path) -> None:
    words = ["match", str(analysed), "--srs", str(labelled / "srs.csv"), "-o", str(tmp_path)]
    assert run([*words, "--images", str(labelled)]) == 0
    assert (tmp_path / "20260204_120000_512_HMIB" / "noaa.png").is_file()
    assert run([*words, "--images", str(tmp_path / "none")]) == 2


def hek_of(srs: Path, path: Path, cut: bool, text: str) -> Path:
    """Write a table of HEK's events of the rows of a summary, all with one class text.

    With `cut` numbers have four digits, as in the summary's own text.
    """
    lines = ["start,observer,noaa_number,class,mcintosh,hgs_lon,hgs_lat,area,area_unit"]
    for row in read(srs):
        place = row["location"]
        lat = int(place[1:3]) * (1 if place[0] == "N" else -1)
        lon = int(place[4:]) * (1 if place[3] == "W" else -1)
        number = int(row["noaa_number"]) % (10_000 if cut else 100_000)
        lines.append(
            f"{row['date']}T00:00:00Z,NOAA SWPC Observer,{number},{text},DAO,{lon},{lat},"
            "852229120,km2"
        )
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize(("text", "name"), [("ALPHAGAMMA-DELTA", "alpha"), ("BETAAGAMMA", "beta")])
@pytest.mark.parametrize("cut", [True, False])
def test_label_and_match_read_damaged_tables_of_hek_alike(
    analysed: Path, labelled: Path, tmp_path: Path, text: str, name: str, cut: bool
) -> None:
    table = str(hek_of(labelled / "srs.csv", tmp_path / "regions.csv", cut, text))
    picture = str(labelled / "20260204_120000_512_HMIB.png")
    out = tmp_path / "labels"
    words = ["-o", str(out), "--sheets", "0", "-j", "1"]
    assert run(["dataset", "label", picture, "--hek", table, *words]) == 0
    assert run(["match", str(analysed), "--hek-table", table, "-o", str(tmp_path)]) == 0
    labels = {row["noaa_number"]: row for row in read(out / "manifest.csv") if row["noaa_number"]}
    matches = {row["noaa"]: row for row in read(tmp_path / "match.csv") if row["noaa"]}
    assert len(labels) >= 3
    assert set(labels) <= set(matches)
    for number, row in labels.items():
        assert 14360 < int(number) < 14400
        assert row["class"] == matches[number]["noaa_class"] == name
        assert float(row["area_msh"]) == float(matches[number]["noaa_area_msh"]) == 280
