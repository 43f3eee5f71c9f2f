"""Helioviewer's API v2 over images in memory or files on disk."""

import io
import struct
from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from loopback.server import Answer, Server, ok_json

ARCSEC = 4096 * 0.6
"""Field of view of HMI's pictures, along each axis."""


def with_header(jp2: bytes, keywords: dict[str, object]) -> bytes:
    """Return a JPEG 2000 file with an XML box of FITS keywords, as Helioviewer's have it."""
    fits = "".join(f"<{key}>{value}</{key}>" for key, value in keywords.items())
    xml = f"<?xml version='1.0'?><meta><fits>{fits}</fits></meta>".encode()
    place = jp2.index(b"jp2c") - 4
    return jp2[:place] + struct.pack(">I4s", len(xml) + 8, b"xml ") + xml + jp2[place:]


def draw_jp2(time: datetime, quality: int = 0, grey: int = 127) -> bytes:
    """Return a small JPEG 2000 file of one grey."""
    from PIL import Image

    data = io.BytesIO()
    Image.new("L", (64, 64), grey).save(data, "JPEG2000")
    when = f"{time:%Y-%m-%dT%H:%M:%S.000}"
    words = {"TELESCOP": "SDO/HMI", "DATE-OBS": when, "QUALITY": quality}
    return with_header(data.getvalue(), words)


def jp2_of(path: Path, time: datetime) -> bytes:
    """Return a file as JPEG 2000: as it is, or a picture encoded without loss.

    The pictures at hand were made from Helioviewer's own JPEG 2000; their header is made again,
    the pointing by fitting the limb.
    """
    if path.suffix == ".jp2":
        return path.read_bytes()
    from PIL import Image

    from halescope.geometry import ephemeris
    from halescope.io import read

    with Image.open(path) as image:
        grey = image.convert("L")
    data = io.BytesIO()
    grey.save(data, "JPEG2000", irreversible=False)
    disk, seen = read(path).geometry, ephemeris(time)
    scale = seen.angular_radius / disk.radius
    words = {
        "TELESCOP": "SDO", "INSTRUME": "HMI_FRONT2", "CONTENT": "MAGNETOGRAM", "QUALITY": 0,
        "DATE-OBS": f"{time:%Y-%m-%dT%H:%M:%S.000}", "CTYPE1": "HPLN-TAN", "CTYPE2": "HPLT-TAN",
        "CUNIT1": "arcsec", "CUNIT2": "arcsec", "CDELT1": scale, "CDELT2": scale,
        "CRPIX1": disk.x_center + 1, "CRPIX2": disk.y_center + 1, "CRVAL1": 0.0, "CRVAL2": 0.0,
        "CROTA2": 0.0, "RSUN_OBS": seen.angular_radius, "CRLT_OBS": seen.b0, "CRLN_OBS": seen.l0,
    }  # fmt: skip
    return with_header(data.getvalue(), words)


@dataclass
class Helioviewer:
    """A closest image is never refused, however far it is.

    `images` holds bytes or a path for each time; `lies` what is sent in the place of some.
    """

    server: Server
    images: dict = field(default_factory=dict)
    lies: dict = field(default_factory=dict)
    sources: tuple[str, ...] = ("19", "6")

    def __post_init__(self):
        self.server.route(r"/v2/getClosestImage/$", self.closest_image)
        self.server.route(r"/v2/getJP2Image/$", self.jp2)
        self.server.route(r"/v2/takeScreenshot/$", self.screenshot)

    @property
    def url(self):
        return self.server.url + "v2/"

    def add(self, time, body=None, **kind):
        self.images[time] = draw_jp2(time, **kind) if body is None else body

    def closest(self, query):
        asked = datetime.fromisoformat(query["date"].replace("Z", "+00:00"))
        times = sorted(self.images)
        place = bisect_left(times, asked)
        return min(times[max(place - 1, 0) : place + 1], key=lambda time: abs(time - asked))

    def closest_image(self, _, query):
        if query["sourceId"] not in self.sources:
            return ok_json({"error": "no such source", "errno": 25})
        answer = {"id": "1", "date": f"{self.closest(query):%Y-%m-%d %H:%M:%S}"}
        answer |= {"name": "HMI magnetogram", "scale": 0.6, "width": 4096, "height": 4096}
        return ok_json(answer | {"sunCenterOffsetParams": []})

    def jp2(self, _, query):
        time = self.closest(query)
        return Answer(self.lies.get(time) or self.body(time), "image/jp2")

    def body(self, time):
        held = self.images[time]
        return held if isinstance(held, bytes) else jp2_of(held, time)

    def screenshot(self, _, query):
        """Render the field that was asked for; what lies outside the picture is black."""
        from PIL import Image

        size = int(query["width"]), int(query["height"])
        held = self.images[self.closest(query)]
        with Image.open(io.BytesIO(held) if isinstance(held, bytes) else held) as image:
            grey = image.convert("L")
        scale = ARCSEC / grey.width
        step = float(query["imageScale"]) / scale
        middle = [grey.width / 2 + float(query[n]) / scale for n in ("x0", "y0")]
        box = [
            m + s * half * step
            for s in (-1, 1)
            for m, half in zip(middle, (size[0] / 2, size[1] / 2), strict=True)
        ]
        picture = grey.transform(size, Image.Transform.EXTENT, box, Image.Resampling.BILINEAR)
        data = io.BytesIO()
        picture.save(data, "PNG")
        return Answer(data.getvalue(), "image/png")
