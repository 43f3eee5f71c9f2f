"""`halescope studio`: the web application."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from halescope.commands.say import say


def studio(
    workspace: Annotated[
        Path | None, typer.Argument(help="Folder of data sets, runs and analyses.")
    ] = None,
    same: Annotated[
        Path | None, typer.Option("--workspace", help="The same, as an option.")
    ] = None,
    host: Annotated[str, typer.Option(help="Address; any but this machine's needs a token.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 8416,
    token: Annotated[
        str | None,
        typer.Option(envvar="HALESCOPE_TOKEN", help="What requests must carry; made if needed."),
    ] = None,
    root: Annotated[
        list[Path] | None,
        typer.Option(help="Further folder from which files may be read; give several."),
    ] = None,
    max_upload: Annotated[
        int, typer.Option("--max-upload", min=1, help="Largest upload, MB.")
    ] = 200,
    jobs: Annotated[
        int, typer.Option("-j", "--jobs", min=1, help="Commands at once, beside a training.")
    ] = 2,
    demo: Annotated[
        bool, typer.Option("--demo", help="First fill the workspace with drawn disks and a run.")
    ] = False,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Do not open the browser.")
    ] = False,
) -> None:
    """Make data sets, label, train and try networks, and analyse, in a browser.

    WORKSPACE (halescope-studio if left out) is a folder of plain files that the other commands read
    and write as well: analyses/, datasets/, runs/, models/. The first line of standard output is
    the address. Ctrl-C ends the studio; what it runs goes on, and it is found again.

    For example:

    halescope studio

    halescope studio --demo

    halescope studio sun --root /data/hmi --port 9000

    halescope studio sun --host 0.0.0.0 --no-browser
    """
    from halescope.errors import ConfigError, MissingExtraError

    if any(find_spec(name) is None for name in ("fastapi", "uvicorn", "python_multipart")):
        raise MissingExtraError("fastapi", "studio")
    from halescope.studio.security import make_token
    from halescope.studio.serve import serve
    from halescope.studio.settings import Settings, is_loopback

    if None not in (workspace, same) and workspace != same:
        raise ConfigError("--workspace", f"is {same}, and WORKSPACE is {workspace}", "one of them")
    for other in root or []:
        if not other.is_dir():
            raise ConfigError("--root", f"{other} is no folder", "a folder that is there")
    if token is None and not is_loopback(host):
        token = make_token()
    folder = workspace or same or Path("halescope-studio")
    limit = max_upload * 1_000_000
    settings = Settings(folder, tuple(root or ()), token, limit, host, port, jobs)
    if demo:
        from halescope.studio.demo import fill

        fill(folder, lambda line: say(line, err=True))
    serve(settings, browser=not no_browser)
