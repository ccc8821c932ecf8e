# SPDX-License-Identifier: Apache-2.0
"""The sheets that follow the user's own: gaps, problems, columns, policies."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from ceyuan.office.gaps import gaps
from ceyuan.office.looks import HEAD, MONEY, NUMBER, PLAIN, QUIET, QUIET_CELL, TITLE
from ceyuan.office.telling import CONFIDENCE
from ceyuan.policies import SUPPLIERS, Outcome
from ceyuan.sheets import NewCell, NewSheet, Range, Style

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ceyuan.declarations import Rule
    from ceyuan.office.checkup import Checkup

_RANKS = ("V", "V2", "K", "U")


def said_sheets(checkup: Checkup) -> list[NewSheet]:
    """Return the sheets that follow the user's own."""
    return [
        _gap_sheet(checkup),
        _problem_sheet(checkup),
        _column_sheet(checkup),
        _policy_sheet(checkup),
    ]


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
                ("{} ({})".format(*CONFIDENCE[weakest(rule)]), PLAIN),
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
