# SPDX-License-Identifier: Apache-2.0
"""Results that are kept under the very things they were made from."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

T = TypeVar("T")


class KeptFew(Generic[T]):
    """The last few results of something that is slow to make and never changed.

    Declarations are read once in a process and are too large to be compared; what is
    made from them is kept under their identity. A result is kept together with what
    it was made from, so that an identity is not given to another thing meanwhile.

    Args:
        most: How many are kept; the one that was not asked for the longest goes.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._found: OrderedDict[Hashable, tuple[object, T]] = OrderedDict()
        self._lock = Lock()

    def get(self, of: tuple[object, ...], key: Hashable, make: Callable[[], T]) -> T:
        """Return what is kept; make it where it is not.

        Args:
            of: Things that count by their identity.
            key: What else the result hangs on, by its value.
            make: Makes it; two threads may both do so at first.
        """
        whole = (tuple(map(id, of)), key)
        with self._lock:
            if whole in self._found:
                self._found.move_to_end(whole)
                return self._found[whole][1]
        made = make()
        with self._lock:
            self._found[whole] = (of, made)
            while len(self._found) > self._most:
                self._found.popitem(last=False)
        return made
