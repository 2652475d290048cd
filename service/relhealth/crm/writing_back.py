"""Scores from a file to a system's update requests, only where the score has changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from relhealth.atomic_files import write_atomically
from relhealth.crm.adapter import Adapter
from relhealth.crm.fields import FieldValues, batches, changed, values_of_response
from relhealth.crm.shape import Fields, text_at
from relhealth.errors import ConfigurationError, InvalidInputError


def request_lines(
    adapter: Adapter,
    scores: Iterable[str],
    written: dict[str, str],
    left_out: Callable[[str], None] = lambda _: None,
) -> Iterator[str]:
    """Update requests, one JSON object a line; `written` learns what they write.

    Args:
        adapter: The system that the requests are for.
        scores: Lines of `ScoreRelationshipResponse` in proto3 JSON.
        written: Fingerprints of what was written last, by customer.
        left_out: Called with each customer of whom the system can have no record.

    Raises:
        ConfigurationError: The system has no fields to write, a line is no score, or a customer
            has scores of several brands, while the system has one place for them.
    """
    if not adapter.batch_size:
        raise ConfigurationError(f"{adapter.name} has no fields to write")
    values = _held(adapter, _values(scores), left_out)
    for batch in batches(values, adapter.batch_size):
        to_write = list(changed(batch, written))
        for request in adapter.updates(to_write) if to_write else []:
            line = {
                "method": request.method,
                "path": request.path,
                "body": request.body,
                "customer_ids": request.customer_ids,
            }
            yield json.dumps(line, ensure_ascii=False)


def read_written(path: Path | None, system: str) -> dict[str, str]:
    """Fingerprints of one system by customer; empty where nothing was written yet.

    Raises:
        ConfigurationError: The file is not one that `save_written` wrote.
    """
    written = _read_all(path).get(system, {})
    return {str(key): str(value) for key, value in written.items()}


def save_written(path: Path, system: str, written: dict[str, str]) -> None:
    """Keeps the fingerprints of one system beside those of others, whole or not at all."""
    everything = _read_all(path) | {system: written}
    text = json.dumps(everything, indent=0, sort_keys=True) + "\n"
    write_atomically(path, text.encode())


def _read_all(path: Path | None) -> dict[str, dict[str, str]]:
    if path is None or not path.exists():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ConfigurationError(f"{path}: cannot be read as JSON") from error
    if not isinstance(content, dict) or not all(isinstance(v, dict) for v in content.values()):
        raise ConfigurationError(f"{path}: is no file of what was written")
    return content


def _held(
    adapter: Adapter, values: Iterable[FieldValues], left_out: Callable[[str], None]
) -> Iterator[FieldValues]:
    for value in values:
        if adapter.holds(value.customer_id):
            yield value
        else:
            left_out(value.customer_id)


def _values(scores: Iterable[str]) -> Iterator[FieldValues]:
    brands: dict[str, str | None] = {}
    for number, line in enumerate(scores, start=1):
        if not line.strip():
            continue
        response = _response(line, number)
        try:
            values = values_of_response(response)
        except InvalidInputError as error:
            raise ConfigurationError(f"line {number} of the scores: {error}") from error
        brand_id = text_at(response, "brand_id")
        if brands.setdefault(values.customer_id, brand_id) != brand_id:
            raise ConfigurationError(
                f"line {number} of the scores: another brand has a score of this customer, too; "
                "write the scores of one brand"
            )
        yield values


def _response(line: str, number: int) -> Fields:
    try:
        response = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"line {number} of the scores is no JSON") from error
    if not isinstance(response, dict):
        raise ConfigurationError(f"line {number} of the scores is no score")
    return response
