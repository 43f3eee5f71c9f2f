"""The forms of the networks: every field with its words, range and default."""

from __future__ import annotations

from halescope.studio.models.field import Field, Network

LENGTH, STEPS, RATE, DATA, LOOK, MORE = (
    "Length", "Solver", "Learning rate", "Data", "Treatment", "More",
)  # fmt: skip

SOLVERS = (
    ("SGD", "SGD, stochastic gradient descent"), ("NESTEROV", "Nesterov's gradient"),
    ("ADAM", "Adam"), ("RMSPROP", "RMSprop"), ("ADAGRAD", "AdaGrad"), ("ADADELTA", "AdaDelta"),
)  # fmt: skip
POLICIES = (
    ("fixed", "Fixed"), ("step", "Step down"), ("multistep", "Steps at chosen places"),
    ("exp", "Exponential"), ("inv", "Inverse"), ("poly", "Polynomial"), ("sigmoid", "Sigmoid"),
)  # fmt: skip
PRECISION = (("auto", "Automatic"), ("bf16", "bfloat16, faster where the processor has it"),
             ("full", "float32"))  # fmt: skip
POLICY = "solver.policy="
FREEZE = Field(
    "freeze", "Hold still", "choice", "[]", STEPS, "Layers that no longer learn.", choices=(
        ("[]", "Nothing"), ('["conv"]', "What lies before the inception modules"),
        ('["conv", "inception_3"]', "That and the first two inception modules"),
    ),
)  # fmt: skip


def _run(epochs: int, patience: int = 0) -> tuple[Field, ...]:
    """Return the fields of a run's length."""
    return (
        Field("run.epochs", "Epochs", "whole", epochs, LENGTH, "Passes over the training part.",
              least=1, most=100_000, given=True),
        Field("run.validate_every", "Validate every", "whole", 1, LENGTH,
              "Epochs between validations and snapshots.", least=1, most=1000),
        Field("run.patience", "Stop early after", "whole", patience, LENGTH,
              "Validations without a better one; 0 never.", least=0, most=1000),
        Field("run.keep", "Keep the last", "whole", 3, LENGTH,
              "Snapshots of epochs, beside the best; 0 keeps all.", least=0, most=10_000,
              given=True),
    )  # fmt: skip


def _more() -> tuple[Field, ...]:
    return (
        Field("run.seed", "Seed", "whole", 1, MORE, "Of everything random.", least=0, most=2**31),
        Field("run.threads", "Threads", "whole", 1, MORE, "Of the processor.", least=1, most=256),
        Field("run.precision", "Precision", "choice", "auto", MORE, choices=PRECISION),
    )


def _solver(kind: str, rate: float, decay: float, batch: int, together: int) -> tuple[Field, ...]:
    """Return the fields of Caffe's solver, as DIGITS' form has them."""
    return (
        Field("solver.batch_size", "Batch size", "whole", batch, STEPS,
              "Pictures in memory at a time.", least=1, most=4096),
        Field("solver.accumulation", "Accumulate", "whole", together, STEPS, "Batches a step.",
              least=1, most=4096),
        Field("solver.type", "Solver", "choice", kind, STEPS, choices=SOLVERS),
        Field("solver.momentum", "Momentum", "number", 0.9, STEPS,
              "Adam's first, AdaDelta's decay.", least=0, most=1),
        Field("solver.momentum2", "Second momentum", "number", 0.999, STEPS, least=0, most=1,
              shown_for="solver.type=ADAM"),
        Field("solver.rms_decay", "RMS decay", "number", 0.98, STEPS, least=0, most=1,
              shown_for="solver.type=RMSPROP"),
        Field("solver.weight_decay", "Weight decay", "number", decay, STEPS, least=0, most=1),
        Field("solver.base_lr", "Base learning rate", "number", rate, RATE, least=1e-12, most=1e3),
        Field("solver.policy", "Policy", "choice", "step", RATE, choices=POLICIES),
        Field("solver.gamma", "Gamma", "number", 0.1, RATE, "Factor of a drop, or steepness.",
              least=0, most=1e3, shown_for=POLICY + "step|multistep|exp|inv|sigmoid"),
        Field("solver.step_percent", "Step", "number", 33.0, RATE,
              "Percent of the run: length of a step, or the sigmoid's middle.", least=0.01,
              most=100, shown_for=POLICY + "step|sigmoid"),
        Field("solver.multistep_percent", "Drops at", "numbers", (50.0, 85.0), RATE,
              "Percent of the run, divided by spaces.", least=0, most=100,
              shown_for=POLICY + "multistep"),
        Field("solver.power", "Power", "number", 1.0, RATE, least=0, most=100,
              shown_for=POLICY + "inv|poly"),
    )  # fmt: skip


