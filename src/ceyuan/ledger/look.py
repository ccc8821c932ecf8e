# SPDX-License-Identifier: Apache-2.0
"""A look at the book, as the planning of a move needs it: balances and entries.

Planning is pure: it asks a `Look` and does not know whether a database answers. A
test hands in one made of dictionaries; the office hands in `BookLook`, which answers
what it locked from the lock, so that nothing can change between the plan and the
posting.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from ceyuan.ledger import queries as q
from ceyuan.ledger.model import Balance, Entry
from ceyuan.ledger.posting import locked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import psycopg


class Look(Protocol):
    """What planning asks of the book."""

    def balance(self, path: str) -> Balance | None:
        """Return what an account has; None where it is not open."""

    def under(self, prefix: str) -> Sequence[Balance]:
        """Return the accounts whose paths begin so, in order of their paths."""

    def written(self, ids: Sequence[str]) -> Mapping[str, Entry]:
        """Return the entries of these ids that are in the book."""


@dataclass(frozen=True, slots=True)
class FixedLook:
    """A book held in memory.

    Args:
        balances: What accounts have, by path.
        entries: Entries, by id.
    """

    balances: Mapping[str, Balance] = field(default_factory=dict)
    entries: Mapping[str, Entry] = field(default_factory=dict)

    def balance(self, path: str) -> Balance | None:
        """Return what an account has; None where it is not open."""
        return self.balances.get(path)

    def under(self, prefix: str) -> Sequence[Balance]:
        """Return the accounts whose paths begin so, in order of their paths."""
        found = sorted(p for p in self.balances if p.startswith(prefix))
        return [self.balances[p] for p in found]

    def written(self, ids: Sequence[str]) -> Mapping[str, Entry]:
        """Return the entries of these ids that are in the book."""
        return {i: self.entries[i] for i in ids if i in self.entries}


@dataclass(slots=True)
class BookLook:
    """The book in the database, as the caller's transaction sees it."""

    conn: psycopg.Connection

    def balance(self, path: str) -> Balance | None:
        """Return what an account has; None where it is not open."""
        row = self.conn.execute(q.BALANCE, (path,)).fetchone()
        return None if row is None else Balance(*row)

    def under(self, prefix: str) -> Sequence[Balance]:
        """Return the accounts whose paths begin so, in order of their paths."""
        rows = self.conn.execute(q.BALANCES, (prefix,)).fetchall()
        return [Balance(*row) for row in rows]

    def written(self, ids: Sequence[str]) -> Mapping[str, Entry]:
        """Return the entries of these ids that are in the book."""
        rows = self.conn.execute(q.ENTRIES, (list(ids),)).fetchall()
        return {row[1]: Entry(**dict(zip(_FIELDS, row, strict=True))) for row in rows}

    def lock(self, paths: Sequence[str], prefixes: Sequence[str]) -> None:
        """Lock accounts until the caller's transaction ends, those under prefixes too.

        All are locked in one go, in the order that the book keeps, so that two moves
        never wait for each other. An account that came under a prefix meanwhile is
        locked in another go.
        """
        have: set[str] = set()
        while True:
            under = {b.path for prefix in prefixes for b in self.under(prefix)}
            wanted = {*paths, *under}
            if wanted <= have:
                return
            locked(self.conn, sorted(wanted))
            have |= wanted


_FIELDS = (
    *("seq", "id", "kind", "debit", "credit", "amount", "commodity", "code", "cause"),
    *("effective", "of", "expires", "link", "actor", "known_at", "sha"),
)
