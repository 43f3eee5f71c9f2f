from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halescope.errors import DatasetError, ReadError
from halescope.noaa.srs import parse_srs, read_srs
from halescope.noaa.srs_row import full_number

DATA = Path(__file__).parents[3] / "shared" / "data" / "noaa"
needs_data = pytest.mark.skipif(not DATA.exists(), reason="../shared/data/noaa is missing")

MODERN = """:Product: 0926SRS.txt
:Issued: 2010 Sep 26 0030 UTC
# Prepared jointly
Joint USAF/NOAA Solar Region Summary
SRS Number 269 Issued at 0030Z on 26 Sep 2010
Report compiled from data received at SWO on 25 Sep
I.  Regions with Sunspots.  Locations Valid at 25/2400Z
Nmbr Location  Lo  Area  Z   LL   NN Mag Type
1108 S31W46   140  0210 Hhx  04   02 Alpha
1109 N22E27   067  0280 Ehi  14   118 Beta-Gamma-Delta
1110 N22E27   067  0280 Ehi  14      Beta
1111 N22E27   067  0280 Ehi  14   18
gibberish here
IA. H-alpha Plages without Spots.  Locations Valid at 25/2400Z Sep
Nmbr  Location  Lo
1107  N01W88
II. Regions Due to Return 26 Sep to 28 Sep
Nmbr Lat    Lo
1105 N19    321
"""

CAPITALS = """JOINT USAF/NOAA SOLAR REGION SUMMARY
SRS NUMBER 2 ISSUED AT 0030Z ON 02 JAN 1996
REPORT COMPILED FROM DATA RECEIVED AT SWO ON 01 JAN
I.  REGIONS WITH SUNSPOTS.  LOCATIONS VALID AT 01/2400Z.
NMBR  LOCATION  LO  AREA  Z   LL  NN  MAG TYPE
7935 N11W06 205 0010 BXO 08 04 BETA
IA. H-ALPHA PLAGES WITHOUT SPOTS.  LOCATIONS VALID AT 01/2400Z JAN.
NMBR  LOCATION  LO
NONE
II. REGIONS DUE TO RETURN 02 JAN TO 04 JAN
NMBR LAT LO
7928 N14 153
"""


def test_reads_all_sections_of_a_modern_file():
    table = parse_srs(MODERN, "20100926SRS.txt")
    day = date(2010, 9, 26)
    assert table.days == {day}
    first = table.rows[0]
    assert (first.date, first.number, first.section) == (day, 11108, "I")
    assert (first.lat, first.lon, first.carrington, first.area) == (-31, 46, 140, 210)
    assert (first.z_class, first.extent, first.spots, first.mag_class) == ("Hhx", 4, 2, "alpha")
    assert table.rows[1].mag_class == "beta-gamma-delta"
    assert table.rows[1].spots == 118
    assert table.rows[1].lon == -27
    assert [(r.number, r.lat, r.lon) for r in table.section("II")] == [(11105, 19, None)]
    assert [r.number for r in table.section("IA")] == [11107]


def test_broken_lines_are_listed_and_kept_as_far_as_they_go():
    table = parse_srs(MODERN, "20100926SRS.txt")
    assert [(p.line, p.reason) for p in table.problems] == [
        (11, "no spot count"),
        (12, "no magnetic class"),
        (13, "unreadable line of section I"),
        (16, "no Carrington longitude"),
    ]
    broken = {row.number: row for row in table.section("I")}
    assert (broken[11110].spots, broken[11110].mag_class) == (None, "beta")
    assert (broken[11111].spots, broken[11111].mag_class) == (18, "")


def test_reads_capitals_without_colon_lines():
    table = parse_srs(CAPITALS, "whatever.txt")
    assert not table.problems
    assert [(r.number, r.section, r.mag_class) for r in table.rows] == [
        (7935, "I", "beta"),
        (7928, "II", ""),
    ]
    assert table.rows[0].z_class == "Bxo"
    assert table.rows[0].date == date(1996, 1, 2)


def test_contradicting_day_goes_by_majority_and_is_listed():
    table = parse_srs(MODERN.replace("2010 Sep 26", "2010 Sep 25"), "20100926SRS.txt")
    assert table.days == {date(2010, 9, 26)}
    assert "2010-09-25 and 2010-09-26" in table.problems[0].reason


