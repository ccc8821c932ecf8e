# SPDX-License-Identifier: Apache-2.0
"""`ceyuan policy …` and `ceyuan facts list`: the library of policies and facts."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from ceyuan.cli.checking import read_day
from ceyuan.cli.tables import Column, print_table
from ceyuan.declarations import load_region, read_region
from ceyuan.kernel import UsageError
from ceyuan.office.library import (
    changed_parts,
    linted,
    policy_json,
    run_cases,
    unset_parameters,
    version_of,
)

if TYPE_CHECKING:
    from pathlib import Path


def _print(document: object) -> None:
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=1) + "\n")


def show_list(region: str, *, as_json: bool) -> None:
    """List the policies."""
    from ceyuan.office.said_sheets import weakest
    from ceyuan.office.telling import CONFIDENCE

    loaded = load_region(region)
    if as_json:
        _print(
            {
                "schema": "ceyuan.policies/1",
                "region": region,
                "policies": [
                    {
                        "id": r.id,
                        "zh": r.said.zh,
                        "en": r.said.en,
                        "kind": r.said.kind,
                        "subject": r.said.subject,
                        "region": r.said.region,
                        "coverage": r.said.coverage,
                        "from": r.said.validity.from_.isoformat(),
                        "until": None
                        if r.said.validity.until is None
                        else r.said.validity.until.isoformat(),
                        "weakest": weakest(r),
                    }
                    for r in loaded.rules.values()
                ],
            }
        )
        return
    print_table(
        (
            Column("编号"),
            Column("政策"),
            Column("对象"),
            Column("自"),
            Column("至"),
            Column("最弱依据"),
        ),
        [
            (
                r.id,
                r.said.zh,
                r.said.subject,
                r.said.validity.from_,
                r.said.validity.until or "",
                CONFIDENCE[weakest(r)][0],
            )
            for r in loaded.rules.values()
        ],
    )


def show_policy(
    policy: str, region: str, as_of: str, *, as_json: bool, locale: str
) -> None:
    """Show one policy on a day."""
    loaded = load_region(region)
    rule = loaded.rule(policy)
    document = policy_json(rule, read_day(as_of))
    if as_json:
        _print(document)
        return
    from ceyuan.cli.policy_page import print_policy

    print_policy(rule, read_day(as_of), locale=locale)


def lint(paths: tuple[Path, ...], region: str, *, as_json: bool) -> None:
    """Check policy files; exit 1 when one is wrong."""
    for path in paths:
        if not path.is_file():
            msg = f"没有文件 `{path}` (no such file)"
            raise UsageError(msg)
    count, errors = linted(region, paths)
    if as_json:
        _print(
            {
                "schema": "ceyuan.lint/1",
                "policies": count,
                "errors": [
                    {
                        "code": e.code,
                        "file": e.file,
                        "line": e.line,
                        "clause": e.clause,
                        "message": e.message,
                        "hint": e.hint,
                    }
                    for e in errors
                ],
            }
        )
    else:
        for error in errors:
            sys.stdout.write(f"{error}\n")
            if error.hint:
                sys.stdout.write(f"\nhint: {error.hint}\n")
            sys.stdout.write("\n")
        sys.stdout.write(f"{count} 项政策，{len(errors)} 处错误\n")
    if errors:
        _found_something()


def test(
    ids: tuple[str, ...], cases: Path | None, region: str, *, as_json: bool
) -> None:
    """Run worked cases through both evaluators; exit 1 on any difference."""
    if cases is not None and len(ids) != 1:
        ids = (cases.stem.partition(".")[0],)
    reports = run_cases(load_region(region), ids, cases)
    differences = [d for report in reports for d in report.differences]
    if as_json:
        _print(
            {
                "schema": "ceyuan.policy-test/1",
                "policies": [
                    {
                        "id": r.policy,
                        "cases": r.cases,
                        "differences": len(r.differences),
                    }
                    for r in reports
                ],
                "differences": [
                    {
                        "policy": d.policy,
                        "case": d.case,
                        "heading": d.heading,
                        "expected": d.expected,
                        "got": d.got,
                        "why": d.why,
                        "evaluator": d.evaluator,
                    }
                    for d in differences
                ],
            }
        )
    else:
        for d in differences:
            sys.stdout.write(
                f"{d.policy} {d.case} {d.heading}: 应为 {d.expected!r}，得到 {d.got!r} "
                f"（{d.evaluator}）\n  why: {d.why}\n"
            )
        cases_run = sum(r.cases for r in reports)
        sys.stdout.write(
            f"{len(reports)} 项政策，{cases_run} 个算例，{len(differences)} 处不同\n"
        )
    if differences:
        _found_something()


def diff(old: str, new: str, region: str, *, as_json: bool) -> None:
    """Show what differs between two versions; exit 1 when something does."""
    loaded = load_region(region)
    changes = changed_parts(version_of(loaded, old), version_of(loaded, new))
    if as_json:
        _print(
            {
                "schema": "ceyuan.policy-diff/1",
                "changes": [{"part": p, "old": a, "new": b} for p, a, b in changes],
            }
        )
    else:
        for part, before, after in changes:
            sys.stdout.write(f"{part}\n")
            if before is not None:
                sys.stdout.write(f"  - {before}\n")
            if after is not None:
                sys.stdout.write(f"  + {after}\n")
        sys.stdout.write(f"{len(changes)} 处不同\n")
    if changes:
        _found_something()


def show_facts(region: str, subject: str, *, as_json: bool) -> None:
    """List the fact dictionary, with the parameters that offices have to set."""
    from ceyuan.facts import dictionary_json

    loaded = read_region(region)
    entries = [
        *dictionary_json(loaded.facts),
        *unset_parameters(loaded),
    ]
    if subject:
        entries = [e for e in entries if subject in e["subject"]]
    if as_json:
        _print({"schema": "ceyuan.facts/1", "region": region, "facts": entries})
        return
    print_table(
        (
            Column("名称"),
            Column("中文"),
            Column("英文"),
            Column("单位"),
            Column("谁提供"),
            Column("表头写法"),
        ),
        [
            (
                e["name"],
                e["zh"],
                e["en"],
                e["unit"] or "",
                e["by"],
                "、".join([*e["headings"]["zh"], *e["headings"]["en"]]),
            )
            for e in entries
        ],
    )


def _found_something() -> None:
    import typer

    raise typer.Exit(1)
