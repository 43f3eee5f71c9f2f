"""How a studio is started."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

LOOPBACK = ("localhost", "127.0.0.1", "::1")
"""Names by which a machine calls itself."""


@dataclass(frozen=True)
class Settings:
    """What the command line says.

    Parameters
    ----------
    workspace : Path
        Folder of plain files; made where it is missing.
    roots : tuple of Path
        Further folders from which files may be read, never written.
    token : str or None
        What each request must carry, None where the machine's own users are trusted.
    max_upload : int
        Largest body of a request, bytes.
    host, port : str, int
        Address to listen at; port 0 takes a free one.
    jobs : int
        Commands beside a training that run at once.
    """

    workspace: Path
    roots: tuple[Path, ...] = ()
    token: str | None = None
    max_upload: int = 200_000_000
    host: str = "127.0.0.1"
    port: int = 8416
    jobs: int = 2

    @property
    def is_local(self) -> bool:
        """Say whether only this machine reaches the address."""
        return is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """Say whether a name or address means this machine alone."""
    if host.lower() in LOOPBACK:
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
