# SPDX-License-Identifier: Apache-2.0
"""The user's own workbook, back with the answers at the right.

Columns: how many policies answer what, the money, then one column per policy
that applies to anybody, then what is missing and the nearest steps. Notes mark
the bad cells. Sheets follow: common gaps, problems, how the columns were read,
and the policies with what their text rests on.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from ceyuan.kernel import Problem, show_money
from ceyuan.office.bulk import is_large, write_rows
from ceyuan.office.gaps import gaps
from ceyuan.policies import (
    ONE_STEP,
    OUTCOME_WORDS,
    SUPPLIERS,
    TO_CONFIRM,
    Outcome,
    fact_name,
    parameter_name,
    show_known,
)
from ceyuan.sheets import (
    Book,
    NewCell,
    NewSheet,
    Note,
    Patched,
    Range,
    SheetAdditions,
    Style,
    column_number,
    first_free_column,
    patch_workbook,
    replacing,
    returned_suffix,
    write_workbook,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from ceyuan.declarations import Region, Rule
    from ceyuan.language import FactKey
    from ceyuan.office.checkup import Checkup, FirmCheck
    from ceyuan.policies import Move

HEAD = Style(bold=True, fill="0b57a4", color="ffffff", wrap=True, align="center")
PLAIN = Style(wrap=True)
NUMBER = Style(number_format="#,##0", align="right", wrap=True)
MONEY = Style(number_format="#,##0.00", align="right", wrap=True)
TITLE = Style(bold=True, border=False)
QUIET = Style(color="4a5566", wrap=True, border=False)
QUIET_CELL = Style(color="4a5566", wrap=True)
BLANK = Style(border=False)
ANSWER = Style()
"""What stands in the user's own rows keeps to one line: their height is the user's."""
FILLS = {
    Outcome.ELIGIBLE: Style(fill="e7f4ec", color="1b6e3c"),
    Outcome.INELIGIBLE: Style(fill="fcebea", color="b3261e"),
    Outcome.UNKNOWN: Style(fill="fdf3e1", color="8a5200"),
    Outcome.REFER: Style(fill="e8f0f9", color="0b57a4"),
    Outcome.NOT_APPLICABLE: Style(color="4a5566"),
    None: Style(fill="fcebea", color="b3261e"),
}
CONFIDENCE = {
    "V": "见于公开文本 (seen in a public text)",
    "V2": "二手来源，发布前须核对 (secondary source)",
    "K": "未见来源，凭一般知识 (known, not seen)",
    "U": "不确定，未设定 (uncertain, not set)",
}
_RANKS = ("V", "V2", "K", "U")


def returned_paths(checkup: Checkup, book: Book, folder: Path) -> tuple[Path, ...]:
    """Return where the results go: the table, and what goes beside it."""
    stem = f"{book.path.stem}.体检"
    if is_large(checkup):
        return folder / f"{stem}.csv", folder / f"{stem}汇总.xlsx"
    return (folder / f"{stem}{returned_suffix(book.kind)}",)


def write_back(checkup: Checkup, book: Book, target: Path) -> Patched:
    """Write the user's workbook with the answers added.

    The rows of a big one come back as a csv, what else there is to say in a
    workbook beside it (see `returned_paths`).

    Args:
        checkup: The answers.
        book: The tables that were read.
        target: Where the result goes.

    Returns:
        What could not be added as asked.
    """
    if is_large(checkup):
        rules = shown_rules(checkup)
        with replacing(target) as file:
            write_rows(
                file,
                checkup,
                book,
                rules,
                lambda firm, rule: answer_text(checkup.region, firm, rule),
            )
        return write_workbook(
            returned_paths(checkup, book, target.parent)[1],
            sheets=_said_sheets(checkup),
        )
    sheets = {sheet.name: sheet for sheet in book.sheets}
    additions: list[SheetAdditions | NewSheet] = []
    for name, firms in _by_sheet(checkup).items():
        start = first_free_column(sheets[name])
        if start > 1:
            start += 1  # one empty column keeps the user's table a table of its own
        additions.append(_answers(checkup, name, firms, start, book))
    additions += _said_sheets(checkup)
    return patch_workbook(book.path, target, additions=additions)


def _said_sheets(checkup: Checkup) -> list[NewSheet]:
    return [
        _gap_sheet(checkup),
        _problem_sheet(checkup),
        _column_sheet(checkup),
        _policy_sheet(checkup),
    ]


def _by_sheet(checkup: Checkup) -> dict[str, list[FirmCheck]]:
    found: dict[str, list[FirmCheck]] = {}
    for firm in checkup.firms:
        found.setdefault(firm.row.sheet, []).append(firm)
    return found


def shown_rules(checkup: Checkup) -> list[Rule]:
    """Return the policies that apply to anybody in the batch."""
    return [
        rule
        for rule in checkup.rules
        if any(
            f.decisions[rule.id].outcome is not Outcome.NOT_APPLICABLE
            for f in checkup.firms
        )
    ] or list(checkup.rules)


def _answers(
    checkup: Checkup, name: str, firms: Sequence[FirmCheck], start: int, book: Book
) -> SheetAdditions:
    rules = shown_rules(checkup)
    full = checkup.is_full  # else reasons and steps are asked for firm by firm
    headings = [
        ("可享（项）", 12.0),
        *((("只差确认（项）", 15.0), ("只差一步（项）", 15.0)) if full else ()),
        ("缺数据（项）", 13.0),
        ("可享金额（元）", 16.0),
        *((rule.said.zh, _room(rule.said.zh)) for rule in rules),
        *((("还缺什么（谁提供）", 46.0), ("最近的一步", 46.0)) if full else ()),
    ]
    head = min(f.row.row for f in firms) - 1
    widths = {start + i: width for i, (_, width) in enumerate(headings)}
    cells: list[NewCell] = []
    if head >= 1:
        cells += [
            NewCell(head, start + i, text, HEAD) for i, (text, _) in enumerate(headings)
        ]
    if head >= 2:
        said = f"策源政策核对 · 截至 {checkup.as_of} · 数据年度 {checkup.year}"
        cells.append(NewCell(head - 1, start, said, TITLE))
    for firm in firms:
        cells += _firm_cells(checkup, firm, rules, start)
    return SheetAdditions(
        name, tuple(cells), tuple(_notes(checkup, name, book)), widths
    )


def _room(heading: str) -> float:
    """Return a width that shows a heading on one line, if it is of usual length."""
    wide = sum(2 if ord(sign) > 0x2E7F else 1 for sign in heading)
    return float(min(max(wide + 2, 14), 30))


def _firm_cells(
    checkup: Checkup, firm: FirmCheck, rules: Sequence[Rule], start: int
) -> Iterator[NewCell]:
    row = firm.row.row
    full = checkup.is_full
    counts = (
        firm.count(Outcome.ELIGIBLE),
        *((len(firm.to_confirm), len(firm.one_step)) if full else ()),
        firm.count(Outcome.UNKNOWN) - len(firm.to_confirm),
    )
    for offset, count in enumerate(counts):
        yield NewCell(row, start + offset, count, NUMBER)
    first = start + len(counts)
    yield NewCell(row, first, Decimal(firm.amount) / 100, MONEY)
    for offset, rule in enumerate(rules, start=1):
        outcome = firm.decisions[rule.id].outcome
        text = answer_text(checkup.region, firm, rule)
        yield NewCell(row, first + offset, text, FILLS[outcome])
    if not full:
        return
    last = first + 1 + len(rules)
    yield NewCell(row, last, missing_text(checkup, firm, rules) or "—", ANSWER)
    yield NewCell(row, last + 1, steps_text(checkup, firm, rules) or "—", ANSWER)
    # A long text runs on over empty cells; a blank beside it keeps it in its column.
    yield NewCell(row, last + 2, " ", BLANK)


def answer_text(region: Region, firm: FirmCheck, rule: Rule) -> str:
    """Return an outcome by mark and word, with the amount: `✓ 符合 48.00 万元`."""
    decision = firm.decisions[rule.id]
    mark, word, _ = OUTCOME_WORDS[decision.outcome]
    if rule.id in firm.to_confirm:
        mark, word, _ = TO_CONFIRM
    elif rule.id in firm.one_step:
        mark, word, _ = ONE_STEP
    parts = [mark, word]
    if decision.amount is not None:
        parts.append(show_money(decision.amount))
    elif rule.id in firm.potential:
        parts.append(f"确认后 {show_money(firm.potential[rule.id])}")
    if decision.variant and rule.said.variants is not None:
        choice = region.facts[rule.said.variants.fact]
        parts.append(f"（{choice.codes[decision.variant].zh}）")
    return " ".join(parts)


def key_text(checkup: Checkup, key: FactKey) -> str:
    """Return a missing fact's name, or that of a parameter not set."""
    if key[0] in checkup.region.facts:
        return fact_name(checkup.region.facts, key)
    return parameter_name(checkup.region.rules, key[0])


