"""The page's style sheet."""

STYLE = """
:root{--ink:#1d2733;--soft:#5c6a78;--line:#dde3e9;--ground:#fff;--wash:#f5f7f9}
*{box-sizing:border-box}
body{margin:0;font:15px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif;color:var(--ink);
background:var(--wash)}
nav{position:fixed;top:0;bottom:0;left:0;width:190px;padding:22px 18px;background:#14202d;
overflow:auto}
nav b{display:block;color:#fff;font-size:17px;margin-bottom:14px}
nav a{display:block;color:#b9c7d4;text-decoration:none;padding:4px 0;font-size:14px}
nav a:hover{color:#fff}
main{margin-left:190px;padding:26px 34px 60px;max-width:1240px}
h1{font-size:26px;margin:0 0 8px}
h2{font-size:19px;margin:0 0 10px}
h3{font-size:14px;margin:14px 0 6px;color:var(--soft);font-weight:600}
section{background:var(--ground);border:1px solid var(--line);border-radius:8px;
padding:18px 22px;margin:16px 0}
p{margin:6px 0 10px;max-width:78ch}
.good{border-left:4px solid #009e73;padding-left:10px}
.warn{border-left:4px solid #d55e00;padding-left:10px}
.tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(200px,1fr));gap:12px;
margin:14px 0}
.tile{background:var(--wash);border:1px solid var(--line);border-radius:8px;padding:12px 14px;
font-size:13px;color:var(--soft)}
.tile b{display:block;font-size:26px;color:var(--ink);line-height:1.2}
.tile i{display:block;font-style:normal;margin-bottom:4px}
.wide{overflow-x:auto}
table{border-collapse:collapse;font-size:14px;margin:8px 0}
th,td{text-align:left;padding:5px 12px 5px 0;border-bottom:1px solid var(--line);
vertical-align:top}
th{color:var(--soft);font-weight:600}
td small{color:var(--soft);display:block;white-space:nowrap}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(400px,1fr));gap:10px 26px}
svg.chart{width:100%;max-width:560px;height:auto;display:block}
.grid{stroke:#e6ebf0;stroke-width:1}.guide{stroke:#5c6a78;stroke-width:1.2;
stroke-dasharray:4 3}
text{font-family:inherit;fill:var(--ink)}
.tick{font-size:11px;fill:var(--soft)}.axis{font-size:12px;fill:var(--soft)}
.row{font-size:12.5px}.note{font-size:11px;fill:var(--soft)}
.legend{font-size:13px;color:var(--soft)}
.legend span{margin-right:16px;white-space:nowrap}
.legend i{display:inline-block;width:22px;margin-right:6px;vertical-align:middle}
.pair{display:flex;flex-wrap:wrap;gap:10px 40px}
.confusion td{text-align:right;padding:8px 12px;min-width:84px;border:1px solid var(--line)}
.confusion td small{color:inherit}.confusion th{padding:6px 12px}
caption{text-align:left;font-size:14px;color:var(--soft);font-weight:600;padding:4px 0}
.pictures{display:grid;grid-template-columns:repeat(auto-fill,minmax(280px,1fr));gap:14px}
figure{margin:0;border:1px solid var(--line);border-radius:6px;overflow:hidden}
figure svg{display:block;width:100%;background:#000}
figcaption{padding:8px 10px;font-size:13px}
figure rect{fill:none;stroke-width:1}figure text{font-size:7px;font-weight:600}
rect.firm{stroke:#4be37a}text.firm{fill:#4be37a}
rect.doubtful{stroke:#f4e04d;stroke-dasharray:3 2}text.doubtful{fill:#f4e04d}
rect.plage{stroke:#ff9d3b;stroke-dasharray:1 2}text.plage{fill:#ff9d3b}
rect.found{stroke:#58b9ff}text.found{fill:#58b9ff}
rect.subject{stroke:#ff4d6d;stroke-width:1.8}
.key span{display:inline-block;margin-right:16px;padding-left:10px;border-left:4px solid}
.key .firm{border-color:#2fb75b}.key .doubtful{border-color:#d9c31d}
.key .plage{border-color:#ff9d3b}.key .found{border-color:#2b93dd}
.key .subject{border-color:#ff4d6d}
footer{color:var(--soft);font-size:13px;margin-top:20px}
code{background:var(--wash);padding:1px 4px;border-radius:3px}
@media(max-width:860px){nav{position:static;width:auto}
nav a{display:inline-block;margin-right:14px}main{margin:0;padding:16px}
.charts{grid-template-columns:1fr}}
@media print{nav{display:none}main{margin:0}section{break-inside:avoid-page}}
"""
