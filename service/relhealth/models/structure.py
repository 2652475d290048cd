"""Frozen values from parsed files, strictly: what is unknown, missing or mistyped is named."""

from __future__ import annotations

import math
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import IntEnum
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from relhealth.errors import RubricError

T = TypeVar("T")


def structure(shape: type[T], entries: object, path: str) -> T:
    """A frozen dataclass from a mapping with exactly its fields.

    Raises:
        RubricError: An entry is unknown, missing or of another type; the message names its key.
    """
    if not isinstance(entries, Mapping):
        raise RubricError(f"{path}: must be a table")
    assert is_dataclass(shape)  # noqa: S101 - by construction of the callers
    hints = get_type_hints(shape)
    names = [f.name for f in fields(shape)]
    for key in entries:
        if key not in names:
            raise RubricError(f"{path}.{key}: unknown key")
    for name in names:
        if name not in entries and not _may_be_absent(hints[name]):
            raise RubricError(f"{path}.{name}: missing key")
    values = {n: _value(hints[n], entries.get(n), f"{path}.{n}") for n in names}
    return shape(**values)


def _may_be_absent(hint: object) -> bool:
    return isinstance(hint, types.UnionType) and type(None) in get_args(hint)


def _value(hint: Any, entry: object, path: str) -> Any:  # noqa: ANN401 - the hint decides
    if _may_be_absent(hint):
        return None if entry is None else _value(get_args(hint)[0], entry, path)
    if is_dataclass(hint):
        return structure(hint, entry, path)  # type: ignore[arg-type]
    origin = get_origin(hint)
    if origin is tuple:
        return _items(get_args(hint)[0], entry, path)
    if origin is dict:
        return _table(hint, entry, path)
    if isinstance(hint, type) and issubclass(hint, IntEnum):
        return _member(hint, entry, path)
    return _scalar(hint, entry, path)


def _items(hint: object, entry: object, path: str) -> tuple[Any, ...]:
    if not isinstance(entry, list):
        raise RubricError(f"{path}: must be a list")
    return tuple([_value(hint, item, f"{path}[{i}]") for i, item in enumerate(entry)])


def _table(hint: object, entry: object, path: str) -> dict[Any, Any]:
    if not isinstance(entry, Mapping):
        raise RubricError(f"{path}: must be a table")
    key_hint, value_hint = get_args(hint)
    return {
        _value(key_hint, key, f"{path}.{key}"): _value(value_hint, value, f"{path}.{key}")
        for key, value in entry.items()
    }


def _member(hint: type[IntEnum], entry: object, path: str) -> IntEnum:
    if isinstance(entry, str) and entry in hint.__members__:
        return hint[entry]
    raise RubricError(f"{path}: must be one of {', '.join(hint.__members__)}")


def _scalar(hint: type, entry: object, path: str) -> object:
    if hint is float and isinstance(entry, int) and not isinstance(entry, bool):
        return float(entry)
    if not isinstance(entry, hint) or (hint is not bool and isinstance(entry, bool)):
        raise RubricError(f"{path}: must be of type {hint.__name__}")
    if isinstance(entry, float) and not math.isfinite(entry):
        raise RubricError(f"{path}: must be finite")
    return entry
