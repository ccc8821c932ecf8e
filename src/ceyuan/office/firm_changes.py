# SPDX-License-Identifier: Apache-2.0
"""What changed for a firm since somebody last looked.

At each visit the state is written down: group and amount of every policy, and a short
hash of every fact. It is written once a day and once more whenever it has changed, not
at every page. What is compared is the last state of a day before today; so the changes
stay on the page while somebody reads on and comes back to it in the evening.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, TypeAlias

from psycopg.types.json import Jsonb

from ceyuan.kernel import ABSENT
from ceyuan.office.firm_groups import GROUP_OF, PortalGroup
from ceyuan.office.firm_sheet_values import encode_known, key_text, read_key
from ceyuan.office.firm_words import Sum, sum_in, title_of
from ceyuan.office.running import BACK_YEARS
from ceyuan.policies import fact_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from psycopg import Connection

    from ceyuan.declarations import Region
    from ceyuan.office.firm_sheet_model import FirmSheet
    from ceyuan.office.firm_standing import Item, Standing
    from ceyuan.office.memory import Memory

State: TypeAlias = "list[Any]"
"""Group, amount in fen, its basis, whether the policy came to be in force."""
SHANGHAI = timezone(timedelta(hours=8))
"""A day ends at midnight of the office's own time."""
_NOTE = """
insert into visit (actor, org, run, states, known_at) values (%s, %s, %s, %s, %s)
"""
_LAST = """
select known_at, states from visit where actor = %s and org = %s
order by known_at desc, id desc limit 1
"""
_BEFORE = """
select known_at, states from visit where actor = %(actor)s and org = %(org)s
order by known_at < %(day)s desc,
  case when known_at < %(day)s then known_at end desc, known_at, id limit 1
"""


@dataclass(frozen=True, slots=True)
class Moved:
    """A policy whose group or amount changed.

    Args:
        policy: The policy.
        title: Its name.
        before: Group before; None: it was not asked then.
        after: Group now; None: it is not asked any more.
        amount_before: What it was worth.
        amount_after: What it is worth.
    """

    policy: str
    title: str
    before: PortalGroup | None
    after: PortalGroup | None
    amount_before: Sum | None
    amount_after: Sum | None


