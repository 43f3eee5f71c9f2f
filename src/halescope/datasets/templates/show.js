const E=id=>document.getElementById(id),PAGE=24,KEYS=["c","s","g","p","n","w"];
const {side:SIDE,flags:FLAGS,images:DATA}=JSON.parse(E("page-data").textContent);
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
function tip(r){return [name(r,true),r.s,r.w,...words(r).map(f=>f+": "+(Object.hasOwn(FLAGS,f)?FLAGS[f]:""))]
 .filter(Boolean).join("\n")}
function disk(d,large){const s=node("svg",{viewBox:`0 0 ${SIDE} ${SIDE}`,class:"disk"});
 s.append(node("image",{href:"pictures/"+encodeURIComponent(d.f),width:SIDE,height:SIDE}));
 d.r.forEach((r,i)=>{if(!on(r))return;const[x,y,X,Y]=r.b;
  const q=node("rect",{x,y,width:X-x,height:Y-y,class:"box "+r.s,"data-i":i});
  q.append(node("title",{},tip(r)));s.append(q);
  if(r.n||large){const right=x>SIDE-70;
   s.append(node("text",{x:right?X:x,y:y<14?Y+10:y-2,class:"l "+r.s+(large?" large":""),
    "text-anchor":right?"end":"start"},name(r)))}});
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
 const t=E("dl"),w=t.ownerDocument.createElement("tr");
 for(const h of["region","class","status","lon, lat","MSH","flags"]){
  const c=document.createElement("th");c.textContent=h;w.append(c)}
 t.replaceChildren(w);
 d.r.forEach((r,k)=>{if(!on(r))return;const o=t.insertRow();
  for(const v of[r.n||"",r.c,r.s,r.l.join(", "),r.a||"",words(r).join(", ")])
   o.insertCell().textContent=v;
  o.cells[2].className="k "+r.s;o.title=tip(r);
  const q=E("di").querySelector(`[data-i="${k}"]`);
  o.onmouseenter=()=>q.classList.add("hot");o.onmouseleave=()=>q.classList.remove("hot")});
 if(!E("d").open)E("d").showModal()}
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
