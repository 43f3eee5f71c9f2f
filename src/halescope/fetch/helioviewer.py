"""Helioviewer: HMI and MDI magnetograms, JPEG 2000 in full or a screenshot at a chosen scale."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from halescope.errors import ConfigError, TimeError
from halescope.fetch.answers import ContentError, NotThereError, need
from halescope.fetch.content import Content, inspect_jp2, inspect_picture
from halescope.fetch.run import Located, Provider
from halescope.fetch.transfer import Transfer
from halescope.io.filetime import parse_time

FIELD = 4096 * 0.6
"""Arcseconds that a screenshot covers, along each axis: HMI's own field of view."""


@dataclass(frozen=True)
class Product:
    """An image series of Helioviewer.

    `member`: its name in ``hvpy.DataSource``. `label`: as Helioviewer's own file names have it, so
    that readers know the instrument. `bytes`: of a typical JPEG 2000 file.
    """

    member: str
    label: str
    bytes: int


PRODUCTS = {
    "HMI": Product("HMI_MAG", "SDO_HMI_HMI_magnetogram", 1_050_000),
    "MDI": Product("MDI_MAG", "SOHO_MDI_MDI_magnetogram", 350_000),
}


class Helioviewer(Provider):
    """Magnetograms of one instrument, from Helioviewer's API v2 through hvpy.

    Addresses and parameters are hvpy's; the transfer is this package's, since hvpy's own has
    neither timeout nor retries.

    Parameters
    ----------
    instrument : {"HMI", "MDI"}
    scale : float, optional
        Arcseconds per pixel of a PNG screenshot; JPEG 2000 in full if left out.
    url : str, optional
        Base address; else the environment's ``HELIOVIEWER_API_URL``, else the public service.
    """

    def __init__(
        self,
        transfer: Transfer,
        instrument: str = "HMI",
        scale: float | None = None,
        url: str | None = None,
    ) -> None:
        if instrument not in PRODUCTS:
            raise ConfigError("--instrument", f"is {instrument!r}", ", ".join(PRODUCTS))
        need("hvpy")
        import hvpy

        self._transfer, self._product, self._scale = transfer, PRODUCTS[instrument], scale
        self.slack = timedelta(minutes=5)
        self._id = hvpy.DataSource[self._product.member].value
        self._url = (url or hvpy.config.get_api_url()).rstrip("/") + "/"
        self.source = f"helioviewer/{instrument}" + (f"@{scale:g}" if scale else "")
        self.side = round(FIELD / scale) if scale else 0
        self.typical_bytes = self.side**2 // 2 if scale else self._product.bytes

    def locate(self, asked: datetime) -> Located:
        """Return the image closest to a time; it may be days away, the caller decides."""
        answer = self._ask("getClosestImage", date=_naive(asked), sourceId=self._id)
        try:
            obtained = parse_time(str(answer["date"]), "Helioviewer")
        except (KeyError, TypeError, TimeError) as error:
            found = f"answers without a date: {str(answer)[:100]}"
            raise ContentError("Helioviewer", found, "the closest image") from error
        stamp = obtained.strftime("%Y_%m_%d__%H_%M_%S_") + f"{obtained.microsecond // 1000:03d}"
        name = f"{stamp}__{self._product.label}"
        if self._scale:
            return Located(self._screenshot(obtained), obtained, f"{name}@{self._scale:g}.png")
        address = self._address("getJP2Image", date=_naive(obtained), sourceId=self._id)
        return Located(address, obtained, f"{name}.jp2")

    def inspect(self, path: Path) -> Content:
        """Check an image, and return the time and quality of its own header."""
        return inspect_picture(path) if self._scale else inspect_jp2(path)

    def latest(self) -> datetime:
        """Return the time of the newest image; FetchError as `locate`."""
        return self.locate(datetime.now(UTC).replace(microsecond=0)).obtained

    def _screenshot(self, time: datetime) -> str:
        """Return the address that renders a screenshot of one time, straight as PNG."""
        return self._address(
            "takeScreenshot",
            date=_naive(time),
            imageScale=self._scale,
            layers=f"[{self._id},1,100]",
            x0=0,
            y0=0,
            width=self.side,
            height=self.side,
            display=True,
        )

    def _ask(self, call: str, **parameters: Any) -> Any:
        address = self._address(call, **parameters)
        answer = self._transfer.json(address)
        if isinstance(answer, dict) and answer.get("error"):
            raise NotThereError(address, f"answers: {str(answer['error'])[:150]}")
        return answer

    def _address(self, call: str, **parameters: Any) -> str:
        """Return the address that hvpy would ask."""
        import hvpy.config
        import hvpy.parameters
        import requests

        before = hvpy.config.get_api_url()
        hvpy.config.set_api_url(self._url)
        try:
            inputs = getattr(hvpy.parameters, f"{call}InputParameters")(**parameters)
            request = requests.Request("GET", inputs.url, params=inputs.model_dump())
        finally:
            hvpy.config.set_api_url(before)
        return str(request.prepare().url)


def _naive(time: datetime) -> datetime:
    """Return UTC without zone: hvpy appends a Z of its own."""
    return time.astimezone(UTC).replace(tzinfo=None)
