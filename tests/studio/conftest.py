"""A studio on a fresh workspace, asked through httpx."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="the extra studio is not installed")

from fastapi.testclient import TestClient

from halescope.studio.app import create_app
from halescope.studio.settings import Settings

LOCAL = "http://127.0.0.1"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Return the folder of a workspace."""
    return tmp_path / "workspace"


@pytest.fixture
def start(workspace: Path) -> Iterator[Callable[..., TestClient]]:
    """Return what starts a studio with some settings; it is closed after the test."""
    open_ones = []

    def starting(**settings: Any) -> TestClient:
        app = create_app(Settings(workspace, **settings))
        client = TestClient(app, base_url=LOCAL, raise_server_exceptions=False)
        open_ones.append(client.__enter__())
        return client

    yield starting
    for client in open_ones:
        client.__exit__(None, None, None)


@pytest.fixture
def client(start: Callable[..., TestClient]) -> TestClient:
    """Return a client of a studio as it is by default."""
    return start()
