"""Files and folders of exports to single records, each with its place; one record in memory.

Read are JSON Lines (`.jsonl`, `.ndjson`), JSON (`.json`: one record, an array, or pages of an API
with the records under a known key), CSV (`.csv`, `.tsv`) and all of them gzipped. A `.json` file of
several documents, one a line, is read as JSON Lines.
"""

from __future__ import annotations

import csv
import gzip
import json
import zlib
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from io import BufferedReader, TextIOWrapper
from pathlib import Path
from typing import IO, Final, cast

import ijson

from relhealth.crm.report import ImportReport, Place, Reject
from relhealth.crm.shape import Fields, Json
from relhealth.encodings import UTF_8, Encoding, encoding_of, is_text
from relhealth.errors import ConfigurationError

_LONGEST_HEADER: Final = 8_192
_DELIMITERS: Final = (",", ";", "\t")
_LARGEST_CSV_FIELD: Final = 16 * 1024 * 1024
# What reading a packed file raises where it is torn.
BROKEN_ARCHIVE: Final = (EOFError, zlib.error, gzip.BadGzipFile)
_DEEPEST: Final = 200
_TABLES: Final = (".csv", ".tsv")
_SUFFIXES: Final = (".jsonl", ".ndjson", ".json", *_TABLES)


@dataclass(frozen=True, slots=True)
class Record:
    """One object of an export or one row of a table.

    Attributes:
        hint: What its surroundings say that it is: the key of its list, or the name of its table
            (a CSV file's name); empty where they say nothing.
        folders: Names of the folders above its file, the nearest last.
    """

    place: Place
    hint: str
    fields: Fields
    folders: tuple[str, ...] = ()


def files_of(
    paths: Iterable[Path],
    suffixes: tuple[str, ...] = _SUFFIXES,
    also: Callable[[Path], bool] = lambda _: False,
) -> Iterator[Path]:
    """The files, and those in the folders that end as wanted, in the order of their names.

    `also` tells of a file in a folder that ends in another way whether it is one, too.

    Raises:
        ConfigurationError: A path does not exist, or a folder holds no such file.
    """
    for path in paths:
        if path.is_file():
            yield path
            continue
        if not path.is_dir():
            raise ConfigurationError(f"{path}: no such file or folder")
        found = sorted(
            p
            for p in path.rglob("*")
            if p.is_file() and (p.name.removesuffix(".gz").lower().endswith(suffixes) or also(p))
        )
        if not found:
            raise ConfigurationError(f"{path}: holds no file that ends in {', '.join(suffixes)}")
        yield from found


def read_records(path: Path, lists: frozenset[str], report: ImportReport) -> Iterator[Record]:
    """The records of one file; what cannot be read is rejected, and reading goes on if it can.

    `lists` are the keys of an object under which an API puts its records.
    """
    folders = path.parts[:-1]
    last = 0
    with opened(path) as stream:
        try:
            for place, hint, fields in _found_in(path, stream, lists, report):
                report.records += 1
                last = place.line
                yield Record(place, hint, fields, folders)
        except BROKEN_ARCHIVE:
            place = Place(str(path), last + 1)
            report.reject(place, "file", Reject.MALFORMED, "archive from here on")


def _found_in(
    path: Path, stream: BufferedReader, lists: frozenset[str], report: ImportReport
) -> _Found:
    name = path.name.removesuffix(".gz").lower()
    encoding = encoding_of(stream.peek(len(BOM_UTF8)))
    if name.endswith(_TABLES):
        yield from _csv_records(path, stream, encoding, report)
        return
    if encoding is not UTF_8:
        report.reject(Place(str(path), 1), "file", Reject.MALFORMED, f"file in {encoding.name}")
        return
    _skip_mark(stream)
    if name.endswith(".json"):
        yield from _json_records(path, stream, lists, report)
    else:
        yield from _json_lines(path, stream, report)


def opened(path: Path) -> BufferedReader:
    """A file's bytes, unpacked where it is packed."""
    if path.suffix == ".gz":
        return cast("BufferedReader", gzip.open(path, "rb"))
    return path.open("rb")


def _skip_mark(stream: BufferedReader) -> None:
    """Leaves out the mark that some programs put before UTF-8."""
    if stream.peek(len(BOM_UTF8)).startswith(BOM_UTF8):
        stream.read(len(BOM_UTF8))


_Found = Iterator[tuple[Place, str, dict[str, Json]]]
_Events = Iterator[tuple[str, Json]]


def _json_lines(path: Path, stream: IO[bytes], report: ImportReport) -> _Found:
    for number, line in enumerate(stream, start=1):
        if not line.strip():
            continue
        place = Place(str(path), number)
        try:
            value = json.loads(line.decode("utf-8"))
            # Whatever depth this Python's json can take.
            if line.count(b"[") + line.count(b"{") > _DEEPEST:
                _check_depth(value)
        except (ValueError, RecursionError):
            report.reject(place, "line", Reject.MALFORMED, "line of JSON")
            continue
        yield from _objects(place, "", value, report)


