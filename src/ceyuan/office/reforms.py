# SPDX-License-Identifier: Apache-2.0
"""Reforms that analysts work on: each saving is a version, none is ever changed.

A reform is the text of `docs/reform.md`, kept as it was written. Versions of one name
belong together; who saves a version says from which one he started, so that of two
who work on one reform at once neither overwrites the other without knowing.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

from ceyuan.kernel import UsageError
from ceyuan.office.auditing import audit
from ceyuan.office.parameters import typed_settings
from ceyuan.office.reform_text import read_text
from ceyuan.office.runs import listed
from ceyuan.office.settings import run_settings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from psycopg import Connection

    from ceyuan.office.memory import Memory

FIRST, LAST = date(1990, 1, 1), date(2100, 12, 31)
"""Days on which a reform can be tried."""
_LIST = """
select id, name, body, as_of, said, actor, known_at, number, versions from (
  select *, row_number() over (partition by name order by known_at, id) as number,
    count(*) over (partition by name) as versions from reform) reform
"""
_NEW = """
insert into reform (id, name, body, as_of, said, actor) values (%s, %s, %s, %s, %s, %s)
"""


@dataclass(frozen=True, slots=True)
class SavedReform:
    """A reform as it was saved.

    Args:
        id: Its id, hard to guess.
        name: The id that its text gives it; versions share it.
        body: Its text.
        as_of: Day on which it is tried, unless another is asked for.
        said: `zh`, `en`, `policies`; `by` and `params` as `Asking`; `previous`.
        actor: Who saved it.
        known_at: When.
        number: Which version it is.
        versions: How many there are.
    """

    id: str
    name: str
    body: str
    as_of: date
    said: dict[str, Any]
    actor: str
    known_at: datetime
    number: int
    versions: int

    @property
    def is_last(self) -> bool:
        """Return whether there is no later version."""
        return self.number == self.versions

    @property
    def file(self) -> str:
        """Return what its file is called."""
        return f"{self.name}.yaml"

    @property
    def asking(self) -> Asking:
        """Return on what it is tried, unless something else is asked for."""
        return Asking(self.as_of, tuple(self.said["by"]), tuple(self.said["params"]))


@dataclass(frozen=True, slots=True)
class Asking:
    """On what a reform is tried.

    Args:
        as_of: Day of the decisions.
        by: Groupings; none: all that are declared.
        params: Parameters set by the office, as they are typed.
    """

    as_of: date
    by: tuple[str, ...] = ()
    params: tuple[str, ...] = ()


def save(
    memory: Memory, text: str, asking: Asking, *, previous: str = ""
) -> SavedReform:
    """Keep a reform as a version of its name; what was saved already is not kept twice.

    Args:
        memory: The office's memory; its actor saves.
        text: The reform.
        asking: On what it is tried, unless something else is asked for.
        previous: The version that was edited; empty for a new reform.

    Raises:
        RuleError: Something in the text is wrong.
        UsageError: Another reform has the name, or a later version was saved
            meanwhile; a parameter cannot be set so.
    """
    reform = read_text(text, memory.region)
    check_day(asking.as_of)
    typed_settings(memory.region, asking.params)
    said = {
        "zh": reform.zh,
        "en": reform.en,
        "policies": [p for p in memory.region.rules if p in reform.touched],
        "by": list(asking.by),
        "params": list(asking.params),
        "previous": previous,
    }
    made = f"f{secrets.token_hex(8)}"
    with memory.transaction() as conn:
        conn.execute(
            "select pg_advisory_xact_lock(hashtextextended(%s, 1))", (reform.id,)
        )
        last = last_version(conn, reform.id)
        if last is not None:
            _may_follow(last, previous)
            same = {**said, "previous": last.said["previous"]} == last.said
            if same and (last.body, last.as_of) == (text, asking.as_of):
                return last
        conn.execute(
            _NEW, (made, reform.id, text, asking.as_of, Jsonb(said), memory.actor)
        )
        audit(
            conn,
            "reform.save",
            [(made, None, {"name": reform.id, "digest": reform.digest})],
            actor=memory.actor,
        )
        return reform_of(conn, made)


def check_day(day: date) -> None:
    """See that a day is one on which a reform can be tried.

    Raises:
        UsageError: It is not.
    """
    if not FIRST <= day <= LAST:
        msg = f"判定日 {day} 不在 {FIRST} 到 {LAST} 之间 (no such day)"
        raise UsageError(msg, hint="改判定日")


def _may_follow(last: SavedReform, previous: str) -> None:
    if last.id == previous:
        return
    if not previous:
        msg = f"编号 `{last.name}` 已有方案，由{last.actor}保存 (the id is taken)"
        raise UsageError(msg, hint="换一个编号，或打开那个方案来改")
    msg = (
        f"`{last.name}` 在你编辑时有了第 {last.number} 版，由{last.actor}保存 "
        "(a later version was saved meanwhile)"
    )
    raise UsageError(msg, hint="先看那一版；要另存，请换一个编号")


def reform_of(conn: Connection, name: str) -> SavedReform:
    """Return a version by its id.

    Raises:
        UsageError: There is none.
    """
    row = conn.execute(f"{_LIST} where id = %s", (name,)).fetchone()
    if row is None:
        msg = f"没有改革方案 `{name}` (there is no such reform)"
        raise UsageError(msg)
    return SavedReform(*row)


def last_version(conn: Connection, name: str) -> SavedReform | None:
    """Return the last version of a name."""
    row = conn.execute(
        f"{_LIST} where name = %s order by number desc limit 1", (name,)
    ).fetchone()
    return None if row is None else SavedReform(*row)


def versions_of(conn: Connection, name: str) -> list[SavedReform]:
    """Return all versions of a name, the newest first."""
    rows = conn.execute(f"{_LIST} where name = %s order by number desc", (name,))
    return [SavedReform(*row) for row in rows]


def names(conn: Connection) -> dict[str, tuple[str, int]]:
    """Return of every version the name and which version it is."""
    return {row[0]: (row[1], row[7]) for row in conn.execute(_LIST)}


def reforms(
    conn: Connection,
    where: str = "true",
    given: Sequence[Any] = (),
    *,
    words: str = "",
    limit: int = 100,
) -> list[SavedReform]:
    """Return the last version of every name, the newest first.

    Args:
        conn: The transaction.
        where: A predicate of `permissions.where`.
        given: Its parameters.
        words: Part of a name or title.
        limit: At most so many.
    """
    rows = conn.execute(
        f"{_LIST} where ({where}) and number = versions"
        " and strpos(lower(concat_ws(' ', name, said->>'zh', said->>'en')),"
        " lower(%s)) > 0 order by known_at desc limit %s",
        [*given, words, limit],
    )
    return [SavedReform(*row) for row in rows]


def usual_asking(memory: Memory, today: date) -> Asking:
    """Return on what a reform is tried by default: as the last run was.

    Then the baseline can be held against that run. Without a run: today, with what
    the office has set.
    """
    runs = listed(memory)
    if runs:
        return Asking(runs[0].as_of, (), runs[0].settings)
    return Asking(today, (), run_settings(memory, today, ()))