def test_html_instead_of_a_summary_is_a_problem_not_a_spotless_day():
    table = parse_srs("<html>404</html>", "20100926SRS.txt")
    assert not table.days
    assert not table.rows
    assert table.problems


@given(st.text(max_size=300))
def test_never_crashes(text):
    parse_srs(text, "x.txt")
    parse_srs(MODERN + text, "x.txt")


@pytest.mark.parametrize(
    ("number", "day", "full"),
    [
        (7935, date(1996, 1, 2), 7935),
        (9987, date(2002, 6, 15), 9987),
        (0, date(2002, 6, 15), 10000),
        (9998, date(2002, 6, 20), 9998),
        (1158, date(2011, 2, 14), 11158),
        (4466, date(2026, 6, 11), 14466),
        (12192, date(2014, 10, 20), 12192),
    ],
)
def test_full_number(number, day, full):
    assert full_number(number, day) == full


def test_errors_name_the_file(tmp_path):
    with pytest.raises(ReadError, match=r"nothing\.txt"):
        read_srs(tmp_path / "nothing.txt")
    empty = tmp_path / "empty.csv"
    empty.touch()
    with pytest.raises(ReadError, match="is empty"):
        read_srs(empty)
    table = tmp_path / "t.csv"
    table.write_text("date,noaa_number\n2020-01-01,1\n")
    with pytest.raises(DatasetError, match="location"):
        read_srs(table)
    (tmp_path / "sub").mkdir()
    with pytest.raises(ReadError, match="holds no Solar Region Summary"):
        read_srs(tmp_path / "sub")


def test_a_table_beside_raw_files_fills_in_days(tmp_path):
    (tmp_path / "20100926SRS.txt").write_text(MODERN)
    (tmp_path / "fetched.csv").write_text("source,asked\nsrs,2010\n")  # no table of regions
    (tmp_path / "srs_today.csv").write_text(
        "date,noaa_number,location,lo,area,z_class,ll,nn,mag_type_raw\n"
        "2010-09-26,1199,N10W05,5,10,Axx,1,1,Alpha\n"
        "2010-09-27,1108,S31W59,140,210,Hhx,4,2,Alpha\n"
    )
    table = read_srs(tmp_path)
    assert table.days == {date(2010, 9, 26), date(2010, 9, 27)}
    numbers = {(row.date.day, row.number) for row in table.section("I")}
    assert (27, 11108) in numbers
    assert (26, 11199) not in numbers  # the raw file goes first
    (tmp_path / "20100926SRS.txt").unlink()
    assert read_srs(tmp_path).days == {date(2010, 9, 26), date(2010, 9, 27)}


def test_broken_table_rows_are_listed(tmp_path):
    table = tmp_path / "t.csv"
    table.write_text(
        "date,noaa_number,location,lo,area,z_class,ll,nn,mag_type_raw\n"
        "2020-01-01,2755,N10W05,5,10,Axx,1,1,Alpha\n"
        "2020-01-02,2755,N10?05,5,10,Axx,1,1,Alpha\n"
    )
    read = read_srs(table)
    assert [row.number for row in read.rows] == [12755]
    assert [problem.line for problem in read.problems] == [3]


@needs_data
@pytest.mark.data
def test_every_raw_file_and_the_compiled_table_agree():
    raw = read_srs(DATA / "srs_raw_2008_2019.tar.gz")
    compiled = read_srs(DATA / "srs_1996_2026.csv")
    assert len(raw.days) == 4379
    assert len(raw.problems) == 7
    assert len(compiled.rows) == 46044
    assert not compiled.problems
    plain = {(r.date, r.number): replace(r, mag_text="") for r in compiled.rows}
    whole = [r for r in raw.section("I") if r.mag_class and r.spots is not None]
    assert len(whole) == 12250
    equal = [r for r in whole if plain.get((r.date, r.number)) == replace(r, mag_text="")]
    assert len(equal) == 12249
    # The last is a lone one-spot region of area 0 on 2019-08-07, a day the table does not have.
    odd = next(r for r in whole if (r.date, r.number) not in plain)
    assert (odd.date, odd.number, odd.area) == (date(2019, 8, 7), 12747, 0)
    assert odd.date not in compiled.days
