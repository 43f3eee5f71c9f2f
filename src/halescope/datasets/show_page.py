"""The page of `dataset show`: one HTML file with style and script, nothing from a network."""

from __future__ import annotations

import json
from html import escape
from typing import Any

from halescope.datasets.labels.quality import FLAGS
from halescope.normalize import SIDE


def page_of(title: str, summary: str, plots: str, shown: list[dict[str, Any]]) -> str:
    """Return the page.

    Parameters
    ----------
    title, summary : str
        Plain text.
    plots : str
        SVG.
    shown : list of dict
        One for each image: ``f`` file, ``i`` its name in the manifest, ``t`` time, ``p`` part and
        ``r`` regions: ``b`` box, rows downwards, ``c`` class, ``n`` number, ``s`` status, ``w``
        note, ``g`` flags, ``l`` longitude and latitude, ``a`` area.
    """
    values = {
        "TITLE": escape(title),
        "SUMMARY": escape(summary),
        "PLOTS": plots,
        "SIDE": str(SIDE),
        "STYLE": _STYLE,
        "FLAGS": _script(FLAGS),
        "DATA": _script(shown),
    }
    page = _BODY + _SCRIPT
    for name, text in values.items():  # DATA last: it may hold anything
        page = page.replace(f"@{name}@", text)
    return page


