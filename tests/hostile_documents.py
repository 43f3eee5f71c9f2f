"""Whole documents of every kind that is read, and ways to spoil them."""

import json
import random
import tarfile
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from io import BytesIO
from pathlib import Path

WILD = (
    "", "nan", "inf", "-inf", "1e400", "-1e9", "1e9", "9" * 5000, "-1", "0", "abc", "\0", "=cmd|x",
    "../../out", "/etc/passwd", "x" * 140_000, "0x10", "1_0", "٣", "[", "{}", "null", "true", "[]",
    "A" * 300,
    '{"a":1}', "<!--", "&bomb;", "\u2028", "\x1b[2J", "'", '"', ",,,,", "\r",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z", "2026-13-45T99:99:99Z", "2026-02-01T00:00:00+23:59", "N99W199",
)  # fmt: skip
VALUES = (
    None, True, -1, 0, 5, 1e308, 2**80, float("nan"), float("inf"), "", "x", "../../out", "/etc/x",
    [], {}, [[]], [None], {"a": 1}, "2026-02-01T00:00:00Z", "9999-12-31T23:59:59Z", "\ud800",
    "\0", [1] * 9,
)  # fmt: skip

MANIFEST = (
    "image,sha256,time,split,noaa_number,class,status,x_min,y_min,x_max,y_max,hgs_lon,hgs_lat,"
    "area_msh,mu,x,y,source,note,flags,box_source,class_before,class_after\n"
    "a.png,00,2026-02-04T12:00:00Z,train,14366,beta,firm,100,110,140,150,-12,15,120,0.9,120,130,"
    "srs,note,limb,field,beta,beta\n"
    "a.png,00,2026-02-04T12:00:00Z,train,,,plage,200,210,240,250,5,-9,,0.9,,,srs,,,field,,\n"
)
CATALOG = (
    "image,time,region,score,x_min,y_min,x_max,y_max,hgs_lon,hgs_lat,area_msh,class,p_alpha,p_beta,"
    "p_complex,flags\n"
    "a.png,2026-02-04T12:00:00Z,1,0.9,100,110,140,150,-12.5,15.25,120,beta,0.1,0.8,0.1,limb\n"
)
SRS = """:Product: 0926SRS.txt
:Issued: 2010 Sep 26 0030 UTC
Joint USAF/NOAA Solar Region Summary
SRS Number 269 Issued at 0030Z on 26 Sep 2010
I.  Regions with Sunspots.  Locations Valid at 25/2400Z
Nmbr Location  Lo  Area  Z   LL   NN Mag Type
1109 N22W05   261  0340  Ekc 12   15 Beta-Gamma
IA. H-alpha Plages without Spots.  Locations Valid at 25/2400Z Sep
Nmbr  Location  Lo
1107  S20W47   303
II. Regions Due to Return 26 Sep to 28 Sep
Nmbr Lat    Lo
1105 N19    184
"""
SRS_TABLE = (
    "date,noaa_number,location,lo,area,z_class,ll,nn,mag_type_raw\n"
    "2026-02-04,14366,N15E12,261,120,EKC,12,15,BETA-GAMMA\n"
)
HEK = (
    "id,start,end,peak,noaa_number,x,y,hgs_lon,hgs_lat,area,mag_class,observer,hpc_x_min,hpc_y_min,"
    "hpc_x_max,hpc_y_max\n"
    "1,2026-02-04T00:00:00Z,2026-02-05T00:00:00Z,,14366,1,2,3,4,120,BETA,NOAA SWPC Observer,-9,-9,"
    "9,9\n"
)
FLARES = "start,peak,end,class,noaa_number\n2026-02-04T01:00:00Z,2026-02-04T01:10:00Z,,X1.5,14366\n"
PREDICTIONS = (
    "time,region,fold,class,firm,network_alpha,network_beta,network_complex\n"
    "2026-02-04T00:00:00Z,14366,0,beta,1,0.1,0.8,0.1\n"
)
FETCHED = (
    "source,asked,obtained,status,file,bytes,sha256,quality,address,note,fetched\n"
    "a/b,2026-02-04T00:00:00Z,2026-02-04T00:00:00Z,ok,a.jp2,3,00,good,http://x,,\n"
)
CROPS = "crop,image,split,noaa_number,class,folder,status\nB/a_01_B.png,a.png,train,1,beta,B,firm\n"
VOC = (
    "<annotation><filename>a.png</filename><size><width>512</width><height>512</height></size>"
    "<object><name>beta</name><truncated>0</truncated><occluded>0</occluded><bndbox><xmin>1</xmin>"
    "<ymin>2</ymin><xmax>30</xmax><ymax>40</ymax></bndbox><attributes><attribute><name>n</name>"
    "<value>1</value></attribute></attributes></object></annotation>"
)
CVAT = (
    '<annotations><version>1.1</version><image id="0" name="a.png" width="512" height="512">'
    '<box label="beta" occluded="0" xtl="1" ytl="2" xbr="30" ybr="40"><attribute name="n">1'
    "</attribute></box></image></annotations>"
)
COCO = json.dumps(
    {
        "images": [{"id": 1, "file_name": "a.png", "width": 512, "height": 512}],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 30, 40],
             "attributes": {"occluded": False, "n": "1"}, "score": 0.5}
        ],
        "categories": [{"id": 1, "name": "beta"}],
    }
)  # fmt: skip
CARD = json.dumps(
    {
        "name": "a", "version": "1", "task": "detector", "architecture": "proposals",
        "file": "a.onnx", "sha256": "0" * 64,
        "input": {"size": 416, "clip": 120.0, "radius": 200.0},
        "classes": ["region"], "thresholds": {"score": 0.5}, "training": {"days": ["a", "b"]},
        "options": {"stride": 4}, "calibration": {"temperature": 1.0}, "figures": {"ap50": 0.5},
    }
)  # fmt: skip
PART = json.dumps(
    {
        "name": "00001-2026-02-04-aa", "generation": 1, "years": ["2026"], "physics": False,
        "files": {"images": {"file": "parts/a.parquet", "rows": 1, "size": 5, "sha256": "0" * 64}},
    }
)  # fmt: skip
TRACKS = json.dumps({"halescope": "1", "images": [["a", "2026-02-04T00:00:00Z"]], "settings": {}})


