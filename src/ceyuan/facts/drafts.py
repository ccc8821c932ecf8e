# SPDX-License-Identifier: Apache-2.0
"""Which column of a sheet becomes which fact of which year.

A draft is a column with its fact and year, before its cells are read. The one hard
idea is that nothing is settled silently: a heading in doubt, a year in doubt and a
fact claimed by two columns become questions or problems, and their columns stay
unread; what the user wrote in the column map settles all of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ceyuan.facts.columns import IGNORE, Choice, SheetMap
from ceyuan.facts.headings import CODE, NAME, NO_MATCH, YEAR, Lexicon, Target
from ceyuan.facts.layout import Head, Layout
from ceyuan.facts.values import blank_only
from ceyuan.facts.years import YearChoice, YearContext, YearMark, title_year
from ceyuan.kernel import last_closed_year
from ceyuan.sheets.model import column_letter, column_number

if TYPE_CHECKING:
    from datetime import date

    from ceyuan.declarations.facts import Fact
    from ceyuan.facts.log import Log
    from ceyuan.facts.table import FactKey
    from ceyuan.sheets.model import CellValue

MEND = "在 --columns MAP.yaml 里写明这一列，例如 columns: {%s: %s}"
_RANK = {"exact": 0, "synonym": 0, "contained": 1}
_WORDS = {"name": NAME, "uscc": CODE, "year": YEAR}


@dataclass(frozen=True, slots=True)
class Draft:
    """A column that is to be read.

    Args:
        head: Its heading.
        name: The fact.
        fact: Its declaration.
        year: Fiscal year; None for a fact that has none.
        year_reason: How the year was found.
        per_row: The year stands in the year column of each row.
        choice: What the user wrote about it.
        rank: 0 for a whole match, 1 for a contained one.
        beside: Read from the column of another fact, which comes first.
    """

    head: Head
    name: str
    fact: Fact
    year: int | None
    year_reason: str
    per_row: bool
    choice: Choice | None
    rank: int = 0
    beside: bool = False

    @property
    def key(self) -> FactKey:
        """Return the fact and its year."""
        return self.name, self.year


@dataclass(frozen=True, slots=True)
class RecordDraft:
    """A column that is a field of linked records."""

    head: Head
    target: Target


@dataclass(slots=True)
class Plan:
    """How the columns of one sheet are read.

    Args:
        layout: Where the table is.
        name: Index of the name column.
        code: Index of the credit code column.
        year: Index of the column that gives each row its year.
        years: What the sheet says about years.
        drafts: Columns of facts.
        fields: Columns of linked records.
        asks_year: The year of some column is a question.
    """

    layout: Layout
    name: int | None
    code: int | None
    year: int | None
    years: YearContext
    drafts: list[Draft]
    fields: list[RecordDraft]
    asks_year: bool = False


def year_context(layout: Layout, smap: SheetMap | None, as_of: date) -> YearContext:
    """Return what the sheet, or the user, says about years."""
    closed = last_closed_year(as_of)
    offsets = {
        mark.offset
        for head in layout.heads
        for label in head.labels
        for mark in label.years
        if mark.kind == "relative"
    }
    both = 0 in offsets and min(offsets) < 0
    if smap is not None and smap.year is not None:
        reason = f"列映射写明 {smap.year} 年"
        return YearContext(closed, smap.year, reason, both=both, by_user=True)
    mark = title_year(layout.titles)
    if mark is None:
        return YearContext(closed, both=both)
    words = f"标题或表名写明“{mark.text.strip()}”"
    return YearContext(closed, mark.year, words, is_part=mark.kind == "part", both=both)


def make_plan(
    layout: Layout,
    lexicon: Lexicon,
    *,
    smap: SheetMap | None,
    as_of: date,
    log: Log,
) -> Plan:
    """Return how the columns of a sheet are read; doubts go to the log."""
    chosen = dict(smap.columns) if smap else {}
    heads = {head.letter: head for head in layout.heads}
    plan = Plan(
        layout,
        layout.column_of(NAME),
        layout.column_of(CODE),
        layout.column_of(YEAR),
        year_context(layout, smap, as_of),
        [],
        [],
    )
    for letter, choice in chosen.items():
        if column_number(letter) > layout.sheet.width:
            log.problem(
                "R280",
                f"列映射写了 {letter} 列，但表里没有这一列",
                mend="核对列号",
                sheet=layout.sheet.name,
                column=letter,
            )
        elif letter not in heads:
            heads[letter] = Head(column_number(letter) - 1, (), NO_MATCH)
        _identity(plan, letter, choice)
    for letter, head in heads.items():
        if letter in chosen:
            _take_choice(plan, head, chosen[letter], lexicon)
        else:
            _take_match(plan, head, lexicon, log)
    _beside(plan, lexicon)
    plan.drafts.sort(key=lambda draft: draft.head.column)
    return plan


def _beside(plan: Plan, lexicon: Lexicon) -> None:
    """Add facts that are read from the column of another (门类 from 行业代码)."""
    known = {draft.name for draft in plan.drafts}
    for name, fact in lexicon.facts.items():
        if fact.read_with is None or name in known:
            continue
        plan.drafts.extend(
            replace(draft, name=name, fact=fact, choice=None, beside=True)
            for draft in tuple(plan.drafts)
            if draft.name == fact.read_with
        )


def _identity(plan: Plan, letter: str, choice: Choice) -> None:
    column = column_number(letter) - 1
    kind = _WORDS.get(choice.fact)
    for word in ("name", "code", "year"):
        if getattr(plan, word) == column:
            setattr(plan, word, None)
    if kind == NAME:
        plan.name = column
    elif kind == CODE:
        plan.code = column
    elif kind == YEAR:
        plan.year = column


def _take_choice(plan: Plan, head: Head, choice: Choice, lexicon: Lexicon) -> None:
    fact = lexicon.facts.get(choice.fact)
    if choice.fact == IGNORE or fact is None:
        return
    if fact.kind == "records":
        target = Target(choice.fact, choice.field, choice.kind)
        plan.fields.append(RecordDraft(head, target))
        return
    per_row = fact.yearly and choice.year is None and plan.year is not None
    year = None if not fact.yearly or per_row else choice.year
    reason = "列映射写明" if choice.year is not None else ""
    if fact.yearly and year is None and not per_row:
        found = plan.years.choose(_marks(head))
        year, reason = (
            (plan.years.year, plan.years.year_reason)
            if found.year is None
            else (found.year, found.reason)
        )
    plan.drafts.append(Draft(head, choice.fact, fact, year, reason, per_row, choice))


def _take_match(plan: Plan, head: Head, lexicon: Lexicon, log: Log) -> None:
    match = head.match
    if match.how == "none" or head.column in {plan.name, plan.code, plan.year}:
        return
    facts = [t for t in match.targets if not t.fact.startswith("=")]
    if match.how == "doubt":
        _ask_heading(plan, head, facts, lexicon, log)
        return
    if not facts:
        return
    target = facts[0]
    fact = lexicon.facts[target.fact]
    if fact.kind == "records":
        if target.field:
            plan.fields.append(RecordDraft(head, target))
        return
    marks = _marks(head)
    if not fact.yearly:
        reason = _undated(marks, plan.years)
        if reason:
            _leave(plan, head, reason, log)
            return
        plan.drafts.append(
            Draft(head, target.fact, fact, None, "", False, None, _RANK[match.how])  # noqa: FBT003
        )
        return
    per_row = plan.year is not None and not marks
    found = YearChoice(None, "按本行的年度") if per_row else plan.years.choose(marks)
    if found.year is None and not per_row:
        if found.options:
            _ask_year(plan, head, found, target.fact, log)
        else:
            _leave(plan, head, found.reason, log)
        return
    plan.drafts.append(
        Draft(
            head,
            target.fact,
            fact,
            found.year,
            found.reason,
            per_row,
            None,
            _RANK[match.how],
        )
    )


def _marks(head: Head) -> tuple[YearMark, ...]:
    """Return the years of the lowest level that states any."""
    return next((p.years for p in reversed(head.labels) if p.years), ())


def _undated(marks: tuple[YearMark, ...], years: YearContext) -> str:
    """Return why a fact without a year cannot be read under these marks."""
    for mark in marks:
        if mark.kind == "year" and mark.year < years.last_closed:
            return f"表头写明“{mark.text.strip()}”，不是现在的数"
        if mark.kind == "span" and mark.year != years.last_closed:
            return f"表头写明“{mark.text.strip()}”，不是最近几年"
        if mark.kind == "relative" and mark.offset < -1:
            return f"表头写明“{mark.text.strip()}”，不是现在的数"
    return ""


def _leave(plan: Plan, head: Head, reason: str, log: Log) -> None:
    log.note(
        "R213",
        f"{head.letter} 列“{head.text}”没有使用：{reason}",
        sheet=plan.layout.sheet.name,
        column=head.letter,
    )


def _ask_year(plan: Plan, head: Head, found: YearChoice, fact: str, log: Log) -> None:
    plan.asks_year = True
    log.question(
        "R212",
        f"{head.letter} 列“{head.text}”是哪一年的？{found.reason}；在回答之前按未知处理",
        options=found.options,
        mend=MEND % (head.letter, f"{{fact: {fact}, year: {found.options[0]}}}"),
        sheet=plan.layout.sheet.name,
        column=head.letter,
    )


def _ask_heading(
    plan: Plan, head: Head, facts: list[Target], lexicon: Lexicon, log: Log
) -> None:
    sheet = plan.layout.sheet
    if blank_only(row[head.column] for row in sheet.rows[plan.layout.bottom + 1 :]):
        return
    facts = [t for t in facts if lexicon.facts[t.fact].kind != "records"] or facts
    options = tuple(dict.fromkeys(t.fact for t in facts))
    if not options:
        return
    words = "还是".join(f"“{lexicon.facts[name].zh}”" for name in options)
    log.question(
        "R210",
        f"{head.letter} 列“{head.text}”是不是{words}？拿不准，没有使用",
        options=(*options, IGNORE),
        mend=MEND % (head.letter, options[0]) + f"；不是则写 {head.letter}: ignore",
        sheet=plan.layout.sheet.name,
        column=head.letter,
    )


def settle_doubles(plan: Plan, rows: list[int], log: Log) -> None:
    """Keep one of the columns that claim the same fact and year, if they agree."""
    _double_identity(plan, rows, log)
    by_key: dict[tuple[FactKey, bool], list[Draft]] = {}
    for draft in plan.drafts:
        by_key.setdefault((draft.key, draft.per_row), []).append(draft)
    kept: list[Draft] = []
    for drafts in by_key.values():
        chosen = [d for d in drafts if d.choice is not None]
        best = chosen or [d for d in drafts if d.rank == min(x.rank for x in drafts)]
        for draft in drafts:
            if draft not in best:
                _leave(plan, draft.head, f"已采用 {best[0].head.letter} 列", log)
        if len(best) == 1:
            kept.append(best[0])
            continue
        kept.extend(_agreed(plan, best, rows, log))
    plan.drafts = sorted(kept, key=lambda draft: draft.head.column)


def _double_identity(plan: Plan, rows: list[int], log: Log) -> None:
    """Say when a second column of names or codes differs from the one in use."""
    sheet = plan.layout.sheet
    for kind, used in ((NAME, plan.name), (CODE, plan.code)):
        if used is None:
            continue
        for head in plan.layout.heads:
            targets = head.match.targets
            if head.column == used or [t.fact for t in targets] != [kind]:
                continue
            if head.match.how == "contained":
                continue
            pairs = zip(
                _column(sheet.rows, rows, used),
                _column(sheet.rows, rows, head.column),
                strict=True,
            )
            differ = sum(a != b and b is not None for a, b in pairs)
            if differ:
                first = column_letter(used + 1)
                what = "企业名称" if kind == NAME else "统一社会信用代码"
                log.problem(
                    "R211",
                    f"{first}、{head.letter} 列都是“{what}”，有 {differ} 行不同；"
                    f"采用 {first} 列",
                    mend=MEND % (head.letter, IGNORE),
                    sheet=sheet.name,
                    column=head.letter,
                )


def _agreed(plan: Plan, drafts: list[Draft], rows: list[int], log: Log) -> list[Draft]:
    letters = "、".join(d.head.letter for d in drafts)
    sheet = plan.layout.sheet
    first = _column(sheet.rows, rows, drafts[0].head.column)
    equal = all(
        _column(sheet.rows, rows, d.head.column) == first
        and d.head.unit == drafts[0].head.unit
        for d in drafts[1:]
    )
    outcome = (
        f"两列内容相同，采用 {drafts[0].head.letter} 列"
        if equal
        else "两列内容不同，都没有使用"
    )
    log.problem(
        "R211",
        f"{letters} 列都是“{drafts[0].fact.zh}”；{outcome}",
        mend=MEND % (drafts[-1].head.letter, IGNORE),
        sheet=sheet.name,
        column=drafts[0].head.letter,
    )
    return drafts[:1] if equal else []


def _column(
    rows: list[list[CellValue]], indexes: list[int], column: int
) -> list[CellValue]:
    return [rows[at][column] for at in indexes]
