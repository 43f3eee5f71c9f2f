"""A page to leaf through labelled images, and statistics with plots; works from disk."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from halescope.classes import MOUNT_WILSON
from halescope.datasets.disks import Failure, Task, each_image, read_at
from halescope.datasets.manifest import Entry, disks, entries
from halescope.datasets.plots import bars, histogram
from halescope.io.atomic import atomic_path, atomic_text
from halescope.normalize import SIDE, normalize

QUALITY = 80
"""Of the page's JPEG pictures."""


@dataclass(frozen=True)
class ShowReport:
    """What the page holds.

    Parameters
    ----------
    page : Path
    images : int
    left_off : int
        Images beyond the limit.
    failures : list of Failure
    """

    page: Path
    images: int
    left_off: int
    failures: list[Failure] = field(default_factory=list)


def show_manifest(
    manifest: str | Path,
    folder: str | Path,
    limit: int = 500,
    root: str | Path = "",
    jobs: int = 2,
) -> ShowReport:
    """Write ``index.html`` and ``pictures/``; nothing on the page comes from the network.

    Parameters
    ----------
    manifest : path
    folder : path
    limit : int
        Images on the page, spread evenly; the statistics cover all.
    root : path
        What the manifest's relative paths start from.
    jobs : int
        Processes.
    """
    folder = Path(folder)
    tally = Tally()
    for image, found in entries(manifest):
        tally.add(image, found)
    step = max(1, -(-tally.images // max(limit, 1)))
    picked = (task for index, task in enumerate(disks(manifest)) if index % step == 0)
    work = partial(_picture, folder=folder / "pictures", root=Path(root))
    shown: list[dict[str, Any]] = []
    failures: list[Failure] = []
    for result in each_image(picked, work, jobs):
        if isinstance(result, Failure):
            failures.append(result)
        else:
            shown.append(result)
    page = folder / "index.html"
    atomic_text(page, _page(shown, tally, Path(manifest).name))
    return ShowReport(page, len(shown), tally.images - len(shown) - len(failures), failures)


@dataclass
class Tally:
    """Counts over a whole manifest."""

    images: int = 0
    classes: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    parts: Counter[str] = field(default_factory=Counter)
    days: dict[str, set[int]] = field(default_factory=dict)
    regions: set[int] = field(default_factory=set)
    longitudes: Counter[int] = field(default_factory=Counter)
    sizes: Counter[int] = field(default_factory=Counter)

    def add(self, image: str, found: list[Entry]) -> None:
        """Count the regions of one image."""
        self.images += 1
        for entry in found:
            self.statuses[entry.status] += 1
            self.parts[entry.split or "none"] += 1
            if entry.noaa_number:
                self.regions.add(entry.noaa_number)
                self.days.setdefault(entry.time[:10], set()).add(entry.noaa_number)
            if entry.status != "plage":
                self.classes[entry.mount_wilson or "none"] += 1
                if np.isfinite(entry.hgs_lon):
                    self.longitudes[int(entry.hgs_lon // 10) * 10] += 1
                side = max(entry.box[2] - entry.box[0], entry.box[3] - entry.box[1])
                self.sizes[int(side // 8) * 8] += 1

    def plots(self) -> str:
        """Return all plots as SVG."""
        classes = {n: self.classes[n] for n in (*MOUNT_WILSON, "none") if self.classes[n]}
        short = {n.replace("alpha", "α").replace("beta", "β").replace("gamma", "γ")
                 .replace("delta", "δ"): v for n, v in classes.items()}  # fmt: skip
        longitudes = [v for v, n in self.longitudes.items() for _ in range(n)]
        sizes = [v for v, n in self.sizes.items() for _ in range(n)]
        days = {day[5:]: len(numbers) for day, numbers in sorted(self.days.items())}
        return "".join(
            [
                bars("labels by class", short, "NOAA's class, plage left out"),
                bars("labels by status", dict(self.statuses)),
                bars("labels by part", dict(self.parts)),
                histogram("longitude", longitudes, range(-90, 100, 10), "degrees, west positive"),
                histogram("longer side of the box", sizes, range(0, 168, 8), "canonical pixels"),
                bars("NOAA regions per day", days, "day"),
            ]
        )


def _picture(task: Task, folder: Path, root: Path) -> dict[str, Any]:
    """Write one canonical picture and return what the page needs to know of it."""
    from PIL import Image

    image, found, split = task
    disk = normalize(read_at(root, image))
    grey = np.clip(np.nan_to_num(disk.grey[::-1], nan=-127) + 127, 0, 255).astype(np.uint8)
    name = "_".join(Path(image).with_suffix("").parts[-4:]).strip("/") + ".jpg"
    with atomic_path(folder / name) as fresh:
        Image.fromarray(grey).save(fresh, "JPEG", quality=QUALITY)
    boxes = [
        {
            "b": [round(v, 1) for v in (e.box[0], SIDE - e.box[3], e.box[2], SIDE - e.box[1])],
            "c": e.mount_wilson,
            "n": e.noaa_number,
            "s": e.status,
            "w": e.note,
        }
        for e in found
    ]
    return {"f": name, "i": Path(image).name, "t": disk.origin.time_string, "p": split, "r": boxes}


def _page(shown: list[dict[str, Any]], tally: Tally, title: str) -> str:
    data = json.dumps(shown, separators=(",", ":")).replace("</", "<\\/")
    labels = sum(tally.statuses.values())
    summary = (
        f"{tally.images} images, {labels} labels, {len(tally.regions)} NOAA regions; "
        f"{len(shown)} images on this page"
    )
    return (
        _TEMPLATE.replace("@TITLE@", escape(title))
        .replace("@SUMMARY@", summary)
        .replace("@PLOTS@", tally.plots())
        .replace("@SIDE@", str(SIDE))
        .replace("@DATA@", data)
    )


_TEMPLATE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>@TITLE@</title>
<style>
body{font:15px system-ui,sans-serif;margin:1rem;background:#16181d;color:#e8e8e8}
h1{font-size:1.2rem;margin:.2rem 0}p{margin:.2rem 0}
label{margin-right:.8rem}select,input{background:#262a33;color:inherit;border:1px solid #555}
#grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(300px,1fr));gap:10px}
figure{margin:0;background:#000}figure svg{width:100%;display:block}
figcaption{font-size:12px;padding:3px 6px;background:#262a33}
svg rect.box{fill:none;stroke-width:1.5}svg text.l{font-size:9px}
.firm{stroke:#5f5}.doubtful{stroke:#fe4}.plage{stroke:#f93}
text.firm{fill:#5f5;stroke:none}text.doubtful{fill:#fe4;stroke:none}text.plage{fill:#f93;stroke:none}
.plot{width:420px;max-width:100%;background:#1d2027;margin:4px}.plot rect{fill:#6aa7ff}
.plot line{stroke:#555;stroke-width:.5}.plot text{fill:#ccc;font-size:10px}
.plot .t{font-size:13px;fill:#fff}.plot .a{text-anchor:middle}.plot .n{text-anchor:end}
button{background:#335;color:inherit;border:1px solid #667;padding:.2rem .7rem}
</style>
<h1>@TITLE@</h1><p>@SUMMARY@</p>
<details open><summary>Statistics</summary>@PLOTS@</details>
<p><label>class <select id="c"></select></label><label>status <select id="s"></select></label>
<label>part <select id="p"></select></label><label>region <input id="n" size="7"></label>
<label>note <input id="w" size="14"></label>
<button id="b">&#9664;</button> <span id="k"></span> <button id="f">&#9654;</button></p>
<div id="grid"></div>
<script>
const D=@DATA@,E=id=>document.getElementById(id),PAGE=24;let at=0,hits=[];
const uniq=a=>[...new Set(a)].filter(x=>x!=="").sort();
function fill(id,a){E(id).append(new Option("all",""),...a.map(x=>new Option(x,x)))}
fill("c",uniq(D.flatMap(d=>d.r.map(r=>r.c))));fill("s",uniq(D.flatMap(d=>d.r.map(r=>r.s))));
fill("p",uniq(D.map(d=>d.p)));
const on=r=>(!E("c").value||r.c===E("c").value)&&(!E("s").value||r.s===E("s").value)&&
 (!E("n").value||String(r.n).endsWith(E("n").value.trim()))&&
 (!E("w").value||r.w.includes(E("w").value));
const any=()=>["c","s","n","w"].some(k=>E(k).value);
function pick(){hits=D.filter(d=>(!E("p").value||d.p===E("p").value)&&(!any()||d.r.some(on)));
 at=0;draw()}
function node(n,a,t){const e=document.createElementNS("http://www.w3.org/2000/svg",n);
 for(const k in a)e.setAttribute(k,a[k]);if(t!==undefined)e.textContent=t;return e}
function draw(){const g=E("grid");g.replaceChildren();
 for(const d of hits.slice(at,at+PAGE)){const s=node("svg",{viewBox:"0 0 @SIDE@ @SIDE@"});
  s.append(node("image",{href:"pictures/"+encodeURIComponent(d.f),width:@SIDE@,height:@SIDE@}));
  for(const r of d.r){if(any()&&!on(r))continue;const[x,y,X,Y]=r.b;
   const q=node("rect",{x,y,width:X-x,height:Y-y,class:"box "+r.s});
   q.append(node("title",{},[r.n||"plage",r.c,r.s,r.w].filter(Boolean).join(", ")));
   s.append(q,node("text",{x,y:y-2,class:"l "+r.s},r.n?r.n%10000+" "+r.c:"plage"))}
  const f=document.createElement("figure"),c=document.createElement("figcaption");
  c.textContent=(d.t||d.i)+(d.p?" ["+d.p+"]":"");f.append(s,c);g.append(f)}
 E("k").textContent=hits.length?(at+1)+"-"+Math.min(at+PAGE,hits.length)+" of "+hits.length:"none"}
for(const k of["c","s","p","n","w"])E(k).addEventListener("input",pick);
E("b").onclick=()=>{at=Math.max(0,at-PAGE);draw()};
E("f").onclick=()=>{if(at+PAGE<hits.length){at+=PAGE;draw()}};
pick();
</script></html>
"""
