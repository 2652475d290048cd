"""The mapping file of a table, read and checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import tzinfo
from functools import partial
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from relhealth.crm.report import Skip
from relhealth.crm.times import from_iso, from_milliseconds, from_pattern, from_seconds
from relhealth.errors import ConfigurationError
from relhealth.models.toml_file import read_toml

_FIELDS: Final = frozenset(
    (
        "interaction_id", "brand_id", "customer_id", "sent_time", "recorded_time", "sender",
        "sender_kind", "channel", "purpose", "text", "language", "in_reply_to_id", "thread_id",
        "audience_size", "rating", "opt_out", "consent",
    )
)  # fmt: skip
_REQUIRED: Final = ("customer_id", "sent_time", "sender", "text")
_SECTIONS: Final = {
    "columns": _FIELDS,
    "constants": _FIELDS,
    "values": frozenset({"sender", "sender_kind", "channel", "purpose", "opt_out", "consent"}),
    "time": frozenset({"format", "zone"}),
    "text": frozenset({"html", "cut_quotes"}),
    "rating": frozenset({"min", "max"}),
    "skip": frozenset({"column", "values", "reason"}),
}


@dataclass(frozen=True, slots=True)
class SkipRule:
    """Rows whose column has one of the values are left out."""

    column: str
    values: frozenset[str]
    reason: Skip


@dataclass(frozen=True, slots=True)
class Mapping:
    """What a mapping file says.

    Attributes:
        columns: Column of each field of the history.
        constants: Fields that are the same in every row.
        values: For a field, what its cells mean.
        time_format: iso, epoch_seconds, epoch_milliseconds or a `strptime` pattern.
        zone: Of times without an offset; None: the option's.
        rating: Worst and best value, where ratings are mapped.
    """

    columns: dict[str, str] = field(default_factory=dict)
    constants: dict[str, Any] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    time_format: str = "iso"
    zone: tzinfo | None = None
    html: bool = False
    cut_quotes: bool = False
    rating: tuple[float, float] | None = None
    skips: tuple[SkipRule, ...] = ()

    def reader(self, zone: tzinfo) -> Callable[[str], int]:
        """How a written time is read; `zone` stands in where the mapping names none."""
        where = self.zone if self.zone is not None else zone
        if self.time_format == "epoch_seconds":
            return from_seconds
        if self.time_format == "epoch_milliseconds":
            return from_milliseconds
        if self.time_format == "iso":
            return partial(from_iso, zone=where)
        return partial(from_pattern, pattern=self.time_format, zone=where)


def read_mapping(path: Path) -> Mapping:
    """Reads a mapping file.

    Raises:
        ConfigurationError: It is missing, no TOML, or names something that does not exist.
    """
    content = read_toml(path)
    _check_names(path, content)
    _check_kinds(path, content)
    columns, constants = content.get("columns", {}), content.get("constants", {})
    missing = [name for name in _REQUIRED if name not in columns and name not in constants]
    if missing:
        raise ConfigurationError(f"{path}: neither columns nor constants have {missing[0]}")
    rating = content.get("rating")
    if ("rating" in columns) != (rating is not None):
        raise ConfigurationError(f"{path}: a rating needs its column and [rating] min and max")
    time, text = content.get("time", {}), content.get("text", {})
    return Mapping(
        columns=columns,
        constants=constants,
        values=content.get("values", {}),
        time_format=time.get("format", "iso"),
        zone=_zone(path, time.get("zone")),
        html=text.get("html", False),
        cut_quotes=text.get("cut_quotes", False),
        rating=None if rating is None else (float(rating["min"]), float(rating["max"])),
        skips=tuple([_skip_rule(path, rule) for rule in content.get("skip", [])]),
    )


def _check_names(path: Path, content: dict[str, Any]) -> None:
    for section, entries in content.items():
        if section not in _SECTIONS:
            raise ConfigurationError(f"{path}: [{section}] is unknown")
        if not isinstance(entries, list if section == "skip" else dict):
            raise ConfigurationError(f"{path}: {section} must be a {_form_of(section)}")
        for entry in entries if isinstance(entries, list) else [entries]:
            for name in entry:
                if name not in _SECTIONS[section]:
                    raise ConfigurationError(f"{path}: {section}.{name} is unknown")


def _form_of(section: str) -> str:
    return "list of tables, [[skip]]" if section == "skip" else f"table, [{section}]"


def _check_kinds(path: Path, content: dict[str, Any]) -> None:
    """Refuses values of another kind than their place wants."""
    wanted: list[tuple[str, dict[str, Any], type | tuple[type, ...]]] = [
        ("columns", content.get("columns", {}), str),
        ("constants", content.get("constants", {}), (str, int, float)),
        ("values", content.get("values", {}), dict),
        ("time", content.get("time", {}), str),
        ("text", content.get("text", {}), bool),
        ("rating", content.get("rating", {}), (int, float)),
    ]
    wanted += [(f"values.{name}", words, str) for name, words in wanted[2][1].items()]
    for rule in content.get("skip", []):
        one = {key: rule[key] for key in ("column", "reason") if key in rule}
        wanted += [("skip", one, str), ("skip", {"values": rule.get("values", [])}, list)]
    for section, entries, kind in wanted:
        for name, value in entries.items() if isinstance(entries, dict) else [("", entries)]:
            if not isinstance(value, kind):
                raise ConfigurationError(f"{path}: {section}.{name} is of the wrong kind")
    _check_scale(path, content.get("rating"))


def _check_scale(path: Path, scale: dict[str, float] | None) -> None:
    if scale is not None and not (
        "min" in scale and "max" in scale and scale["min"] < scale["max"]
    ):
        raise ConfigurationError(f"{path}: rating needs min and max, min below max")


def _zone(path: Path, name: str | None) -> tzinfo | None:
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:
        raise ConfigurationError(f"{path}: time.zone: no such time zone") from error


def _skip_rule(path: Path, rule: dict[str, Any]) -> SkipRule:
    reason = str(rule.get("reason", Skip.NOT_A_MESSAGE.name)).upper()
    if reason not in Skip.__members__ or "column" not in rule:
        raise ConfigurationError(f"{path}: skip.reason: not one of {', '.join(Skip.__members__)}")
    values = frozenset([str(value) for value in rule.get("values", [])])
    return SkipRule(str(rule["column"]), values, Skip[reason])
