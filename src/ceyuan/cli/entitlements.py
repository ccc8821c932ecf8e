# SPDX-License-Identifier: Apache-2.0
"""`ceyuan entitlement list|show|approve|object|settle|decline`."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from ceyuan.cli.entitlement_told import (
    entitlement_json,
    org_of,
    print_told,
    state_word,
    told_json,
)
from ceyuan.cli.money import (
    Amounts,
    agreed,
    day_said,
    in_words,
    problem_json,
    say_problems,
    somebody_or_yes,
)
from ceyuan.cli.opened import mark, opened, print_json, say
from ceyuan.cli.tables import Column, print_table
from ceyuan.cli.talk import Talk
from ceyuan.kernel import UsageError
from ceyuan.office.booked import seal_book

if TYPE_CHECKING:
    from ceyuan.office.entitlements import Approved, Entitlement
    from ceyuan.office.memory import Memory
    from ceyuan.office.money_told import Waiting


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed about some entitlements."""

    names: tuple[str, ...]
    policy: str
    year: int
    on: str
    reason: str
    actor: str
    region: str


def listed(
    state: str,
    policy: str,
    firm: str,
    year: int,
    limit: int,
    region: str,
    *,
    as_json: bool,
) -> None:
    """List entitlements."""
    from ceyuan.office.entitlements import STATES
    from ceyuan.office.entitlements import listed as found_in
    from ceyuan.office.money_told import is_synthetic

    if state and state not in STATES:
        near = get_close_matches(state, STATES, n=1)
        options = "、".join(f"{s}（{said[0]}）" for s, said in STATES.items())
        msg = f"没有状态 `{state}` (no such state)"
        raise UsageError(msg, hint=f"是不是 `{near[0]}`？" if near else options)
    with opened(region, quiet=as_json) as memory:
        if policy:
            memory.region.rule(policy)
        org = org_of(memory, firm) if firm else None
        with memory.transaction() as conn:
            every = found_in(conn, state=state, policy=policy, org=org, year=year)
            synthetic = is_synthetic(conn)
        some = every[:limit]
        if as_json:
            print_json(
                {
                    "schema": "ceyuan.entitlements/1",
                    "synthetic": synthetic,
                    "total": len(every),
                    "entitlements": [entitlement_json(one) for one in some],
                }
            )
            return
        _print_list(memory, some)
    if len(every) > len(some):
        say(f"共 {len(every):,} 笔，列出前 {len(some):,} 笔；--limit 列更多 (and more)")
    mark(synthetic=synthetic)


def _print_list(memory: Memory, some: list[Entitlement]) -> None:
    amounts = Amounts.of(memory, {one.commodity for one in some})
    print_table(
        [
            Column("应享"),
            Column("企业"),
            Column(amounts.head("金额"), number=True),
            Column("状态"),
            Column("公示到"),
            Column("承诺付款"),
            Column("决定"),
            Column("批准"),
        ],
        [
            (
                one.id,
                one.name,
                amounts.cell(one.amount, one.commodity),
                state_word(one),
                one.object_until,
                one.promised_on,
                one.decided_by,
                one.approved_by,
            )
            for one in some
        ],
    )


def show(name: str, region: str, *, as_json: bool) -> None:
    """Show one entitlement from its decision to the treasury."""
    from ceyuan.office.money_told import told

    with opened(region, quiet=as_json) as memory:
        made = told(memory, name)
        if as_json:
            print_json(told_json(made))
            return
        print_told(memory, made)
    mark(synthetic=made.entitlement.synthetic)


