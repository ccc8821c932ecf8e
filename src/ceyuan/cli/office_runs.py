# SPDX-License-Identifier: Apache-2.0
"""`ceyuan run`, `runs`, `replay`, `diff`, `decision`, `receipt`, `verify`, `ladder`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from ceyuan.cli.checking import read_day
from ceyuan.cli.opened import mark, opened, print_json, say
from ceyuan.cli.tables import Column, print_table
from ceyuan.cli.talk import Talk
from ceyuan.kernel import InputRejected, UsageError, show_money

if TYPE_CHECKING:
    from ceyuan.office.memory import Memory
    from ceyuan.office.replaying import Difference
    from ceyuan.office.running import Run

OUTCOMES = ("eligible", "refer", "unknown", "ineligible", "not_applicable")
HEADS = ("符合", "待判断", "缺数据", "不符合", "不适用")


def run(
    as_of: str,
    known_at: str,
    params: tuple[str, ...],
    actor: str,
    region: str,
    *,
    as_json: bool,
    quiet: bool,
) -> None:
    """Decide everything and keep it."""
    from ceyuan.office.memory import read_moment
    from ceyuan.office.parameters import typed_settings
    from ceyuan.office.running import run as decide_all
    from ceyuan.office.settings import run_settings

    talk = Talk(quiet or as_json)
    with opened(region, actor, quiet=quiet or as_json) as memory:
        day = read_day(as_of)
        said = run_settings(memory, day, params)
        made = decide_all(
            memory,
            as_of=day,
            known_at=read_moment(known_at),
            settings=typed_settings(memory.region, said),
            said=said,
            progress=lambda subject, done: talk.progress(f"判定 {subject}", done, done),
        )
        talk.done()
        if as_json:
            print_json(run_json(made))
            return
        _table(memory, made)
    say(
        f"判定 {made.id} 已存下：快照 {made.snapshot[:12]}，声明 {made.declarations[:12]}"
    )
    mark(synthetic=made.synthetic)
    talk.say(
        "下一步：ceyuan replay last · ceyuan ladder --year … · ceyuan decision 企业"
    )


def run_json(made: Run) -> dict[str, Any]:
    """Return a run, schema `ceyuan.run/1`."""
    return {
        "schema": "ceyuan.run/1",
        "run": made.id,
        "snapshot": made.snapshot,
        "as_of": made.as_of.isoformat(),
        "known_at": made.known_at.isoformat(),
        "base_year": made.base_year,
        "region": made.region,
        "declarations": made.declarations,
        "engine": made.engine,
        "settings": list(made.settings),
        "synthetic": made.synthetic,
        "actor": made.actor,
        "subjects": dict(made.subjects),
        "counts": {policy: dict(found) for policy, found in made.counts.items()},
        "amounts_fen": dict(made.amounts),
        "hanging": dict(made.hanging),
    }


def _table(memory: Memory, made: Run) -> None:
    rows = []
    for subject, policies in made.policies.items():
        for policy in policies:
            found = made.counts.get(policy, {})
            rule = memory.region.rules.get(policy)
            amount = made.amounts.get(policy)
            rows.append(
                (
                    subject,
                    policy,
                    rule.said.zh if rule else "",
                    *(f"{found.get(o, 0):,}" for o in OUTCOMES),
                    f"{found.get('refused', 0):,}",
                    f"{made.hanging.get(policy, 0):,}",
                    "" if amount is None else show_money(amount),
                )
            )
    print_table(
        [
            Column("对象"),
            Column("编号"),
            Column("政策"),
            *(Column(head, number=True) for head in HEADS),
            Column("数据有误", number=True),
            Column("取决于分歧", number=True),
            Column("金额合计", number=True),
        ],
        rows,
    )


def runs(region: str, *, as_json: bool) -> None:
    """List the stored runs."""
    from ceyuan.office.runs import listed

    with opened(region) as memory:
        found = listed(memory)
    if as_json:
        print_json({"schema": "ceyuan.runs/1", "runs": [run_json(r) for r in found]})
        return
    print_table(
        [
            Column("判定"),
            Column("判定日"),
            Column("按当时所知"),
            Column("存下"),
            Column("对象", number=True),
            Column("快照"),
            Column("经手"),
            Column("数据"),
        ],
        [
            (
                r.id,
                r.as_of,
                f"{r.known_at.astimezone():%Y-%m-%d %H:%M}",
                ""
                if r.finished_at is None
                else f"{r.finished_at.astimezone():%Y-%m-%d %H:%M}",
                f"{sum(r.subjects.values()):,}",
                r.snapshot[:12],
                r.actor,
                "合成" if r.synthetic else "",
            )
            for r in found
        ],
    )


def replay(name: str, region: str, *, as_json: bool, quiet: bool) -> None:
    """Decide a stored run again; exit 1 when it comes out otherwise."""
    from ceyuan.office.replaying import replay as again

    talk = Talk(quiet or as_json)
    with opened(region, quiet=quiet or as_json) as memory:
        made = again(
            memory,
            name,
            progress=lambda subject, done: talk.progress(f"重算 {subject}", done, done),
        )
    talk.done()
    if as_json:
        print_json(
            {
                "schema": "ceyuan.replay/1",
                "run": made.run.id,
                "equal": made.equal,
                "decided": made.decided,
                "different": made.count,
                "engine": {"then": made.run.engine, "now": made.engine},
                "synthetic": made.run.synthetic,
                "differences": [_difference(d) for d in made.differences],
            }
        )
    elif made.equal:
        say(f"{made.run.id}：{made.decided:,} 个对象全部重算，与存下的完全相同 (equal)")
        mark(synthetic=made.run.synthetic)
    else:
        say(f"{made.run.id}：{made.decided:,} 个对象中有 {made.count:,} 个不同：")
        for one in made.differences:
            say(
                f"    {one.subject} {one.org} {one.key} {one.policy} "
                f"{one.clause} {one.what}：存下 {one.stored}，现在 {one.now}"
            )
    if not made.equal:
        raise typer.Exit(1)


def _difference(one: Difference) -> dict[str, Any]:
    return {
        "subject": one.subject,
        "org": one.org,
        "key": one.key,
        "policy": one.policy,
        "clause": one.clause,
        "what": one.what,
        "stored": one.stored,
        "now": one.now,
    }


def decision(
    firm: str, policy: str, name: str, region: str, *, as_json: bool, locale: str
) -> None:
    """Show the stored decisions of one firm, and what became of them."""
    from ceyuan.office.deciding import decision_json, outcome_text, stored

    with opened(region) as memory:
        told = stored(memory, firm, name, policy=policy)
        if as_json:
            print_json(decision_json(told))
            return
    run_ = told.run
    say(
        f"{told.firm}  判定 {run_.id}，判定日 {run_.as_of}，按 {run_.known_at.astimezone():%Y-%m-%d %H:%M} 所知"
    )
    mark(synthetic=run_.synthetic)
    for one in told.answers:
        zh = locale == "zh"
        say(
            f"\n{one.title(locale)}  {one.outcome_word(locale)}"
            + (f"  {show_money(one.amount)}" if one.amount is not None else "")
        )
        if one.hangs:
            say(
                "    ※ 结果取决于来源之间的分歧：`ceyuan disagreements --firm …`"
                if zh
                else "    ※ hangs on a disagreement between sources"
            )
        for clause in one.clauses:
            say(f"    {clause.sign} {clause.words(locale)}")
        for revised in one.revisions:
            word = outcome_text(revised.after["outcome"], locale)
            say(f"    ↻ 更正 {revised.claim} 之后：{word}")


def receipt(firm: str, name: str, out: Path | None, region: str) -> None:
    """Write the receipt of one firm's decisions."""
    from ceyuan.office.firms import find_firm
    from ceyuan.office.receipts import make_receipt
    from ceyuan.office.runs import find

    with opened(region) as memory:
        told = find(memory, name)
        who = find_firm(memory.reading(told.as_of, told.known_at), firm)
        document = make_receipt(memory, told.id, who.org)
    text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    if out is None:
        sys.stdout.write(text)
        return
    out.write_text(text, encoding="utf-8")
    say(f"{out}：{who} 在判定 {told.id} 中的凭据；离线核验：ceyuan verify {out}")