def missing_text(checkup: Checkup, firm: FirmCheck, rules: Sequence[Rule]) -> str:
    """Return all that is missing, by who can supply it, each once."""
    wanted: dict[str, dict[str, None]] = {}
    for rule in rules:
        for key in sorted(firm.decisions[rule.id].missing, key=str):
            fact = checkup.region.facts.get(key[0])
            by = fact.supplied_by if fact is not None else "office"
            wanted.setdefault(by, {})[key_text(checkup, key)] = None
    lines = [
        f"{SUPPLIERS[by][0]}：{'、'.join(wanted[by])}"
        for by in SUPPLIERS
        if by in wanted
    ]
    return " ｜ ".join(lines)


def steps_text(checkup: Checkup, firm: FirmCheck, rules: Sequence[Rule]) -> str:
    """Return the nearest step of each policy that fails, lightest first."""
    moves = sorted((firm.moves[r.id].weight, r.id) for r in rules if r.id in firm.moves)
    names = {rule.id: rule.said.zh for rule in rules}
    return " ｜ ".join(
        f"{names[policy]}：{move_text(checkup.region, firm.moves[policy])}"
        for _, policy in moves
    )


def move_text(region: Region, move: Move) -> str:
    """Return a step in the firm's own quantities."""
    parts = []
    for shift in move.shifts:
        fact = region.facts[shift.fact]
        name = fact_name(region.facts, (shift.fact, shift.year))
        after = show_known(shift.after, fact)
        if shift.before is None or isinstance(shift.after, bool):
            parts.append(f"{name} 变为“{after}”")
        else:
            parts.append(f"{name} {show_known(shift.before, fact)} → {after}")
    text = "；".join(parts)
    if move.outcome is Outcome.UNKNOWN:
        text += "（此后还需补数据）"
    return text


