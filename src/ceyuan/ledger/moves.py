# SPDX-License-Identifier: Apache-2.0
"""From a move of an instrument to transfers: planned purely, then executed whole.

`plan` reads nothing but what it is handed: the instrument, the keys, the inputs, the
parameters in force and a look at the book. The one hard idea is that an entry's id is
made from the case (`innovation_voucher/redeem/2026/CODE/ORDER#2`), so that a move that
is sent twice cannot pay twice, whoever sends it. Limits are the database's to keep.

An expression's result is an exact fraction; it becomes a whole number of smallest
units by the leg's `round`. Where none is declared and a fraction is left, it is cut
off, and the plan says so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import TYPE_CHECKING

from ceyuan.declarations.instrument import filled, keys_in
from ceyuan.kernel import UsageError, unit
from ceyuan.ledger import queries as q
from ceyuan.ledger.evaluated import Evaluated, Told
from ceyuan.ledger.legs import Line, Maker
from ceyuan.ledger.look import BookLook
from ceyuan.ledger.model import Account, AccountSet, Posted, Transfer
from ceyuan.ledger.posting import (
    limit_account,
    limit_set,
    locked,
    open_accounts,
    open_sets,
    post,
)
from ceyuan.ledger.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    import psycopg

    from ceyuan.declarations.instrument import Instrument
    from ceyuan.language import Known, Setting
    from ceyuan.ledger.look import Look

_WORD = re.compile(r"[^/\s\x00-\x1f\x7f\\{}]{1,80}\Z")
_YEAR = re.compile(r"[12]\d{3}\Z")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a move would write.

    Args:
        instrument: The instrument's id.
        move: The move's name.
        id: What its transfers' ids begin with.
        day: The day on which it counts.
        sets: Account sets that have to be there.
        accounts: Accounts that have to be open.
        transfers: What is posted, as one group.
        lines: The same as people read it, with accounts and amounts filled in.
        said: What had to be said: parts that are 0, fractions cut off.
    """

    instrument: str
    move: str
    id: str
    day: date
    sets: tuple[AccountSet, ...]
    accounts: tuple[Account, ...]
    transfers: tuple[Transfer, ...]
    lines: tuple[Line, ...]
    said: tuple[str, ...] = ()

    @property
    def amounts(self) -> dict[str, int]:
        """Return the amount of each transfer, by its id, in smallest units."""
        return {line.id: line.amount for line in self.lines}


def plan(
    instrument: Instrument,
    move: str,
    *,
    keys: Mapping[str, str],
    inputs: Mapping[str, Known],
    day: date,
    look: Look,
    settings: Mapping[str, Setting] | None = None,
) -> Plan:
    """Return what a move would write; nothing is written.

    Args:
        instrument: The instrument.
        move: The move's name.
        keys: The case, by key.
        inputs: What is told, by input: numbers in the base of their unit.
        day: The day on which it counts.
        look: A look at the book.
        settings: Parameters set by the office, by the instrument's names; they win.

    Raises:
        Refused: L120 to L125: a parameter, an input or a condition is wanting, shares
            do not sum, a rest has no layer, or there is nothing to move.
        UsageError: A key or an input does not exist or has another form.
    """
    said = instrument.move(move)
    check_keys(instrument, move, keys)
    _check_inputs(instrument, inputs)
    stem = stem_of(instrument, move, keys)
    told = Told(instrument, keys, inputs, day, settings or {})
    found = Evaluated(told, look, stem, instrument.balances_read(move))
    for one in said.requires:
        found.require(one)
    maker = Maker(instrument, move, keys, day, look, found, stem)
    lines = maker.lines()
    if not lines:
        raise Refused("L125", {"id": stem})
    accounts, sets = _places(instrument, maker, found)
    cause = f"{instrument.id}/{filled(said.id, keys)}"
    transfers = tuple(
        line.transfer(code=f"{instrument.id}.{move}", cause=cause, day=day)
        for line in lines
    )
    return Plan(
        instrument.id,
        move,
        stem,
        day,
        sets,
        accounts,
        transfers,
        tuple(lines),
        tuple(maker.said),
    )


def stem_of(instrument: Instrument, move: str, keys: Mapping[str, str]) -> str:
    """Return what the ids of a move's transfers begin with."""
    return f"{instrument.id}/{move}/{filled(instrument.move(move).id, keys)}"


def check_keys(instrument: Instrument, move: str, keys: Mapping[str, str]) -> None:
    """See that a move's keys are there, and nothing else.

    Raises:
        UsageError: One is missing, not known, or has another form.
    """
    known = instrument.said.keys
    for name, value in keys.items():
        if name not in known:
            raise _no_such("键", "key", name, known)
        wanted = _YEAR if known[name].kind == "year" else _WORD
        if not wanted.match(value):
            msg = f"键 `{name}` 不能是“{value}” (no such {known[name].kind})"
            raise UsageError(msg, hint="年度写四位数；编号不含空格、斜线、花括号")
    missing = [k for k in instrument.keys_of(move) if k not in keys]
    if missing:
        told = "、".join(f"{k}（{known[k].zh}）" for k in missing)
        msg = f"`{instrument.id}` 的 `{move}` 还要键 {told} (keys are missing)"
        raise UsageError(msg, hint=f"加上 --key {missing[0]}=…")


