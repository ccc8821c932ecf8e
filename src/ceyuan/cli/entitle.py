# SPDX-License-Identifier: Apache-2.0
"""`ceyuan entitle`: who receives what without having applied, and why not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ceyuan.cli.money import (
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
from ceyuan.kernel import show_money
from ceyuan.office.booked import seal_book

if TYPE_CHECKING:
    from datetime import date

    from ceyuan.ledger import Transfer
    from ceyuan.office.memory import Memory
    from ceyuan.office.promising import Entitled, Terms


@dataclass(frozen=True, slots=True)
class Asked:
    """A run of entitlements as it was typed."""

    year: int
    policies: tuple[str, ...]
    run: str
    on: str
    reason: str
    actor: str
    region: str


def entitle(
    asked: Asked, *, dry_run: bool, yes: bool, as_json: bool, quiet: bool
) -> None:
    """Turn decisions into entitlements: show, ask, write."""
    from ceyuan.office.entitling import entitle as bring_about
    from ceyuan.office.money_told import terms_of

    somebody_or_yes(yes=yes, dry_run=dry_run, as_json=as_json)
    talk = Talk(quiet or as_json)
    day = day_said(asked.on)
    with opened(asked.region, asked.actor, quiet=quiet or as_json) as memory:

        def ask(*, dry: bool) -> Entitled:
            made = bring_about(
                memory,
                year=asked.year,
                policies=asked.policies,
                run=asked.run,
                on=day,
                reason=asked.reason,
                dry_run=dry,
                progress=lambda n, whole: talk.progress("应享", n, whole),
            )
            talk.done()
            return made

        made = ask(dry=dry_run or not yes)
        terms = terms_of(memory, made, day)
        if not as_json:
            _print(memory, made, terms)
        written = not made.dry
        if not (dry_run or yes) and _changes(made):
            if not agreed("写入应享并记账吗？ (write them?)"):
                return
            made, written = ask(dry=False), True
        if written:
            seal_book(memory)
        if as_json:
            print_json(entitled_json(made, terms))
            return
        if written and _changes(made):
            say(
                f"已写入：{made.firms:,} 家 {show_money(made.total)}，"
                f"分录 {len(made.transfers):,} 笔 (written)"
            )
    _next(made, terms, talk, dry_run=dry_run)


def _changes(made: Entitled) -> bool:
    return bool(made.fresh or made.withdrawn)


def _print(memory: Memory, made: Entitled, terms: dict[str, Terms]) -> None:
    _print_fresh(memory, made, terms)
    if made.withdrawn:
        say("\n撤回（依据已变） (withdrawn: their ground has changed)")
        for held in made.withdrawn[:20]:
            say(f"    {held.id}  {show_money(held.amount)}")
        if len(made.withdrawn) > 20:
            say(f"    另有 {len(made.withdrawn) - 20:,} 笔 (and more)")
    for one in made.stacked[:10]:
        say(f"※ 叠加 `{one.group}`：{one.zh}")
    if len(made.stacked) > 10:
        say(f"※ 另有 {len(made.stacked) - 10:,} 家有叠加，--json 列出全部 (and more)")
    if made.unfunded:
        say(
            f"！资金池不足：{len(made.unfunded):,} 笔共 "
            f"{show_money(sum(made.unfunded.values()))}没有承诺 (no funds)"
        )
        say("    拨款后再运行一次，先做的不会重复：`ceyuan move 工具 appropriate …`")
    say_problems(made.problems)
    if made.dry:
        say("※ 试算，没有写入 (dry run, nothing was written)")
    mark(synthetic=made.synthetic)


def _print_fresh(memory: Memory, made: Entitled, terms: dict[str, Terms]) -> None:
    if not made.fresh:
        blocked = made.unfunded or made.problems
        say(
            "没有新的应享可以承诺，原因见下 (nothing can be promised)"
            if blocked
            else "没有新的应享：该承诺的都在账上 (nothing is left to do)"
        )
        return
    sums: dict[tuple[str, str, str], tuple[set[int], int, int]] = {}
    for _, due in made.fresh:
        key = (due.policy, due.instrument, due.commodity)
        firms, count, total = sums.get(key, (set(), 0, 0))
        sums[key] = (firms | {due.org}, count + 1, total + due.amount)
    rows = []
    for (policy, instrument, commodity), (firms, count, total) in sums.items():
        rule = memory.region.rules.get(policy)
        term = terms.get(instrument)
        rows.append(
            (
                policy,
                rule.said.zh if rule else "",
                f"{len(firms):,}",
                f"{count:,}",
                in_words(memory, total, commodity),
                term.object_until if term else "",
                term.promised_on if term else "",
            )
        )
    say(
        f"判定 {made.run}：不用申请，{made.firms:,} 家应享 {show_money(made.total)} "
        "(without an application)"
    )
    print_table(
        [
            Column("编号"),
            Column("政策"),
            Column("企业", number=True),
            Column("笔数", number=True),
            Column("金额", number=True),
            Column("公示到"),
            Column("承诺付款"),
        ],
        rows,
    )
    _say_calendar(memory, terms)


def _say_calendar(memory: Memory, terms: dict[str, Terms]) -> None:
    from ceyuan.office.workdays import is_listed

    days: set[date] = {t.promised_on for t in terms.values()}
    for year in sorted({day.year for day in days}):
        if not is_listed(memory.region.id, year):
            say(
                f"※ {year} 年的节假日没有登记，工作日只按周末算 (holidays not declared)"
            )


def _next(
    made: Entitled, terms: dict[str, Terms], talk: Talk, *, dry_run: bool
) -> None:
    if dry_run:
        if _changes(made):
            talk.say("下一步：不带 --dry-run 再运行一次")
        return
    if made.fresh:
        until = max((t.object_until for t in terms.values()), default=None)
        talk.say(
            f"下一步：公示期满（{until} 之后）由另一个人批准："
            "ceyuan entitlement approve --as 复核人"
        )


def entitled_json(made: Entitled, terms: dict[str, Terms]) -> dict[str, Any]:
    """Return what a run of entitlements did or would do, schema `ceyuan.entitle/1`."""
    return {
        "schema": "ceyuan.entitle/1",
        "year": made.year,
        "run": made.run,
        "dry_run": made.dry,
        "synthetic": made.synthetic,
        "transfers": [_transfer(one) for one in made.transfers],
        "firms": made.firms,
        "total_fen": made.total,
        "entitlements": [
            {
                "id": name,
                "policy": due.policy,
                "instrument": due.instrument,
                "year": due.year,
                "subject": due.subject,
                "key": due.key,
                "party": due.party,
                "name": due.name,
                "commodity": due.commodity,
                "amount": due.amount,
                "mode": due.mode,
                "object_until": _day(terms, due.instrument, "object_until"),
                "promised_on": _day(terms, due.instrument, "promised_on"),
            }
            for name, due in made.fresh
        ],
        "withdrawn": [
            {
                "id": held.id,
                "policy": held.policy,
                "party": held.party,
                "amount": held.amount,
                "state": held.state,
            }
            for held in made.withdrawn
        ],
        "stacked": [
            {
                "group": one.group,
                "org": one.org,
                "rule": one.rule,
                "kept": list(one.kept),
                "left": list(one.left),
                "zh": one.zh,
                "en": one.en,
            }
            for one in made.stacked
        ],
        "unfunded": {
            "count": len(made.unfunded),
            "fen": sum(made.unfunded.values()),
        },
        "problems": [problem_json(one) for one in made.problems],
    }


def _day(terms: dict[str, Terms], instrument: str, which: str) -> str | None:
    term = terms.get(instrument)
    if term is None:
        return None
    return str(term.object_until if which == "object_until" else term.promised_on)


def _transfer(one: Transfer) -> dict[str, Any]:
    return {
        "id": one.id,
        "kind": one.kind,
        "debit": one.debit,
        "credit": one.credit,
        "amount": one.amount,
        "commodity": one.commodity,
        "code": one.code,
        "cause": one.cause,
        "effective": one.effective.isoformat(),
        "of": one.of,
        "expires": None if one.expires is None else one.expires.isoformat(),
    }