def _notes(checkup: Checkup, name: str, book: Book) -> Iterator[Note]:
    """Yield a note on every bad cell of the user's sheet."""
    cells: dict[tuple[int, str], list[Problem]] = {}
    for problem in checkup.problems:
        own = problem.sheet == name and problem.file in ("", book.path.name)
        if own and problem.row is not None and problem.column:
            cells.setdefault((problem.row, problem.column), []).append(problem)
    for (row, letter), found in cells.items():
        text = "\n".join(
            f"[{p.code}] {p.message}" + (f"\n→ {p.mend}" if p.mend else "")
            for p in found
        )
        yield Note(row, column_number(letter), text)


_Line: TypeAlias = "Sequence[tuple[str | int | Decimal | None, Style]]"


def _table(
    name: str,
    title: str,
    remark: str,
    headings: Sequence[tuple[str, float]],
    rows: Sequence[_Line],
) -> NewSheet:
    """Return a sheet with a title, a remark, headings and rows."""
    cells = [NewCell(1, 1, title, TITLE), NewCell(2, 1, remark, QUIET)]
    cells += [
        NewCell(3, i, text, HEAD) for i, (text, _) in enumerate(headings, start=1)
    ]
    cells += [
        NewCell(number, i, value, style)
        for number, row in enumerate(rows, start=4)
        for i, (value, style) in enumerate(row, start=1)
    ]
    widths = {i: width for i, (_, width) in enumerate(headings, start=1)}
    merged = (Range(2, 1, 2, len(headings)),)
    return NewSheet(name, tuple(cells), widths, (3, 0), landscape=True, merged=merged)


def _gap_sheet(checkup: Checkup) -> NewSheet:
    rows: list[_Line] = []
    for gap in gaps(checkup):
        money: Decimal | str = Decimal(gap.unlock_fen) / 100 if gap.is_known else "—"
        policies = "、".join(
            f"{checkup.region.rules[p].said.zh} {n}"
            for p, n in sorted(gap.policies.items(), key=lambda item: -item[1])
        )
        kind = "缺的数据" if gap.kind == "fact" else "差的一步"
        rows.append(
            [
                (gap.title, PLAIN),
                (kind, PLAIN),
                (SUPPLIERS[gap.by][0], PLAIN),
                (len(gap.firms), NUMBER),
                (gap.alone, NUMBER),
                (money, MONEY),
                (policies, PLAIN),
            ]
        )
    return _table(
        "共性短板",
        "共性短板：多家企业共同缺的数据和差的一步",
        "金额只计仅差这一项的政策，各行可重叠；“—”表示金额还算不出来，不是 0。"
        if checkup.is_full
        else "企业较多时不逐家找短板；拆成 2000 家以内的表再核对，或用 ceyuan nearest 逐家看。",
        [
            ("短板", 40.0),
            ("类别", 10.0),
            ("谁提供", 16.0),
            ("企业数", 9.0),
            ("只差此项（项次）", 18.0),
            ("可解锁金额（元）", 18.0),
            ("涉及政策（家次）", 70.0),
        ],
        rows,
    )


