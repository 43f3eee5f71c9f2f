"""Services that hang, fill, mislead or break, and two runs into one folder."""

import random
import subprocess
import sys

import pytest

from halescope.errors import FetchError
from halescope.fetch.record import Record, Row, read_manifest
from halescope.fetch.transfer import Limits, Transfer
from loopback.hostile import ANSWERS, hostile, sent_on, whole
from loopback.mixed import COMMANDS, asked

CASES = random.Random(11).sample([(s, a) for s in COMMANDS for a in sorted(ANSWERS)], 14)
CASES += [(source, seed) for seed, source in enumerate(COMMANDS)]
SLOW = [("helioviewer", "dripping headers"), ("srs", "a dripping body"), ("jsoc", "endless go on")]


@pytest.mark.parametrize(("source", "answer"), CASES + SLOW)
def test_every_answer_ends_in_a_fault_that_is_named(source, answer, tmp_path, capsys):
    before = Record(tmp_path)
    before.add(Row("before", "2010-01-01T00:00:00Z", note="=kept"))
    before.close()
    code, seconds = asked(source, answer, tmp_path)
    assert code in (0, 1, 2)
    assert seconds < 25
    assert Record(tmp_path).rows["before", "2010-01-01T00:00:00Z"].note == "=kept"
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert said or not code


@pytest.mark.parametrize(
    ("place", "word"),
    [
        ("http://localhost:1/x", "another host, localhost"),
        ("file:///etc/passwd", "refused"),
        ("http://[::1", "no address"),
    ],
)
def test_redirects_stay_on_the_web_and_on_their_host(place, word, monkeypatch):
    monkeypatch.setitem(ANSWERS, "on", sent_on(place))
    transfer = Transfer(Limits(timeout=1, retries=0, pause=0))
    with hostile("on") as url, pytest.raises(FetchError, match=word):
        transfer.get(url)


def test_redirects_may_lead_elsewhere_where_that_is_asked_for(monkeypatch):
    transfer = Transfer(Limits(timeout=1, retries=0, pause=0, other_hosts=True))
    monkeypatch.setitem(ANSWERS, "end", whole(b"[1]"))
    with hostile("end") as there:
        monkeypatch.setitem(ANSWERS, "on", sent_on(there.replace("127.0.0.1", "localhost")))
        with hostile("on") as url:
            assert transfer.json(url) == [1]


def test_two_runs_into_one_folder_lose_no_row(tmp_path):
    code = (
        "import sys\nfrom pathlib import Path\nfrom halescope.fetch.record import Record, Row\n"
        "record = Record(Path(sys.argv[1]))\n"
        "for hour in range(20):\n"
        "    record.add(Row(sys.argv[2], f'2026-02-01T{hour:02d}:00:00Z', status='missing'))\n"
        "sys.stdout.write('ready\\n'); sys.stdout.flush(); sys.stdin.readline()\n"
        "record.close()\n"
    )
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("a", "b", "c")
    ]
    for run in runs:
        assert run.stdout.readline() == "ready\n"
    for run in runs:
        run.communicate("go\n", timeout=60)
        assert run.returncode == 0
    found = list(read_manifest(tmp_path / "fetched.csv"))
    assert sorted({row.source for row in found}) == ["a", "b", "c"]
    assert len(found) == 60
    assert [path.name for path in tmp_path.iterdir()] == ["fetched.csv"]


def test_rows_of_another_run_stay_while_it_goes_on(tmp_path):
    first, second = Record(tmp_path), Record(tmp_path)
    first.add(Row("a", "2026-02-01T00:00:00Z", status="missing"))
    second.add(Row("b", "2026-02-01T00:00:00Z", status="missing"))
    second.close()
    first.add(Row("a", "2026-02-01T01:00:00Z", status="missing"))
    first.close()
    assert [row.source for row in read_manifest(tmp_path / "fetched.csv")] == ["a", "a", "b"]
