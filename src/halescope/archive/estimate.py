"""What a build would do, without doing it."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from halescope.archive.build import Plan, Waiting, find_waiting
from halescope.archive.keys import key_of, networks_of
from halescope.archive.store.rows import Rows
from halescope.archive.tasks import divide
from halescope.archive.work import Order, find

SAMPLE = 4
"""Files that are analysed to tell how long one takes."""


def estimate(folder: Path, plan: Plan) -> tuple[Waiting, float | None]:
    """Return the files to do, and seconds that one takes in one process; nothing is written.

    Returns
    -------
    waiting : Waiting
    seconds : float or None
        None where there is nothing to do.
    """
    key = key_of(plan.settings, networks_of(plan.settings))
    waiting = find_waiting(folder, plan, key)
    count = len(waiting.listing)
    if not count:
        return waiting, None
    chosen = np.unique(np.linspace(0, count - 1, SAMPLE + 1).astype(np.intp))
    few = waiting.listing[chosen]
    own = [waiting.identity[row] for row in chosen.tolist()]
    settings = type(plan.settings)(
        plan.settings.detector, plan.settings.classifier, plan.settings.physics
    )
    order, rows = Order(str(folder), settings, key, 0), Rows(settings.physics, 0)
    files = [file for task in divide(few, own, 0) for file in task.files]
    find(files[0], order, rows)  # loads the networks
    begin = time.perf_counter()
    for file in files[1:] or files:
        find(file, order, rows)
    return waiting, (time.perf_counter() - begin) / max(1, len(files) - 1)