def approve(asked: Asked, *, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Approve what was noticed, once its window is over; exit 0 also for none."""
    from ceyuan.office.entitlements import approve as verb
    from ceyuan.office.money_told import full_name, is_synthetic, to_approve

    somebody_or_yes(yes=yes, dry_run=dry_run, as_json=as_json)
    day = day_said(asked.on)
    with opened(asked.region, asked.actor, quiet=as_json) as memory:
        if asked.policy:
            memory.region.rule(asked.policy)
        with memory.transaction() as conn:
            names = tuple(full_name(conn, name) for name in asked.names)
            seen = to_approve(
                conn, on=day, policy=asked.policy, names=names, year=asked.year
            )
            synthetic = is_synthetic(conn)
        if not as_json:
            _print_waiting(memory, seen)
        ready = sum(len(one.ready) for one in seen)
        made: Approved | None = None
        if not dry_run:
            if ready and not yes and not agreed(f"批准 {ready:,} 笔吗？ (approve?)"):
                return
            made = verb(
                memory,
                on=day,
                policy=asked.policy,
                names=names,
                year=asked.year,
                reason=asked.reason,
            )
            seal_book(memory)
    if as_json:
        print_json(_approved_json(seen, made, synthetic=synthetic))
        return
    if made is None:
        say("※ 试算，没有写入 (dry run, nothing was written)")
        mark(synthetic=synthetic)
        return
    say(
        f"已批准：{len(made.payable):,} 笔待支付，{len(made.arrived):,} 笔无需付款已到"
        f"（创新券等）；{len(made.waiting):,} 笔还在公示或有异议 (approved)"
    )
    say_problems(made.problems)
    mark(synthetic=synthetic)
    if made.payable:
        Talk().say(
            "下一步：财务送付：ceyuan pay batch --form bank_csv --out 支付.csv --as 财务"
        )


def _print_waiting(memory: Memory, seen: list[Waiting]) -> None:
    if not seen:
        say("没有在公示的应享 (nothing is noticed)")
        return
    print_table(
        [
            Column("编号"),
            Column("政策"),
            Column("可批准", number=True),
            Column("金额", number=True),
            Column("还在公示或有异议", number=True),
        ],
        [
            (
                one.policy,
                memory.region.rules[one.policy].said.zh
                if one.policy in memory.region.rules
                else "",
                f"{len(one.ready):,}",
                in_words(memory, one.total, one.commodity),
                f"{len(one.waiting):,}",
            )
            for one in seen
        ],
    )


def _approved_json(
    seen: list[Waiting], made: Approved | None, *, synthetic: bool
) -> dict[str, Any]:
    ready = [one.id for some in seen for one in some.ready]
    waiting = [one.id for some in seen for one in some.waiting]
    return {
        "schema": "ceyuan.entitlement-approve/1",
        "dry_run": made is None,
        "synthetic": synthetic,
        "ready": ready,
        "payable": [] if made is None else made.payable,
        "arrived": [] if made is None else made.arrived,
        "waiting": waiting if made is None else made.waiting,
        "problems": [] if made is None else [problem_json(p) for p in made.problems],
    }


def object_to(asked: Asked, behalf: str, *, as_json: bool) -> None:
    """Note an objection."""
    from ceyuan.office.entitlements import object_to as verb

    with opened(asked.region, asked.actor, quiet=as_json) as memory:
        one = verb(
            memory,
            _full(memory, asked),
            on=day_said(asked.on),
            reason=asked.reason,
            behalf=behalf,
        )
        seal_book(memory)
        _said(memory, one, "objected", "已登记异议，裁定之前不付", as_json=as_json)


def settle(asked: Asked, *, upheld: bool, yes: bool, as_json: bool) -> None:
    """Rule on an objection."""
    from ceyuan.office.entitlements import settle as verb

    somebody_or_yes(yes=yes, dry_run=False, as_json=as_json)
    with opened(asked.region, asked.actor, quiet=as_json) as memory:
        name = _full(memory, asked)
        word = "异议成立，撤回承诺" if upheld else "异议不成立，继续"
        if not yes and not agreed(f"`{name}`：{word}？"):
            return
        one = verb(
            memory, name, upheld=upheld, on=day_said(asked.on), reason=asked.reason
        )
        seal_book(memory)
        _said(memory, one, "upheld" if upheld else "dismissed", word, as_json=as_json)


def decline(asked: Asked, behalf: str, *, yes: bool, as_json: bool) -> None:
    """Note that a party does not want what it is due."""
    from ceyuan.office.entitlements import decline as verb

    somebody_or_yes(yes=yes, dry_run=False, as_json=as_json)
    with opened(asked.region, asked.actor, quiet=as_json) as memory:
        name = _full(memory, asked)
        if not yes and not agreed(f"`{name}`：登记放弃，以后不再承诺？"):
            return
        one = verb(
            memory,
            name,
            on=day_said(asked.on),
            reason=asked.reason,
            behalf=behalf,
        )
        seal_book(memory)
        _said(memory, one, "declined", "已登记放弃，承诺作废", as_json=as_json)


def _full(memory: Memory, asked: Asked) -> str:
    from ceyuan.office.money_told import full_name

    with memory.transaction() as conn:
        return full_name(conn, asked.names[0])


def _said(
    memory: Memory, one: Entitlement, act: str, word: str, *, as_json: bool
) -> None:
    from ceyuan.office.entitlements import one_of

    with memory.transaction() as conn:
        now = one_of(conn, one.id)
    if as_json:
        print_json(
            {
                "schema": "ceyuan.entitlement-act/1",
                "act": act,
                "synthetic": now.synthetic,
                "entitlement": entitlement_json(now),
            }
        )
        return
    said = in_words(memory, now.amount, now.commodity)
    say(f"{now.id}（{now.name} {said}）：{word} ({act})")
    mark(synthetic=now.synthetic)
