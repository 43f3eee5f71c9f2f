"""Paths stay in the workspace; names are plain; what is deleted is gone."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halescope.errors import OutputError
from halescope.studio.problems import Problem
from halescope.studio.workspace import NAME, Workspace, safe_name


@pytest.fixture
def made(tmp_path):
    return Workspace(tmp_path / "w", [tmp_path / "root"])


@given(st.text())
def test_names_of_strangers_become_plain(text):
    name = safe_name(text)
    assert 0 < len(name) <= 120
    assert not set(name) & set("/\\\0<>&\"'\n:*?|")
    assert not name.startswith(".")


def test_safe_names_keep_what_tells():
    assert safe_name("C:\\sun\\HMI.m2026.02.01_00.00.00.jpg") == "HMI.m2026.02.01_00.00.00.jpg"
    assert safe_name("../../etc/passwd") == "passwd"
    assert safe_name("<img src=x>.fits") == "img_src_x_.fits"
    assert safe_name("..") == "file"
    assert safe_name("x" * 500 + ".fits").endswith("x.fits")


@pytest.mark.parametrize("name", ["", ".x", "a/b", "..", "a..b", "a\n", "a ", "x" * 121, "<b>"])
def test_bad_names_are_refused(made, name):
    with pytest.raises(Problem) as caught:
        made.new_folder("datasets", name)
    assert caught.value.status == 422


def test_good_names_are_taken_once(made):
    assert NAME.match("Sonne 2026 (März)")
    assert made.new_folder("datasets", "Sonne 2026 (März)").is_dir()
    with pytest.raises(Problem) as caught:
        made.new_folder("datasets", "Sonne 2026 (März)")
    assert caught.value.status == 409
    assert made.names("datasets") == ["Sonne 2026 (März)"]


@pytest.mark.parametrize(
    "parts", [("..",), ("datasets", "../.."), ("/etc",), ("a", "x\0"), ("\\x",)]
)
def test_no_path_leaves(made, parts):
    with pytest.raises(Problem) as caught:
        made.path(*parts)
    assert caught.value.status == 404


def test_links_do_not_lead_out(made, tmp_path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_text("x")
    os.symlink(tmp_path / "outside", made.root / "datasets" / "link")
    assert made.names("datasets") == []
    for asked in (
        lambda: made.folder("datasets", "link"),
        lambda: made.find("datasets/link/secret"),
        lambda: made.find(str(tmp_path / "outside" / "secret")),
        lambda: made.find("../outside/secret"),
    ):
        with pytest.raises(Problem):
            asked()
    made.delete(made.root / "datasets" / "link")
    assert (tmp_path / "outside" / "secret").exists()


def test_roots_are_read_too(made, tmp_path):
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "a.fits").write_text("x")
    assert made.find(str(tmp_path / "root" / "a.fits")) == tmp_path / "root" / "a.fits"
    with pytest.raises(Problem):
        made.find(str(tmp_path / "root" / "b.fits"))


def test_what_is_deleted_is_gone_and_rooms_stay(made):
    folder = made.new_folder("runs", "a")
    (folder / "x").write_text("12345")
    assert made.disk_use().folders["runs"] == 5
    made.delete(folder)
    assert list((made.root / "runs").iterdir()) == []
    for path in (made.root, made.root / "runs", made.root / "datasets" / ".."):
        with pytest.raises(Problem):
            made.delete(path)


def test_a_workspace_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        Workspace(tmp_path / "file" / "w")