def _script(value: object) -> str:
    """Return JSON that can stand inside a script element."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).replace("</", "<\\/")


_STYLE = """
:root{color-scheme:dark}[hidden]{display:none!important}
body{font:15px system-ui,sans-serif;margin:0;background:#14161b;color:#e8e8e8}
header,main{padding:.8rem 1.2rem}h1{font-size:1.25rem;margin:0 0 .2rem}
p{margin:.2rem 0;color:#b8bcc6}
.bar{position:sticky;top:0;z-index:1;display:flex;flex-wrap:wrap;gap:.5rem .9rem;align-items:center;
 padding:.6rem 1.2rem;background:#1d2027;border-block:1px solid #333845}
label{display:flex;gap:.35rem;align-items:center}
select,input,button{font:inherit;background:#262a33;color:inherit;border:1px solid #4a5060;
 border-radius:5px;padding:.15rem .45rem}
input[type=checkbox]{accent-color:#6aa7ff}button{cursor:pointer}button:disabled{opacity:.4}
.bar .right{margin-left:auto;display:flex;gap:.5rem;align-items:center}
#grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(300px,1fr));gap:12px}
figure{margin:0;background:#000;border-radius:6px;overflow:hidden;cursor:zoom-in}
figure:focus-visible{outline:2px solid #6aa7ff}svg.disk{width:100%;display:block}
figcaption{font-size:13px;padding:5px 8px;background:#1d2027;display:flex;
 justify-content:space-between}
.box{fill:transparent;stroke-width:1.4}.l{font-size:10px;font-weight:600;paint-order:stroke;
 stroke:#000;stroke-width:2px}
.box.firm{stroke:#5f5}.box.doubtful{stroke:#fe4}.box.plage{stroke:#f93;stroke-width:1}
.l.firm,.k.firm{fill:#7f7;color:#7f7}.l.doubtful,.k.doubtful{fill:#fe6;color:#fe6}
.l.plage,.k.plage{fill:#fa5;color:#fa5}.hot{stroke-width:3.5}
.plots{display:flex;flex-wrap:wrap;gap:8px;margin:.5rem 0}
.plot{width:min(420px,100%);background:#1d2027;border-radius:6px}.plot rect{fill:#6aa7ff}
.plot line{stroke:#454b59;stroke-width:.5}.plot text{fill:#c4c8d0;font-size:10px}
.plot .t{font-size:13px;fill:#fff}.plot .a{text-anchor:middle}.plot .n{text-anchor:end}
dialog{background:#1a1d23;color:inherit;border:1px solid #4a5060;border-radius:8px;padding:1rem;
 width:min(1400px,94vw)}dialog::backdrop{background:#000b}
.large{display:grid;grid-template-columns:minmax(0,3fr) minmax(300px,2fr);gap:1rem}
.large svg{max-height:82vh}@media(max-width:900px){.large{grid-template-columns:1fr}}
.head{display:flex;gap:.6rem;align-items:center;margin-bottom:.6rem}.head b{flex:1}
.scroll{max-height:82vh;overflow:auto}table{border-collapse:collapse;width:100%;font-size:13px}
td,th{text-align:left;padding:3px 6px;border-bottom:1px solid #333845;vertical-align:top}
tr:hover{background:#262a33}
"""

_BODY = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>@TITLE@</title><style>@STYLE@</style></head><body>
<header><h1>@TITLE@</h1><p>@SUMMARY@</p>
<details open><summary>Statistics of the whole manifest</summary>
<div class="plots">@PLOTS@</div></details></header>
<div class="bar">
<label>class <select id="c"></select></label><label>status <select id="s"></select></label>
<label>flag <select id="g"></select></label><label>part <select id="p"></select></label>
<label>region <input id="n" size="6" placeholder="4366"></label>
<label>note <input id="w" size="10"></label>
<label><input type="checkbox" id="h" checked>plage</label><button id="x">clear</button>
<span><span class="k firm">&#9632; firm</span> <span class="k doubtful">&#9632; doubtful</span>
<span class="k plage">&#9632; plage</span></span>
<span class="right"><button id="b" title="left arrow">&#9664;</button><span id="k"></span>
<button id="f" title="right arrow">&#9654;</button></span></div>
<main><div id="grid"></div></main>
<dialog id="d"><div class="head"><b id="dt"></b><button id="db">&#9664;</button>
<button id="df">&#9654;</button><button id="dx">close</button></div>
<div class="large"><div id="di"></div><div class="scroll"><table id="dl"></table></div></div>
</dialog>
"""

_SCRIPT = """<script>
const FLAGS=@FLAGS@;
const E=id=>document.getElementById(id),PAGE=24,KEYS=["c","s","g","p","n","w"];
let at=0,hits=[],open=-1;
const uniq=a=>[...new Set(a)].filter(x=>x).sort();
const greek=c=>c.replace("alpha","α").replace("beta","β").replace("gamma","γ").replace("delta","δ")
 .replaceAll("-","");
const fill=(id,a)=>E(id).append(new Option("all",""),...a.map(x=>new Option(x,x)));
const words=r=>r.g?r.g.split(";"):[];
const on=r=>(!E("c").value||r.c===E("c").value)&&(!E("s").value||r.s===E("s").value)&&
 (!E("g").value||words(r).includes(E("g").value))&&
 (!E("n").value.trim()||String(r.n).endsWith(E("n").value.trim()))&&
 (!E("w").value||r.w.toLowerCase().includes(E("w").value.toLowerCase()))&&
 (E("h").checked||r.s!=="plage");
const any=()=>["c","s","g","n","w"].some(k=>E(k).value.trim());
function pick(){hits=DATA.filter(d=>(!E("p").value||d.p===E("p").value)&&(!any()||d.r.some(on)));
 at=0;draw();const q=new URLSearchParams();
 for(const k of KEYS)if(E(k).value)q.set(k,E(k).value);
 history.replaceState(null,"","#"+q)}
function node(n,a,t){const e=document.createElementNS("http://www.w3.org/2000/svg",n);
 for(const k in a)e.setAttribute(k,a[k]);if(t!==undefined)e.textContent=t;return e}
function name(r,full){if(!r.n)return r.s==="plage"?"plage":"beside";
 return(full?r.n:r.n%10000)+" "+(full?r.c:greek(r.c))}
function tip(r){return [name(r,true),r.s,r.w,...words(r).map(f=>f+": "+(FLAGS[f]||""))]
 .filter(Boolean).join("\\n")}
function disk(d,large){const s=node("svg",{viewBox:"0 0 @SIDE@ @SIDE@",class:"disk"});
 s.append(node("image",{href:"pictures/"+encodeURIComponent(d.f),width:@SIDE@,height:@SIDE@}));
 d.r.forEach((r,i)=>{if(!on(r))return;const[x,y,X,Y]=r.b;
  const q=node("rect",{x,y,width:X-x,height:Y-y,class:"box "+r.s,"data-i":i});
  q.append(node("title",{},tip(r)));s.append(q);
  if(r.n||large){const right=x>@SIDE@-70;
   s.append(node("text",{x:right?X:x,y:y<14?Y+10:y-2,class:"l "+r.s,
    "text-anchor":right?"end":"start",style:large?"font-size:7px":""},name(r)))}});
 return s}
function draw(){const g=E("grid");g.replaceChildren();
 hits.slice(at,at+PAGE).forEach((d,i)=>{const f=document.createElement("figure"),
  c=document.createElement("figcaption"),a=document.createElement("span"),
  b=document.createElement("span");a.textContent=d.t||d.i;b.textContent=d.p;c.append(a,b);
  f.append(disk(d),c);f.tabIndex=0;f.onclick=()=>show(at+i);
  f.onkeydown=e=>{if(e.key==="Enter")show(at+i)};g.append(f)});
 E("k").textContent=hits.length?(at+1)+"–"+Math.min(at+PAGE,hits.length)+" of "+hits.length:"none";
 E("b").disabled=at===0;E("f").disabled=at+PAGE>=hits.length}
function turn(n){const to=at+n*PAGE;if(to>=0&&to<hits.length){at=to;draw();scrollTo({top:
 document.querySelector(".bar").offsetTop})}}
function show(i){if(i<0||i>=hits.length)return;open=i;const d=hits[i];
 E("dt").textContent=[d.t,d.p,d.i].filter(Boolean).join(" · ");
 E("di").replaceChildren(disk(d,true));
 const t=E("dl");t.innerHTML="<tr><th>region<th>class<th>status<th>lon, lat<th>MSH<th>flags</tr>";
 d.r.forEach((r,k)=>{if(!on(r))return;const o=t.insertRow();
  for(const v of[r.n||"",r.c,r.s,r.l.join(", "),r.a||"",words(r).join(", ")])
   o.insertCell().textContent=v;
  o.cells[2].className="k "+r.s;o.title=tip(r);
  const q=E("di").querySelector(`[data-i="${k}"]`);
  o.onmouseenter=()=>q.classList.add("hot");o.onmouseleave=()=>q.classList.remove("hot")});
 if(!E("d").open)E("d").showModal()}
const DATA=@DATA@;
fill("c",uniq(DATA.flatMap(d=>d.r.map(r=>r.c))));fill("s",uniq(DATA.flatMap(d=>d.r.map(r=>r.s))));
fill("g",uniq(DATA.flatMap(d=>d.r.flatMap(words))));fill("p",uniq(DATA.map(d=>d.p)));
for(const k of["g","p"])if(E(k).length<2)E(k).parentNode.hidden=true;
for(const[k,v]of new URLSearchParams(location.hash.slice(1)))if(KEYS.includes(k))E(k).value=v;
for(const k of[...KEYS,"h"])E(k).addEventListener("input",pick);
E("x").onclick=()=>{for(const k of KEYS)E(k).value="";E("h").checked=true;pick()};
E("b").onclick=()=>turn(-1);E("f").onclick=()=>turn(1);
E("db").onclick=()=>show(open-1);E("df").onclick=()=>show(open+1);E("dx").onclick=()=>E("d").close();
addEventListener("keydown",e=>{if(/INPUT|SELECT/.test(e.target.tagName))return;
 const n={ArrowLeft:-1,ArrowRight:1}[e.key];if(n)E("d").open?show(open+n):turn(n)});
pick();

</script></body></html>
"""
