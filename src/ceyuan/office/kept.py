# SPDX-License-Identifier: Apache-2.0
"""Something kept in the process until what it was made from has changed.

What everybody sees (a headline, a directory) is the same for all and costs more than a
page may. It is kept with the *state* of what it was made from, a small answer of the
database; that is asked at most every few seconds, and only when it differs is the
whole made again. One thread makes it, the others go on with what was there.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

T = TypeVar("T")
MOST = 8
"""Days and databases that are kept at a time; more are kept only by turns."""


@dataclass(slots=True)
class _Entry(Generic[T]):
    looked: float
    state: object
    value: T


class Kept(Generic[T]):
    """Values by key, each until its state changes.

    Args:
        seconds: How long a state is taken as it was.
    """

    def __init__(self, *, seconds: float) -> None:
        self._seconds = seconds
        self._entries: dict[Hashable, _Entry[T]] = {}
        self._lock = threading.Lock()

    def get(
        self, key: Hashable, state: Callable[[], object], make: Callable[[], T]
    ) -> T:
        """Return the value of a key, made anew if its state has changed."""
        found = self._entries.get(key)
        if found is not None and time.monotonic() - found.looked < self._seconds:
            return found.value
        if found is not None and not self._lock.acquire(blocking=False):
            return found.value  # somebody else is at it
        if found is None:
            self._lock.acquire()
        try:
            return self._look(key, state, make)
        finally:
            self._lock.release()

    def _look(
        self, key: Hashable, state: Callable[[], object], make: Callable[[], T]
    ) -> T:
        found = self._entries.get(key)
        now = time.monotonic()
        if found is not None and now - found.looked < self._seconds:
            return found.value
        said = state()
        if found is not None and found.state == said:
            found.looked = now
            return found.value
        value = make()
        while len(self._entries) >= MOST:
            del self._entries[min(self._entries, key=self._looked)]
        self._entries[key] = _Entry(time.monotonic(), said, value)
        return value

    def _looked(self, key: Hashable) -> float:
        return self._entries[key].looked

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()
