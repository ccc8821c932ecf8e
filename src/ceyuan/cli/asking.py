# SPDX-License-Identifier: Apache-2.0
"""`explain`, `nearest`, `whatif`: questions about one firm."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ceyuan.cli.checking import Asked, run_check
from ceyuan.cli.render import render_explanation, render_moves
from ceyuan.cli.tables import Column, print_table
from ceyuan.cli.talk import Talk
from ceyuan.kernel import show_money
from ceyuan.office.city import Batch
from ceyuan.office.explained import branch_json
from ceyuan.office.result import move_json, outcome_word, policy_json
from ceyuan.office.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console


@dataclass(frozen=True, slots=True)
class _Told:
    """A check that was found again, and how to talk about it."""

    batch: Batch
    talk: Talk
    locale: str


def asked_for(
    file: Path | None,
    as_of: str,
    joined: Path | None,
    columns: Path | None,
    params: Sequence[str] | None,
    *,
    quiet: bool,
    locale: str,
) -> Asked:
    """Return the check that a question is about: the last one, or a file's.

    Raises:
        UsageError: No check is remembered and no file is named.
    """
    if file is not None:
        return Asked(
            file,
            as_of,
            (),
            joined,
            columns,
            tuple(params or ()),
            "firm",
            "shanghai",
            locale,
            quiet,
        )
    workspace = Workspace(Path.cwd())
    last = workspace.recall()
    folder = workspace.last
    return Asked(
        folder / last.file,
        as_of or last.as_of,
        (),
        joined or (folder / "with" if last.joined else None),
        columns or (folder / "columns.yaml" if last.columns else None),
        (*last.settings, *(params or ())),
        last.subject,
        last.region,
        locale,
        quiet,
    )


def _told(asked: Asked, firm: str) -> _Told:
    talk = Talk(asked.quiet)
    _, _, checkup, settings = run_check(asked, talk, None, only=firm)
    return _Told(Batch(checkup, settings), talk, asked.locale)


def explain(asked: Asked, firm: str, policy: str, *, as_json: bool) -> None:
    """Show the condition tree of one policy for one firm."""
    told = _told(_only(asked, policy), firm)
    one = told.batch[firm]
    found = one.explain(policy).explanation
    checkup = told.batch.checkup
    index = checkup.firms.index(one.check)
    if as_json:
        document = {
            "schema": "ceyuan.explain/1",
            "as_of": checkup.as_of.isoformat(),
            "name": one.check.row.name,
            "uscc": one.check.row.uscc,
            "policy": policy,
            **policy_json(checkup.region, checkup.region.rule(policy), one.check),
            "tree": None
            if found.tree is None
            else branch_json(checkup, index, checkup.region.rule(policy), found.tree),
        }
        _print(document)
        return
    render_explanation(_console(), checkup, index, found, locale=told.locale)


def _only(asked: Asked, policy: str) -> Asked:
    from dataclasses import replace

    return replace(asked, policies=(policy,))


def nearest(
    asked: Asked, firm: str, policies: tuple[str, ...], *, limit: int, as_json: bool
) -> None:
    """Show the smallest changes that turn each failing policy."""
    told = _told(asked, firm)
    one = told.batch[firm]
    checkup = told.batch.checkup
    wanted = policies or tuple(rule.id for rule in checkup.rules)
    moves = [move for policy in wanted for move in one.nearest(policy, limit=limit)]
    if as_json:
        document = {
            "schema": "ceyuan.nearest/1",
            "as_of": checkup.as_of.isoformat(),
            "name": one.check.row.name,
            "uscc": one.check.row.uscc,
            "moves": [
                {"policy": m.policy, **move_json(checkup.region, m)} for m in moves
            ],
        }
        _print(document)
        return
    if not moves:
        told.talk.say(
            "没有“不符合但能改”的政策；缺的数据用 `ceyuan explain` 看 "
            "(nothing fails that the firm could change)"
        )
        return
    render_moves(_console(), checkup.region, moves, locale=told.locale)


def whatif(asked: Asked, firm: str, changes: tuple[str, ...], *, as_json: bool) -> None:
    """Show which answers a change would turn."""
    told = _told(asked, firm)
    before = told.batch[firm]
    after = before.with_facts(changes)
    checkup = told.batch.checkup
    rows = []
    for rule in checkup.rules:
        was, now = before.check.decisions[rule.id], after.check.decisions[rule.id]
        if (was.outcome, was.amount) != (now.outcome, now.amount):
            rows.append((rule, was, now))
    if as_json:
        document = {
            "schema": "ceyuan.whatif/1",
            "as_of": checkup.as_of.isoformat(),
            "name": before.check.row.name,
            "uscc": before.check.row.uscc,
            "set": list(changes),
            "changed": [
                {
                    "policy": rule.id,
                    "before": policy_json(checkup.region, rule, before.check),
                    "after": policy_json(checkup.region, rule, after.check),
                }
                for rule, _, _ in rows
            ],
        }
        _print(document)
        return
    if not rows:
        told.talk.say("没有政策的结果因此改变 (no answer changes)")
        return
    print_table(
        (
            Column("政策"),
            Column("原来"),
            Column("现在"),
            Column("金额变化", number=True),
            Column("编号"),
        ),
        [
            (
                rule.said.zh,
                outcome_word(was.outcome, locale=told.locale),
                outcome_word(now.outcome, locale=told.locale),
                _difference(was.amount, now.amount),
                rule.id,
            )
            for rule, was, now in rows
        ],
    )


def _difference(was: int | None, now: int | None) -> str:
    if was is None and now is None:
        return "—"
    change = (now or 0) - (was or 0)
    return ("+" if change > 0 else "") + show_money(change)


def _console() -> Console:
    from rich.console import Console

    return Console(file=sys.stdout, highlight=False, soft_wrap=not sys.stdout.isatty())


def _print(document: object) -> None:
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=1) + "\n")
