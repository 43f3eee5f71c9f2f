"""JSON of strangers: what cannot be read is a ValueError, also where it is nested without end."""

from __future__ import annotations

import json
from typing import Any


def from_json(text: str | bytes) -> Any:
    """Return what a JSON text says.

    Raises
    ------
    ValueError
        It is no JSON, no UTF-8, or nested deeper than Python can follow (about 1,000 levels).
    """
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("is nested too deeply") from error
