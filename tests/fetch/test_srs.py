"""SWPC's regions and the archive's files by hand, without a service."""

from datetime import UTC, date, datetime

import pytest

pytest.importorskip("sunpy")

from halescope.fetch.answers import ContentError
from halescope.fetch.srs import SRS_ARCHIVE, SrsArchive, _at, _months, _region, regions_of_today

REGION = {
    "observed_date": "2026-02-28T00:00:00", "region": "14460", "location": "S08E38",
    "carrington_longitude": 0, "area": 0, "spot_class": "fkc", "extent": 20, "number_spots": None,
    "mag_class": "BGD",
}  # fmt: skip


def day(number, month=1):
    return datetime(2014, month, number, tzinfo=UTC)


def test_a_region_is_issued_on_the_day_after_it_was_observed():
    assert _region(REGION) == {
        "date": "2026-03-01", "noaa_number": 14460, "location": "S08E38", "lo": 0, "area": 0,
        "z_class": "FKC", "ll": 20, "nn": "", "mag_type_raw": "BETA-GAMMA-DELTA",
    }  # fmt: skip
    bare = _region({name: REGION[name] for name in ("observed_date", "region", "location")})
    assert [bare[n] for n in ("lo", "area", "z_class", "ll", "nn", "mag_type_raw")] == [""] * 6


def test_regions_stand_by_day_and_number(server, transfer):
    regions = [REGION | {"region": 2, "observed_date": "2026-02-02"}, REGION | {"region": 1},
               REGION | {"region": 3, "observed_date": "2026-02-02"}]  # fmt: skip
    server.serve_json("/regions", regions)
    rows = regions_of_today(transfer, server.url + "regions")
    assert [row["noaa_number"] for row in rows] == [2, 3, 1]
    server.serve_json("/none", {"regions": []})
    with pytest.raises(ContentError, match="no list"):
        regions_of_today(transfer, server.url + "none")


def test_months_are_listed_once_from_the_first_to_the_last_day_asked():
    asked = [day(5), day(2), day(9), day(1, 2), day(3, 3)]
    assert list(_months(asked)) == [
        (day(2), day(9)),
        (day(1, 2), day(1, 2)),
        (day(3, 3), day(3, 3)),
    ]


def test_days_that_are_not_listed_are_asked_for_by_their_name(transfer):
    archive = SrsArchive(transfer, "http://a/b/")
    found = archive.locate(datetime(2014, 2, 3, 12, tzinfo=UTC))
    assert found.address == "http://a/b/2014/02/20140203SRS.txt"
    assert found.file == "20140203SRS.txt"
    archive._urls[date(2014, 2, 3)] = "http://other"
    assert archive.locate(day(3, 2)).address == "http://other"
    assert SrsArchive(transfer).locate(day(3, 2)).address.startswith(SRS_ARCHIVE)


def test_a_summary_names_its_day(tmp_path, transfer):
    archive, path = SrsArchive(transfer), tmp_path / "20140103SRS.txt"
    path.write_text(":Issued: 2014 Jan 03 0030 UTC\nI.  Regions with Sunspots.\n")
    assert archive.inspect(path).time == day(3)
    path.write_text("Regions, of no day\n")
    assert archive.inspect(path).time is None
    for other in ("<html>Regions</html>", "  <p>region</p>", "nothing here"):
        path.write_text(other)
        with pytest.raises(ContentError, match="a Solar Region Summary"):
            archive.inspect(path)


def test_the_address_of_sunpys_client_is_put_back():
    from sunpy.net.dataretriever.sources.noaa import SRSClient

    before = SRSClient.pattern
    with _at("http://a/{b}/"):
        assert SRSClient.pattern.startswith("http://a/{{b}}/")
        assert SRSClient.pattern.endswith(before.removeprefix(SRS_ARCHIVE))
    assert SRSClient.pattern == before
