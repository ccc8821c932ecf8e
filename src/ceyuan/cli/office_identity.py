# SPDX-License-Identifier: Apache-2.0
"""`ceyuan identity`: who is who, and who has become whom."""

from __future__ import annotations

from ceyuan.cli.checking import read_day
from ceyuan.cli.opened import opened, print_json, say
from ceyuan.cli.tables import Column, print_table


def merge(
    firm: str, absorbed: str, since: str, reason: str, actor: str, region: str
) -> None:
    """Record a merger."""
    from ceyuan.office import identities

    with opened(region, actor) as memory:
        number = identities.merge(
            memory, firm, absorbed, since=read_day(since), reason=reason
        )
    _done(number, f"{absorbed} 自 {since} 起并入 {firm}")


def recode(
    firm: str, code: str, since: str, reason: str, actor: str, region: str
) -> None:
    """Record another code."""
    from ceyuan.office import identities

    with opened(region, actor) as memory:
        number = identities.recode(
            memory, firm, code, since=read_day(since), reason=reason
        )
    _done(number, f"{firm} 自 {since} 起的信用代码是 {code}")


def rename(
    firm: str, name: str, since: str, reason: str, actor: str, region: str
) -> None:
    """Record another name."""
    from ceyuan.office import identities

    with opened(region, actor) as memory:
        number = identities.rename(
            memory, firm, name, since=read_day(since), reason=reason
        )
    _done(number, f"{firm} 自 {since} 起叫 {name}")


def relate(
    kind: str, firm: str, other: str, since: str, reason: str, actor: str, region: str
) -> None:
    """Record a relation."""
    from ceyuan.office import identities

    with opened(region, actor) as memory:
        number = identities.relate(
            memory, kind, firm, other, since=read_day(since), reason=reason
        )
    _done(number, f"{firm} — {kind} — {other}")


def undo(event: int, reason: str, actor: str, region: str) -> None:
    """Record that an event was wrong."""
    from ceyuan.office import identities

    with opened(region, actor) as memory:
        number = identities.undo(memory, event, reason=reason)
    _done(number, f"事件 {event} 不再算数（记录保留）")


def _done(number: int, text: str) -> None:
    say(f"事件 {number}：{text}")


def listed(known_at: str, region: str, *, as_json: bool) -> None:
    """List what was recorded, as known now or at a moment."""
    from ceyuan.office import identities
    from ceyuan.office.memory import read_moment

    with opened(region) as memory:
        found = identities.events(memory, known_at=read_moment(known_at))
    if as_json:
        print_json(
            {
                "schema": "ceyuan.identity/1",
                "events": [
                    {
                        "event": e.id,
                        "kind": e.kind,
                        "org": e.org,
                        "other": e.other,
                        "code": e.code or None,
                        "name": e.name or None,
                        "valid_from": e.valid_from.isoformat(),
                        "undoes": e.undoes,
                        "actor": e.actor,
                        "reason": e.reason,
                        "known_at": e.known_at.isoformat(),
                    }
                    for e in found
                ],
            }
        )
        return
    print_table(
        [
            Column("事件", number=True),
            Column("种类"),
            Column("内容"),
            Column("自"),
            Column("得知"),
            Column("经手"),
            Column("理由"),
        ],
        [
            (
                e.id,
                e.kind,
                e.code
                or e.name
                or (f"撤销 {e.undoes}" if e.undoes else f"{e.org} ← {e.other}"),
                e.valid_from,
                f"{e.known_at.astimezone():%Y-%m-%d %H:%M}",
                e.actor,
                e.reason,
            )
            for e in found
        ],
    )


def doubts(region: str, *, as_json: bool) -> None:
    """List names that may be somebody known."""
    from ceyuan.office import identities

    with opened(region) as memory:
        found = identities.doubts(memory)
    if as_json:
        print_json(
            {
                "schema": "ceyuan.doubts/1",
                "doubts": [
                    {
                        "doubt": d.id,
                        "name": d.name,
                        "batch": d.batch_id,
                        "candidates": [
                            {"code": c.code, "name": c.name, "likeness": c.likeness}
                            for c in d.candidates
                        ],
                    }
                    for d in found
                ],
            }
        )
        return
    print_table(
        [Column("编号", number=True), Column("名称"), Column("可能是"), Column("批次")],
        [
            (
                d.id,
                d.name,
                "；".join(f"{c.name} {c.code}（{c.likeness}）" for c in d.candidates),
                d.batch_id,
            )
            for d in found
        ],
    )


def settle(
    doubt: int, firm: str, reason: str, as_of: str, actor: str, region: str
) -> None:
    """Say who a doubtful name is."""
    from ceyuan.office import identities

    with opened(region, actor) as memory:
        numbers = identities.settle(
            memory, doubt, firm, reason=reason, as_of=read_day(as_of)
        )
    who = f"就是 {firm}" if firm else "不是列出的任何一家"
    _done(numbers[-1] if numbers else 0, f"待定名称 {doubt} {who}")
