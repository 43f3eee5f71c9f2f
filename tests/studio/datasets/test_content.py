"""Gallery, statistics, audit, faults, exports of a data set, and what may be done with it."""

import io
import json
import zipfile

import numpy as np
import pytest
from PIL import Image

from halescope.datasets.manifest import rows, write_manifest
from halescope.studio.datasets.index import DatasetIndex, open_index, thumbnail_box


def manifest_of(folder, table):
    write_manifest(folder / "manifest.csv", table)


def test_pages_of_the_gallery_are_those_of_the_manifest(client, made):
    told = client.get("/api/datasets/drawn/images", params={"size": 3}).json()
    assert (told["total"], told["pages"], len(told["images"])) == (4, 2, 3)
    table = list(rows(made / "manifest.csv"))
    first = told["images"][0]
    mine = [row for row in table if row["image"] == first["image"] and row["status"]]
    assert [label["noaa_number"] for label in first["labels"]] == [r["noaa_number"] for r in mine]
    box = [float(mine[0][side]) / 416 for side in ("x_min", "y_min", "x_max", "y_max")]
    left, top, width, height = first["labels"][0]["box"]
    assert np.allclose([left, 1 - top - height, left + width, 1 - top], box, atol=2e-4)

    def count(**query):
        return client.get("/api/datasets/drawn/images", params=query).json()["total"]

    assert [count(part=part) for part in ("train", "validation", "none")] == [2, 1, 0]
    assert (count(**{"class": "alpha"}), count(**{"class": "gamma"})) == (4, 0)
    assert count(**{"class": "alpha", "part": "test"}) == 1
    assert (count(text="080000"), count(text="14361"), count(text="elsewhere")) == (1, 4, 0)
    assert (count(status="firm"), count(status="doubtful")) == (4, 0)
    assert client.get("/api/datasets/drawn/images", params={"page": 99}).json()["page"] == 1


def test_an_image_tells_its_rows_and_neighbours_and_has_a_thumbnail(client, made):
    keys = [one["key"] for one in client.get("/api/datasets/drawn/images").json()["images"]]
    told = client.get(f"/api/datasets/drawn/images/{keys[1]}").json()
    assert (told["before"], told["after"]) == (keys[0], keys[2])
    wanted = [row for row in rows(made / "manifest.csv") if row["image"].endswith(keys[1])]
    assert told["rows"] == wanted
    answer = client.get(told["links"]["thumbnail"])
    with Image.open(io.BytesIO(answer.content)) as picture:
        assert (picture.size, picture.format) == ((208, 208), "JPEG")
    assert client.get("/api/datasets/drawn/images/none.png").status_code == 404


def test_pictures_that_may_not_be_read_are_not_served(client, made, tmp_path):
    secret = tmp_path / "secret.png"
    Image.new("L", (64, 64)).save(secret)
    (made / "images" / "out.png").symlink_to(secret)
    table = list(rows(made / "manifest.csv"))
    names = ["images/out.png", "../../../secret.png", str(secret)]
    manifest_of(made, [row | {"image": n} for row, n in zip(table, names, strict=False)])
    for one in client.get("/api/datasets/drawn/images").json()["images"]:
        assert client.get(one["links"]["thumbnail"]).status_code == 404
    packed = client.get("/api/datasets/drawn/exports/folder.zip").content
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert "images/out.png" not in archive.namelist()


def test_index_reads_anew_only_what_has_changed(made):
    index = open_index(made)
    assert open_index(made) is index
    table = list(rows(made / "manifest.csv"))
    twins = [
        row | {"image": f"b/{row['image']}"} for row in table if row["image"] == table[0]["image"]
    ]
    manifest_of(made, [*table, *twins])
    again = open_index(made)
    assert again is not index
    record = again.images[-1]
    assert record.key == f"{again.images[0].key}~2"
    assert again.find(record.key) is record
    assert again.rows_of(record) == twins
    assert (record.first, record.count) == (len(table), len(twins))


def test_index_copes_with_cells_of_every_kind(tmp_path):
    manifest_of(
        tmp_path,
        [
            {"image": "a.png", "status": "firm", "class": "<i>", "x_min": "nonsense",
             "note": "two\nlines, \"quoted\""},
            {"image": "b.png"},
            {"image": "c.png", "status": "plage", "x_min": 1, "y_min": 2, "x_max": 3, "y_max": 4},
        ],
    )  # fmt: skip
    index = DatasetIndex(tmp_path, tmp_path / "manifest.csv")
    assert [record.key for record in index.images] == ["a.png", "b.png", "c.png"]
    assert index.classes == {"<i>": 1, "plage": 1}
    assert index.rows_of(index.images[0])[0]["note"] == 'two\nlines, "quoted"'
    assert index.rows_of(index.images[2])[0]["status"] == "plage"
    assert thumbnail_box(index.boxes[2]) == [round(v / 416, 4) for v in (1, 412, 2, 2)]


