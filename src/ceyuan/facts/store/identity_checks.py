# SPDX-License-Identifier: Apache-2.0
"""Whether an event may be written: complete, and no contradiction to what stands.

An event that contradicts what is recorded is refused with what to do instead; the
one hard idea is that the check must look at spans, not at today: two mergers that
never hold on one day do not make a circle, and a firm that left one owner before it
joined another has not two. The checks walk only the neighbourhood of the event, so
the ten-thousandth event costs what the first did.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from ceyuan.facts.store.handles import handle_of_code
from ceyuan.facts.store.identity import KINDS, LASTING, IdentityEvent
from ceyuan.kernel import Problem, UsageError, clean_code, code_fault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg import Connection

_STANDING = """
not exists (select 1 from identity_event u where u.undoes = e.id)
"""
_ENTITY = f"""
with recursive chain (handle, depth) as (
  select %s::bigint, 0
  union all
  select next.org, chain.depth + 1 from chain cross join lateral (
    select e.org from identity_event e
    where e.other = chain.handle and e.kind in ('recode', 'match')
      and e.org <> e.other and {_STANDING}
    order by e.id desc limit 1) next
  where chain.depth < 1000)
select handle from chain order by depth desc limit 1
"""  # noqa: S608  only our own text is put in
_HANDLES = f"""
with recursive known (handle) as (
  select %s::bigint
  union
  select e.other from known join identity_event e on e.org = known.handle
  where e.kind in ('recode', 'match') and {_STANDING})
select handle from known
"""  # noqa: S608
_MERGES = f"""
select e.id, e.org, e.valid_from, e.valid_to from identity_event e
where e.other = any(%s) and e.kind = 'merge' and {_STANDING}
order by e.id
"""  # noqa: S608
_OWN = f"""
select min(e.id) from identity_event e
where {_STANDING}
  and (e.org = %(handle)s and e.kind in ('recode', 'rename', 'merge', 'match')
    or e.other = %(handle)s and e.kind = 'merge')
"""  # noqa: S608
_PAIR = f"""
select min(e.id) from identity_event e
where e.other = %s and e.org = any(%s) and e.kind = %s and {_STANDING}
"""  # noqa: S608
_BOUND = f"""
select min(e.id) from identity_event e
where e.other = %s and e.kind in ('recode', 'match') and e.org <> e.other
  and {_STANDING}
