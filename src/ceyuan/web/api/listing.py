# SPDX-License-Identifier: Apache-2.0
"""Lists, page by page: how many at a time, and where the next page begins.

A cursor is opaque: whoever got one sends it back. It says a place in the order of the
list, not a number of rows left out, wherever the list can grow at its front.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from ninja import Query
from ninja.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")
MOST = 200
USUAL = 50
LONGEST = 400
Limit = Annotated[
    int, Query(USUAL, ge=1, le=MOST, description="At most so many items.")
]
Cursor = Annotated[
    str,
    Query(
        "",
        max_length=LONGEST,
        description="`next` of the page before; empty: the first page.",
    ),
]


def cursor_of(*place: str | int) -> str:
    """Return a place as a cursor."""
    text = json.dumps(place, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def place_of(cursor: str, *kinds: type) -> tuple[Any, ...] | None:
    """Return the place that a cursor says; None for the first page.

    Raises:
        ValidationError: It is none of ours.
    """
    if not cursor:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        text = base64.b64decode(padded, altchars=b"-_", validate=True)
        found = json.loads(text)
    except (binascii.Error, ValueError, RecursionError):
        found = None
    is_ours = isinstance(found, list) and [type(part) for part in found] == list(kinds)
    if not is_ours or any(isinstance(p, int) and not 0 <= p < 2**62 for p in found):
        raise wrong_cursor()
    return tuple(found)


def wrong_cursor() -> ValidationError:
    """Return that a cursor is none of this list, or was made for another `limit`."""
    return ValidationError([{"type": "cursor", "loc": ("query", "cursor"), "msg": ""}])


def cut(found: Sequence[T], limit: int, cursor: str) -> tuple[list[T], str | None]:
    """Return a page of a list that is at hand, and where the next one begins."""
    (start,) = place_of(cursor, int) or (0,)
    some = list(found[start : start + limit])
    end = start + limit
    return some, cursor_of(end) if end < len(found) else None
