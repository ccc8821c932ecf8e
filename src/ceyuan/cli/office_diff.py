# SPDX-License-Identifier: Apache-2.0
"""`ceyuan diff` on the terminal: who changed, and because of what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ceyuan.cli.opened import mark, say
from ceyuan.cli.tables import Column, print_table
from ceyuan.kernel import show_money
from ceyuan.office.compared import (
    CAUSES,
    FACT_WHYS,
    RULE_WHYS,
    compared_rows,
    fact_text,
)
from ceyuan.office.deciding import outcome_text

if TYPE_CHECKING:
    from ceyuan.office.compared import Cause, Compared
    from ceyuan.office.memory import Memory


def print_diff(memory: Memory, made: Compared, *, limit: int, locale: str) -> None:
    """Print a comparison."""
    zh = locale == "zh"
    day = "判定日 " if zh else "as of "
    say(f"{made.a.id}（{day}{made.a.as_of}） → {made.b.id}（{day}{made.b.as_of}）")
    mark(synthetic=made.synthetic)
    if made.equal:
        say("没有任何变化 (nothing differs)")
        return
    names = {p: _name(memory, p, locale) for p in made.policies}
    rows = [
        (
            f"{names[policy]} {policy}",
            outcome_text(before, locale),
            outcome_text(after, locale),
            f"{number:,}",
        )
        for policy, before, after, number, *_ in compared_rows(made)
    ]
    if rows:
        heads = ("政策", "先前", "后来") if zh else ("policy", "before", "after")
        number = Column("对象" if zh else "subjects", number=True)
        print_table([*(Column(head) for head in heads), number], rows)
    for policy, one in made.policies.items():
        name = names[policy]
        if one.clauses:
            say(
                f"{name}：{one.clauses:,} 个对象有条件的回答变了"
                if zh
                else f"{name}: answers to clauses differ for {one.clauses:,} subjects"
            )
        if one.amounts:
            sums = f"{show_money(one.amount_before)} → {show_money(one.amount_after)}"
            say(
                f"{name}：{one.amounts:,} 个对象金额有变，合计 {sums}"
                if zh
                else f"{name}: {one.amounts:,} amounts differ, in all {sums}"
            )
    _only_one(made, zh=zh)
    _causes(made, names, limit=limit, locale=locale)


def _only_one(made: Compared, *, zh: bool) -> None:
    """Say what only one of the runs decided."""
    sides = (
        ("先前" if zh else "the first", made.only_a, made.only_a_policies),
        ("后来" if zh else "the second", made.only_b, made.only_b_policies),
    )
    for word, counts, _ in sides:
        for subject, number in counts.items():
            if number:
                say(
                    f"只在{word}的判定里有的 {subject}：{number:,} 个"
                    if zh
                    else f"{subject} only in {word} run: {number:,}"
                )
    for word, _, policies in sides:
        for policy in policies:
            say(
                f"只有{word}判定了 {policy}"
                if zh
                else f"only {word} run decided {policy}"
            )


def _causes(made: Compared, names: dict[str, str], *, limit: int, locale: str) -> None:
    zh = locale == "zh"
    traced = sum(one.traced for one in made.policies.values())
    changed = sum(one.changed for one in made.policies.values())
    if not traced:
        return
    say(
        f"\n原因（查了 {traced:,} 处，共 {changed:,} 处变化）"
        if zh
        else f"\nCauses ({traced:,} looked into, of {changed:,} changes)"
    )
    colon = "：" if zh else ": "
    for policy, one in made.policies.items():
        for kind, number in one.causes.most_common():
            say(f"    {names[policy]}{colon}{CAUSES[kind][not zh]} {number:,}")
    say("")
    for cause in made.causes[:limit]:
        say(f"{cause.name} {cause.code}  {names[cause.policy]}  {_turn(cause, locale)}")
        for fact in cause.facts:
            why = FACT_WHYS[fact.why][not zh] if fact.why else ""
            say(f"    {fact_text(made, fact, locale)}" + (f"（{why}）" if why else ""))
        for rule in cause.rules:
            say(
                f"    {rule.kind} {rule.name}{colon}{_shown(rule.before)} → "
                f"{_shown(rule.after)}（{RULE_WHYS[rule.why][not zh]}）"
            )
    more = len(made.causes) - limit
    if more > 0:
        say(
            f"……另有 {more} 处；--limit 多列几处，--json 全部"
            if zh
            else f"... and {more} more; --limit lists more, --json all"
        )


def _turn(cause: Cause, locale: str) -> str:
    parts = []
    for outcome, amount in (cause.before, cause.after):
        word = outcome_text(str(outcome or "refused"), locale)
        money = "" if amount is None else f"（{show_money(amount)}）"
        parts.append(word + money)
    return " → ".join(parts)


def _shown(value: object) -> str:
    return "—" if value is None else str(value)


def _name(memory: Memory, policy: str, locale: str) -> str:
    rule = memory.region.rules.get(policy)
    if rule is None:
        return policy
    return rule.said.zh if locale == "zh" else rule.said.en
