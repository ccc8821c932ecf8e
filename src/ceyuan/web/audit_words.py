# SPDX-License-Identifier: Apache-2.0
"""The audit trail in words: what was done, to what, and each field that it changed.

The trail itself keeps codes and smallest units, and its export has them as they are;
a page says 143,500.00 元 and not 14350000, 公示中 and not `noticed`, the firm and the
policy and not `sh_….2026.9131….1`. Where there is no word the code stands.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ceyuan.office.audit_found import things_named
from ceyuan.office.roles import load_roles
from ceyuan.web.money_shown import MONEY
from ceyuan.web.words import catalogue, word

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from psycopg import Connection

    from ceyuan.office.audit_found import AuditRow, Change, Thing
    from ceyuan.web.money_shown import Shown

_NUMBER = re.compile(r"-?\d+")
_HASH = re.compile(r"[0-9a-f]{40,}")
_HIDDEN = ("inputs", "keys")
"""Said already by what it is about and by the amounts."""
_IN_SMALLEST = ("amount", "amounts", "floor", "ceiling")


@dataclass(frozen=True, slots=True)
class RowTold:
    """A row of the trail as a page tells it.

    Args:
        row: The row.
        verb: What was done.
        about: To what, by its name; empty where only its code is known.
        changes: Name of a field, before, after; None: it was not there.
    """

    row: AuditRow
    verb: str
    about: str
    changes: tuple[tuple[str, str | None, str | None], ...]


def told(book: Shown, conn: Connection, rows: Sequence[AuditRow]) -> list[RowTold]:
    """Return rows in words, those they are about by their names."""
    things = things_named(conn, [row.about for row in rows])
    return [_told(book, row, things) for row in rows]


def verb(book: Shown, name: str) -> str:
    """Return what a verb is called: as the permissions call it, or as we do."""
    said = book.verb(name)
    plain = name.replace(".", "_")
    return said if said != name else _known(book, "audit.verb", plain, name)


def _told(book: Shown, row: AuditRow, things: Mapping[str, Thing]) -> RowTold:
    thing = things.get(row.about)
    about = ""
    if thing is not None:
        about = book.pick("，", ", ").join(
            one
            for one in (thing.name, thing.policy and book.policy(thing.policy))
            if one
        )
    commodity = thing.commodity if thing is not None and thing.commodity else MONEY
    return RowTold(
        row,
        verb(book, row.verb),
        about,
        tuple(
            (
                _known(book, "audit.field", one.name, one.name),
                _value(book, one, one.before, commodity),
                _value(book, one, one.after, commodity),
            )
            for one in row.changes
            if one.name not in _HIDDEN
        ),
    )


def _value(book: Shown, one: Change, said: str | None, commodity: str) -> str | None:
    """Return a value as people read it."""
    if said is None:
        return None
    if one.name in _IN_SMALLEST:
        numbers = [piece.rpartition(" ")[2] for piece in said.split(" · ")]
        if all(_NUMBER.fullmatch(number) for number in numbers):
            shown = (book.amount(int(n), commodity) for n in numbers)
            return book.pick("、", ", ").join(shown)
    if one.name == "policy":
        return book.policy(said)
    if one.name == "instrument":
        return book.instrument(said)
    if one.name == "reason":
        return book.reason(said)
    if one.name == "roles":
        return book.pick("、", ", ").join(_role(book, r) for r in said.split(", "))
    if _HASH.fullmatch(said):
        return f"{said[:12]}…"
    if one.name in ("state", "kind", "given", "active"):
        return _known(book, f"audit.{one.name}", _plain(said), said)
    return said


def _role(book: Shown, name: str) -> str:
    said = load_roles(book.memory.region.id).roles.get(name)
    return name if said is None else book.pick(said.zh, said.en)


def _plain(said: str) -> str:
    return {"✓": "yes", "✗": "no"}.get(said, said)


def _known(book: Shown, kind: str, name: str, default: str) -> str:
    known = f"{kind}_{name}"
    return word(known, book.locale) if known in catalogue() else default
