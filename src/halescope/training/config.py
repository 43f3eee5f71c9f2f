"""Typed configuration: dataclass defaults, a TOML file over them, the command line over that.

A configuration is a frozen dataclass whose fields may be dataclasses themselves. A key that no
field has is an error, with the nearest known key named. A file may hold protocols, tables of
overrides under ``[protocol.NAME]``, of which one at a time applies.
"""

from __future__ import annotations

import dataclasses
import difflib
import inspect
import json
import re
import textwrap
import tomllib
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin

from halescope.errors import ConfigError

T = TypeVar("T")

SHIPPED = Path(__file__).with_name("configs")
"""One file for each network, named after it."""

WORDS = ("about", "over")
"""Keys of a protocol that are no overrides: what it is, and another one that it starts from."""


def load_config(
    kind: type[T],
    path: Path | str | None = None,
    sets: Iterable[str] = (),
    protocol: str | None = None,
) -> T:
    """Return a configuration: defaults, a TOML file, its protocol, then ``key=value`` overrides.

    Raises `ConfigError`: a missing or malformed file, an unknown key or protocol, or a value that
    does not fit.

    Parameters
    ----------
    kind : type
        A dataclass whose defaults are complete.
    path : Path, optional
        TOML file with some of its keys, tables for nested dataclasses; or the name of a network,
        ``detectnet``, or of one of its protocols, ``detectnet_paper``, for what ships.
    sets : iterable of str
        ``"solver.base_lr=1e-4"``; the value in TOML's spelling, a bare word counts as a string.
    protocol : str, optional
        Which of the file's protocols applies.
    """
    values: dict[str, Any] = {}
    if path is not None:
        path, named = find_config(path)
        values = read_toml(path)
        protocols = values.pop("protocol", {})
        if named or protocol:
            values = _merged(values, _overrides(protocols, protocol or named or "", path))
    for item in sets:
        _put(values, *_parse_set(item))
    return from_mapping(kind, values, str(path) if path is not None else "configuration")


def find_config(name: Path | str) -> tuple[Path, str | None]:
    """Return the file that a path or name means, and the protocol it ends with; or ConfigError."""
    path = Path(name)
    if path.suffix or path.name != str(name) or path.is_file():
        return path, None
    network, _, protocol = path.name.partition("_")
    shipped = SHIPPED / f"{network}.toml"
    if not shipped.is_file():
        known = ", ".join(sorted(file.stem for file in SHIPPED.glob("*.toml")))
        raise ConfigError(str(name), "is no configuration that ships", f"{known}, or a file")
    return shipped, protocol or None


def read_toml(path: Path | str) -> dict[str, Any]:
    """Return a TOML file as nested dicts; raises `ConfigError` where it is missing or is none."""
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(str(path), f"cannot be read: {error.strerror}", "a TOML file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(str(path), f"is no valid TOML: {error}") from error


def explain(kind: type, network: str) -> str:
    """Return the protocols that ship for a network and every key, told by docstrings of `kind`."""
    protocols = read_toml(SHIPPED / f"{network}.toml").get("protocol", {})
    lines = [f"Protocols of --config {network}:"]
    for name, table in protocols.items():
        lines += [f"  {name}", *_wrapped(table["about"])]
    lines += ["", "Keys of a configuration, for its file or --set, with their defaults:"]
    for key, value, text in _keys(kind()):
        lines += [f"  {key} = {value}", *_wrapped(text)]
    return "\n".join(lines)


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, 88, initial_indent=" " * 6, subsequent_indent=" " * 6)


def _keys(config: Any, prefix: str = "") -> Iterator[tuple[str, str, str]]:
    """Yield dotted key, default and text of every field."""
    texts: dict[str, str] = {}
    for base in reversed(type(config).__mro__):
        section = inspect.cleandoc(base.__doc__ or "").partition("Parameters\n----------\n")[2]
        for names, text in re.findall(r"^(\w[\w, ]*) : .*\n((?: .*\n?)*)", section, re.MULTILINE):
            texts |= dict.fromkeys(names.split(", "), " ".join(text.split()))
    hints = typing.get_type_hints(type(config))
    for item in dataclasses.fields(config):
        value, text = getattr(config, item.name), texts.get(item.name, "")
        if dataclasses.is_dataclass(value):
            yield from _keys(value, f"{prefix}{item.name}.")
            continue
        if get_origin(hints[item.name]) is typing.Literal:
            text = f"{' | '.join(map(str, get_args(hints[item.name])))}. {text}"
        shown = value if isinstance(value, bool | int | float | tuple) else f'"{value or ""}"'
        yield prefix + item.name, str(shown), text


def _overrides(protocols: Mapping[str, Any], name: str, path: Path) -> dict[str, Any]:
    """Return what a protocol overrides, laid over what the one it starts from does."""
    if name not in protocols:
        known = ", ".join(protocols) or "none"
        raise ConfigError(str(path), f"has no protocol {name!r}", f"one of {known}")
    own = {key: value for key, value in protocols[name].items() if key not in WORDS}
    under = protocols[name].get("over")
    return _merged(_overrides(protocols, under, path), own) if under else own


def _merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    out = dict(under)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(out.get(key), dict)
        out[key] = _merged(out[key], value) if both else value
    return out


def from_mapping(kind: type[T], values: Mapping[str, Any], subject: str = "configuration") -> T:
    """Return a dataclass filled from nested mappings; what is not given keeps its default.

    `subject`: what errors are about, usually the file. Raises `ConfigError`: an unknown key, or a
    value of the wrong type or range.
    """
    return typing.cast(T, _build(kind(), values, subject, ""))


def to_mapping(config: Any) -> dict[str, Any]:
    """Return a configuration as nested dicts of plain values, for a run card."""
    plain = json.loads(json.dumps(dataclasses.asdict(config), default=str))
    return typing.cast(dict[str, Any], plain)


def _build(base: Any, values: Mapping[str, Any], subject: str, prefix: str) -> Any:
    """Return a copy of a configuration with some values changed."""
    known = [f.name for f in dataclasses.fields(base)]
    hints = typing.get_type_hints(type(base))
    given: dict[str, Any] = {}
    for key, value in values.items():
        if key not in known:
            raise _unknown(subject, prefix + key, sorted(prefix + name for name in known))
        inner = getattr(base, key)
        if not dataclasses.is_dataclass(inner):
            given[key] = _convert(hints[key], value, subject, prefix + key)
        elif isinstance(value, Mapping):
            given[key] = _build(inner, value, subject, f"{prefix}{key}.")
        else:
            raise _mismatch(subject, prefix + key, value, "a table")
    try:
        return dataclasses.replace(base, **given)
    except ValueError as error:
        raise ConfigError(subject, str(error)) from error


def _unknown(subject: str, key: str, known: list[str]) -> ConfigError:
    near = difflib.get_close_matches(key, known, 1)
    advice = f"did you mean {near[0]}?" if near else ""
    return ConfigError(subject, f"unknown key {key}", "one of " + ", ".join(known), advice)


def _convert(hint: Any, value: Any, subject: str, key: str) -> Any:
    """Return `value` as the type that a field's annotation asks for."""
    origin = get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        inner = [arg for arg in get_args(hint) if arg is not type(None)]
        # TOML has no word for nothing: an empty text stands for it.
        return None if value in (None, "") else _convert(inner[0], value, subject, key)
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
