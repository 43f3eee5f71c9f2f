"""What a class looks like by size: NOAA's thirty years of rows as a prior.

A region's Mount Wilson class goes with the area, the extent and the number of its spots. NOAA's
rows say how (balanced accuracy 0.82 from these three numbers alone), and there are thousands of
regions of them.

So the classifier first predicts the three numbers from the field, and asks the rows which classes
regions of such sizes had, with its own error of prediction taken into account.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halescope.classes import MOUNT_WILSON
from halescope.datasets.manifest import Entry
from halescope.noaa.srs import SrsRow, read_srs
from halescope.types import Array

LEAST = (3.0, 0.5, 0.7)
"""Of area (MSH), extent (degrees of longitude) and number of spots. Taken for smaller values, as
the logarithm of zero is none: half the least that is told apart."""

INNER = 60
"""Degrees of longitude up to which rows count."""

CUT = 3.0
"""Standardised sizes are cut here."""

TERMS = np.array([(i, j, k) for i in range(4) for j in range(i, 4) for k in range(j, 4)])
"""(20, 3) int: the products of 1 and three sizes up to the third power."""


@dataclass(frozen=True)
class NoaaSizes:
    """Sizes and classes of rows of the summaries.

    Parameters
    ----------
    known : dict
        Logarithms of area, extent and spots by NOAA number modulo 10000 and day of issue.
    size : (R, 3) float64
        Of all rows within `INNER` degrees that have a class.
    mount_wilson, number : (R,) int
        Class, an index into `MOUNT_WILSON`, and NOAA number of these.
    """

    known: dict[tuple[int, date], NDArray[np.float64]]
    size: NDArray[np.float64]
    mount_wilson: NDArray[np.int64]
    number: NDArray[np.int64]

    def of(self, entry: Entry) -> Array:
        """Return the sizes of a label, (3,) float32, between both midnights; NaN if unknown."""
        if entry.noaa_number <= 0:  # drawn by hand
            return np.full(3, np.nan, np.float32)
        time = datetime.fromisoformat(entry.time.replace("Z", "+00:00"))
        number, day = entry.noaa_number % 10000, time.date()
        before = self.known.get((number, day))
        after = self.known.get((number, day + timedelta(days=1)))
        later = min(1.0, 0.5 + (time.hour + time.minute / 60) / 24)
        if before is None or after is None:
            only = after if before is None else before
            return np.full(3, np.nan, np.float32) if only is None else only.astype(np.float32)
        return ((1 - later) * before + later * after).astype(np.float32)


@lru_cache(maxsize=2)
def noaa_sizes(srs: Path | None) -> NoaaSizes:
    """Return the sizes of a table of summaries; of none, sizes that are known of no region."""
    rows = [row for row in read_srs(srs).section("I") if _size(row) is not None] if srs else []
    inner = [row for row in rows if row.mag_class and abs(row.lon or 0) <= INNER]
    known = {
        (row.number % 10000, row.date): size for row in rows if (size := _size(row)) is not None
    }
    return NoaaSizes(
        known,
        np.array([_size(row) for row in inner], float).reshape(-1, 3),
        np.array([MOUNT_WILSON.index(row.mag_class) for row in inner], np.int64),
        np.array([row.number for row in inner], np.int64),
    )


def _size(row: SrsRow) -> NDArray[np.float64] | None:
    values = row.area, row.extent, row.spots
    if None in values:
        return None
    out: NDArray[np.float64] = np.log(np.maximum(np.array(values, float), LEAST))
    return out


@dataclass(frozen=True)
class SizePrior:
    """Probabilities of classes by predicted size: a polynomial of the third degree.

    `center`, `scale`, (3,): what sizes are standardised by. `weights`, (20, 7): of `TERMS`, to
    logits of `MOUNT_WILSON`. `shares`, (7,): of the classes among all rows.
    """

    center: NDArray[np.float64]
    scale: NDArray[np.float64]
    weights: NDArray[np.float64]
    shares: NDArray[np.float64]

    def probabilities(self, size: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the probabilities of classes, (N, 7), of predicted sizes, (N, 3)."""
        from scipy.special import softmax

        out: NDArray[np.float64] = softmax(self._terms(size) @ self.weights, axis=1)
        return out

    def _terms(self, size: NDArray[np.floating]) -> NDArray[np.float64]:
        u = np.clip((size - self.center) / self.scale, -CUT, CUT)
        one = np.column_stack([np.ones(len(u)), u])
        return np.asarray(one[:, TERMS].prod(2), np.float64)


class Rows:
    """The rows of regions that are not learned from otherwise, ready to be asked."""

    def __init__(self, sizes: NoaaSizes, without: Collection[int] = ()) -> None:
        """`without`: NOAA numbers, modulo 10000, whose rows are left out."""
        from sklearn.ensemble import HistGradientBoostingClassifier

        kept = ~np.isin(sizes.number % 10000, list(without))
        self.size, classes = sizes.size[kept], sizes.mount_wilson[kept]
        count = np.bincount(classes, minlength=len(MOUNT_WILSON)) + 0.5
        self.shares = count / count.sum()
        self._trees: Any = HistGradientBoostingClassifier(
            max_iter=80, max_leaf_nodes=12, random_state=0
        ).fit(self.size, classes)

    def prior(
        self, covariance: NDArray[np.floating], draws: int = 8, count: int = 2500
    ) -> SizePrior:
        """Return what predicted sizes say, whose errors have this covariance, (3, 3).

        Each of some predictions is spread by the error and the rows are asked for all of it; a
        polynomial is fitted to the answers, as they are smooth.
        """
        random = np.random.default_rng(0)
        center, scale = self.size.mean(0), self.size.std(0)
        # Predictions scatter less than what they predict.
        at = center + 0.85 * (self.size[random.integers(len(self.size), size=count)] - center)
        share = np.full((count, len(MOUNT_WILSON)), 1e-5)
        for _ in range(draws):
            spread = random.multivariate_normal(np.zeros(3), covariance, count)
            share[:, self._trees.classes_] += self._trees.predict_proba(at + spread) / draws
        return _fit_terms(SizePrior(center, scale, np.zeros((20, 7)), self.shares), at, share)


def _fit_terms(
    prior: SizePrior, size: NDArray[np.floating], share: NDArray[np.floating]
) -> SizePrior:
    """Return the prior whose probabilities are nearest to `share`, (N, 7), by cross-entropy."""
    from scipy.optimize import minimize
    from scipy.special import log_softmax, softmax

    terms = prior._terms(size)
    share = share / share.sum(1, keepdims=True)

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights = flat.reshape(terms.shape[1], -1)
        logits = terms @ weights
        value = -(share * log_softmax(logits, axis=1)).sum() / len(size)
        slope = terms.T @ (softmax(logits, axis=1) - share) / len(size)
        return value + 1e-4 * (weights**2).sum(), (slope + 2e-4 * weights).ravel()

    start = np.zeros(terms.shape[1] * share.shape[1])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 300})
    return SizePrior(prior.center, prior.scale, found.x.reshape(terms.shape[1], -1), prior.shares)