"""  # noqa: S608

_NEEDS = {
    "recode": "code",
    "rename": "name",
    "foreign_parent": "name",
    "merge": "other",
    "branch": "other",
    "group": "other",
    "match": "other",
    "reject_match": "other",
    "unmerge": "undoes",
}
_SAID = {
    "code": "信用代码 (its code)",
    "name": "名称 (its name)",
    "other": "另一方 (the other organisation)",
    "undoes": "要撤销的事件编号 (the number of the event to undo)",
}


class IdentityRefused(UsageError):
    """An event that contradicts what is recorded; `problem` says so as a value."""

    def __init__(self, code: str, message: str, *, hint: str) -> None:
        super().__init__(message, hint=hint)
        self.problem = Problem(code=code, message=message, mend=hint)


@dataclass(frozen=True, slots=True)
class _Merge:
    """A merger that stands: by which event, into whom, in which span."""

    id: int
    org: int
    first: date
    end: date


def complete(event: IdentityEvent) -> IdentityEvent:
    """Return an event with what follows from it.

    Raises:
        IdentityRefused: It lacks something, or says what cannot be.
    """
    if event.kind not in KINDS:
        msg = f"没有 `{event.kind}` 这种身份事件 (no such kind)"
        raise _incomplete(msg, *KINDS)
    for part in ("actor", "reason"):
        if not getattr(event, part).strip():
            msg = f"身份事件要写明经办人和理由，缺 {part} (actor and reason are needed)"
            raise _incomplete(msg)
    if event.valid_to is not None and event.valid_to <= event.valid_from:
        msg = f"到 {event.valid_to} 为止，却从 {event.valid_from} 起 (it ends before it begins)"
        raise _incomplete(msg)
    if event.kind == "recode" and event.code:
        code = clean_code(event.code)
        if fault := code_fault(code):
            msg = f"信用代码 `{event.code}` {fault} (not a sound code)"
            raise _incomplete(msg)
        handle = handle_of_code(code)
        if event.other not in {None, handle}:
            msg = f"`other` 不是代码 {code} 的标识 (not that code's handle)"
            raise _incomplete(msg)
        event = replace(event, code=code, other=handle)
    need = _NEEDS[event.kind]
    if getattr(event, need) in {None, ""}:
        msg = f"`{event.kind}` 要写明{_SAID[need]}"
        raise _incomplete(msg)
    return event


def _incomplete(message: str, *choices: str) -> IdentityRefused:
    hint = f"可用的：{'、'.join(choices)}" if choices else "补上后重新提交"
    return IdentityRefused("R440", message, hint=hint)


def check(conn: Connection, event: IdentityEvent) -> None:
    """Check a complete event, other than an unmerge, against what stands.

    The caller holds the lock of the writers until the event is written.

    Raises:
        IdentityRefused: It contradicts what is recorded.
    """
    _CHECKS[event.kind](conn, event)


def _check_lasting(conn: Connection, event: IdentityEvent) -> None:
    """Check that a handle may become another name of an entity, for all days."""
    other = event.other
    assert other is not None
    if other == event.org:
        if event.kind == "recode":
            return  # The organisation's own code, with its day: it joins nothing.
        raise _itself(other)
    here, there = _entity(conn, event.org), _entity(conn, other)
    if here == there:
        msg = f"{_shown(event)} 已经属于这家机构 (it is this organisation's already)"
        hint = "要改日期或依据，先撤销原来的事件，再重新记"
        raise IdentityRefused("R441", msg, hint=hint)
    bound = _scalar(conn, _BOUND, (other,))
    if bound is not None:
        raise _taken(event, f"事件 {bound}")
    if event.kind == "recode":
        own = _scalar(conn, _OWN, {"handle": other})
        if own is not None:
            raise _taken(event, f"事件 {own}")
    if event.kind == "match":
        names = sorted(_handles(conn, here))
        rejected = _scalar(conn, _PAIR, (other, names, "reject_match"))
        if rejected is not None:
            msg = f"事件 {rejected} 认定这个名称不是这家机构 (rejected before)"
            raise IdentityRefused("R443", msg, hint=f"先撤销事件 {rejected}，再确认")
    _check_union(conn, {here, there})


def _check_union(conn: Connection, pair: set[int]) -> None:
    """Check that the mergers of two entities still make sense when they are one."""
    mergers: list[_Merge] = []
    for entity in sorted(pair):
        for merge in _merges(conn, entity):
            if _entity(conn, merge.org) in pair:
                msg = f"事件 {merge.id} 记着两者之间的合并 (a merger between the two)"
                hint = f"两者本来就是一家时，先撤销事件 {merge.id}"
                raise IdentityRefused("R443", msg, hint=hint)
            _check_alone(mergers, merge.first, merge.end)
            mergers.append(merge)
    for merge in mergers:
        start = _entity(conn, merge.org)
        _check_circle(conn, start, pair, (merge.first, merge.end))


def _check_merge(conn: Connection, event: IdentityEvent) -> None:
    assert event.other is not None
    owner, absorbed = _entity(conn, event.org), _entity(conn, event.other)
    if owner == absorbed:
        raise _itself(owner)
    span = (event.valid_from, event.valid_to or date.max)
    _check_alone(_merges(conn, absorbed), *span)
    _check_circle(conn, owner, {absorbed}, span)


def _check_alone(mergers: Sequence[_Merge], first: date, end: date) -> None:
    """Refuse a second owner on any day of a span."""
    for merge in mergers:
        if merge.first < end and first < merge.end:
            msg = (
                f"这家机构从 {merge.first} 起已并入另一家，事件 {merge.id} "
                "(absorbed already)"
            )
            hint = f"改为合并它并入的那一家；原来的合并有误时，先撤销事件 {merge.id}"
            raise IdentityRefused("R443", msg, hint=hint)


def _check_circle(
    conn: Connection, start: int, goal: set[int], span: tuple[date, date]
) -> None:
    """Refuse a merger that leads back to where it starts on any one day."""
    ahead: list[tuple[int, date, date, tuple[int, ...]]] = [(start, *span, ())]
    while ahead:
        entity, first, end, path = ahead.pop()
        for merge in _merges(conn, entity):
            low, high = max(first, merge.first), min(end, merge.end)
            if low >= high:
                continue
            after = _entity(conn, merge.org)
            way = (*path, merge.id)
            if after in goal:
                events = "、".join(str(number) for number in way)
                msg = f"合并绕成了圈：经事件 {events} 又回到自己 (a circle of mergers)"
                hint = f"核对吸收方与被吸收方；有误的事件先撤销（{events}）"
                raise IdentityRefused("R442", msg, hint=hint)
            ahead.append((after, low, high, way))


def _check_relation(conn: Connection, event: IdentityEvent) -> None:
    assert event.other is not None
    here = _entity(conn, event.org)
    if here == _entity(conn, event.other):
        raise _itself(here)


def _check_reject(conn: Connection, event: IdentityEvent) -> None:
    assert event.other is not None
    names = _handles(conn, _entity(conn, event.org))
    if event.other in names:
        found = _scalar(conn, _BOUND, (event.other,))
        msg = f"这个名称已确认是这家机构，事件 {found} (it is a match already)"
        raise IdentityRefused("R443", msg, hint=f"先撤销事件 {found}，再否定")
    before = _scalar(conn, _PAIR, (event.other, sorted(names), "reject_match"))
    if before is not None:
        msg = f"事件 {before} 已经否定过 (rejected before)"
        raise IdentityRefused("R441", msg, hint="不必再记")


def _check_nothing(conn: Connection, event: IdentityEvent) -> None:
    """A name and a parent abroad contradict nothing."""


_CHECKS = {
    **dict.fromkeys(LASTING, _check_lasting),
    "merge": _check_merge,
    "branch": _check_relation,
    "group": _check_relation,
    "reject_match": _check_reject,
    "rename": _check_nothing,
    "foreign_parent": _check_nothing,
}


def _itself(handle: int) -> IdentityRefused:
    msg = f"两边是同一家机构 {handle} (both sides are one organisation)"
    return IdentityRefused("R441", msg, hint="核对另一方的代码或名称")


def _taken(event: IdentityEvent, by: str) -> IdentityRefused:
    msg = f"{_shown(event)} 已属于另一家机构，{by} (it belongs to another one already)"
    hint = "两家合并了，记 merge；原来的事件有误，先撤销它"
    return IdentityRefused("R443", msg, hint=hint)


def _shown(event: IdentityEvent) -> str:
    return (
        f"代码 {event.code}" if event.kind == "recode" else f"名称 {event.name}".strip()
    )


def _entity(conn: Connection, handle: int) -> int:
    found = _scalar(conn, _ENTITY, (handle,))
    assert found is not None
    return found


def _handles(conn: Connection, entity: int) -> set[int]:
    return {row[0] for row in conn.execute(_HANDLES, (entity,))}


def _merges(conn: Connection, entity: int) -> list[_Merge]:
    handles = sorted(_handles(conn, entity))
    return [
        _Merge(number, org, first, end or date.max)
        for number, org, first, end in conn.execute(_MERGES, (handles,))
    ]


def _scalar(
    conn: Connection, query: str, given: Sequence[object] | dict[str, object]
) -> int | None:
    row = conn.execute(query, given).fetchone()
    assert row is not None
    value = row[0]
    assert value is None or isinstance(value, int)
    return value
