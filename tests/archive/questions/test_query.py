"""SQL: it answers, and it reaches nothing."""

import csv
import io
import json
import subprocess
import sys

import pyarrow.parquet as pq
import pytest

from halescope import archive
from halescope.archive.questions.answers import LONGEST, write_answer
from halescope.errors import ConfigError


@pytest.fixture
def tables(make, sky, tmp_path):
    make(tmp_path / "a", sky)
    return archive.open(tmp_path / "a")


def test_answers(tables):
    sql = "SELECT year(time) AS year, class, count(*) AS n FROM regions GROUP BY ALL ORDER BY ALL"
    assert tables.query(sql).to_pylist() == [
        {"year": 2014, "class": "beta", "n": 48 * 3 + 12 * 6},
        {"year": 2015, "class": "beta", "n": 24 * 3 + 6 * 6},
    ]
    assert tables.query("FROM faults").num_rows == 0
    assert tables.query("WITH a AS (SELECT 1 AS b) SELECT b FROM a").to_pylist() == [{"b": 1}]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM '{path}'", "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('{path}')", "SELECT * FROM glob('/*')", "SELECT * FROM secret",
        "COPY regions TO '{path}.csv'", "ATTACH '{path}.db'", "INSTALL httpfs", "LOAD '{path}'",
        "SET enable_external_access = true", "DROP VIEW regions", "SELECT 1; DROP VIEW regions",
        "CREATE TABLE a AS SELECT 1", "PRAGMA database_list", "INSERT INTO regions VALUES (1)",
        "EXPORT DATABASE '{path}'", "CALL pragma_version()", "SELECT getenv('HOME')", "SELEC", "",
        "SELECT * FROM nothing", "SELECT nope FROM regions", "VACUUM", "SELECT 1/'x'",
        "SELECT * FROM read_parquet('http://127.0.0.1:1/x')",
    ],
)  # fmt: skip
def test_what_is_refused(tables, tmp_path, sql):
    secret = {"a": [1]}
    (tmp_path / "s.parquet").write_bytes(b"PAR1")
    with pytest.raises(ConfigError, match=r"^SQL: ") as caught:
        tables.query(sql.format(path=tmp_path / "s.parquet"))
    assert "\n" not in str(caught.value)
    assert secret
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "s.parquet", "sky"]
    assert tables.query("SELECT count(*) n FROM images")["n"][0].as_py() == 72


def test_formats(tables, tmp_path, capsys):
    found = tables.query("SELECT image, time, region, mu, NULL AS empty FROM regions ORDER BY ALL")
    write_answer(found, "csv")
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert len(rows) == len(found)
    assert rows[0]["time"] == "2014-12-30T00:00:00Z"
    write_answer(found, "json", tmp_path / "x.json")
    first = json.loads((tmp_path / "x.json").read_text())[0]
    assert first == {
        "image": "HMI.m2014.12.30_00.00.00.jpg", "time": "2014-12-30T00:00:00Z", "region": 1,
        "mu": 0.9, "empty": None,
    }  # fmt: skip
    write_answer(found, "parquet", tmp_path / "x.parquet")
    assert pq.read_table(tmp_path / "x.parquet").num_rows == len(found)
    write_answer(found, "table")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == LONGEST + 2
    assert lines[0].split() == found.column_names
    for name, output in (("xml", None), ("parquet", None)):
        with pytest.raises(ConfigError, match="--format"):
            write_answer(found, name, output)


def test_a_terminal_gets_no_control_characters(tables, capsys):
    write_answer(tables.query("SELECT chr(27) || '[2J' || chr(10) AS a"), "table")
    assert capsys.readouterr().out == "a\n\\x1b[2J\\n\n"


def test_numbers_that_json_has_none_for(tables, capsys):
    write_answer(tables.query("SELECT 'nan'::DOUBLE AS a, 'inf'::DOUBLE AS b"), "json")
    assert json.loads(capsys.readouterr().out) == [{"a": None, "b": None}]


def test_analysing_a_file_needs_none_of_it():
    code = "import sys, halescope.archive; assert not {'pyarrow', 'duckdb'} & {*sys.modules}"
    subprocess.run([sys.executable, "-c", code], check=True)