def test_statistics_count_what_is_there(client, made):
    told = client.get("/api/datasets/drawn/statistics").json()
    table = [row for row in rows(made / "manifest.csv") if row["status"]]
    assert told["labels"] == len(table)
    firm = [row for row in table if row["status"] == "firm"]
    assert {c["class"]: c["total"] for c in told["classes"] if c["class"] != "plage"} == {
        name: sum(row["class"] == name for row in firm) for name in {row["class"] for row in firm}
    }
    assert sum(one["count"] for one in told["longitudes"]) == len(firm)
    assert sum(one["count"] for one in told["sizes"]) == len(firm)
    assert told["days"] == [
        {"day": "2026-02-04", "parts": {"train": 2, "validation": 1, "test": 1}}
    ]
    assert told["regions"]["count"] == len({row["noaa_number"] for row in firm})


def test_audit_says_in_words_what_leaks_and_when_nothing_does(client, made):
    told = client.get("/api/datasets/drawn/audit").json()
    assert told["verdict"] == "leaks"
    assert told["findings"][0]["level"] == "leak"
    texts = " ".join(finding["text"] for finding in told["findings"])
    assert "show a region that is in train too" in texts
    assert told["command"] == "halescope dataset audit datasets/drawn/manifest.csv"
    table = list(rows(made / "manifest.csv"))
    manifest_of(made, [row | {"split": ""} for row in table])
    assert client.get("/api/datasets/drawn/audit").json()["verdict"] == "undivided"
    first = [row for row in table if row["image"] == table[0]["image"]]
    later = [
        row | {"image": "images/z.png", "sha256": "z", "time": "2026-06-20T00:00:00Z",
               "noaa_number": str(int(row["noaa_number"] or 0) + 500 or ""), "split": "test",
               "hgs_lat": -float(row["hgs_lat"])}
        for row in first if row["noaa_number"]
    ]  # fmt: skip
    manifest_of(made, first + later)
    told = client.get("/api/datasets/drawn/audit").json()
    assert told["verdict"] == "clean"
    assert {f["level"] for f in told["findings"]} <= {"good", "warning"}
    bare = [row | {"noaa_number": ""} for row in first + later]
    manifest_of(made, [row | {"time": row["time"].replace("06-20", "02-08")} for row in bare])
    told = client.get("/api/datasets/drawn/audit").json()
    assert told["verdict"] == "unsure"
    assert "The labels name no regions" in [finding["title"] for finding in told["findings"]]
    manifest_of(made, bare)  # half a year apart no region is in both
    assert client.get("/api/datasets/drawn/audit").json()["verdict"] == "clean"


def test_faults_are_mended_by_one_request(client, made):
    table = list(rows(made / "manifest.csv"))
    table[0] |= {"class": "Betta", "x_min": table[0]["x_max"], "x_max": table[0]["x_min"]}
    manifest_of(made, table)
    told = client.get("/api/datasets/drawn/lint").json()
    assert (told["total"], told["fixable"]) == (2, 2)
    assert told["faults"][0]["file"] == "manifest.csv"
    assert told["faults"][0]["line"] == 2
    answer = client.post("/api/datasets/drawn/lint/fix").json()
    assert (answer["mended_count"], answer["fixable"]) == (2, 0)
    assert answer["kept"] == ["manifest.csv.bak"]
    assert next(rows(made / "manifest.csv"))["class"] == "beta"
    assert client.post("/api/datasets/drawn/lint/fix").status_code == 409


def test_an_export_comes_as_a_zip_file(client, made, done):
    asked = {"format": "kitti", "pictures": "png", "size": 64, "scheme": "detector"}
    line = client.post("/api/datasets/drawn/export/command", json=asked).json()["command"]
    answer = client.post("/api/datasets/drawn/export", json=asked)
    assert answer.status_code == 202
    job = done(answer.json()["job"])
    assert (job["state"], job["command"]) == ("done", line)
    packed = client.get(answer.json()["download"])
    with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
    assert len([name for name in names if name.endswith(".png")]) == 4
    assert len([name for name in names if name.startswith("train/labels/")]) == 2
    assert [e["name"] for e in client.get("/api/datasets/drawn").json()["exports"]] == [
        answer.json()["export"]
    ]
    assert (
        client.delete(f"/api/datasets/drawn/exports/{answer.json()['export']}").status_code == 204
    )
    whole = client.get("/api/datasets/drawn/exports/folder.zip").content
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        held = [name for name in archive.namelist() if name.startswith("images/")]
        assert "manifest.csv" in archive.namelist()
    assert len(held) == 4  # what is linked to is packed
    assert (
        client.get("/api/datasets/drawn/manifest.csv").content
        == (made / "manifest.csv").read_bytes()
    )
    for name in ("..", "nothing"):
        assert client.get(f"/api/datasets/drawn/exports/{name}.zip").status_code == 404


