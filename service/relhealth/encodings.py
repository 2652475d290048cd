"""How the text of people's tables is encoded: UTF-8, or UTF-16, as Excel writes "Unicode text".

What is no text in a file's encoding is read as halves of surrogate pairs, which no text can hold,
so that the cell that has it can be told and named.
"""

from __future__ import annotations

from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Encoding:
    """An encoding.

    Attributes:
        name: As people know it.
        codec: Its codec, which leaves out the mark at a file's begin.
        errors: How the codec reads what is no text.
    """

    name: str
    codec: str
    errors: str


UTF_8: Final = Encoding("UTF-8", "utf-8-sig", "surrogateescape")
UTF_16: Final = Encoding("UTF-16", "utf-16", "surrogatepass")


def encoding_of(begin: bytes) -> Encoding:
    """The encoding of a file that begins so; without a mark it is UTF-8."""
    return UTF_16 if begin.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else UTF_8


def is_text(read: str) -> bool:
    """Whether what was read holds nothing that was no text in its encoding."""
    try:
        read.encode()
    except UnicodeEncodeError:
        return False
    return True