def _check_inputs(instrument: Instrument, inputs: Mapping[str, Known]) -> None:
    known = instrument.said.inputs
    for name, value in inputs.items():
        if name not in known:
            raise _no_such("输入", "input", name, known)
        one = known[name]
        kinds = {"flag": bool, "date": date, "code": str}
        if one.kind in kinds:
            right = isinstance(value, kinds[one.kind])
        else:
            right = not isinstance(value, (bool, str, date, frozenset))
        if not right or (one.codes and value not in one.codes):
            msg = f"输入 `{name}` 不能是“{value}” (not a {one.kind} of it)"
            options = "、".join(one.codes)
            raise UsageError(msg, hint=f"可选：{options}" if options else "")
        number = one.kind == "number" and not isinstance(value, (str, date, frozenset))
        if number and not one.negative and value < 0:  # type: ignore[operator]
            msg = f"输入 `{name}` 不能为负 (below 0)"
            raise UsageError(msg, hint="要倒过来就用冲正的动作")


def _no_such(zh: str, en: str, name: str, known: Mapping[str, object]) -> UsageError:
    near = get_close_matches(name, known, n=1)
    hint = f"是不是 `{near[0]}`？ (did you mean it?)" if near else "、".join(known)
    return UsageError(f"没有{zh} `{name}` (there is no such {en})", hint=hint)


def _places(
    instrument: Instrument, maker: Maker, found: Evaluated
) -> tuple[tuple[Account, ...], tuple[AccountSet, ...]]:
    """Return the accounts of the lines, and the sets that they belong to."""
    accounts: dict[str, Account] = {}
    sets: dict[str, AccountSet] = {}
    for name, keys in maker.touched():
        said = instrument.account(name)
        path = filled(said.path, keys)
        members = []
        for member in said.sets:
            limit = instrument.said.sets[member]
            title = filled(limit.name, keys)
            members.append(title)
            if title not in sets:
                ceiling = found.limit(limit.ceiling, limit.commodity)
                sets[title] = AccountSet(
                    name=title, commodity=limit.commodity, ceiling=ceiling
                )
        if path not in accounts:
            accounts[path] = Account(
                path=path,
                commodity=said.commodity,
                side=said.side,
                opened=found.opening(said.path),
                floor=found.limit(said.floor, said.commodity),
                ceiling=found.limit(said.ceiling, said.commodity),
                sets=tuple(members),
            )
    return tuple(accounts.values()), tuple(sets.values())


def outputs(
    instrument: Instrument,
    *,
    keys: Mapping[str, str],
    day: date,
    look: Look,
    settings: Mapping[str, Setting] | None = None,
) -> dict[str, str]:
    """Return what an instrument shows of its accounts, as exact numbers.

    An output whose keys are not all given is left out; one that cannot be known says
    so with the reason's code.
    """
    found: dict[str, str] = {}
    for name, said in instrument.said.outputs.items():
        read = instrument.balances_in(said.expr)
        asked = {k for a in read for k in keys_in(instrument.account(a).path)}
        if not asked <= set(keys):
            continue
        told = Told(instrument, keys, {}, day, settings or {})
        try:
            value = Evaluated(told, look, name, read).number(said.expr)
        except Refused as refused:
            found[name] = f"—（{refused.code}）"
        else:
            found[name] = str(value / unit(said.unit).scale)
    return found


def lock(
    conn: psycopg.Connection,
    instrument: Instrument,
    move: str,
    keys: Mapping[str, str],
) -> None:
    """Lock what planning a move reads, until the caller's transaction ends.

    A move that reads no balance locks nothing: the book locks when it posts. One that
    does locks every account that it reads or touches, at once, so that none of them
    changes between the plan and the posting.
    """
    said = instrument.move(move)
    rules = [leg.by_holdings for leg in said.legs if leg.by_holdings is not None]
    read = instrument.balances_read(move)
    if not (rules or read):
        return
    check_keys(instrument, move, keys)
    paths, prefixes = [], []
    for name in (*read, *instrument.touched(move), *(r.holdings for r in rules)):
        path = instrument.account(name).path
        free = [r.key for r in rules if r.key in keys_in(path)]
        if free and free[0] not in keys:
            prefixes.append(filled(path.partition(f"{{{free[0]}}}")[0], keys))
        else:
            paths.append(filled(path, keys))
    BookLook(conn).lock(paths, prefixes)


def execute(
    conn: psycopg.Connection, planned: Plan, *, actor: str, reason: str = ""
) -> list[Posted]:
    """Write a plan: sets and accounts that are not there, then all transfers or none.

    A limit follows the parameter in force on the plan's day: a set or an account that
    is there with another ceiling is given this one, which the book notes.

    Args:
        conn: A connection in a transaction of the caller's.
        planned: The plan.
        actor: Who asks.
        reason: Why, for what is opened.

    Raises:
        Refused: The book does not take it. The caller's transaction has to be taken
            back, with the accounts that were opened.
    """
    open_sets(conn, planned.sets, actor=actor, reason=reason)
    open_accounts(conn, planned.accounts, actor=actor, reason=reason)
    _follow(conn, planned, actor=actor, reason=reason)
    return post(conn, planned.transfers, actor=actor, link=planned.id)


def _follow(
    conn: psycopg.Connection, planned: Plan, *, actor: str, reason: str
) -> None:
    """Give what is there the ceilings that hold now; accounts first, then sets."""
    limited = {a.path: a for a in planned.accounts if a.ceiling is not None}
    changed = [
        s
        for s in planned.sets
        if (row := conn.execute(q.SET, (s.name,)).fetchone()) and row[2] != s.ceiling
    ]
    if not (limited or changed):
        return
    for path, there in locked(conn, [a.path for a in planned.accounts]).items():
        ceiling = limited[path].ceiling if path in limited else there.ceiling
        if there.ceiling != ceiling:
            limit_account(
                conn,
                path,
                floor=there.floor,
                ceiling=ceiling,
                actor=actor,
                reason=reason,
            )
    for one in sorted(changed, key=lambda s: s.name):
        limit_set(conn, one.name, one.ceiling, actor=actor, reason=reason)