def test_a_used_data_set_stays_and_its_user_is_named(client, made, workspace):
    run = workspace / "runs" / "first try"
    run.mkdir(parents=True)
    config = {"data": {"manifest": "datasets/drawn/manifest.csv", "root": "datasets/drawn"}}
    (run / "run.json").write_text(json.dumps({"config": config}))
    assert client.get("/api/datasets/drawn").json()["used_by"] == ["first try"]
    answer = client.delete("/api/datasets/drawn")
    assert answer.status_code == 409
    assert answer.json()["used_by"] == ["first try"]
    assert "first try" in answer.json()["detail"]
    assert client.patch("/api/datasets/drawn", json={"name": "other"}).status_code == 409
    told = client.patch("/api/datasets/drawn", json={"notes": "seen"}).json()
    assert told["notes"] == "seen"
    (run / "run.json").unlink()
    assert client.patch("/api/datasets/drawn", json={"name": "other"}).json()["name"] == "other"
    assert client.delete("/api/datasets/other").status_code == 204
    assert client.get("/api/datasets").json() == []


def test_a_clone_is_whole_and_its_own(client, made, workspace):
    answer = client.post("/api/datasets/drawn/clone", json={"name": "second"})
    assert answer.status_code == 201
    assert answer.json()["counts"]["images"] == 4
    assert client.delete("/api/datasets/drawn").status_code == 204
    one = client.get("/api/datasets/second/images").json()["images"][0]
    assert client.get(one["links"]["thumbnail"]).status_code == 200
    for name, status in (("second", 409), ("../up", 422)):
        body = {"name": name}
        assert client.post("/api/datasets/second/clone", json=body).status_code == status


def test_one_broken_data_set_never_costs_the_others(client, made, workspace):
    (workspace / "datasets" / "bad").mkdir()
    (workspace / "datasets" / "bad" / "manifest.csv").write_text("this,is,none\n")
    (workspace / "datasets" / "empty").mkdir()
    told = {one["name"]: one for one in client.get("/api/datasets").json()}
    assert {name: one["state"] for name, one in told.items()} == {
        "drawn": "ready", "bad": "broken", "empty": "unfinished",
    }  # fmt: skip
    assert "has no column" in told["bad"]["problem"]
    assert client.get("/api/datasets/bad/images").status_code == 422
    assert client.get("/api/datasets/nowhere").status_code == 404


def test_class_folders_are_shown_and_audited_too(client, workspace, tmp_path):
    from halescope.datasets.imports.config import ImportConfig
    from halescope.datasets.imports.run import import_folder
    from halescope.datasets.splits.config import SplitConfig

    for name in ("A", "B"):
        (tmp_path / "classes" / name).mkdir(parents=True)
        for index in range(4):
            file = tmp_path / "classes" / name / f"2026020{index + 1}_000000_{name}.png"
            Image.new("L", (20, 30), 40 * index).save(file)
    split = SplitConfig("random", fractions=(0.5, 0.25, 0.25))
    folder = workspace / "datasets" / "crops"
    import_folder(tmp_path / "classes", folder, ImportConfig(split=split), 1)
    told = client.get("/api/datasets/crops").json()
    assert (told["kind"], told["counts"]["classes"]) == ("crops", {"A": 4, "B": 4})
    page = client.get("/api/datasets/crops/images", params={"class": "A"}).json()
    assert page["total"] == 4
    assert page["images"][0]["links"]["label"] is None
    assert client.get(page["images"][0]["links"]["thumbnail"]).status_code == 200
    told = client.get("/api/datasets/crops/audit").json()
    assert told["verdict"] == "leaks"  # plain grey pictures, equal byte for byte in A and B
    assert "byte for byte" in told["findings"][0]["title"]
    next(folder.rglob("A/*.png")).unlink()
    assert client.get("/api/datasets/crops/lint").json()["kinds"] == {"no-image": 1}
    asked = {"format": "kitti"}
    assert client.post("/api/datasets/crops/export", json=asked).status_code == 422


@pytest.mark.parametrize("page", ["/datasets", "/datasets/new", "/datasets/drawn"])
def test_pages_are_served_without_markup_from_data(client, made, page):
    client.patch("/api/datasets/drawn", json={"notes": "</script><b>bold</b>"})
    answer = client.get(page, headers={"accept": "text/html"})
    assert answer.status_code == 200
    assert "<b>bold" not in answer.text
