"""`halescope train`: our own networks, and the paper's two as DIGITS trained them."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer
from typer.core import TyperCommand

from halescope.commands.progress import bar, bars
from halescope.commands.say import say
from halescope.errors import MissingExtraError

app = typer.Typer(no_args_is_help=True, help="Train a network.")

Config = Annotated[
    Path | None,
    typer.Option("--config", help="TOML file, or a name that ships: NETWORK or NETWORK_PROTOCOL."),
]
Protocol = Annotated[
    str | None, typer.Option("--protocol", help="Which of the file's protocols; see below.")
]
Sets = Annotated[
    list[str] | None, typer.Option("--set", help="One more override: solver.base_lr=1e-4.")
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on from the run's last snapshot.")]

NETWORKS = {
    "detector": "detector.run",
    "centerpoint": "centerpoint.run",
    "classifier": "classifier.run",
    "detectnet": "paper.runs",
    "googlenet": "paper.runs",
}
"""Module of `halescope.training` in which ``train_NETWORK`` lies."""


STOPPED = 130
"""Exit code of a run that Ctrl-C has stopped."""


class Explained(TyperCommand):
    """A command whose help also explains the keys of its configuration."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the usual help, then protocols and keys."""
        super().format_help(ctx, formatter)
        if find_spec("lightning") is not None:
            name = "classifier" if self.name == "estimate" else str(self.name)
            kind, _ = _parts(name)
            from halescope.training.config import explain

            say(*explain(kind, name).splitlines())


@app.command(cls=Explained)
def detector(config: Config = None, protocol: Protocol = None, sets: Sets = None) -> None:
    """Train the detector that ships, cross-validated over blocks of days.

    Takes a few minutes, most of them for the features of the training disks.

    Example: halescope train detector --config detector
    """
    loaded, train = _load("detector", config, protocol, sets)
    with bar("proposals", 0) as advance:
        folder = train(loaded, say, advance)
    say(f"run folder: {folder}")


@app.command(cls=Explained)
def classifier(config: Config = None, protocol: Protocol = None, sets: Sets = None) -> None:
    """Train the Mount Wilson classifier, cross-validated over whole regions.

    Takes minutes.

    Example: halescope train classifier --config classifier
    """
    loaded, train = _load("classifier", config, protocol, sets)
    say(f"run folder: {train(loaded, say)}")


def _command(network: str, what: str, example: str) -> Callable[..., None]:
    """Return the command that trains a network over epochs."""

    def train(
        config: Config = None, protocol: Protocol = None, sets: Sets = None, resume: Resume = False
    ) -> None:
        loaded, run = _load(network, config, protocol, sets)
        from halescope.training.run import was_stopped
        from halescope.training.telling import Telling

        with bars() as track:
            folder = run(loaded, resume, Telling(say, track))
        say(f"run folder: {folder}")
        if was_stopped(folder):
            say("stopped when asked; --resume goes on from here", err=True)
            raise typer.Exit(STOPPED)

    train.__doc__ = (
        f"Train {what}\n\nCtrl-C stops it after the step at hand (exit code {STOPPED}), and "
        f"--resume goes on from there.\n\nExample: halescope train {network} --config {example}"
    )
    return train


for _network, *_texts in (
    (
        "centerpoint",
        "the centre-point network, which looks at the whole disk at once.",
        "centerpoint",
    ),
    ("detectnet", "DetectNet in the paper's or NVIDIA's configuration.", "detectnet_paper"),
    ("googlenet", "GoogLeNet by DIGITS' recipe.", "googlenet_digits"),
):
    app.command(_network, cls=Explained)(_command(_network, *_texts))


@app.command(cls=Explained)
def estimate(
    config: Config = None,
    protocol: Protocol = None,
    sets: Sets = None,
    curve: Annotated[
        bool, typer.Option("--curve", help="Also how accuracy grows with the number of regions.")
    ] = False,
) -> None:
    """Say how right the classifier is on regions it never saw: nested cross-validation.

    Whole regions are held out; all that is chosen is chosen without them. By instrument, days,
    longitude and size, with intervals by region; estimate.json in the run's folder.

    Example: halescope train estimate --config classifier --curve
    """
    loaded, _ = _load("classifier", config, protocol, sets)
    from halescope.training.classifier.run import estimate_classifier

    say(f"estimate: {estimate_classifier(loaded, curve, say)}")


@app.command()
def export(
    run: Annotated[Path, typer.Argument(help="Run folder of halescope train.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder.")] = Path("models"),
    name: Annotated[str | None, typer.Option(help="The network's name.")] = None,
    snapshot: Annotated[str, typer.Option(help="best, last or epoch_NNN.")] = "best",
    average: Annotated[
        int, typer.Option(min=0, help="Mean of the weights after each of the last N epochs.")
    ] = 0,
    sets: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="Clustering of a DetectNet, as doctor chose: rect_eps=0.2; its score=0.9."
        ),
    ] = None,
) -> None:
    """Write a trained network as float16 ONNX with its card, compared with torch on the way.

    The networks of detector, classifier and centerpoint were exported when they were done; they are
    copied under the name that is given. --average takes the mean of several epochs' weights in
    place of one snapshot.

    Example: halescope train export runs/detectnet_cpu -o models
    """
    from halescope.training.finished import WITH_SNAPSHOTS, copy_network, read_run

    export_run = copy_network
    if read_run(run)["kind"] in WITH_SNAPSHOTS:
        _need_train()
        from halescope.training.paper.export import export_run
    say(f"card: {export_run(run, output, name, snapshot, sets or (), average)}")


def _load(
    network: str, config: Path | None, protocol: str | None, sets: list[str] | None
) -> tuple[Any, Callable[..., Path]]:
    """Return a network's configuration and what trains it; a bare protocol is of what ships."""
    kind, train = _parts(network)
    from halescope.training.config import load_config

    if protocol and config is None:
        config = Path(network)
    return load_config(kind, config, sets or (), protocol), train


def _parts(network: str) -> tuple[type, Callable[..., Path]]:
    """Return a network's configuration dataclass and the function that trains it."""
    _need_train()
    module = import_module(f"halescope.training.{NETWORKS[network]}")
    train = getattr(module, f"train_{network}")
    return get_type_hints(train)["config"], train


def _need_train() -> None:
    for library in ("torch", "lightning"):
        if find_spec(library) is None:
            raise MissingExtraError(library, "train")
