"""Messages as a sparse matrix of the detector's own features: a row a sentence, a column a key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from relhealth.detection.features import context_keys, features, parse
from relhealth.detection.reference import damping


@dataclass(frozen=True, slots=True, eq=False)
class Corpus:
    """Sentences of messages.

    Attributes:
        rows: For each sentence the values of its keys.
        owners: For each sentence the place of its message, ascending; shape (sentences,).
        count: Number of messages; those without sentences own none.
        context: Keys that say what a sentence stands in, rather than what is in it.
    """

    rows: tuple[dict[int, float], ...]
    owners: NDArray[np.intp]
    count: int
    context: frozenset[int]

    def select(self, chosen: NDArray[np.bool_]) -> Corpus:
        """The messages where `chosen` is true, in order; shape (messages,)."""
        places = np.cumsum(chosen) - 1
        kept = np.flatnonzero(chosen[self.owners])
        rows = tuple(self.rows[sentence] for sentence in kept.tolist())
        return Corpus(rows, places[self.owners[kept]], int(chosen.sum()), self.context)


def corpus(texts: Sequence[str]) -> Corpus:
    """The sentences of texts."""
    rows: list[dict[int, float]] = []
    owners: list[int] = []
    around: set[int] = set()
    for place, text in enumerate(texts):
        message = parse(text)
        for position, sentence in enumerate(message.sentences):
            weight = damping(sentence)
            row: dict[int, float] = {}
            for feature in features(sentence):
                row[feature.key] = row.get(feature.key, 0.0) + weight
            context = tuple(context_keys(message, position))
            row.update(dict.fromkeys(context, 1.0))
            around.update(context)
            rows.append(row)
            owners.append(place)
    return Corpus(tuple(rows), np.array(owners, dtype=np.intp), len(texts), frozenset(around))


def vocabulary(sentences: Corpus, least: int) -> tuple[NDArray[np.uint32], NDArray[np.float64]]:
    """Keys that occur in at least `least` messages, ascending, and the share of messages."""
    counts: Counter[int] = Counter()
    current, seen = -1, set[int]()
    for row, owner in zip(sentences.rows, sentences.owners.tolist(), strict=True):
        if owner != current:
            counts.update(seen)
            current, seen = owner, set()
        seen.update(row)
    counts.update(seen)
    kept = sorted(key for key, count in counts.items() if count >= least)
    shares = [counts[key] / sentences.count for key in kept]
    return np.array(kept, dtype=np.uint32), np.array(shares)


def matrix(sentences: Corpus, keys: NDArray[np.uint32]) -> sparse.csr_matrix[np.float32]:
    """Values of `keys` in each sentence; shape (sentences, keys)."""
    columns = {int(key): column for column, key in enumerate(keys)}
    starts, indices, values = [0], list[int](), list[float]()
    for row in sentences.rows:
        for column, value in _known(row.items(), columns):
            indices.append(column)
            values.append(value)
        starts.append(len(indices))
    parts = (np.array(values, np.float32), np.array(indices, np.int32), np.array(starts))
    return sparse.csr_matrix(parts, shape=(len(sentences.rows), len(keys)))


def _known(values: Iterable[tuple[int, float]], columns: dict[int, int]) -> list[tuple[int, float]]:
    return sorted((columns[key], value) for key, value in values if key in columns)
