import json

import pytest

from halescope.cli import run
from halescope.datasets.manifest import rows, write_manifest

BOX = {"x_min": 100, "y_min": 100, "x_max": 140, "y_max": 130}
COMMANDS = (
    "import", "label", "list", "show", "split", "audit", "lint", "crops", "convert", "build",
)  # fmt: skip


@pytest.fixture
def manifest(tmp_path):
    """One region that every frame of five days shows."""
    path = tmp_path / "manifest.csv"
    write_manifest(
        path,
        (
            BOX | {
                "image": f"{i:03d}.png", "sha256": i, "time": f"2026-02-{1 + i // 24:02d}T"
                f"{i % 24:02d}:00:00Z", "noaa_number": 14366, "class": "beta", "status": "firm",
                "hgs_lon": -30 + i * 0.55, "hgs_lat": 14,
            }
            for i in range(120)
        ),
    )  # fmt: skip
    return path


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example(command, capsys):
    assert run(["dataset", command, "--help"]) == 0
    assert "halescope dataset" in capsys.readouterr().out


def test_random_split_warns_by_how_much_and_audit_fails(manifest, tmp_path, capsys):
    out = tmp_path / "split"
    assert run(["dataset", "split", str(manifest), "-o", str(out), "--method", "random"]) == 0
    told = capsys.readouterr()
    assert "train 84" in told.out
    assert "24 of 24 labels of validation (100%)" in told.err
    assert run(["dataset", "audit", str(out / "manifest.csv")]) == 1
    assert "this split leaks" in capsys.readouterr().out
    assert run(["dataset", "audit", str(out / "manifest.csv"), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["clean"] is False


def test_clean_split_is_exit_code_0(manifest, tmp_path):
    clean = tmp_path / "clean.csv"
    parts = ({"split": "train" if r["image"] < "060" else ""} for r in rows(manifest))
    table = [dict(r) | p for r, p in zip(rows(manifest), parts, strict=True)]
    other = dict(table[0]) | {
        "image": "z.png", "sha256": "z", "split": "test", "noaa_number": 14500, "hgs_lat": -20,
        "time": "2026-03-20T00:00:00Z",
    }  # fmt: skip
    write_manifest(clean, [*table, other])
    assert run(["dataset", "audit", str(clean)]) == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["split", "none.csv", "-o", "x"], "none.csv: cannot be read"),
        (["split", "{m}", "-o", "x"], "leave no room for two gaps"),
        (["split", "{m}", "-o", "x", "--fractions", "1,2"], "--fractions"),
        (["split", "{m}", "-o", "x", "--method", "luck"], "random, region, time or shared"),
        (["audit", "{m}"], "dataset split"),
        (["crops", "{m}", "-o", "x", "--scheme", "zurich"], "--scheme"),
        (["convert", "{m}", "-o", "x", "--to", "dota"], "kitti, yolo, coco, voc, cvat"),
        (["lint", "nowhere", "--from", "kitti"], "does not exist"),
        (["list", "{m}", "--flag", "odd"], "class_changes, only_before"),
        (["label", "{m}", "-o", "x"], "one of --srs and --hek"),
        (["label", "{m}", "-o", "x", "--hek", "none.csv"], "none.csv: cannot be read"),
        (["build", "-o", "x"], "--flares or --images"),
        (["build", "-o", "x", "--preset", "mine"], "full, paper"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(manifest, arguments, said, capsys, tmp_path):
    full = [a.replace("{m}", str(manifest)).replace("x", str(tmp_path / "x"))
            if a in ("{m}", "x") else a for a in arguments]  # fmt: skip
    assert run(["dataset", *full]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1


def test_list_filters_and_counts(manifest, capsys):
    assert run(["dataset", "list", str(manifest), "--region", "4366", "--limit", "2"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[2] == "... and 118 more"
    assert out[3].startswith("120 rows, 120 images, 1 NOAA regions")


def test_list_by_flag(manifest, tmp_path, capsys):
    table = [dict(row) | {"flags": "limb;crowded" if i < 3 else ""}
             for i, row in enumerate(rows(manifest))]  # fmt: skip
    write_manifest(tmp_path / "f.csv", table)
    assert run(["dataset", "list", str(tmp_path / "f.csv"), "--flag", "crowded"]) == 0
    assert "3 rows" in capsys.readouterr().out


def test_lint_exit_codes(tmp_path, manifest):
    assert run(["dataset", "lint", str(manifest)]) == 0
    write_manifest(manifest, [*rows(manifest), BOX | {"image": "q.png", "status": "Firm"}])
    assert run(["dataset", "lint", str(manifest)]) == 1
    assert run(["dataset", "lint", str(manifest), "--fix"]) == 0
    assert run(["dataset", "lint", str(manifest)]) == 0
