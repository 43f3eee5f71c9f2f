"""Who is answered: hosts, origins, tokens, sizes."""

import pytest

from halescope.studio.security import COOKIE

PAGE = {"accept": "text/html"}


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8416", 200),
        ("localhost", 200),
        ("[::1]:9", 200),
        ("evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("", 421),
    ],
)
def test_only_this_machine_is_meant(client, host, status):
    assert client.get("/api/health", headers={"host": host}).status_code == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 404),
        ({"origin": "http://127.0.0.1"}, 404),
        ({"origin": "http://127.0.0.1:1"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "same-origin"}, 404),
    ],
)
def test_other_sites_change_nothing(client, headers, status):
    assert client.post("/api/jobs/none/abort", headers=headers).status_code == status


def test_every_answer_has_the_policy(client):
    for address in ("/", "/api/health", "/static/js/theme.js", "/nothing"):
        headers = client.get(address).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


def test_a_token_is_asked_for_where_others_reach_it(start):
    client = start(host="0.0.0.0", token="secret")
    assert client.get("/api/health").status_code == 200
    assert client.get("/api/jobs").status_code == 401
    assert client.get("/api/jobs", headers={"authorization": "Bearer wrong"}).status_code == 401
    assert client.get("/api/jobs", headers={"authorization": "Bearer secret"}).status_code == 200
    assert (
        client.get("/api/jobs", headers={"authorization": "Bearer schlüssel".encode()}).status_code
        == 401
    )
    named = {"host": "sun.example", "authorization": "Bearer secret"}
    assert client.get("/api/jobs", headers=named).status_code == 200


def test_a_token_in_the_address_becomes_a_cookie(start):
    client = start(host="0.0.0.0", token="secret")
    went = client.get("/docs?token=secret&x=1", headers=PAGE, follow_redirects=False)
    assert (went.status_code, went.headers["location"]) == (303, "/docs?x=1")
    assert "httponly" in went.headers["set-cookie"].lower()
    assert "samesite=strict" in went.headers["set-cookie"].lower()
    assert client.get("/api/jobs").status_code == 200


def test_the_page_of_the_token_leads_on_but_not_away(start):
    client = start(host="0.0.0.0", token="secret")
    assert client.get("/docs", headers=PAGE).url.path == "/login"
    again = client.post("/login", data={"token": "wrong", "next": "/docs"}, headers=PAGE)
    assert again.status_code == 401
    values = {"token": "secret", "next": "//evil.example"}
    went = client.post("/login", data=values, follow_redirects=False)
    assert went.headers["location"] == "/evil.example"
    assert client.cookies[COOKIE] == "secret"


def test_a_body_that_grows_too_large_is_refused_on_the_way(start):
    client = start(max_upload=1000)

    @client.app.post("/api/take")
    async def take(request: __import__("fastapi").Request):
        return len(await request.body())

    assert client.post("/api/take", content=b"x" * 1000).json() == 1000
    told = client.post("/api/take", content=(b"x" * 300 for _ in range(4)))
    assert told.status_code == 413
    assert told.headers["content-type"] == "application/problem+json"
    assert "--max-upload" in told.json()["detail"]
