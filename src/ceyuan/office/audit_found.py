# SPDX-License-Identifier: Apache-2.0
"""The audit trail, found: by person, verb, object, days; and what each row changed."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from ceyuan.ledger.sealing import OFFICE_TIME
from ceyuan.office.account_names import parties_named
from ceyuan.office.auditing import _told

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from psycopg import Connection

_READ = """
select seq, known_at, actor, behalf, verb, object, reason, before, after, request
from audit
"""
_ENTITLED = """
select id, coalesce(nullif(name, ''), party), policy, commodity from entitlement
where id = any(%s)
"""
_PAYMENT = re.compile(r"\.p[0-9]+$")
_SETTLED = "payable."
CODE_LENGTH = 18
_CONDITIONS = {
    "person": "(actor = %(person)s or behalf = %(person)s)",
    "verb": "starts_with(verb, %(verb)s)",
    "about": "position(lower(%(about)s) in lower(object)) > 0",
    "since": "known_at >= %(since)s",
    "until": "known_at < %(until)s",
    "request": "request = %(request)s",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditAsked:
    """Which rows are wanted; what is empty does not matter.

    Args:
        person: Who did it, or on whose behalf it was done.
        verb: What was done: a verb, or what verbs begin with.
        about: A part of the object's name.
        since: First day, in the office's time.
        until: Last day.
        request: All that one command did.
    """

    person: str = ""
    verb: str = ""
    about: str = ""
    since: date | None = None
    until: date | None = None
    request: str = ""

    @property
    def asked(self) -> dict[str, Any]:
        """Return what is asked, by name; days as moments."""
        every = {one.name: getattr(self, one.name) for one in fields(self)}
        found = {name: value for name, value in every.items() if value}
        if self.since is not None:
            found["since"] = _midnight(self.since)
        if self.until is not None:
            found["until"] = _midnight(self.until + timedelta(1))
        return found


@dataclass(frozen=True, slots=True)
class Change:
    """One field that a row changed; None: it was not there."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class AuditRow:
    """A row of the trail, and what it changed."""

    seq: int
    known_at: datetime
    actor: str
    behalf: str
    verb: str
    about: str
    reason: str
    request: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Thing:
    """What a row is about, where its code can be read.

    Args:
        name: How the party is called; its code where nobody says.
        policy: The policy of an entitlement; empty for anything else.
        commodity: What an entitlement counts; empty for anything else.
    """

    name: str
    policy: str = ""
    commodity: str = ""


@dataclass(frozen=True, slots=True)
class AuditPage:
    """A page of the trail, the newest first.

    Args:
        rows: Its rows.
        older: Before which row the next page begins; 0: there is none.
        newer: After which row the page before lies; 0: there is none.
    """

    rows: tuple[AuditRow, ...]
    older: int
    newer: int


def find(
    conn: Connection,
    asked: AuditAsked,
    *,
    before: int = 0,
    after: int = 0,
    limit: int = 50,
) -> AuditPage:
    """Return a page of the rows that are wanted.

    Args:
        conn: The transaction.
        asked: Which ones.
        before: Only rows before this one; 0: from the newest.
        after: Only rows after this one, the nearest to it.
        limit: At most so many.
    """
    given = asked.asked
    where = [_CONDITIONS[name] for name in given]
    if before:
        where.append("seq < %(before)s")
    if after:
        where.append("seq > %(after)s")
    rows = conn.execute(
        f"{_READ} {_all(where)} order by seq {'asc' if after else 'desc'}"
        " limit %(limit)s",
        {**given, "before": before, "after": after, "limit": limit + 1},
    ).fetchall()
    has_more = len(rows) > limit
    shown = [_row(row) for row in rows[:limit]]
    if after:
        shown.reverse()
    older = bool(after) or has_more
    newer = has_more if after else bool(before)
    return AuditPage(
        tuple(shown),
        shown[-1].seq if shown and older else 0,
        shown[0].seq if shown and newer else 0,
    )


def every(conn: Connection, asked: AuditAsked) -> Iterator[dict[str, Any]]:
    """Yield all rows that are wanted, the oldest first, as the trail tells them."""
    given = asked.asked
    where = _all([_CONDITIONS[name] for name in given])
    with conn.cursor(name="audit") as cursor:
        cursor.itersize = 2_000
        cursor.execute(f"{_READ} {where} order by seq", given)
        for row in cursor:
            yield _told(row)


def things_named(conn: Connection, objects: Sequence[str]) -> dict[str, Thing]:
    """Return what some objects of the trail are, as far as their codes say.

    An entitlement by its id, a payment by that of its entitlement, whatever begins
    with a credit code by the name of the firm.
    """
    plain = {one: _PAYMENT.sub("", one) for one in objects}
    rows = conn.execute(_ENTITLED, (list(plain.values()),))
    known = {row[0]: Thing(*row[1:]) for row in rows}
    codes = {one: one.partition("/")[0] for one in objects}
    names = parties_named(conn, [c for c in codes.values() if len(c) == CODE_LENGTH])
    found = {}
    for one in objects:
        if plain[one] in known:
            found[one] = known[plain[one]]
        elif codes[one] in names:
            found[one] = Thing(names[codes[one]])
        elif plain[one].startswith(_SETTLED):
            found[one] = Thing(plain[one].removeprefix(_SETTLED))
    return found


def changes(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> tuple[Change, ...]:
    """Return the fields that differ, those that were there first; all where one is new."""
    old, new = before or {}, after or {}
    names = dict.fromkeys([*old, *new])
    # What was not there and what is empty now are the same.
    return tuple(
        Change(name, _text(old, name), _text(new, name))
        for name in names
        if _full(old.get(name)) != _full(new.get(name))
    )


def _full(value: object) -> object:
    return None if value in ("", [], {}) else value


def as_row(said: Mapping[str, Any]) -> AuditRow:
    """Return a row as `auditing.trail` tells it, with what it changed."""
    return AuditRow(
        said["seq"],
        datetime.fromisoformat(said["known_at"]),
        said["actor"],
        said["behalf"],
        said["verb"],
        said["object"],
        said["reason"],
        said["request"],
        changes(said["before"], said["after"]),
    )


def _row(row: tuple[Any, ...]) -> AuditRow:
    return as_row(_told(row))


def _text(said: Mapping[str, Any], name: str) -> str | None:
    if name not in said:
        return None
    return shown_value(said[name])


def shown_value(value: object) -> str:
    """Return a value as people read it: lists by commas, mappings by their names."""
    if value is None:
        return "—"
    if isinstance(value, bool):
        return "✓" if value else "✗"
    if isinstance(value, dict):
        return " · ".join(f"{k} {shown_value(v)}" for k, v in value.items())
    if isinstance(value, list):
        return ", ".join(shown_value(v) for v in value) or "—"
    return str(value)


def _all(where: Sequence[str]) -> str:
    return f"where {' and '.join(where)}" if where else ""


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), OFFICE_TIME)
