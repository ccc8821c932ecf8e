# SPDX-License-Identifier: Apache-2.0
"""Which rows below the heading are firms.

Totals, repeats of the heading, blank rows, section titles and remarks are not; they
are left out and said. The one hard idea is the total that does not say so: a row
without name and code whose figures are the sums of the rows above it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, cast

from ceyuan.facts.headings import CODE, NAME, read_label
from ceyuan.facts.layout import is_numbering
from ceyuan.facts.unitwords import plain, unit_words
from ceyuan.facts.values import Number, blank_only, read_number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ceyuan.facts.layout import Layout
    from ceyuan.facts.log import Log
    from ceyuan.sheets.model import CellValue, Sheet

SHAPE = r"[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}"
"""What a credit code looks like; no heading, total or remark does."""
_CODE = re.compile(rf"{SHAPE}\Z", re.ASCII)
_TOTAL = re.compile(
    r"(?:[\w（）()]{0,12})?(?:合计|总计|小计|共计|总和|汇总|平均值?|平均数|均值|中位数)"
    r"(?:[（(].*[)）])?[:：]?(?:\d+家?)?|(?:sub|grand)?\s*total:?|sum|average|mean",
    re.IGNORECASE,
)
_REMARK = re.compile(
    r"\s*(?:注[:：0-9一]|备注|说明|填报|填表|制表|审核|负责人|单位负责人|联系人|数据来源|以上|以下|"
    r"note|source|prepared)",
    re.IGNORECASE,
)
_INSTRUCTION = re.compile(
    r"必填|选填|填写|请填|格式|保留|小数|位数字|\d+位|示例|例如|如[:：]|下拉|单选|多选|不超过|"
    r"required|optional|format|e\.g\.",
    re.IGNORECASE,
)
_SECTION = re.compile(
    r"\s*(?:[（(]?[一二三四五六七八九十]{1,3}[)）]?[、.．]|第[一二三四五六七八九十]+[部类批])"
)
_OWNER = ("既没有企业名称也没有信用代码", "企业名称或统一社会信用代码")
_SHORT, _LONG = 5, 14
_SUMMED = 100  # a sheet has few totals; adding up for each nameless row is quadratic
TELLING = frozenset("合总小共平汇均中注备说填制审负单联数以一二三四五六七八九十第(（ ")


class Lines:
    """The rows of a table that are firms.

    Args:
        layout: Where the table is.
        name: Index of the name column, if there is one.
        code: Index of the code column, if there is one.
        log: Where what is left out is noted.
        owner: What names a row, in words for the user.
    """

    def __init__(
        self,
        layout: Layout,
        *,
        name: int | None,
        code: int | None,
        log: Log,
        owner: tuple[str, str] = _OWNER,
    ) -> None:
        self.sheet = layout.sheet
        self.owner = owner
        self.refused = 0
        self.adds_up = True
        self.name, self.code, self.log = name, code, log
        self._bottom = layout.bottom
        self._nameless = 0
        self.repeats = {
            plain(label.text)
            for head in layout.heads
            if head.match.targets and head.match.targets[0].fact in {NAME, CODE}
            for label in head.labels
        }
        self._heads = {
            head.column: {plain(label.text) for label in head.labels}
            for head in layout.heads
        }
        self._filled = _merged_identity(layout.sheet, layout.bottom, name, code)
        self.indexes: list[int] = []
        self._block: list[int] = []
        for at in range(layout.bottom + 1, len(layout.sheet.rows)):
            self.take(at)

    def cells(self, at: int) -> tuple[CellValue, CellValue]:
        """Return name and code of a row, merged cells filled in."""
        row = self.sheet.rows[at]
        name = row[self.name] if self.name is not None else None
        code = row[self.code] if self.code is not None else None
        if self._filled and at in self._filled:
            above, column_set = self._filled[at]
            upper = self.sheet.rows[above]
            if name is None and self.name in column_set and self.name is not None:
                name = upper[self.name]
            if code is None and self.code in column_set and self.code is not None:
                code = upper[self.code]
        return name, code

    def pick(self, rows: Mapping[int, list[CellValue]]) -> list[int]:
        """Return which of some further rows, by index, are firms.

        Only rows that are not plainly a firm's need be asked about. What the rows
        between them add up to is not known here, so no total is found by its sum.
        """
        self.sheet = replace(self.sheet, rows=cast("list[list[CellValue]]", rows))
        self.indexes, self._block, self.adds_up = [], [], False
        for at in rows:
            self.take(at)
        return self.indexes

    def take(self, at: int) -> None:
        """Take a row for a firm's, or note why it is none."""
        name, code = self.cells(at)
        reason = None if self._plainly(name, code) else self._why_not(at, name, code)
        if reason is None:
            self.indexes.append(at)
            self._block.append(at)
        elif reason:
            self.log.skip(reason, sheet=self.sheet.name, row=at + 1)
            if reason.startswith("合计"):
                text = next(str(c) for c in self.sheet.rows[at] if c not in {None, ""})
                self.log.note(
                    "R260",
                    f"第 {at + 1} 行是合计行，没有作为企业计算（“{text}”）",
                    sheet=self.sheet.name,
                    row=at + 1,
                )

    def _plainly(self, name: CellValue, code: CellValue) -> bool:
        """Return whether a row is a firm at first sight; the way for a million."""
        if isinstance(code, str) and self.code is not None and _CODE.match(code):
            return True
        if not isinstance(name, str) or not name or name[0] in TELLING:
            return False
        if self.code is None:
            return len(name) > _SHORT and plain(name) not in self.repeats
        return isinstance(code, str) and len(code) > _LONG and code[0].isdigit()

    def _why_not(self, at: int, name: CellValue, code: CellValue) -> str | None:
        """Return why a row is no firm; "" for a blank one, None when it is one."""
        row = self.sheet.rows[at]
        if blank_only(row):
            return ""
        if self._is_repeat(row):
            return "重复的表头"
        filled = [c for c in row if c is not None and c != ""]
        words = [c.strip() for c in filled if isinstance(c, str) and c.strip()]
        first = words[0] if words else ""
        no_code = code is None or (isinstance(code, str) and not code.strip())
        is_total = any(
            _TOTAL.fullmatch("".join(w.split()))
            for w in ([first, name] if isinstance(name, str) else [first])
        )
        code_is_total = isinstance(code, str) and _TOTAL.fullmatch(
            "".join(code.split())
        )
        if (is_total and no_code) or code_is_total:
            self._block = []
            return "合计行"
        if at <= self.sheet.first_row + 80 and (
            is_numbering(filled) or (words == filled and all(map(unit_words, words)))
        ):
            return "单位行或栏次行"
        no_name = name is None or (isinstance(name, str) and not name.strip())
        if len(filled) == 1 and (_REMARK.match(first) or _SECTION.match(first)):
            return "备注或分段标题"
        if not (no_code and no_name):
            is_code = isinstance(code, str) and len(code) > _LONG
            if self._instructs(at, words, filled) and not is_code:
                return "填写说明"
            if _REMARK.match(first) and not is_code and len(words) == len(filled) < 5:  # noqa: PLR2004
                return "备注"
            return None
        if len(words) == len(filled) and (len(filled) <= 2 or _REMARK.match(first)):  # noqa: PLR2004
            return "备注或分段标题"
        self._nameless += 1
        if self.adds_up and self._nameless < _SUMMED and self._is_sum(row):
            self._block = []
            return "合计行（数字等于上面各行之和）"
        self.refused += 1
        self.log.problem(
            "R205",
            f"第 {at + 1} 行有数据，但{self.owner[0]}，没有计算",
            mend=f"补上{self.owner[1]}；若是合计，请写明“合计”",
            sheet=self.sheet.name,
            row=at + 1,
        )
        return self.owner[0].replace("既没有", "没有").replace("也没有", "和")

    def _instructs(
        self, at: int, words: list[str], filled: Sequence[CellValue]
    ) -> bool:
        """Return whether a row under the heading says how to fill the columns in."""
        near = at <= self._bottom + 2 and len(words) == len(filled)
        return near and sum(bool(_INSTRUCTION.search(w)) for w in words) * 2 >= len(
            words
        )

    def _is_repeat(self, row: list[CellValue]) -> bool:
        same = told = 0
        for column, forms in self._heads.items():
            cell = row[column] if column < len(row) else None
            if cell is None or cell == "":
                continue
            told += 1
            same += isinstance(cell, str) and (
                plain(cell) in forms or read_label(cell).core in forms
            )
        return told > 1 and same * 2 > told

    def _is_sum(self, row: list[CellValue]) -> bool:
        """Return whether most figures of a row are the sums of those above."""
        hits = tried = 0
        for column, cell in enumerate(row):
            total = _number(cell)
            if not total:
                continue
            above = [_number(self.sheet.rows[at][column]) for at in self._block]
            known = [n for n in above if n is not None]
            if len(known) > 1:
                tried += 1
                hits += sum(map(Decimal, known)) == Decimal(total)
        return tried > 0 and hits * 2 >= tried


def is_remark(text: str) -> bool:
    """Return whether a lone text below a table is a remark, a total or a title."""
    return bool(
        _REMARK.match(text)
        or _SECTION.match(text)
        or _TOTAL.fullmatch("".join(text.split()))
    )


def _number(cell: CellValue) -> int | Decimal | None:
    reading = read_number(cell)
    if isinstance(reading, Number):
        return reading.value
    return reading if isinstance(reading, (int, Decimal)) else None


def _merged_identity(
    sheet: Sheet, bottom: int, name: int | None, code: int | None
) -> dict[int, tuple[int, set[int]]]:
    """Return, for rows under a merged name or code, the row that holds it."""
    filled: dict[int, tuple[int, set[int]]] = {}
    for area in sheet.merged:
        span = range(area.first_column - 1, area.last_column)
        columns = {c for c in (name, code) if c is not None and c in span}
        if area.first_row - 1 <= bottom or area.last_row == area.first_row:
            continue
        for at in range(area.first_row, min(area.last_row, len(sheet.rows))):
            if columns:
                known = filled.get(at, (area.first_row - 1, set()))
                filled[at] = (known[0], known[1] | columns)
    return filled
