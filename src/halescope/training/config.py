"""Typed configuration: dataclass defaults, a TOML file over them, the command line over that.

A configuration is a frozen dataclass whose fields may be dataclasses themselves. A key that no
field has is an error, with the nearest known key named.
"""

from __future__ import annotations

import dataclasses
import difflib
import json
import tomllib
import types
import typing
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin

from halescope.errors import ConfigError

T = TypeVar("T")


def load_config(kind: type[T], path: Path | str | None = None, sets: Iterable[str] = ()) -> T:
    """Return a configuration: defaults, then a TOML file, then ``key=value`` overrides.

    Parameters
    ----------
    kind : type
        A dataclass whose defaults are complete.
    path : Path, optional
        TOML file with some of its keys; tables for nested dataclasses.
    sets : iterable of str
        ``"solver.base_lr=1e-4"``; the value in TOML's spelling, a bare word counts as a string.

    Returns
    -------
    dataclass
        Of type `kind`.

    Raises
    ------
    ConfigError
        A missing or malformed file, an unknown key, or a value of the wrong type or range.
    """
    values = read_toml(path) if path is not None else {}
    subject = str(path) if path is not None else "configuration"
    for item in sets:
        _put(values, *_parse_set(item))
    return from_mapping(kind, values, subject)


def read_toml(path: Path | str) -> dict[str, Any]:
    """Return the content of a TOML file as nested dicts.

    Parameters
    ----------
    path : Path or str

    Raises
    ------
    ConfigError
        The file is missing or is no TOML.
    """
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(str(path), f"cannot be read: {error.strerror}", "a TOML file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(str(path), f"is no valid TOML: {error}") from error


def from_mapping(kind: type[T], values: Mapping[str, Any], subject: str = "configuration") -> T:
    """Return a dataclass filled from nested mappings; what is not given keeps its default.

    Parameters
    ----------
    kind : type
        A dataclass.
    subject : str
        What errors are about, usually the file.

    Raises
    ------
    ConfigError
        An unknown key, or a value of the wrong type or range.
    """
    return typing.cast(T, _build(kind, values, subject, ""))


def to_mapping(config: Any) -> dict[str, Any]:
    """Return a configuration as nested dicts of plain values, for a run card."""
    plain = json.loads(json.dumps(dataclasses.asdict(config), default=str))
    return typing.cast(dict[str, Any], plain)


def _build(kind: Any, values: Mapping[str, Any], subject: str, prefix: str) -> Any:
    known = {f.name for f in dataclasses.fields(kind)}
    hints = typing.get_type_hints(kind)
    given: dict[str, Any] = {}
    for key, value in values.items():
        if key not in known:
            raise _unknown(subject, prefix + key, sorted(prefix + name for name in known))
        given[key] = _convert(hints[key], value, subject, prefix + key)
    try:
        return kind(**given)
    except ValueError as error:
        raise ConfigError(subject, str(error)) from error
    except TypeError as error:
        raise ConfigError(subject, f"[{prefix.rstrip('.')}] is incomplete: {error}") from error


def _unknown(subject: str, key: str, known: list[str]) -> ConfigError:
    near = difflib.get_close_matches(key, known, 1)
    advice = f"did you mean {near[0]}?" if near else ""
    return ConfigError(subject, f"unknown key {key}", "one of " + ", ".join(known), advice)


def _convert(hint: Any, value: Any, subject: str, key: str) -> Any:
    """Return `value` as the type that a field's annotation asks for."""
    if dataclasses.is_dataclass(hint):
        if isinstance(value, Mapping):
            return _build(hint, value, subject, key + ".")
        raise _mismatch(subject, key, value, "a table")
    origin = get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        inner = [arg for arg in get_args(hint) if arg is not type(None)]
        return None if value is None else _convert(inner[0], value, subject, key)
    if origin is typing.Literal:
        if value in get_args(hint):
            return value
        raise _mismatch(subject, key, value, "one of " + ", ".join(map(str, get_args(hint))))
    if origin is tuple:
        if not isinstance(value, (list, tuple)):
            raise _mismatch(subject, key, value, "a list")
        return tuple(_convert(get_args(hint)[0], item, subject, key) for item in value)
    return _scalar(hint, value, subject, key)


def _scalar(hint: Any, value: Any, subject: str, key: str) -> Any:
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if hint is Path and isinstance(value, str):
        return Path(value)
    if hint is bool or not isinstance(value, bool):
        if isinstance(hint, type) and isinstance(value, hint):
            return value
        if hint is Any:
            return value
    raise _mismatch(subject, key, value, getattr(hint, "__name__", str(hint)))


def _mismatch(subject: str, key: str, value: Any, expected: str) -> ConfigError:
    return ConfigError(subject, f"{key} is {value!r}", expected)


def _parse_set(item: str) -> tuple[list[str], Any]:
    key, sign, text = item.partition("=")
    if not sign or not key.strip():
        raise ConfigError(item, "is no override", "key=value")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text
    return key.strip().split("."), value


def _put(values: dict[str, Any], keys: list[str], value: Any) -> None:
    for key in keys[:-1]:
        inner = values.setdefault(key, {})
        if not isinstance(inner, dict):
            raise ConfigError(".".join(keys), f"{key} is no table")
        values = inner
    values[keys[-1]] = value
