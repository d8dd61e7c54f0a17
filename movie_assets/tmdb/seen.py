"""Which film ids have occurred, in memory that does not grow with the number of films.

TMDB hands out ids one after the other, so a bit per id is 250 kB for two million of them where a Python set takes
100 MB. Ids beyond the bits (a file may hold any number) fall back to a set.
"""

from __future__ import annotations

from typing import Final

_BITS: Final = 2**27
_STEP: Final = 2**16


class SeenIds:
    """A set of positive integers that is only ever added to."""

    def __init__(self) -> None:
        self._bits = bytearray()
        self._others: set[int] = set()

    def add(self, value: int) -> bool:
        """Remember the id; True if it is new."""
        if value >= _BITS:
            before = len(self._others)
            self._others.add(value)
            return len(self._others) > before
        index, mask = value >> 3, 1 << (value & 7)
        if index >= len(self._bits):
            self._bits.extend(bytes(index + _STEP - len(self._bits)))
        if self._bits[index] & mask:
            return False
        self._bits[index] |= mask
        return True
