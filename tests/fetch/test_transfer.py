"""The transfer core against each way in which a service fails."""

import hashlib
import time

import pytest

from halescope.errors import OutputError
from halescope.fetch.answers import ContentError, NotThereError, ServiceDownError
from halescope.fetch.transfer import Limits, Transfer

BODY = bytes(range(256)) * 2000


def whole(path):
    if path.read_bytes() != BODY:
        raise ContentError(path.name, "is not the file")


def test_download_is_whole_and_sums_up(server, transfer, tmp_path):
    server.serve("/file", BODY)
    got = transfer.download(server.url + "file", tmp_path / "a.bin", whole)
    assert (tmp_path / "a.bin").read_bytes() == BODY
    assert got.sha256 == hashlib.sha256(BODY).hexdigest()
    assert [p.name for p in tmp_path.iterdir()] == ["a.bin"]


def test_break_in_the_middle_resumes_within_a_run(server, transfer, tmp_path):
    server.serve("/file", BODY, tag='"v1"')
    server.fail("/file", "cut")
    transfer.download(server.url + "file", tmp_path / "a.bin", whole)
    second = server.seen[1][1]
    assert second["Range"] == f"bytes={len(BODY) // 2}-"
    assert second["If-Range"] == '"v1"'


def test_break_in_the_middle_resumes_in_the_next_run(server, transfer, tmp_path):
    server.serve("/file", BODY, tag='"v1"')
    server.fail("/file", "cut", times=2)
    with pytest.raises(ServiceDownError, match="middle"):
        transfer.download(server.url + "file", tmp_path / "a.bin", whole)
    assert not (tmp_path / "a.bin").exists()
    transfer.download(server.url + "file", tmp_path / "a.bin", whole)
    assert server.seen[-1][1]["Range"] == f"bytes={len(BODY) * 3 // 4}-"
    assert [p.name for p in tmp_path.iterdir()] == ["a.bin"]


def test_partial_file_without_a_tag_is_not_kept(server, transfer, tmp_path):
    server.serve("/file", BODY)
    server.fail("/file", "cut", times=2)
    with pytest.raises(ServiceDownError):
        transfer.download(server.url + "file", tmp_path / "a.bin", whole)
    assert list(tmp_path.iterdir()) == []


def test_file_that_changed_meanwhile_starts_afresh(server, transfer, tmp_path):
    answer = server.serve("/file", BODY[::-1], tag='"v1"')
    server.fail("/file", "cut", times=2)
    with pytest.raises(ServiceDownError):
        transfer.download(server.url + "file", tmp_path / "a.bin", whole)
    answer.body, answer.tag = BODY, '"v2"'
    transfer.download(server.url + "file", tmp_path / "a.bin", whole)
    assert (tmp_path / "a.bin").read_bytes() == BODY


def test_server_without_ranges_sends_all_again(server, transfer, tmp_path):
    server.serve("/file", BODY, ranges=False)
    server.fail("/file", "cut")
    transfer.download(server.url + "file", tmp_path / "a.bin", whole)
    assert (tmp_path / "a.bin").read_bytes() == BODY


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_server_error_is_tried_again(server, transfer, tmp_path, status):
    server.serve("/file", BODY)
    server.fail("/file", status)
    transfer.download(server.url + "file", tmp_path / "a.bin", whole)
    assert len(server.seen) == 2


def test_server_error_that_stays_is_told_in_one_line(server, transfer, tmp_path):
    server.fail("/file", 500, times=9)
    with pytest.raises(ServiceDownError, match="500") as caught:
        transfer.download(server.url + "file", tmp_path / "a.bin")
    assert "\n" not in str(caught.value)
    assert len(server.seen) == 2
    assert list(tmp_path.iterdir()) == []


def test_404_is_not_tried_again(server, transfer, tmp_path):
    with pytest.raises(NotThereError, match="404"):
        transfer.download(server.url + "file", tmp_path / "a.bin")
    assert len(server.seen) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("how", ["html", "html as image"])
def test_web_page_instead_of_a_file(server, transfer, tmp_path, how):
    server.serve("/file", BODY)
    server.fail("/file", how)
    with pytest.raises(ContentError):
        transfer.download(server.url + "file", tmp_path / "a.bin", whole)
    assert list(tmp_path.iterdir()) == []


def test_nobody_listens(no_one, transfer, tmp_path):
    with pytest.raises(ServiceDownError, match="down"):
        transfer.download(no_one + "file", tmp_path / "a.bin")
    assert list(tmp_path.iterdir()) == []


def test_no_answer_in_time(server, tmp_path):
    server.fail("/file", "hang", times=2)
    begin = time.monotonic()
    with pytest.raises(ServiceDownError, match="in time"):
        Transfer(Limits(timeout=0.1, retries=1, backoff=0, pause=0)).get(server.url + "file")
    assert time.monotonic() - begin < 2


def test_polite_rate(server):
    server.serve("/file", b"x")
    slow = Transfer(Limits(pause=0.1, retries=0))
    begin = time.monotonic()
    for _ in range(3):
        slow.get(server.url + "file")
    assert time.monotonic() - begin >= 0.2


def test_back_off_doubles(server, monkeypatch):
    waits = []
    monkeypatch.setattr("halescope.fetch.transfer.time.sleep", waits.append)
    server.fail("/file", 500, times=9)
    with pytest.raises(ServiceDownError):
        Transfer(Limits(backoff=1, retries=3, pause=0, longest_wait=3)).get(server.url + "file")
    assert waits == [1, 2, 3]


def test_disk_that_cannot_be_written_is_no_network_fault(server, transfer, tmp_path):
    server.serve("/file", BODY)
    (tmp_path / "here").write_text("a file, not a folder")
    with pytest.raises(OutputError, match="cannot be written"):
        transfer.download(server.url + "file", tmp_path / "here" / "a.bin")


def test_cache_serves_a_second_folder(server, tmp_path):
    server.serve("/file", BODY)
    cached = Transfer(Limits(pause=0), tmp_path / "cache")
    cached.download(server.url + "file", tmp_path / "one" / "a.bin", whole)
    cached.download(server.url + "file", tmp_path / "two" / "a.bin", whole)
    assert len(server.seen) == 1
    assert (tmp_path / "two" / "a.bin").read_bytes() == BODY


def test_spoiled_cache_is_asked_for_again(server, tmp_path):
    server.serve("/file", BODY)
    cached = Transfer(Limits(pause=0), tmp_path / "cache")
    cached.download(server.url + "file", tmp_path / "a.bin", whole)
    kept = next(path for path in (tmp_path / "cache").rglob("*") if path.is_file())
    kept.write_bytes(b"spoiled")
    cached.download(server.url + "file", tmp_path / "b.bin", whole)
    assert len(server.seen) == 2
    assert (tmp_path / "b.bin").read_bytes() == BODY


def test_only_web_addresses(transfer, tmp_path):
    with pytest.raises(ContentError, match="no web address"):
        transfer.get("file:///etc/hostname")