def _problem_sheet(checkup: Checkup) -> NewSheet:
    said = [*checkup.problems, *checkup.table.notes]
    rows: list[_Line] = [
        [
            (p.code, PLAIN),
            (p.file or checkup.table.file, PLAIN),
            (p.sheet, PLAIN),
            (f"{p.column}{p.row or ''}", PLAIN),
            (p.message, PLAIN),
            (p.mend, PLAIN),
        ]
        for p in said
    ]
    noted = {(p.sheet, p.row) for p in said if p.row is not None}
    for skipped in checkup.table.skipped:
        if (skipped.sheet, skipped.row) in noted:
            continue
        rows.append(
            [
                ("—", PLAIN),
                (skipped.file, PLAIN),
                (skipped.sheet, PLAIN),
                (str(skipped.row or ""), PLAIN),
                (f"没有使用：{skipped.reason}", PLAIN),
                ("", PLAIN),
            ]
        )
    return _table(
        "数据问题",
        "数据问题：哪里、为什么、怎么改",
        "有问题的格按“未知”处理，不当作 0，也不当作不符合；原表没有改动。",
        [
            ("代码", 8.0),
            ("文件", 22.0),
            ("工作表", 14.0),
            ("位置", 9.0),
            ("问题", 70.0),
            ("怎么改", 50.0),
        ],
        rows,
    )


def _column_sheet(checkup: Checkup) -> NewSheet:
    rows: list[_Line] = []
    for (name, year), column in checkup.table.columns.items():
        fact = checkup.region.facts[name]
        for source in column.sources:
            rows.append(
                [
                    (source.file, PLAIN),
                    (source.sheet, PLAIN),
                    (source.column, PLAIN),
                    (source.heading, PLAIN),
                    (fact.zh, PLAIN),
                    ("" if year is None else str(year), PLAIN),
                    (source.unit, PLAIN),
                    (source.unit_reason, PLAIN),
                    (source.year_reason, PLAIN),
                ]
            )
    for unread in checkup.table.unread():
        found = (unread.file, unread.sheet, unread.column, unread.heading, "没有用到")
        rows.append([(text, QUIET_CELL) for text in (*found, "", "", "", "")])
    return _table(
        "认列结果",
        "认列结果：每一列认成什么、用什么单位、凭什么",
        f"没有写年度的列按 {checkup.table.year} 年：{checkup.table.year_reason}。"
        "认错了用 --columns MAP.yaml 更正。",
        [
            ("文件", 22.0),
            ("工作表", 14.0),
            ("列", 6.0),
            ("表头", 30.0),
            ("认成", 24.0),
            ("年度", 8.0),
            ("单位", 8.0),
            ("单位依据", 46.0),
            ("年度依据", 30.0),
        ],
        rows,
    )


def weakest(rule: Rule) -> str:
    """Return the weakest confidence tag of what a policy rests on."""
    tags = [v.confidence for p in rule.said.parameters.values() for v in p.values]
    tags += [a.confidence for a in rule.said.articles.values()]
    tags += ["U" for p in rule.said.parameters.values() if not p.values]
    return max(tags, key=_RANKS.index) if tags else "U"


def _when(full: bool, count: int) -> int | str:  # noqa: FBT001
    """Return a count, or a dash where nobody counted."""
    return count if full else "—"


def _policy_sheet(checkup: Checkup) -> NewSheet:
    rows: list[_Line] = []
    for rule in checkup.rules:
        document = next(iter(rule.said.documents.values()))
        firms = checkup.firms
        outcomes = [f.decisions[rule.id].outcome for f in firms]
        full = checkup.is_full
        unset = [p.zh for p in rule.said.parameters.values() if not p.values]
        rows.append(
            [
                (rule.said.zh, PLAIN),
                (f"{document.zh} {document.number}".strip(), PLAIN),
                (CONFIDENCE[weakest(rule)], PLAIN),
                ("全部" if rule.said.coverage == "full" else "部分", PLAIN),
                ("、".join(unset), PLAIN),
                (outcomes.count(Outcome.ELIGIBLE), NUMBER),
                (_when(full, sum(rule.id in f.to_confirm for f in firms)), NUMBER),
                (_when(full, sum(rule.id in f.one_step for f in firms)), NUMBER),
                (outcomes.count(Outcome.UNKNOWN), NUMBER),
                (outcomes.count(Outcome.REFER), NUMBER),
                (outcomes.count(Outcome.INELIGIBLE), NUMBER),
                (outcomes.count(Outcome.NOT_APPLICABLE), NUMBER),
                (rule.id, PLAIN),
            ]
        )
    return _table(
        "政策与依据",
        "核对了哪些政策、结果如何、依据可靠到什么程度",
        "“最弱依据”是这项政策引用的条款和数字中最不可靠的一级；未设定的参数由主管部门提供。",
        [
            ("政策", 34.0),
            ("文件", 44.0),
            ("最弱依据", 26.0),
            ("编码", 8.0),
            ("未设定的参数", 30.0),
            ("可享", 8.0),
            ("只差确认", 11.0),
            ("只差一步", 11.0),
            ("缺数据", 9.0),
            ("待判断", 9.0),
            ("不符合", 9.0),
            ("不适用", 9.0),
            ("编号", 24.0),
        ],
        rows,
    )
