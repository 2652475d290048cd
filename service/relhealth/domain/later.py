"""Sequences that are made when somebody looks at them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import Generic, TypeVar, overload

_T = TypeVar("_T")


class Later(Sequence[_T], Generic[_T]):
    """Items that are made when somebody looks at one of them; equal to a tuple of them."""

    __slots__ = ("_made",)
    _made: tuple[_T, ...]

    @abstractmethod
    def _make(self) -> tuple[_T, ...]:
        """All items."""

    @property
    def made(self) -> tuple[_T, ...]:
        """The items."""
        try:
            return self._made
        except AttributeError:
            self._made = self._make()
        return self._made

    @overload
    def __getitem__(self, place: int) -> _T: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[_T, ...]: ...
    def __getitem__(self, place: int | slice) -> _T | tuple[_T, ...]:
        return self.made[place]

    def __iter__(self) -> Iterator[_T]:
        return iter(self.made)

    def __len__(self) -> int:
        return len(self.made)

    def __eq__(self, other: object) -> bool:
        return self.made == (other.made if isinstance(other, Later) else other)

    def __hash__(self) -> int:
        return hash(self.made)

    def __repr__(self) -> str:
        return repr(self.made)

    def __reduce__(self) -> tuple[type, tuple[tuple[_T, ...]]]:
        return tuple, (self.made,)
