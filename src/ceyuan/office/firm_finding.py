# SPDX-License-Identifier: Apache-2.0
"""Firms found by a part of their code or name, among those that a run decided.

Where the run's sheets are made they are one short question to the database. Where some
are not made yet, the names that the run read are looked through as well (slower: a
tenth of a second for a thousand firms), so that no firm is missed.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from ceyuan.office.firms import FIRM, Firm, labels
from ceyuan.office.runs import find

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ceyuan.office.memory import Memory
    from ceyuan.office.running import Run

_RUN = """
select id, coalesce((counts -> 'subjects' ->> %s)::bigint, 0),
  (select count(*) from firm_sheet s where s.run_id = run.id)
from run where %s in ('last', id) order by finished_at desc, id limit 1
"""
_FOUND = """
select org, code, name from (
  select org, code, name, lower(normalize(name, nfkc)) as plain
  from firm_sheet where run_id = %(run)s) s
where position(%(code)s in code) > 0 or position(%(name)s in plain) > 0
order by (code = %(code)s or plain = %(name)s) desc,
  (starts_with(code, %(code)s) or starts_with(plain, %(name)s)) desc,
  name collate "C", code limit %(limit)s
"""


def find_firms(
    memory: Memory, words: str, run: str = "last", *, limit: int = 20
) -> list[Firm]:
    """Return the firms whose code or name holds some words, the nearest first.

    A whole code or name comes first, then what begins so. Full-width letters and
    digits, spaces around and the case of letters do not matter.

    Args:
        memory: The office's memory.
        words: A part of a credit code or of a name; nothing finds nothing.
        run: Id of the run, or `last`.
        limit: At most so many.

    Raises:
        UsageError: There is no such run.
    """
    said = " ".join(_plain(words).split())
    if not said:
        return []
    given = {"code": said.upper(), "name": said, "limit": limit}
    with memory.transaction() as conn:
        row = conn.execute(_RUN, (FIRM, run)).fetchone()
        if row is not None:
            found = conn.execute(_FOUND, {**given, "run": row[0]}).fetchall()
            if len(found) == limit or row[2] >= row[1]:
                return [Firm(*one) for one in found]
    return _read(memory, find(memory, run), said, limit)


def _read(memory: Memory, run: Run, said: str, limit: int) -> list[Firm]:
    """Return the same out of the names that the run read."""
    every = labels(memory.reading(run.as_of, run.known_at), FIRM).values()
    return _nearest(every, said, limit)


def _nearest(firms: Iterable[Firm], said: str, limit: int) -> list[Firm]:
    code = said.upper()

    def far(one: Firm) -> tuple[bool, bool, str, str]:
        name = _plain(one.name)
        is_whole = one.code == code or name == said
        begins = one.code.startswith(code) or name.startswith(said)
        return not is_whole, not begins, one.name, one.code

    near = [one for one in firms if code in one.code or said in _plain(one.name)]
    return sorted(near, key=far)[:limit]


def _plain(words: str) -> str:
    return unicodedata.normalize("NFKC", words).lower()