@dataclass(frozen=True, slots=True)
class FactMoved:
    """A fact that changed: `new`, `updated` or `gone` (no longer known).

    Args:
        typed: The fact and its year, `name@year`.
        name: Its name.
        how: What happened to it.
    """

    typed: str
    name: str
    how: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed since the last visit.

    Args:
        last: The last visit, a moment in the office's own time.
        begun: Ids and names of policies that came into force.
        ended: Ids and names of policies that are no longer in force.
        moved: Policies whose group or amount changed, in the order of the run; those
            that came into force or ended are not told twice.
        facts: Facts that changed.
        another_run: The decisions are of another run than then.
    """

    last: datetime
    begun: tuple[tuple[str, str], ...]
    ended: tuple[tuple[str, str], ...]
    moved: tuple[Moved, ...]
    facts: tuple[FactMoved, ...]
    another_run: bool

    @property
    def is_empty(self) -> bool:
        """Return whether nothing changed that a page would tell."""
        return not (self.begun or self.ended or self.moved or self.facts)


def note_visit(
    memory: Memory,
    caller: str,
    sheet: FirmSheet,
    states: Mapping[str, Any],
    *,
    now: datetime | None = None,
) -> bool:
    """Write down how things stand at a visit; return whether a row was written.

    A row is written where the state has changed since the last one, or that one is of
    an earlier day; a second look at the same writes nothing.

    Args:
        memory: The office's memory.
        caller: Who looks.
        sheet: What the run says of the firm.
        states: How it stands, by `states_of`.
        now: The moment; now by default.
    """
    moment = now or datetime.now(UTC)
    with memory.transaction() as conn:
        row = conn.execute(_LAST, (caller, sheet.org)).fetchone()
        if row is not None and row[1] == states and row[0] >= _midnight(moment):
            return False
        conn.execute(_NOTE, (caller, sheet.org, sheet.run, Jsonb(states), moment))
    return True


def since_last(
    memory: Memory,
    caller: str,
    sheet: FirmSheet,
    standing: Standing,
    states: Mapping[str, Any],
    *,
    region: Region | None = None,
    now: datetime | None = None,
) -> Changes | None:
    """Return what changed since somebody last looked at a firm; None: he never did.

    The last visit is the last one of a day before today; on somebody's first day it is
    the first look of that day.

    Args:
        memory: The office's memory.
        caller: Who looks.
        sheet: What the run says of the firm.
        standing: How it stands now; its language is that of the words.
        states: The same, by `states_of`.
        region: Facts and policies of the sheet; those in force by default.
        now: The moment; now by default.
    """
    moment = now or datetime.now(UTC)
    with memory.transaction() as conn:
        found = _before(conn, caller, sheet.org, _midnight(moment))
    if found is None:
        return None
    last, then = found
    return _compared(last, then, states, standing, region or memory.region)


def _before(
    conn: Connection, caller: str, org: int, day: datetime
) -> tuple[datetime, dict[str, Any]] | None:
    given = {"actor": caller, "org": org, "day": day}
    row = conn.execute(_BEFORE, given).fetchone()
    return None if row is None else (row[0].astimezone(SHANGHAI), row[1])


def _midnight(moment: datetime) -> datetime:
    local = moment.astimezone(SHANGHAI)
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


def states_of(sheet: FirmSheet, standing: Standing) -> dict[str, Any]:
    """Return what is compared: policies with group and amount, facts by their hash.

    Worked out once for a page, which compares it and writes it down; the language of
    the standing has no part in it.
    """
    return {
        "run": sheet.run,
        "year": sheet.year,
        "policies": {item.policy: _state(item) for item in standing.items},
        "facts": {
            key_text(key): _digest([encode_known(value), sheet.source_of(key)])
            for key, value in sheet.facts.values.items()
            if value is not ABSENT
        }
        | {
            name: _digest([sorted(json.dumps(_plain(r)) for r in records)])
            for name, (records, _) in sheet.facts.linked.items()
        },
    }


def _state(item: Item) -> State:
    amount = item.amount
    money = [None, ""] if amount is None else [amount.fen, amount.basis]
    # What is listed for its claim alone was in force before the claim came.
    return [item.group.id, *money, item.in_force if item.decision else None]


def _plain(record: Mapping[str, Any]) -> dict[str, object]:
    return {name: encode_known(record[name]) for name in sorted(record)}


def _digest(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _compared(
    last: datetime,
    then: dict[str, Any],
    now: Mapping[str, Any],
    standing: Standing,
    region: Region,
) -> Changes:
    locale = standing.locale
    before, after = then["policies"], now["policies"]
    titles = {p: title_of(region, p, locale) for p in (*after, *before)}
    begun = [p for p in titles if _in_force(after, p) and not _in_force(before, p)]
    ended = [p for p in titles if _in_force(before, p) and not _in_force(after, p)]
    moved = [
        p
        for p in titles
        if p not in (*begun, *ended)
        and (before.get(p) or [])[:3] != (after.get(p) or [])[:3]
    ]
    return Changes(
        last,
        tuple((p, titles[p]) for p in begun),
        tuple((p, titles[p]) for p in ended),
        tuple(
            _moved(p, titles[p], (before.get(p), after.get(p)), locale) for p in moved
        ),
        tuple(_facts(then, now, region, locale)),
        then["run"] != now["run"],
    )


def _moved(
    policy: str, title: str, states: tuple[State | None, State | None], locale: str
) -> Moved:
    groups = [None if s is None else GROUP_OF.get(s[0]) for s in states]
    sums = [
        None if s is None or s[1] is None else sum_in(s[2], s[1], locale)
        for s in states
    ]
    return Moved(policy, title, groups[0], groups[1], sums[0], sums[1])


def _in_force(policies: Mapping[str, State], policy: str) -> bool:
    return policy in policies and bool(policies[policy][3])


def _facts(
    then: Mapping[str, Any], now: Mapping[str, Any], region: Region, locale: str
) -> Iterator[FactMoved]:
    """Yield the facts that changed; a year that is no longer looked at is not gone."""
    before, after = then["facts"], now["facts"]
    for typed in sorted({*before, *after}):
        key = read_key(typed)
        if before.get(typed) == after.get(typed):
            continue
        if typed in after:
            how = "updated" if typed in before else "new"
        elif key[1] is not None and key[1] < now["year"] - BACK_YEARS:
            continue
        else:
            how = "gone"
        yield FactMoved(typed, fact_name(region.facts, key, locale=locale), how)