def tar_of(name: str, text: str) -> bytes:
    """Return an archive with one file."""
    stream = BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        info = tarfile.TarInfo(name)
        info.size = len(text)
        archive.addfile(info, BytesIO(text.encode()))
    return stream.getvalue()


def _readers() -> dict[str, tuple[str, bytes, Callable[[Path], object]]]:
    from halescope.archive.store.parts import read_parts
    from halescope.datasets.formats.table import FORMATS
    from halescope.datasets.lint import lint_labels
    from halescope.datasets.lint_manifest import lint_manifest
    from halescope.datasets.manifest import disks
    from halescope.evaluation.predictions import read_predictions
    from halescope.fetch.flare_lists import read_flares
    from halescope.fetch.record import Record
    from halescope.io.catalog import read_catalog, read_table
    from halescope.noaa.hek import read_hek
    from halescope.noaa.srs import read_srs
    from halescope.runtime.card import read_card
    from halescope.tracks.output import read_tracks

    def labels(name: str, path: Path) -> None:
        FORMATS[name].read(path)
        lint_labels(path, name, fix=True, disks=False)

    def parts(path: Path) -> None:
        (path.parent.parent / "archive.json").write_text('{"format": 1}')
        read_parts(path.parent.parent)

    def head(path: Path) -> None:
        read_parts(path.parent)

    def flares(path: Path) -> None:
        read_flares([path])

    texts = {
        "manifest": ("m.csv", MANIFEST, lambda p: [list(disks(p)), lint_manifest(p)]),
        "made from": ("m.csv", MANIFEST, made_from),
        "catalogue": ("c.csv", CATALOG, read_catalog),
        "table": ("c.json", json.dumps({"units": {}, "rows": [{"image": "a"}]}), read_table),
        "srs": ("20100926SRS.txt", SRS, read_srs),
        "srs table": ("srs.csv", SRS_TABLE, read_srs),
        "hek": ("regions.csv", HEK, read_hek),
        "flares": ("flares.csv", FLARES, flares),
        "predictions": ("p.csv", PREDICTIONS, read_predictions),
        "fetched": ("fetched.csv", FETCHED, lambda p: Record(p.parent)),
        "journal": (
            ".fetched-1.jsonl",
            '{"source": "a", "asked": "b"}\n',
            lambda p: Record(p.parent),
        ),
        "kitti": (
            "labels/a.txt",
            "beta 0.0 0 0.0 1 2 30 40 0 0 0 0 0 0 0\n",
            lambda p: labels("kitti", p.parent),
        ),
        "voc": ("labels/a.xml", VOC, lambda p: labels("voc", p.parent)),
        "cvat": ("labels/annotations.xml", CVAT, partial(labels, "cvat")),
        "coco": ("labels/instances.json", COCO, partial(labels, "coco")),
        "card": ("a.json", CARD, read_card),
        "part": ("parts/a.json", PART, parts),
        "index": ("index.json", json.dumps({"years": [json.loads(PART)], "generation": 1}), parts2),
        "head": ("archive.json", '{"format": 1, "sources": []}', head),
        "tracks": ("tracks.json", TRACKS, lambda p: read_tracks(p.parent)),
    }
    found = {name: (file, text.encode(), read) for name, (file, text, read) in texts.items()}
    return found | {"srs archive": ("srs.tar", tar_of("2010/20100926SRS.txt", SRS), read_srs)}


