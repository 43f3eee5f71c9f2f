"""What rows depend on: checksums of program, networks and options, and of each file with them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache

from halescope._version import __version__
from halescope.archive.files import Listing, text_of
from halescope.batch.outputs import Network, Options


@dataclass(frozen=True)
class Settings:
    """What is done with each file of an archive.

    Parameters
    ----------
    detector, classifier : str or None
        Names or paths; None for the defaults.
    physics : bool
        Whether regions have the columns of flux, tilt, inversion line and more.
    crops : bool
        Whether regions are cut out as PNG into ``crops/`` of the archive.
    """

    detector: str | None = None
    classifier: str | None = None
    physics: bool = False
    crops: bool = False

    @property
    def options(self) -> Options:
        """The same as options of one image's outputs."""
        return Options(
            self.detector,
            self.classifier,
            overlay=False,
            crops="png" if self.crops else "none",
            physics=self.physics,
        )


@lru_cache(maxsize=8)
def networks_of(settings: Settings) -> tuple[Network, ...]:
    """Load the networks of an archive's settings and return what they are.

    Raises
    ------
    ModelError
        There is none of that name, or its card does not fit.
    """
    from halescope.batch.run import load_networks

    return load_networks(settings.options)


def key_of(settings: Settings, networks: Sequence[Network]) -> str:
    """Return the checksum of version, networks and options, 16 hexadecimal digits.

    Networks count by content: a file that is moved or renamed is the same network.
    """
    options = asdict(settings) | {"detector": "", "classifier": ""}
    models = [network.to_json() for network in networks]
    text = json.dumps([__version__, options, models], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def identity_of(key: str, path: str, size: int, mtime: int) -> str:
    """Return the checksum of a key with a file's path, size and time of change, 32 digits."""
    text = f"{key}\0{text_of(path)}\0{size}\0{mtime}"
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def identities(key: str, listing: Listing) -> list[str]:
    """Return the identity of each file of a listing."""
    numbers = zip(listing.paths, listing.size.tolist(), listing.mtime.tolist(), strict=True)
    return [identity_of(key, *of) for of in numbers]