def _check_depth(value: Json) -> None:
    layer = [value]
    for _ in range(_DEEPEST + 1):
        layer = [each for outer in layer for each in _inside(outer)]
    if layer:
        raise ValueError("nested too deeply")


def _inside(value: Json) -> Iterable[Json]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _objects(place: Place, hint: str, value: Json, report: ImportReport) -> _Found:
    if isinstance(value, dict):
        yield place, hint, value
    else:
        report.reject(place, "line", Reject.UNKNOWN_SHAPE, "JSON value that is no object")


def _json_records(
    path: Path, stream: IO[bytes], lists: frozenset[str], report: ImportReport
) -> _Found:
    """One object, an array of them, or pages; several documents may follow each other."""
    number = 0
    try:
        for hint, value in _walk(stream, lists):
            number += 1
            yield from _objects(Place(str(path), number), hint, value, report)
    except ijson.JSONError:
        place = Place(str(path), number + 1)
        report.reject(place, "file", Reject.MALFORMED, "JSON from here on")


def _walk(stream: IO[bytes], lists: frozenset[str]) -> Iterator[tuple[str, Json]]:
    """Records with the key of their list, built one at a time from the parser's events."""
    events: _Events = ijson.basic_parse(stream, use_float=True, multiple_values=True)
    for event, value in events:
        if event == "start_array":
            yield from (("", element) for element in _elements(events))
        elif event == "start_map":
            yield from _of_object(events, lists)
        else:
            yield "", value


def _of_object(events: _Events, lists: frozenset[str]) -> Iterator[tuple[str, Json]]:
    """The records of an API's page, or else the object itself.

    A page has no id. An object with one is a record, also where it holds a list of that name, as
    an exported ticket holds its comments; so is one that wraps a record and its list.
    """
    rest: dict[str, Json] = {}
    is_page = False
    for event, key in events:
        if event == "end_map":
            break
        name = str(key)
        first, value = next(events)
        if first == "start_array" and name in lists and not _holds_id(rest):
            is_page = True
            yield from ((name, element) for element in _elements(events))
        else:
            rest[name] = _built(events, first, value)
    if not is_page:
        yield "", rest


def _holds_id(fields: dict[str, Json]) -> bool:
    return "id" in fields or any(isinstance(v, dict) and "id" in v for v in fields.values())


def _elements(events: _Events) -> Iterator[Json]:
    for event, value in events:
        if event == "end_array":
            return
        yield _built(events, event, value)


def _built(events: _Events, event: str, value: Json) -> Json:
    builder = ijson.ObjectBuilder()
    builder.event(event, value)
    depth = int(event in ("start_map", "start_array"))
    while depth:
        event, value = next(events)
        builder.event(event, value)
        depth += (event in ("start_map", "start_array")) - (event in ("end_map", "end_array"))
        if depth > _DEEPEST:
            raise ijson.JSONError("nested too deeply")
    return cast("Json", builder.value)


def _csv_records(
    path: Path, stream: BufferedReader, encoding: Encoding, report: ImportReport
) -> _Found:
    csv.field_size_limit(_LARGEST_CSV_FIELD)
    hint = Path(path.name.removesuffix(".gz")).stem
    between = _delimiter(stream, encoding)
    lines = TextIOWrapper(stream, encoding.codec, encoding.errors, newline="\n")
    rows = csv.DictReader(lines, delimiter=between, strict=True)
    while True:
        try:
            row = next(rows, None)
        except csv.Error:
            report.reject(Place(str(path), rows.line_num), "row", Reject.MALFORMED, "row")
            continue
        except UnicodeDecodeError:
            place = Place(str(path), rows.line_num + 1)
            report.reject(place, "file", Reject.MALFORMED, "text from here on")
            return
        if row is None:
            return
        fields: dict[str, Json] = {key: text for key, text in row.items() if key and text}
        # Cells without a heading are the rest of a text that was torn at its commas, and headings
        # without a cell are a text torn at its line ends: its rest stands where an id belongs.
        if any(row.get(None, ())) or None in row.values() or not _are_text(fields):
            report.reject(Place(str(path), rows.line_num), "row", Reject.MALFORMED, "row")
            continue
        yield Place(str(path), rows.line_num), hint, fields


def _delimiter(stream: BufferedReader, encoding: Encoding) -> str:
    """What stands between the headings; where numbers have a comma, programs write others."""
    begin = stream.peek(_LONGEST_HEADER).decode(encoding.codec, "replace")
    return max(_DELIMITERS, key=begin.partition("\n")[0].count)


def _are_text(fields: Fields) -> bool:
    """Whether a row holds nothing of another encoding than its file's."""
    return all(is_text(str(text)) for text in fields.values())
