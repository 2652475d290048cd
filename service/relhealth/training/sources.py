"""Texts of public sources that training uses but the project does not contain, by reference.

A reference is a source's short name and a place in its file: `ibm:12:final`, `ibm:12:turn:0`,
`xci:77`, `sap:5`, `mdg:901`, `goe:33`. The project holds labels and a teacher's soft labels for
such references as numbers; a data folder brings the texts.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_LINK: Final = re.compile(r"https?:\s?//\S+")
_HANDLE: Final = re.compile(r"@\w+")


def public_texts(folder: Path) -> dict[str, str]:
    """Text of each reference in the public files of a data folder; links and handles replaced."""
    public = folder / "public"
    texts = dict(_conversations(public / "ibm_twitter_care.jsonl.gz"))
    texts |= dict(_table(public / "xci_complaints.csv.gz", "xci", "tweet"))
    texts |= dict(_table(public / "sap_travel.csv.gz", "sap", "Description"))
    texts |= dict(_columns(public / "multidogo_customer_sentences.tsv.gz", "mdg", 2))
    texts |= dict(_columns(public / "goemotions_train.tsv.gz", "goe", 0))
    return {reference: _LINK.sub("https://link", text).strip() for reference, text in texts.items()}


def _conversations(path: Path) -> Iterator[tuple[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            conversation = json.loads(line)
            for place, turn in enumerate(conversation["turns"]):
                text = turn["text"]
                if turn["role"] != "customer":
                    text = _HANDLE.sub("@customer", text)
                yield f"ibm:{number}:turn:{place}", text
            yield f"ibm:{number}:final", _HANDLE.sub("@customer", conversation["final_agent"])


def _table(path: Path, name: str, column: str) -> Iterator[tuple[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        for number, row in enumerate(csv.DictReader(lines)):
            yield f"{name}:{row.get('id', number)}", row[column]


def _columns(path: Path, name: str, column: int) -> Iterator[tuple[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as lines:
        for number, line in enumerate(lines):
            cells = line.rstrip("\n").split("\t")
            if len(cells) > column:
                yield f"{name}:{number}", cells[column]
