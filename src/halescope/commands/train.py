"""`halescope train`: our own networks, and the paper's two as DIGITS trained them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(no_args_is_help=True, help="Train a network.")

ConfigFile = Annotated[Path | None, typer.Option("--config", help="TOML file over the defaults.")]
Sets = Annotated[
    list[str] | None, typer.Option("--set", help="One more override: solver.base_lr=1e-4.")
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on from the run's last snapshot.")]


@app.command()
def detector(config: ConfigFile = None, sets: Sets = None) -> None:
    """Train the detector that ships, cross-validated over blocks of days.

    Takes a few minutes, most of them for the features of the training disks.

    Example: halescope train detector --config configs/detector.toml
    """
    _need_train()
    from halescope.commands.progress import bar
    from halescope.training.config import load_config
    from halescope.training.detector.run import DetectorTraining, train_detector

    loaded = load_config(DetectorTraining, config, sets or ())
    with bar("proposals", 0) as advance:
        folder = train_detector(loaded, typer.echo, advance)
    typer.echo(f"run folder: {folder}")


@app.command()
def centerpoint(config: ConfigFile = None, sets: Sets = None, resume: Resume = False) -> None:
    """Train the centre-point network, which looks at the whole disk at once.

    Example: halescope train centerpoint --config configs/centerpoint.toml
    """
    _need_train()
    from halescope.training.centerpoint.run import CenterPointTraining, train_centerpoint
    from halescope.training.config import load_config

    _run(train_centerpoint, load_config(CenterPointTraining, config, sets or ()), resume)


@app.command()
def classifier(config: ConfigFile = None, sets: Sets = None, resume: Resume = False) -> None:
    """Train the Mount Wilson classifier, cross-validated over whole regions.

    Example: halescope train classifier --config configs/classifier.toml
    """
    _need_train()
    from halescope.training.classifier.run import ClassifierTraining, train_classifier
    from halescope.training.config import load_config

    _run(train_classifier, load_config(ClassifierTraining, config, sets or ()), resume)


@app.command()
def detectnet(config: ConfigFile = None, sets: Sets = None, resume: Resume = False) -> None:
    """Train DetectNet in the paper's or NVIDIA's configuration.

    Example: halescope train detectnet --config configs/detectnet_paper.toml
    """
    _need_train()
    from halescope.training.config import load_config
    from halescope.training.paper.detectnet import DetectNetTraining
    from halescope.training.paper.runs import train_detectnet

    _run(train_detectnet, load_config(DetectNetTraining, config, sets or ()), resume)


@app.command()
def googlenet(config: ConfigFile = None, sets: Sets = None, resume: Resume = False) -> None:
    """Train GoogLeNet by DIGITS' recipe.

    Example: halescope train googlenet --config configs/googlenet_digits.toml
    """
    _need_train()
    from halescope.training.config import load_config
    from halescope.training.paper.googlenet import GoogLeNetTraining
    from halescope.training.paper.runs import train_googlenet

    _run(train_googlenet, load_config(GoogLeNetTraining, config, sets or ()), resume)


@app.command()
def export(
    run: Annotated[Path, typer.Argument(help="Run folder of train detectnet or googlenet.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder.")] = Path("models"),
    name: Annotated[str | None, typer.Option(help="The network's name.")] = None,
    snapshot: Annotated[str, typer.Option(help="best, last or epoch_NNN.")] = "best",
    sets: Annotated[
        list[str] | None,
        typer.Option("--set", help="Clustering of a DetectNet, as doctor chose: rect_eps=0.2."),
    ] = None,
) -> None:
    """Write a trained network as float16 ONNX with its card, compared with torch on the way.

    Example: halescope train export runs/detectnet_cpu -o models
    """
    _need_train()
    from halescope.errors import ConfigError
    from halescope.training.paper.export import export_detectnet, export_googlenet, read_run

    kind = read_run(run)["kind"]
    if kind == "detectnet":
        card = export_detectnet(run, output, name or kind, snapshot, sets or ())
    elif sets:
        raise ConfigError("--set", f"is given for a {kind}", "a detectnet, which clusters")
    else:
        card = export_googlenet(run, output, name or kind, snapshot)
    typer.echo(f"card: {card}")


def _run(train: Any, config: Any, resume: bool) -> None:
    folder = train(config, resume, typer.echo)
    typer.echo(f"run folder: {folder}")


def _need_train() -> None:
    from importlib.util import find_spec

    from halescope.errors import MissingExtraError

    for library in ("torch", "lightning"):
        if find_spec(library) is None:
            raise MissingExtraError(library, "train")
