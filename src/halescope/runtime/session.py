"""A network ready to run: its card and an ONNX Runtime session, opened once per process."""

from __future__ import annotations

import copy
import os
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halescope.errors import ModelError
from halescope.runtime.card import ModelCard, misfit
from halescope.runtime.store import find_card, weights_of

THREADS_VARIABLE = "HALESCOPE_THREADS"
"""Environment variable: threads a network may use inside one process."""


class Model:
    """A network with its card.

    Parameters
    ----------
    threads : int
        Threads within one operator.

    Attributes
    ----------
    card : ModelCard
    inputs, outputs : tuple of str
        Names in the graph.
    """

    def __init__(self, card: ModelCard, threads: int = 1) -> None:
        import onnxruntime

        path = weights_of(card)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
        except _refusals() as error:
            raise ModelError(
                str(path), "is no ONNX graph that runs here", str(error)[:120]
            ) from error
        self.card = card
        self.inputs = tuple(node.name for node in self._session.get_inputs())
        self.outputs = tuple(node.name for node in self._session.get_outputs())
        self._check_input(self._session.get_inputs()[0].shape)

    def __call__(self, *arrays: NDArray[Any]) -> dict[str, NDArray[np.float32]]:
        """Return the network's outputs by name, float32.

        `*arrays`: one for each of `inputs`, in order; the first is (B, C, size, size) float32, or
        (B, C) for networks that score features.
        """
        feed = dict(zip(self.inputs, arrays, strict=True))
        values = self._session.run(None, feed)
        return {
            name: np.asarray(value, np.float32)
            for name, value in zip(self.outputs, values, strict=True)
        }

    def with_thresholds(self, **thresholds: float) -> Model:
        """Return the same network with other thresholds on its card.

        `**thresholds`: by name, e.g. ``score=0.1``.
        """
        other = copy.copy(self)
        other.card = replace(self.card, thresholds=self.card.thresholds | thresholds)
        return other

    def _check_input(self, shape: list[Any]) -> None:
        wanted = self.card.input
        found = tuple(shape[1:])
        # One number a channel, where a network scores features of a disk and not its pixels.
        expected = (wanted.channels, wanted.size, wanted.size)[: 1 if len(found) == 1 else 3]
        fixed = [(f, e) for f, e in zip(found, expected, strict=False) if isinstance(f, int)]
        if len(found) not in (1, 3) or any(f != e for f, e in fixed):
            raise misfit(self.card, f"the graph takes (batch, *{found})", f"(batch, *{expected})")


def _refusals() -> tuple[type[Exception], ...]:
    """Return what ONNX Runtime raises for a file it does not take."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    names = "Fail InvalidArgument InvalidGraph InvalidProtobuf NotImplemented RuntimeException"
    return (*(getattr(state, name) for name in names.split() if hasattr(state, name)), ValueError)


def threads() -> int:
    """Return how many threads a network may use here: ``HALESCOPE_THREADS``, else at most 2."""
    text = os.environ.get(THREADS_VARIABLE, "")
    if text.isdigit() and int(text) > 0:
        return int(text)
    return min(2, os.cpu_count() or 1)


def load(name: str, task: str) -> Model:
    """Return the network of that name or path; one session for each per process.

    `task` is {"detector", "classifier"}. Raises `ModelError`: card, weights and program do not fit.
    """
    card = find_card(name, task)
    return _open(str(card.path.resolve()), task, threads())


def serving_module(card: ModelCard, architectures: Mapping[str, str]) -> ModuleType:
    """Return the module that serves a card.

    `architectures`: architecture to the dotted name of its module. Raises `ModelError` where the
    architecture is none of them.
    """
    known = architectures.get(card.architecture)
    if known is None:
        found = f"architecture is {card.architecture!r}"
        raise misfit(card, found, "one of " + ", ".join(architectures))
    return import_module(known)


@lru_cache(maxsize=8)
def _open(path: str, task: str, threads: int) -> Model:
    return Model(find_card(path, task), threads)
