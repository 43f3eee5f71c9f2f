"""The application as a whole: health, pages, errors as problem details."""

import pytest

import halescope
from halescope.errors import OutputError, ReadError
from halescope.studio.problems import Problem, of_error


def test_health_is_as_spelled(client):
    answer = client.get("/api/health")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "version": halescope.__version__}


def test_a_stranger_page_is_a_problem_for_programs_and_a_page_for_people(client):
    told = client.get("/api/nothing")
    assert told.status_code == 404
    assert told.headers["content-type"] == "application/problem+json"
    assert told.json()["status"] == 404
    assert "/api/nothing" in told.json()["detail"]
    page = client.get("/<b>nothing", headers={"accept": "text/html"})
    assert page.status_code == 404
    assert "<b>nothing" not in page.text
    assert "&lt;b&gt;nothing" in page.text


def test_errors_of_halescope_say_what_was_found_and_expected():
    problem = of_error(ReadError("a.fits", "is empty", "a FITS file", "fetch it again"))
    assert problem.status == 422
    assert problem.detail == "a.fits: is empty; expected a FITS file (fetch it again)"
    assert problem.more["found"] == "is empty"
    full = OutputError("a.fits", "cannot be written")
    full.__cause__ = OSError(28, "No space left on device")
    assert of_error(full).status == 507
    assert of_error(OutputError("a.fits", "cannot be written")).status == 500


def test_an_error_of_the_program_tells_no_more_than_its_kind(client, caplog):
    @client.app.get("/api/broken")
    def broken():
        raise KeyError("/secret/path")

    @client.app.get("/api/refused")
    def refused():
        raise Problem(409, "Taken", "it is in use", used_by=["m"])

    told = client.get("/api/broken")
    assert (told.status_code, "secret" in told.text) == (500, False)
    assert "KeyError" in told.json()["detail"]
    assert client.get("/api/refused").json()["used_by"] == ["m"]


def test_a_request_that_is_not_understood_names_the_part(client):
    told = client.get("/api/jobs/x/log?start=late")
    assert told.status_code == 422
    assert "query.start" in told.json()["detail"]
    assert "'late'" in told.json()["detail"]


@pytest.mark.parametrize("address", ["/", "/docs", "/login"])
def test_pages_load_their_own_files_alone(client, address):
    text = client.get(address, headers={"accept": "text/html"}).text
    assert "http://" not in text.replace("http://127.0.0.1", "")
    assert "https://" not in text
    assert "style=" not in text
    assert "<script>" not in text
