# SPDX-License-Identifier: Apache-2.0
"""Firms looked for by whoever may: by code, name or a part of it, cut to what is his.

The names of all firms are kept in memory until records come or go. What was found is
held against the table of permissions before it is counted, so that the number of hits
tells nobody of a firm that he may not know of.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ceyuan.kernel import clean_code, code_fault
from ceyuan.office.firms import FIRM, labels
from ceyuan.office.kept import Kept
from ceyuan.office.permissions import where
from ceyuan.office.public_firms import state_of_records

if TYPE_CHECKING:
    from datetime import date

    from psycopg import Connection

    from ceyuan.office.memory import Memory
    from ceyuan.office.permissions import Caller
    from ceyuan.office.roles import RoleFile

EVERY = "(true)"
_ALLOWED = "select code from unnest(%s::text[]) as firm(code) where "


@dataclass(frozen=True, slots=True)
class Named:
    """A firm as a search finds it."""

    code: str
    name: str
    plain: str


_KEPT: Kept[tuple[Named, ...]] = Kept(seconds=5)


def forget() -> None:
    """Forget what is kept; for tests that write and look at once."""
    _KEPT.clear()


def search_firms(
    memory: Memory, declared: RoleFile, caller: Caller, words: str, *, on: date
) -> list[Named]:
    """Return the firms that somebody looks for and may find, by name and code.

    Args:
        memory: The office's memory.
        declared: The table of permissions.
        caller: Who looks.
        words: A credit code, or words of a name; empty: all that he may find.
        on: As of which day names count.
    """

    def state() -> object:
        with memory.transaction() as conn:
            return state_of_records(conn)

    every = _KEPT.get((memory.database.url, on), state, lambda: _made(memory, on))
    plain = _plain(words)
    code = clean_code(unicodedata.normalize("NFKC", words).strip())
    if not code_fault(code):
        found = [one for one in every if one.code == code]
    else:
        parts = plain.split()
        found = [one for one in every if all(part in one.plain for part in parts)]
    with memory.transaction() as conn:
        return _cut(conn, declared, caller, found)


def _cut(
    conn: Connection, declared: RoleFile, caller: Caller, found: list[Named]
) -> list[Named]:
    clause, given = where(declared, caller, "firm", "search")
    if clause == EVERY:
        return found
    codes = [one.code for one in found]
    rows = conn.execute((_ALLOWED + clause).encode(), [codes, *given])
    allowed = {code for (code,) in rows}
    return [one for one in found if one.code in allowed]


def _made(memory: Memory, on: date) -> tuple[Named, ...]:
    every = labels(memory.reading(on), FIRM).values()
    named = (Named(f.code, f.name, _plain(f.name)) for f in every if f.code)
    return tuple(sorted(named, key=lambda one: (one.name, one.code)))


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()