PARTS = Field(
    "data.split", "Parts", "choice", "manifest", DATA, given=True, choices=(
        ("manifest", "As the data set is divided"),
        ("random", "At random, as the paper did: leaks"),
    ),
)  # fmt: skip
SOME_PARTS = Field(
    "data.split", "Learns from", "choice", "manifest", DATA, given=True, choices=(
        ("manifest", "The training part of the data set"),
        ("all", "All of it: days are held out in turn"),
        ("random", "Frames at random, as the paper did: leaks"),
    ),
)  # fmt: skip
LISTED = (("listed", "Every region that NOAA lists"), ("firm", "Firm labels only"))

DETECTNET = Network(
    "detectnet", "DetectNet", "detector",
    "The paper's detector: a grid over the picture says where regions are and how large.",
    "Hours on a processor, even on windows; made for a GPU.", ("disks",),
    (
        *_run(30), *_solver("ADAM", 1e-4, 1e-8, 2, 5), FREEZE,
        PARTS,
        Field("data.objects", "Regions", "choice", "listed", DATA, choices=LISTED),
        Field("data.limit", "Pictures", "whole", 0, DATA, "Spread evenly; 0 takes all.", least=0),
        Field("data.min_area", "Smallest box", "number", 144.0, DATA,
              "Square pixels of the 512 px picture.", least=0),
        Field("data.resolution", "Resolution", "choice", 512, LOOK,
              choices=(("512", "512, as it is"), ("256", "256, as the authors' pictures were"))),
        Field("window.side", "Windows of", "whole", 0, LOOK,
              "Pixels a side: trains on parts of pictures, far faster; 0 takes whole pictures.",
              least=0, most=512),
        Field("window.per_epoch", "Windows an epoch", "whole", 1000, LOOK, least=1, most=1_000_000),
        Field("window.on_region", "On a region", "number", 0.85, LOOK, "Share of the windows.",
              least=0, most=1),
        Field("window.validate_on", "Validate on", "whole", 0, LOOK, "Pictures; 0 takes all.",
              least=0),
        Field("window.mirrors", "Mirror and reverse windows", "switch", False, LOOK),
        Field("augment.flip_prob", "Flip", "number", 0.0, LOOK, "Chance.", least=0, most=1),
        Field("augment.scale_prob", "Scale", "number", 0.0, LOOK, "Chance.", least=0, most=1),
        Field("coverage_loss", "Loss of the coverage", "choice", "euclidean", MORE,
              choices=(("euclidean", "Euclidean, as published"),
                       ("entropy", "Cross entropy, learns from scratch"))),
        Field("loss", "Loss of the boxes", "choice", "nvidia", MORE,
              choices=(("nvidia", "NVIDIA's"), ("paper", "The paper's"))),
        Field("clustering.coverage_threshold", "Coverage from", "number", 0.6, MORE,
              "From which a cell votes for a box.", least=0, most=1),
        Field("clustering.rect_threshold", "Boxes to merge", "whole", 3, MORE, least=0, most=100),
        *_more(),
    ),
    ("detectnet", "googlenet"), best=("mAP", "max"),
    recipes={
        "DIGITS": {},
        "Processor": {
            "run.epochs": 4, "window.side": 128, "window.per_epoch": 400, "window.validate_on": 8,
            "window.mirrors": True, "solver.base_lr": 3e-4, "solver.policy": "poly",
            "solver.batch_size": 8, "solver.accumulation": 1, "coverage_loss": "entropy",
            "clustering.coverage_threshold": 0.5, "clustering.rect_threshold": 1,
            "run.precision": "bf16",
        },
    },
)  # fmt: skip

GOOGLENET = Network(
    "googlenet", "GoogLeNet", "classifier",
    "The paper's classifier: looks at the picture of a region and tells its class.",
    "Minutes to an hour on a processor for a few hundred crops.", ("disks", "crops"),
    (
        *_run(30), *_solver("SGD", 0.01, 1e-4, 24, 1), FREEZE,
        PARTS,
        Field("crops.classes", "Classes", "choice", "paper", DATA,
              "Class folders bring their own.", choices=(
                  ("paper", "The paper's: A, AG, B, BG"), ("hierarchy", "alpha, beta, complex"),
                  ("mount_wilson", "All seven of Mount Wilson"))),
        Field("crops.limit", "Crops", "whole", 0, DATA, "Spread evenly; 0 takes all.", least=0),
        Field("crops.margin", "Margin", "number", 0.0, DATA, "Pixels around a box.", least=0,
              most=200),
        Field("crops.balance", "Draw every class as often", "switch", False, DATA),
        Field("treatment.mode", "Fit by", "choice", "squash", LOOK, choices=(
            ("squash", "Squash"), ("crop", "Crop"), ("fill", "Fill"),
            ("half_crop", "Half crop, half fill"))),
        Field("treatment.padding", "Padding", "number", 127.0, LOOK,
              "Grey of what is filled; below 0 noise.", least=-1, most=255,
              shown_for="treatment.mode=fill|half_crop"),
        Field("treatment.mean", "Take away", "choice", "image", LOOK, choices=(
            ("image", "The mean picture"), ("pixel", "The mean pixel"), ("none", "Nothing"))),
        Field("crops.mirror", "Mirror half of the crops", "switch", True, LOOK),
        Field("crops.turn", "Turn them over and reverse polarity", "switch", False, LOOK),
        *_more(),
    ),
    ("googlenet", "detectnet"), best=("accuracy", "max"),
    recipes={
        "DIGITS": {},
        "Processor": {
            "run.epochs": 8, "solver.type": "ADAM", "solver.base_lr": 2e-4, "solver.policy": "poly",
            "solver.batch_size": 12, "crops.turn": True, "crops.balance": True,
            "run.precision": "bf16",
        },
    },
)  # fmt: skip

