"""Reading fields out of JSON objects and CSV rows, where anything may be missing.

An empty string is absent: exports write it where nothing is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Fields: TypeAlias = Mapping[str, Json]

_TRUE: Final = frozenset({"true", "1", "yes", "t", "y"})
_FALSE: Final = frozenset({"false", "0", "no", "f", "n"})


def value_at(fields: Fields, *path: str) -> Json:
    """What stands at a path of keys; None where a step is missing or the value is empty."""
    here: Json = dict(fields)
    for key in path:
        if not isinstance(here, dict):
            return None
        here = here.get(key)
    return None if isinstance(here, str) and not here.strip() else here


def text_at(fields: Fields, *path: str) -> str | None:
    """A string, or a number as its digits; None for anything else."""
    value = value_at(fields, *path)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def number_at(fields: Fields, *path: str) -> float | None:
    """A finite number, also one written as a string; None for anything else."""
    text = text_at(fields, *path)
    if text is None:
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    return number if abs(number) < float("inf") else None


def flag_at(fields: Fields, *path: str) -> bool | None:
    """A truth value, also one written as a word; None for anything else."""
    value = value_at(fields, *path)
    if isinstance(value, bool):
        return value
    word = (text_at(fields, *path) or "").strip().lower()
    if word in _TRUE:
        return True
    return False if word in _FALSE else None


def group_at(fields: Fields, *path: str) -> dict[str, Json]:
    """An object; empty where there is none."""
    value = value_at(fields, *path) if path else dict(fields)
    return value if isinstance(value, dict) else {}


def groups_at(fields: Fields, *path: str) -> list[dict[str, Json]]:
    """The objects of a list; empty where there is none."""
    value = value_at(fields, *path)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def texts_at(fields: Fields, *path: str) -> list[str]:
    """The strings and numbers of a list, as strings; empty where there is none."""
    value = value_at(fields, *path)
    if not isinstance(value, list):
        return []
    return [str(item) for item in value if isinstance(item, str | int) and str(item)]
