# SPDX-License-Identifier: Apache-2.0
"""The same work for many firms, on all processors.

The interpreter is plain Python, so threads would not help; processes that are
copies of this one need no set-up and see everything that was read. Where copies
cannot be made, or the work is small, it is done here.
"""

from __future__ import annotations

import multiprocessing
import os
import warnings
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

WORTH_IT = 24
"""Fewer items than this are done sooner than a copy is made."""

_work: Callable[[Any], Any] | None = None
_HERE: ContextVar[bool] = ContextVar("here", default=False)


@contextmanager
def here() -> Iterator[None]:
    """Let work be done in this process meanwhile: one that has threads is not copied."""
    token = _HERE.set(True)
    try:
        yield
    finally:
        _HERE.reset(token)


def spread(
    work: Callable[[_Item], _Result], items: Sequence[_Item]
) -> Iterator[_Result]:
    """Yield the results of some work, in the order of its items.

    Args:
        work: A function of one item; its result must be picklable.
        items: The items.
    """
    global _work  # noqa: PLW0603 - how a copy of this process finds its work
    count = min(len(os.sched_getaffinity(0)), len(items)) if _can_copy() else 1
    if count < 2 or len(items) < WORTH_IT or _work is not None or _HERE.get():
        yield from map(work, items)
        return
    _work = work
    try:
        with warnings.catch_warnings():
            # Polars keeps threads; a copy does not use them.
            warnings.simplefilter("ignore", DeprecationWarning)
            pool = multiprocessing.get_context("fork").Pool(count)
        with pool:
            yield from pool.imap(_one, items, chunksize=4)
    finally:
        _work = None


def _can_copy() -> bool:
    return hasattr(os, "sched_getaffinity") and hasattr(os, "fork")


def _one(item: object) -> object:
    assert _work is not None
    return _work(item)