CENTERPOINT = Network(
    "centerpoint", "CenterPoint", "detector",
    "A small network over the whole disk that marks the centres of regions.",
    "Half an hour on a processor for a few hundred disks.", ("disks",),
    (
        *_run(30),
        Field("fit.batch", "Batch size", "whole", 8, STEPS, "Disks a step.", least=1, most=512),
        Field("fit.rate", "Learning rate", "number", 2e-3, STEPS,
              "The highest of a one-cycle schedule (AdamW).", least=1e-8, most=10),
        Field("fit.decay", "Weight decay", "number", 0.05, STEPS, least=0, most=1),
        PARTS,
        Field("data.every", "One disk of", "whole", 1, DATA, "Hourly neighbours are near copies.",
              least=1, most=1000, given=True),
        Field("data.objects", "Regions", "choice", "firm", DATA, choices=LISTED),
        Field("fit.plage_weight", "Weight of plage", "number", 0.5, MORE, least=0, most=100),
        Field("mirror", "Mean with the mirror image", "switch", True, MORE),
        *_more(),
    ),
    best=("loss", "min"),
)  # fmt: skip

DETECTOR = Network(
    "detector", "Our detector", "detector",
    "Proposes unions of strong field and scores them: what halescope uses by default.",
    "Minutes on a processor.", ("disks",),
    (
        SOME_PARTS,
        Field("data.every", "One disk of", "whole", 1, DATA, "Hourly neighbours are near copies.",
              least=1, most=1000, given=True),
        Field("data.objects", "Regions", "choice", "firm", DATA, choices=LISTED),
        Field("blocks", "Blocks of days", "whole", 3, LENGTH,
              "Each is held out once, with its regions.", least=2, most=20),
        Field("fit.steps", "Steps of the scorer", "whole", 120, LENGTH, least=1, most=100_000),
        Field("link_fit.steps", "Steps of the links", "whole", 400, LENGTH, least=1, most=100_000),
        Field("change.copies", "Changed copies", "whole", 4, LOOK,
              "Of each disk: other gain, blur and noise, regions of a second disk.", least=0,
              most=50),
        Field("score", "Threshold", "number", 0.0, MORE, "0 lets the held-out days choose.",
              least=0, most=1),
        Field("seed", "Seed", "whole", 1, MORE, least=0, most=2**31),
        Field("threads", "Threads", "whole", 2, MORE, least=1, most=256),
    ),
    is_run=False,
)  # fmt: skip

CLASSIFIER = Network(
    "classifier", "Our classifier", "classifier",
    "A forest on the measures of a region, and how likely its class is by size: used by default.",
    "Minutes on a processor.", ("disks",),
    (
        Field("held_out.split", "Check by", "choice", "none", DATA, choices=(
            ("none", "Cross-validation over whole regions"),
            ("manifest", "The validation part of the data set"),
            ("random", "Frames at random, as the paper did: leaks"))),
        Field("data.every", "One hour of", "whole", 1, DATA, "Hourly neighbours are near copies.",
              least=1, most=1000, given=True),
        Field("folds.folds", "Folds", "whole", 5, LENGTH, least=2, most=50, given=True,
              shown_for="held_out.split=none"),
        Field("folds.repeats", "Times dealt out", "whole", 1, LENGTH, least=1, most=20, given=True,
              shown_for="held_out.split=none"),
        Field("folds.leaky", "Also score frames at random", "switch", False, LENGTH, given=True,
              shown_for="held_out.split=none"),
        Field("fit.trees", "Trees", "whole", 60, STEPS, "Of the forest.", least=1, most=10_000),
        Field("fit.leaf", "Frames in a leaf", "whole", 20, STEPS, "The fewest.", least=1,
              most=100_000),
        Field("fit.forest_weight", "Weight of the forest", "number", 0.7, STEPS, least=0, most=10),
        Field("fit.prior_weight", "Weight of the prior", "number", 0.7, STEPS,
              "How likely classes are of regions of such a size.", least=0, most=10),
        Field("fit.ridge", "Penalty of the sizes", "number", 30.0, MORE, least=0, most=1e6),
        Field("seed", "Seed", "whole", 1, MORE, least=0, most=2**31),
        Field("threads", "Threads", "whole", 1, MORE, least=1, most=256),
    ),
    is_run=False,
)  # fmt: skip