def seal(name: str, region: str) -> None:
    """Print what a run is published by."""
    from ceyuan.office.receipts import run_seal
    from ceyuan.office.runs import find

    with opened(region, quiet=True) as memory:
        told = find(memory, name)
        say(f"{told.id}  {run_seal(memory, told.id)}")
        mark(synthetic=told.synthetic)


def verify(file: Path, declarations: Path | None, root: str, *, as_json: bool) -> None:
    """Verify a receipt; exit 1 when something does not fit."""
    from ceyuan.office.verifying import verify as check

    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        msg = f"读不了 `{file}` (cannot be read): {error.strerror}"
        raise UsageError(msg) from error
    except ValueError as error:
        msg = f"`{file}` 不是凭据 (not a receipt): {error}"
        raise InputRejected(msg) from error
    made = check(document, declarations=declarations, root=root)
    if as_json:
        print_json(
            {
                "schema": "ceyuan.verify/1",
                "ok": made.ok,
                "whole": made.whole,
                "checks": [
                    {"check": c.name, "state": c.state, "zh": c.zh, "en": c.en}
                    for c in made.checks
                ],
            }
        )
    else:
        signs = {"ok": "✓", "failed": "✗", "not_possible": "?"}
        for one in made.checks:
            say(f"{signs[one.state]} {one.zh}")
    if not made.ok:
        raise typer.Exit(1)


def diff(
    old: str,
    new: str,
    limit: int,
    region: str,
    *,
    as_json: bool,
    quiet: bool,
    locale: str,
) -> None:
    """Say who changed between two runs, and because of what."""
    from ceyuan.cli.office_diff import print_diff
    from ceyuan.office.compared import compared_json
    from ceyuan.office.comparing import compare

    talk = Talk(quiet or as_json)
    with opened(region, quiet=quiet or as_json) as memory:
        made = compare(memory, old, new)
        talk.done()
        if as_json:
            print_json(compared_json(made))
            return
        print_diff(memory, made, limit=limit, locale=locale)


def ladder(
    year: int,
    known_at: str,
    limit: int,
    region: str,
    *,
    as_json: bool,
    quiet: bool,
    locale: str,
) -> None:
    """Show the ladder at the end of a year."""
    from ceyuan.cli.office_ladder import print_ladder
    from ceyuan.office.climbed import climbed_json
    from ceyuan.office.climbing import climb
    from ceyuan.office.memory import read_moment

    talk = Talk(quiet or as_json)
    with opened(region, quiet=quiet or as_json) as memory:
        made = climb(memory, year, known_at=read_moment(known_at))
        talk.done()
        if as_json:
            print_json(climbed_json(made))
            return
        print_ladder(made, limit=limit, locale=locale)
