# SPDX-License-Identifier: Apache-2.0
"""`ceyuan simulate`: what a reform costs, who gains, who loses, how surely."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from ceyuan.cli.checking import read_day
from ceyuan.cli.opened import mark, opened, print_json, say
from ceyuan.cli.tables import Column, print_table
from ceyuan.cli.talk import Talk
from ceyuan.kernel import UsageError, show_money, unit
from ceyuan.office.deciding import outcome_text
from ceyuan.office.reform_told import group_words

if TYPE_CHECKING:
    from fractions import Fraction
    from pathlib import Path

    from ceyuan.office.memory import Memory
    from ceyuan.office.simulating import Trial, Tried
    from ceyuan.policies.budget import Solved
    from ceyuan.policies.simulated import Cost, PolicyEffect, Simulated


@dataclass(frozen=True, slots=True)
class Asked:
    """How a simulation was asked for; see `ceyuan simulate --help`."""

    reform: Path | None
    as_of: str
    known_at: str
    params: tuple[str, ...]
    by: tuple[str, ...]
    solve: str
    budget: str
    bounds: tuple[str, str, str]
    limit: int
    region: str
    locale: str
    use: str = "definite"


def simulate(asked: Asked, *, as_json: bool, quiet: bool) -> None:
    """Try a reform."""
    from ceyuan.declarations.reform import parse_reform, read_reform
    from ceyuan.office.memory import read_moment
    from ceyuan.office.parameters import typed_settings
    from ceyuan.office.simulating import trial, tried_json, try_reform

    if asked.reform is None and not asked.solve:
        msg = "要一个改革文件，或 --solve (a reform, or --solve, is asked)"
        raise UsageError(msg, hint="ceyuan simulate REFORM.yaml")
    if bool(asked.solve) != bool(asked.budget):
        msg = "--solve 和 --budget 要一起写 (both or none)"
        raise UsageError(msg, hint="--solve POLICY.PARAM --budget 2亿元")
    if asked.use not in ("definite", "most"):
        msg = f"没有这种费用 `{asked.use}` (no such cost)"
        raise UsageError(msg, hint="--use definite 或 --use most")
    talk = Talk(quiet or as_json)
    with opened(asked.region, quiet=quiet or as_json) as memory:
        if asked.reform is not None:
            reform = read_reform(asked.reform, memory.region)
        else:
            reform = parse_reform(
                "reform: none\nzh: 现行\nen: As it is\n", memory.region
            )
        tested = trial(
            memory,
            as_of=read_day(asked.as_of),
            known_at=read_moment(asked.known_at),
            settings=typed_settings(memory.region, asked.params),
            said=asked.params,
            by=asked.by,
        )
        solved = _solved(memory, tested, asked, reform) if asked.solve else None
        tried = try_reform(tested, reform, named=asked.limit)
        talk.done()
        if as_json:
            print_json(tried_json(tried, solved))
        else:
            _tell(memory, tried, solved, asked)
    if not all(one.checks.sound for one in tried.effects):
        raise typer.Exit(1)


def _tell(memory: Memory, tried: Tried, solved: Solved | None, asked: Asked) -> None:
    _told(memory, tried, asked)
    if solved is not None:
        _told_solved(tried, solved, zh=asked.locale == "zh")
    mark(synthetic=tried.trial.reading.synthetic)


def _solved(memory: Memory, tested: Trial, asked: Asked, reform: object) -> Solved:
    from ceyuan.declarations.reform import Reform
    from ceyuan.office.parameters import typed_number
    from ceyuan.office.simulating import solve_for

    assert isinstance(reform, Reform)
    budget = typed_number(asked.budget, unit("元"), of="--budget")
    policy, _, name = asked.solve.partition(".")
    rules = reform.rules(memory.region)
    rule = rules.get(policy) or memory.region.rule(policy)
    said = rule.said.parameters.get(name)

    def bound(text: str, option: str) -> Fraction | None:
        if not text or said is None:
            return None
        wanted = unit(said.unit)
        return typed_number(text, wanted, of=option) / wanted.scale

    low, high, step = asked.bounds
    return solve_for(
        tested,
        asked.solve,
        int(budget),
        reform=reform,
        low=bound(low, "--low"),
        high=bound(high, "--high"),
        step=bound(step, "--step"),
        use="most" if asked.use == "most" else "definite",
    )


def _told(memory: Memory, tried: Tried, asked: Asked) -> None:
    zh = asked.locale == "zh"
    reform, snapshot = tried.reform, tried.trial.snapshot.id[:12]
    say(
        f"{reform.zh}：快照 {snapshot}，判定日 {tried.trial.as_of}"
        if zh
        else f"{reform.en}: snapshot {snapshot}, as of {tried.trial.as_of}"
    )
    for simulated in tried.effects:
        say(_checked(tried, simulated, zh=zh))
        for policy, effect in simulated.policies.items():
            rule = memory.region.rules.get(policy) or reform.changed[policy]
            turns = effect.turns
            if zh:
                say(
                    f"\n{rule.said.zh} `{policy}`（{simulated.subjects:,} 个对象）\n"
                    f"    新得 {turns.gained:,}  多得 {turns.more:,}  "
                    f"失去 {turns.lost:,}  少得 {turns.less:,}"
                )
            else:
                say(
                    f"\n{rule.said.en} `{policy}` ({simulated.subjects:,} subjects)\n"
                    f"    gained {turns.gained:,}  more {turns.more:,}  "
                    f"lost {turns.lost:,}  less {turns.less:,}"
                )
            if effect.before is not None and effect.after is not None:
                say(
                    f"    {'花费' if zh else 'cost'} {_cost(effect.before, zh=zh)}"
                    f" → {_cost(effect.after, zh=zh)}"
                )
            _groups(tried, effect, zh=zh)
            _named(memory, tried, effect, zh=zh)


def _checked(tried: Tried, simulated: Simulated, *, zh: bool) -> str:
    """Return what was checked before anything was counted."""
    checks, run = simulated.checks, tried.stored
    if zh:
        told = f"自检：没有改动的改革，{checks.rows:,} 个对象无一变化；"
        if checks.stored_rows is None:
            return f"{told}同一快照没有存下的判定可比"
        if checks.sound:
            return f"{told}现行一侧与存下的判定 {run} 相同"
        return f"{told}现行一侧与存下的判定 {run} 有 {checks.differing:,} 处不同！"
    told = f"Checked: a reform without changes changes none of {checks.rows:,} subjects"
    if checks.stored_rows is None:
        return f"{told}; no stored run of this snapshot to compare with"
    if checks.sound:
        return f"{told}; as it is, equal to the stored run {run}"
    return (
        f"{told}; as it is, {checks.differing:,} differences to the stored run {run}!"
    )


def _cost(cost: Cost, *, zh: bool) -> str:
    definite, least = show_money(cost.definite), show_money(cost.least)
    if cost.most is None:
        return (
            f"{definite}（至少 {least}，上限不明：{cost.unbounded:,} 个对象）"
            if zh
            else f"{definite} (at least {least}, no upper end: {cost.unbounded:,} subjects)"
        )
    if cost.least == cost.most:
        return definite
    most = show_money(cost.most)
    return (
        f"{definite}（缺的数据补齐后 {least} 至 {most}）"
        if zh
        else f"{definite} (once what is missing is known, {least} to {most})"
    )


def _groups(tried: Tried, effect: PolicyEffect, *, zh: bool) -> None:
    if not effect.turns.gain and not effect.turns.lose:
        return
    costs = effect.before is not None and effect.after is not None
    for name, shares in effect.groups.items():
        said = tried.trial.groupings[name]
        say(f"  按{said.zh}" if zh else f"  by {said.en}")
        heads = ["对象", "得", "失"] if zh else ["subjects", "gain", "lose"]
        if costs:
            heads += ["花费", "改革后"] if zh else ["cost", "after"]
        print_table(
            [
                Column(f"    {said.zh if zh else said.en}"),
                *(Column(h, number=True) for h in heads),
            ],
            [
                (
                    f"    {group_word(tried, name, group, zh=zh)}",
                    f"{share.subjects:,}",
                    f"{share.turns.gain:,}",
                    f"{share.turns.lose:,}",
                    *(
                        "" if cost is None else show_money(cost.definite)
                        for cost in (share.before, share.after)
                        if costs
                    ),
                )
                for group, share in sorted(
                    shares.items(), key=lambda item: _place(tried, name, item[0])
                )
            ],
        )


def _place(tried: Tried, name: str, group: object) -> tuple[bool, int, str]:
    """Return where a group stands: as declared, the unknown last."""
    order = [value for value, _, _ in group_words(tried, name)]
    word = "" if group is None else str(group)
    at = order.index(word) if word in order else len(order)
    return group is None, at, word


def group_word(tried: Tried, name: str, group: object, *, zh: bool) -> str:
    """Return what a group is called."""
    if group is None:
        return "未知" if zh else "unknown"
    words = {value: said for value, *said in group_words(tried, name)}
    return words.get(str(group), [str(group)] * 2)[0 if zh else 1]


def _named(memory: Memory, tried: Tried, effect: PolicyEffect, *, zh: bool) -> None:
    locale = "zh" if zh else "en"
    rule = tried.reform.changed.get(effect.policy) or memory.region.rule(effect.policy)
    gain, lose = ("得", "失") if zh else ("gains", "loses")
    for head, named in ((gain, effect.gainers), (lose, effect.losers)):
        for one in named:
            firm = tried.called.get(one.id) if isinstance(one.id, int) else None
            turn = " → ".join(
                outcome_text(str(outcome or "refused"), locale)
                + ("" if amount is None else f" {show_money(amount)}")
                for outcome, amount in zip(
                    (one.before, one.after), one.amounts, strict=True
                )
            )
            clauses = [
                said.zh if zh else said.en
                for clause in one.turned
                if (said := rule.said.clauses.get(clause)) is not None
            ]
            why = f"（{'、'.join(clauses)}）" if clauses else ""
            say(f"    {head}{'：' if zh else ': '}{firm or one.id}  {turn}{why}")


def _told_solved(tried: Tried, solved: Solved, *, zh: bool) -> None:
    rule = tried.reform.rules(tried.trial.memory.region)[solved.policy]
    said = rule.said.parameters[solved.parameter]
    budget = show_money(solved.budget)
    if solved.value is None:
        say(
            f"\n预算 {budget}：没有一个试过的{said.zh}不超预算"
            if zh
            else f"\nBudget {budget}: no value of `{said.en}` that was tried keeps it"
        )
        return
    assert solved.cost is not None
    value, cost = f"{_plain(solved.value)} {solved.unit}", show_money(solved.cost)
    number, step = len(solved.tried), _plain(solved.step)
    if zh:
        only = "" if solved.exact else "，花费不随它单调变化，只在试过的值里选"
        say(
            f"\n预算 {budget}：{said.zh}定为 {value}，花费 {cost}"
            f"（试了 {number} 个值，步长 {step}{only}）"
        )
    else:
        only = "" if solved.exact else "; the cost goes up and down, the best of these"
        say(
            f"\nBudget {budget}: `{said.en}` set to {value}, cost {cost}"
            f" ({number} values tried, {step} apart{only})"
        )


def _plain(number: Fraction) -> str:
    if number.denominator == 1:
        return str(number.numerator)
    return f"{float(number):.6g}"