def made_from(path: Path, roots: Sequence[Path | str] = ()) -> None:
    """Cut, convert and show what a manifest lists; its image lies beside it."""
    from halescope.datasets.crops import CropConfig, cut_manifest
    from halescope.datasets.formats.export import ExportConfig, export_manifest
    from halescope.datasets.show import show_manifest

    (path.parent / "a.png").write_bytes(drawn_disk())
    for root in roots or ("", path.parent):
        cut_manifest(path, path.parent / "crops", CropConfig(plage=True), root, jobs=1)
        how = ExportConfig("voc", pictures="copy", plage=True, doubtful="keep")
        export_manifest(path, path.parent / "labels", how, root, jobs=1)
        show_manifest(path, path.parent / "page", root=root, jobs=1)


@cache
def drawn_disk() -> bytes:
    """Return a small picture of a drawn disk."""
    from halescope.synthetic import draw
    from halescope.synthetic.files import picture_bytes

    return picture_bytes(draw(6, size=256, regions=1, plage=0).magnetogram, "png")


def parts2(path: Path) -> None:
    from halescope.archive.store.parts import read_parts

    (path.parent / "archive.json").write_text('{"format": 1}')
    read_parts(path.parent)


def spoiled(data: bytes, draw: random.Random) -> bytes:
    """Return a document with something wrong in it."""
    way = draw.randrange(5)
    if way == 0:  # bytes
        out = bytearray(data)
        for _ in range(draw.choice((1, 3, 30))):
            out[draw.randrange(len(out))] = draw.randrange(256)
        return bytes(out)
    if way == 1:  # cut, or twice
        place = draw.randrange(len(data))
        return data[:place] if draw.random() < 0.6 else data + data[place:]
    if data[:1] in (b"{", b"[") and way in (2, 3):
        document = json.loads(data.splitlines()[0])
        _put(document, draw)
        return json.dumps(document).encode("utf-8", "surrogatepass")
    return _word(data, draw)


def _word(data: bytes, draw: random.Random) -> bytes:
    """Return a text with one of its words replaced by a wild one."""
    marks = b',;<>"= \n:'
    cuts = [i for i, byte in enumerate(data) if byte in marks] + [len(data)]
    start = draw.choice(cuts[:-1])
    stop = next(cut for cut in cuts if cut > start)
    return data[: start + 1] + draw.choice(WILD).encode() + data[stop:]


def _put(document: object, draw: random.Random) -> None:
    """Put a wild value at a random place of a document."""
    while True:
        keys = list(document) if isinstance(document, dict) else list(range(len(document)))
        if not keys:
            return
        key = draw.choice(keys)
        inner = document[key]
        if not isinstance(inner, dict | list) or not inner or draw.random() < 0.25:
            deep = draw.random() < 0.05
            document[key] = _deep() if deep else draw.choice(VALUES)
            return
        document = inner


def _deep() -> object:
    out: list = []
    for _ in range(900):
        out = [out]
    return out


def cases(
    count: int, seed: int, without: Sequence[str] = ()
) -> Iterator[tuple[str, str, bytes, Callable[[Path], object]]]:
    """Yield kind, file name, spoiled content and reader: so many of each kind."""
    for kind, (file, data, read) in _readers().items():
        if kind in without:
            continue
        draw = random.Random(f"{seed} {kind}")
        for _ in range(count):
            yield kind, file, spoiled(data, draw), read
