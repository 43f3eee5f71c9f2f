"""`halescope train`: the paper's two networks, trained as DIGITS trained them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(no_args_is_help=True, help="Train DetectNet or GoogLeNet.")

ConfigFile = Annotated[Path | None, typer.Option("--config", help="TOML file over the defaults.")]
Sets = Annotated[
    list[str] | None, typer.Option("--set", help="One more override: solver.base_lr=1e-4.")
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on from the run's last snapshot.")]


@app.command()
def detectnet(config: ConfigFile = None, sets: Sets = None, resume: Resume = False) -> None:
    """Train DetectNet in the paper's or NVIDIA's configuration.

    Example: halescope train detectnet --config configs/detectnet_paper.toml
    """
    _need_train()
    from halescope.training.config import load_config
    from halescope.training.detectnet import DetectNetTraining
    from halescope.training.paper_runs import train_detectnet

    _run(train_detectnet, load_config(DetectNetTraining, config, sets or ()), resume)


@app.command()
def googlenet(config: ConfigFile = None, sets: Sets = None, resume: Resume = False) -> None:
    """Train GoogLeNet by DIGITS' recipe.

    Example: halescope train googlenet --config configs/googlenet_digits.toml
    """
    _need_train()
    from halescope.training.config import load_config
    from halescope.training.googlenet import GoogLeNetTraining
    from halescope.training.paper_runs import train_googlenet

    _run(train_googlenet, load_config(GoogLeNetTraining, config, sets or ()), resume)


def _run(train: Any, config: Any, resume: bool) -> None:
    folder = train(config, resume, typer.echo)
    typer.echo(f"run folder: {folder}")


def _need_train() -> None:
    from importlib.util import find_spec

    from halescope.errors import MissingExtraError

    for library in ("torch", "lightning"):
        if find_spec(library) is None:
            raise MissingExtraError(library, "train")
