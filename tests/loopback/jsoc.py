"""JSOC's jsoc_info and jsoc_fetch, over drawn FITS files."""

import io
import re

from halescope.io.filetime import parse_time
from loopback.server import Answer, ok_json


def draw_fits(key, quality=0):
    """Return a small FITS file of one record."""
    import numpy as np
    from astropy.io import fits

    unit = fits.PrimaryHDU(np.zeros((64, 64), "f4"))
    unit.header["T_REC"] = key
    unit.header["T_OBS"] = key
    unit.header["TELESCOP"] = "SDO/HMI"
    unit.header["QUALITY"] = quality
    text = io.BytesIO()
    unit.writeto(text)
    return text.getvalue()


class Jsoc:
    """A series with records every 12 minutes, and an export that needs one look to be ready."""

    def __init__(self, server):
        self.server, self.exports, self.bad, self.lie = server, [], set(), None
        self.draw = draw_fits
        server.route("/cgi-bin/ajax/jsoc_info", self.info)
        server.route("/cgi-bin/ajax/jsoc_fetch", self.fetch)
        server.route(r"/SUM/(.+)\.fits", self.file)
        self.keys = [
            f"2014.10.24_{h:02d}:{m:02d}:00_TAI" for h in range(3) for m in range(0, 60, 12)
        ]

    def info(self, _, query):
        which = re.search(r"\[(.*)\]", query["ds"])[1]
        found = self.keys[-1:]
        if which != "$":
            spans = [[parse_time(t) for t in span.split("-")] for span in which.split(",")]
            found = [key for key in self.keys if any(a <= parse_time(key) <= b for a, b in spans)]
        quality = ["0x80000000" if key in self.bad else "0x00000000" for key in found]
        names = [("T_REC", found), ("QUALITY", quality)]
        keywords = [{"name": name, "values": values} for name, values in names]
        return ok_json({"status": 0, "count": len(found), "keywords": keywords})

    def fetch(self, _, query):
        if query["op"] == "exp_request":
            if query["notify"] == "nobody@example.org":
                return ok_json({"status": 4, "error": "User is not registered\nat all."})
            self.series = query["ds"].split("[")[0]
            self.exports.append(re.search(r"\[(.*)\]", query["ds"])[1].split(","))
            return ok_json({"status": 2, "requestid": "JSOC_1", "method": "url", "wait": 0})
        keys = self.exports[-1]
        data = [
            {"record": f"{self.series}[{key}][3]{{magnetogram}}", "filename": f"{n}.fits"}
            for n, key in enumerate(keys)
        ]
        done = {"status": 0, "requestid": "JSOC_1", "method": "url", "protocol": "fits"}
        return ok_json({**done, "dir": f"/SUM/{len(self.exports)}", "data": data, "count": 1})

    def file(self, match, _):
        export, number = match[1].split("/")
        key = self.exports[int(export) - 1][int(number)]
        body = self.draw(self.lie if self.lie and number == "1" else key)
        return Answer(body, "image/fits")
