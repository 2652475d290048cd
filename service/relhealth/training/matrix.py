"""Messages as a sparse matrix of the detector's own features: a row a sentence, a column a key."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
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
        keys: All keys that occur, ascending.
        values: Value of each key in each sentence; shape (sentences, keys).
        owners: For each sentence the place of its message, ascending; shape (sentences,).
        count: Number of messages; those without sentences own none.
        context: Whether a key says what a sentence stands in, rather than what is in it;
            shape (keys,).
    """

    keys: NDArray[np.uint32]
    values: sparse.csr_matrix[np.float32]
    owners: NDArray[np.intp]
    count: int
    context: NDArray[np.bool_]

    def select(self, chosen: NDArray[np.bool_]) -> Corpus:
        """The messages where `chosen` is true, in order; shape (messages,)."""
        places = np.cumsum(chosen) - 1
        kept = np.flatnonzero(chosen[self.owners])
        values = sparse.csr_matrix(self.values[kept])
        return Corpus(self.keys, values, places[self.owners[kept]], int(chosen.sum()), self.context)


def corpus(texts: Sequence[str]) -> Corpus:
    """The sentences of texts."""
    found, amounts = array("I"), array("f")
    lengths: list[int] = []
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
            found.extend(row)
            amounts.extend(row.values())
            lengths.append(len(row))
            owners.append(place)
    keys, columns = np.unique(np.array(found, dtype=np.uint32), return_inverse=True)
    starts = np.concatenate([[0], np.cumsum(lengths, dtype=np.intp)])
    parts = (np.array(amounts, dtype=np.float32), columns, starts)
    values = sparse.csr_matrix(parts, shape=(len(lengths), len(keys)))
    values.sort_indices()
    context_mask = np.isin(keys, np.fromiter(around, np.uint32, len(around)))
    return Corpus(keys, values, np.array(owners, dtype=np.intp), len(texts), context_mask)


def vocabulary(sentences: Corpus, least: int) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Columns of keys that occur in at least `least` messages, and the share of messages."""
    occurs = sparse.csr_matrix(sentences.values, copy=True)
    occurs.data[:] = 1.0
    shape = (sentences.count, len(sentences.owners))
    ones = np.ones(len(sentences.owners), np.float32)
    sums = sparse.csr_matrix((ones, (sentences.owners, np.arange(shape[1]))), shape=shape)
    counts = np.bincount((sums @ occurs).indices, minlength=len(sentences.keys))
    kept = np.flatnonzero(counts >= least)
    return kept, counts[kept] / sentences.count


def matrix(sentences: Corpus, keys: NDArray[np.uint32]) -> sparse.csr_matrix[np.float32]:
    """Values of `keys`, ascending, in each sentence; shape (sentences, keys)."""
    places = np.searchsorted(keys, sentences.keys)
    known = np.isin(sentences.keys, keys)[sentences.values.indices]
    starts = np.concatenate([[0], np.cumsum(known)])[sentences.values.indptr]
    columns = places[sentences.values.indices[known]]
    parts = (sentences.values.data[known], columns.astype(np.int32), starts)
    return sparse.csr_matrix(parts, shape=(len(sentences.owners), len(keys)))
