# SPDX-License-Identifier: Apache-2.0
"""`ceyuan check`: read, decide, write back, say what came of it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from ceyuan.cli.tables import Column, print_table
from ceyuan.cli.talk import Talk
from ceyuan.declarations import Region, load_region
from ceyuan.kernel import UsageError, last_closed_year, show_money
from ceyuan.office.checkup import Checkup, check_table
from ceyuan.office.gaps import gaps
from ceyuan.office.inputs import joined_files, read_input
from ceyuan.office.parameters import typed_settings
from ceyuan.office.result import check_json
from ceyuan.office.returned import returned_paths, shown_rules, write_back
from ceyuan.office.workspace import LastCheck, Workspace
from ceyuan.policies import SUPPLIERS, Outcome
from ceyuan.sheets import Book

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ceyuan.facts import Source
    from ceyuan.language import Setting


@dataclass(frozen=True, slots=True)
class Asked:
    """How a check was asked for; the words of the command line, not yet read."""

    file: Path
    as_of: str
    policies: tuple[str, ...]
    joined: Path | None
    columns: Path | None
    params: tuple[str, ...]
    subject: str
    region: str
    locale: str
    quiet: bool

    @property
    def day(self) -> date:
        """Return the day of the decisions.

        Raises:
            UsageError: What was written is no date.
        """
        return read_day(self.as_of)


def read_day(text: str) -> date:
    """Return a day as typed; today when nothing was.

    Raises:
        UsageError: It is no date.
    """
    if not text:
        return date.today()  # noqa: DTZ011
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        msg = f"`--as-of {text}` 不是日期 (not a date)"
        raise UsageError(msg, hint="写成 2026-11-21") from error


def run_check(
    asked: Asked, talk: Talk, workspace: Workspace | None, *, only: str = ""
) -> tuple[Region, Book, Checkup, Mapping[str, Mapping[str, Setting]]]:
    """Return the check-up that was asked for."""
    region = load_region(asked.region)
    day = asked.day
    settings = typed_settings(region, asked.params)
    for policy in asked.policies:
        region.rule(policy)
    book, table = read_input(
        asked.file,
        region=region,
        as_of=day,
        joined=joined_files(asked.joined),
        columns=asked.columns,
        subject=asked.subject,
        workspace=workspace,
    )
    checkup = check_table(
        table,
        region,
        as_of=day,
        policies=asked.policies,
        subject=asked.subject,
        settings=settings,
        only=only,
        progress=lambda done, whole: talk.progress("核对", done, whole),
    )
    talk.done()
    return region, book, checkup, settings


def check(
    asked: Asked,
    *,
    out: Path | None,
    by: str,
    note: str,
    as_json: bool,
    dry_run: bool,
) -> None:
    """Check a file, write the results beside it, and say what came of it."""
    from pathlib import Path

    if by not in ("", "gap"):
        msg = f"`--by {by}` 不认识 (unknown)"
        raise UsageError(msg, hint="只有 --by gap")
    talk = Talk(asked.quiet)
    workspace = Workspace(Path.cwd())
    _, book, checkup, settings = run_check(asked, talk, workspace)
    _tell_read(talk, checkup)
    if not dry_run:
        _remember(asked, workspace, talk)
        _write(asked, book, checkup, settings, out, note, talk)
    if as_json:
        for piece in check_json(checkup):
            sys.stdout.write(piece)
        return
    if by == "gap":
        _print_gaps(checkup)
    else:
        _print_summary(checkup)
        _hint(talk, asked, checkup)


def _tell_read(talk: Talk, checkup: Checkup) -> None:
    table = checkup.table
    talk.say(
        f"已读 {len(checkup.firms):,} 行，{len(table.columns)} 列事实，"
        f"{len(checkup.problems):,} 处数据问题，"
        f"{len(table.skipped):,} 处没有使用"
    )
    talk.say(f"没有写年度的列按 {table.year} 年：{table.year_reason}")
    years = sorted({firm.year for firm in checkup.firms})
    if years and years != [last_closed_year(checkup.as_of)]:
        shown = "、".join(str(year) for year in years)
        talk.say(
            f"注意：表里最近的年度是 {shown} 年，就按它核对，"
            f"规则用 {checkup.as_of} 有效的 (decided on the figures of that year)"
        )
    for column in table.columns.values():
        if column.key[1] not in (None, checkup.year):
            continue
        fact = checkup.region.facts[column.key[0]].zh
        for source in column.sources:
            if source.unit_reason:
                unit = f"（{source.unit}）" if source.unit not in ("", "1") else ""
                place = _place(checkup, source)
                talk.say(
                    f"  {place} “{source.heading}” → {fact}{unit}：{source.unit_reason}"
                )
    unread = [f"{s.column} {s.heading}" for s in table.unread()]
    if unread:
        talk.say(f"没有用到的列：{'、'.join(unread)}")
    for question in table.questions:
        talk.say(f"待定: {question.problem.message}")
        if question.problem.mend:
            talk.say(f"  → {question.problem.mend}")
    if not checkup.is_full:
        talk.say(
            "企业较多：结果由列式求值给出；理由和最近的一步用 "
            "`ceyuan explain` / `ceyuan nearest` 逐家看"
        )


def _place(checkup: Checkup, source: Source) -> str:
    """Return a column's letter, with its file and sheet where they do not go without.

    Of a file with one table the letter is enough.
    """
    table = checkup.table
    if source.file != table.file:
        return f"{source.file} {source.column:>3}"
    sheet = f"{source.sheet} " if len(table.headings) > 1 else ""
    return f"{sheet}{source.column:>3}"


def _remember(asked: Asked, workspace: Workspace, talk: Talk) -> None:
    joined = joined_files(asked.joined)
    said = LastCheck(
        asked.file.name,
        tuple(p.name for p in joined),
        asked.day.isoformat(),
        asked.region,
        asked.policies,
        asked.subject,
        asked.columns is not None,
        asked.params,
    )
    if not workspace.remember(said, asked.file, joined, asked.columns):
        talk.say("这个文件夹不能写，没有记住这次核对 (not remembered)")


def _write(
    asked: Asked,
    book: Book,
    checkup: Checkup,
    settings: Mapping[str, Mapping[str, Setting]],
    out: Path | None,
    note: str,
    talk: Talk,
) -> None:
    folder = asked.file.parent if out is None else out
    folder.mkdir(parents=True, exist_ok=True)
    target, *beside = returned_paths(checkup, book, folder)
    patched = write_back(checkup, book, target)
    for problem in patched.problems:
        talk.say(str(problem))
    talk.say(f"原表加结果: {target}")
    for path in beside:
        talk.say(f"数据问题、认列结果、政策与依据: {path}")
    if checkup.is_full:
        from ceyuan.office.pages import write_pages

        pages = folder / f"{asked.file.stem}.体检单页"
        written = write_pages(
            checkup,
            pages,
            note=note,
            settings=settings,
            progress=lambda done, whole: talk.progress("单页", done, whole),
        )
        talk.done()
        talk.say(f"每家一页: {pages}/index.html（{len(written)} 页）")


def _print_summary(checkup: Checkup) -> None:
    columns = (
        Column("政策"),
        Column("可享", number=True),
        Column("只差确认", number=True),
        Column("只差一步", number=True),
        Column("缺数据", number=True),
        Column("待判断", number=True),
        Column("不符合", number=True),
        Column("不适用", number=True),
        Column("可享金额", number=True),
        Column("编号"),
    )
    rows = []
    full = checkup.is_full
    for rule in shown_rules(checkup):
        outcomes = [f.decisions[rule.id].outcome for f in checkup.firms]
        amounts = [f.decisions[rule.id].amount for f in checkup.firms]
        known = [a for a in amounts if a is not None]
        confirm = sum(rule.id in f.to_confirm for f in checkup.firms)
        step = sum(rule.id in f.one_step for f in checkup.firms)
        rows.append(
            (
                rule.said.zh,
                outcomes.count(Outcome.ELIGIBLE),
                confirm if full else "—",
                step if full else "—",
                outcomes.count(Outcome.UNKNOWN) - confirm,
                outcomes.count(Outcome.REFER),
                outcomes.count(Outcome.INELIGIBLE) - step,
                outcomes.count(Outcome.NOT_APPLICABLE),
                show_money(sum(known)) if known else "—",
                rule.id,
            )
        )
    print_table(columns, rows)


def _print_gaps(checkup: Checkup) -> None:
    columns = (
        Column("共性短板"),
        Column("谁提供"),
        Column("家数", number=True),
        Column("只差此项", number=True),
        Column("解锁金额", number=True),
    )
    rows = [
        (
            gap.title,
            SUPPLIERS[gap.by][0],
            len(gap.firms),
            gap.alone,
            show_money(gap.unlock_fen) if gap.is_known else "—",
        )
        for gap in gaps(checkup)
    ]
    print_table(columns, rows)


def _hint(talk: Talk, asked: Asked, checkup: Checkup) -> None:
    shown = {rule.id for rule in shown_rules(checkup)}
    hidden = [r for r in checkup.rules if r.id not in shown]
    if hidden:
        names = "、".join(r.said.zh for r in hidden)
        talk.say(f"对谁都不适用，未列出（{len(hidden)} 项）：{names}")
    found = gaps(checkup) if checkup.is_full else ()
    if found:
        first = found[0]
        opens = f"涉及 {len(first.firms)} 家"
        if first.unlock_fen:
            opens = f"可解锁 {show_money(first.unlock_fen)}"
        elif first.alone:
            opens = f"可解锁 {first.alone} 项次"
        talk.say("")
        talk.say(
            f"hint: 共性短板“{first.title}”{opens}，"
            f"见 `ceyuan check {asked.file.name} --by gap`"
        )
