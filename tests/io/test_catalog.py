"""Catalogues come back as they were written, in every format."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halescope.errors import ConfigError, DatasetError
from halescope.io.catalog import (
    COLUMNS,
    FORMATS,
    merge_catalogs,
    read_catalog,
    to_table,
    write_catalog,
)
from halescope.types import Catalog


def sample() -> Catalog:
    row: dict[str, Any] = dict.fromkeys(COLUMNS, 0.5)
    row |= {"image": 'a, "b".jpg', "time": "2026-02-01T00:00:00Z", "region": 1}
    row |= {
        "class": "beta-gamma",
        "level": "complex",
        "paper_class": "BG",
        "flags": "display|no_time",
    }
    other = row | {"region": 2, "hgs_lon": None, "area_msh": None, "time": "", "flags": ""}
    return Catalog({name: [row[name], other[name]] for name in COLUMNS}, {"hgs_lon": "deg"})


def test_the_columns_are_those_promised() -> None:
    assert ",".join(COLUMNS) == (
        "image,time,region,x_min,y_min,x_max,y_max,score,class,p_class,level,p_alpha,p_beta,"
        "p_complex,paper_class,hgs_lon,hgs_lat,cmd,carrington_lon,mu,area_msh,flags"
    )


@pytest.mark.parametrize("kind", FORMATS)
def test_round_trip(tmp_path: Path, kind: str) -> None:
    if kind == "parquet":
        pytest.importorskip("pyarrow")
    catalog = sample()
    again = read_catalog(write_catalog(catalog, tmp_path / f"c.{kind}"))
    assert again.columns == catalog.columns
    assert again.units["hgs_lon"] == "deg"


@pytest.mark.parametrize("kind", FORMATS)
def test_no_regions_is_a_valid_catalogue(tmp_path: Path, kind: str) -> None:
    if kind == "parquet":
        pytest.importorskip("pyarrow")
    again = read_catalog(write_catalog(merge_catalogs([]), tmp_path / f"c.{kind}"))
    assert list(again.columns) == list(COLUMNS)
    assert len(again) == 0


def test_a_votable_is_read_by_others(tmp_path: Path) -> None:
    """Its units are the standard's, and astropy alone can turn them into others."""
    import warnings

    from astropy.io import votable
    from astropy.table import Table

    catalog = Catalog(sample().columns, {"area_msh": "MSH", "hgs_lon": "deg"})
    path = write_catalog(catalog, tmp_path / "c.votable")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = Table.read(path, format="votable")
    assert (1 * table["area_msh"].unit).to_value("Mm2") == pytest.approx(3.0411, rel=1e-4)
    fields = {field.name: field for field in votable.parse_single_table(path).fields}
    assert str(fields["hgs_lon"].unit) == "deg"
    assert read_catalog(path).units["area_msh"] == "MSH"
    other = path.rename(tmp_path / "c.vot")
    assert read_catalog(other).columns == catalog.columns
    other.write_text("<VOTABLE>")
    with pytest.raises(DatasetError, match="damaged"):
        read_catalog(other)
    other.write_text("<a/>")
    with pytest.raises(DatasetError, match="damaged"):
        read_catalog(other)


def test_csv_begins_with_its_header_and_nothing_else(tmp_path: Path) -> None:
    """A commented line of units above it would be pandas' header: units are in other formats."""
    pandas = pytest.importorskip("pandas")
    path = write_catalog(sample(), tmp_path / "c.csv")
    assert list(pandas.read_csv(path).columns) == list(COLUMNS)


numbers = st.none() | st.floats(allow_nan=False, allow_infinity=False)
words = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=8)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(words, numbers), max_size=4))
def test_csv_and_json_keep_any_text_and_number(rows: list[tuple[str, float | None]]) -> None:
    import tempfile

    n = len(rows)
    columns = {name: [None] * n for name in COLUMNS} | {
        "image": [text for text, _ in rows],
        "time": [""] * n,
        "region": list(range(n)),
        "class": ["beta"] * n,
        "level": ["beta"] * n,
        "paper_class": ["B"] * n,
        "flags": [""] * n,
        "score": [number for _, number in rows],
    }
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("csv", "json"):
            path = write_catalog(Catalog(columns), Path(folder) / f"c.{kind}")
            assert read_catalog(path).columns == columns


def test_table_has_units_and_nan_for_missing() -> None:
    import numpy as np
    from astropy import units as u

    table = to_table(sample())
    assert table["hgs_lon"].unit == u.deg
    assert np.isnan(table["area_msh"][1])
    assert table["class"][0] == "beta-gamma"
    assert to_table(merge_catalogs([])).colnames == list(COLUMNS)


def test_merge_fills_columns_that_a_part_lacks() -> None:
    more = Catalog(sample().columns | {"flux": [1.0, 2.0]}, {"flux": "Mx"})
    merged = merge_catalogs([sample(), more, merge_catalogs([])])
    assert merged.columns["flux"] == [None, None, 1.0, 2.0]
    assert merged.columns["region"] == [1, 2, 1, 2]
    assert merged.units["flux"] == "Mx"


def test_bad_catalogues_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="suffix"):
        write_catalog(sample(), tmp_path / "c.xls")
    with pytest.raises(DatasetError, match="cannot be read"):
        read_catalog(tmp_path / "none.csv")
    (tmp_path / "c.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DatasetError, match="lacks the columns"):
        read_catalog(tmp_path / "c.csv")
    (tmp_path / "c.json").write_text("[")
    with pytest.raises(DatasetError, match="damaged"):
        read_catalog(tmp_path / "c.json")
    (tmp_path / "short.csv").write_text("image,time,region\nx\n")
    with pytest.raises(DatasetError, match="damaged"):
        read_catalog(tmp_path / "short.csv")


def test_older_catalogues_get_the_names_of_today(tmp_path: Path) -> None:
    path = tmp_path / "old.csv"
    path.write_text("image,time,region,class,class_score\na.jpg,,1,beta,0.7\n")
    assert read_catalog(path).columns["p_class"] == [0.7]


def test_probabilities_say_what_they_are_of(tmp_path: Path) -> None:
    from halescope.io.catalog import DESCRIPTIONS, to_table

    assert tuple(DESCRIPTIONS) == COLUMNS
    table = to_table(merge_catalogs([]))
    assert "exactly this class" in table["p_class"].info.description
    assert "all five together" in table["p_complex"].info.description
