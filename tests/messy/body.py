# SPDX-License-Identifier: Apache-2.0
"""The rows of a messy sheet: firms, and what stands among them that is no firm."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from ceyuan.city.codes import credit_code
from tests.messy import words
from tests.messy.layout import SHEET_YEAR, Choice, Draft
from tests.messy.truth import Key, MessyCell, MessyRow

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

FEN_PER = {"元": 100, "千元": 100_000, "万元": 1_000_000, "亿元": 10_000_000_000}
_WIDE = str.maketrans("0123456789.", "０１２３４５６７８９．")
_NAMES = "甲乙丙丁戊己庚辛壬癸"
Written = Decimal | int | str | date | None
Value = int | str | bool | date | None


@dataclass
class Page:
    """A sheet being written: cells by place, merged areas."""

    cells: dict[tuple[int, int], Written] = field(default_factory=dict)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    height: int = 0

    def put(self, row: int, column: int, value: Written) -> None:
        if value is not None:
            self.cells[row, column] = value
        self.height = max(self.height, row + 1)


def letters(index: int) -> str:
    """Return the letters of a column, from 0."""
    text = ""
    while index >= 0:
        text = chr(65 + index % 26) + text
        index = index // 26 - 1
    return text


class Body:
    """The firms' rows, and the rows among them that are no firm."""

    def __init__(
        self,
        page: Page,
        choice: Choice,
        columns: list[Draft],
        left: int,
        rng: random.Random,
    ) -> None:
        self.page = page
        self.choice = choice
        self.columns = columns
        self.left = left
        self.rng = rng
        self.rows: list[MessyRow] = []
        self.skipped: list[int] = []
        self.odd: list[MessyCell] = []
        self.sums: dict[int, Decimal] = {}

    def fill(self) -> None:
        rng = self.rng
        count = rng.randint(12, 36)
        is_sectioned = rng.random() < 0.15
        # A new printed page: the headings once more, in the middle.
        repeats_header = self.choice.header_rows == 1 and rng.random() < 0.15
        for number in range(count):
            if is_sectioned and number in {0, count // 2}:
                mark = "一、研发类企业" if number == 0 else "二、制造类企业"
                self._line({0: mark}, is_wide=True)
            if number and rng.random() < 0.03:
                self._line({})
            if number == count // 2 and repeats_header:
                self._line({i: d.heading for i, d in enumerate(self.columns)})
            self._firm(number)
        ending = rng.random()
        if ending < 0.5:
            self._total()
        if ending > 0.35 and rng.random() < 0.4:
            note = "注：本表为虚构样例，数据由企业自行填报。"
            self._line({0: note}, is_wide=True)

    def _line(self, cells: dict[int, Written], *, is_wide: bool = False) -> None:
        row = self.page.height
        self.page.height = row + 1
        for place, value in cells.items():
            self.page.put(row, self.left + place, value)
        if is_wide and self.choice.is_merged and len(self.columns) > 1:
            end = self.left + len(self.columns) - 1
            self.page.merged.append((row, self.left, row, end))
        self.skipped.append(row + 1)

    def _total(self) -> None:
        name = next(i for i, d in enumerate(self.columns) if d.key == ("name", None))
        cells: dict[int, Written] = {**self.sums, name: self.rng.choice(words.TOTALS)}
        self._line(cells)

    def _firm(self, number: int) -> None:
        rng = self.rng
        row = self.page.height
        self.page.height = row + 1
        name = (
            f"样例{rng.choice(_NAMES)}{rng.choice(_NAMES)}{number + 1}"
            f"{rng.choice(('科技', '生物', '软件', '装备'))}（虚构）有限公司"
        )
        code = credit_code(rng.randrange(31**4))
        model = {**self._model(number), "name": name, "uscc": code}
        values: dict[Key, Value] = {}
        for place, draft in enumerate(self.columns):
            at = letters(self.left + place)
            if draft.key is None:
                self.page.put(row, self.left + place, _filler(draft.filler, rng))
                continue
            written, value, kind = self._cell(draft, model)
            values[draft.key] = value
            self.page.put(row, self.left + place, written)
            if kind:
                expects = _EXPECTS[kind]
                self.odd.append(
                    MessyCell(
                        row=row + 1,
                        letter=at,
                        kind=kind,
                        written=str(written),
                        expects=expects,
                    )
                )
            if isinstance(written, Decimal | int):
                self.sums[place] = self.sums.get(place, Decimal(0)) + written
        self.rows.append(MessyRow(row=row + 1, name=name, uscc=code, values=values))

    def _model(self, number: int) -> dict[str, Value]:
        """Draw a firm; sizes differ a thousandfold, as they do."""
        rng = self.rng
        # 元; from 60 万 to 6 亿, half below some 2,000 万.
        revenue = int(10 ** rng.uniform(5.8, 8.8))
        if self.choice.unit_style == "nowhere":
            # Figures such as 150,000: small firms in 元 or large ones in 万元.
            revenue = rng.randint(60_000, 400_000)
            if self.choice.unit == "万元":
                revenue *= 10_000
        staff = max(3, revenue // rng.randint(250_000, 900_000))
        tech = staff * rng.randint(5, 80) // 100
        assets = revenue * rng.randint(50, 250) // 100
        return {
            "revenue": revenue,
            "main_revenue": revenue * rng.randint(80, 100) // 100,
            "rd_expense": revenue * rng.randint(2, 30) // 100,
            "assets": assets,
            "liabilities": assets * rng.randint(10, 85) // 100,
            "net_profit": revenue * rng.randint(-12, 25) // 100,
            "employees": staff,
            "tech_staff": tech,
            "rd_staff": tech * rng.randint(60, 100) // 100,
            "inventions": rng.choice((0, 0, 1, 2, 5, 9)),
            "utility_models": rng.choice((0, 1, 3, 6, 12)),
            "copyrights": rng.choice((0, 2, 4, 11)),
            "founded": date(
                rng.randint(2001, 2024), rng.randint(1, 12), rng.randint(1, 28)
            ),
            "is_hnte": number % 3 == 0,
        }

    def _cell(
        self, draft: Draft, model: dict[str, Value]
    ) -> tuple[Written, Value, str]:
        assert draft.key is not None
        rng = self.rng
        name, year = draft.key
        value = model[name]
        if isinstance(value, str):
            return value, value, ""
        if rng.random() < 0.05:
            word = rng.choice((None, None, "/", "—", "暂无", "N/A"))
            return word, None, "blank" if word else ""
        if isinstance(value, date):
            return *_date(value, rng), ""
        if isinstance(value, bool):
            words_of = ("是", "√", "Y", "是 ") if value else ("否", "×", "N", "否")
            return rng.choice(words_of), value, ""
        assert isinstance(value, int)
        if draft.unit not in FEN_PER:
            return _people_or_rights(value, draft.unit, rng)
        if year is not None:
            value = value * (100 - 7 * (SHEET_YEAR - year)) // 100
        return self._money(draft, value)

    def _money(self, draft: Draft, yuan: int) -> tuple[Written, Value, str]:
        """Write an amount; its truth is what the written figure says, exactly."""
        rng = self.rng
        digits = {"元": 2, "千元": 2, "万元": 2, "亿元": 4}[draft.unit]
        exact = Decimal(yuan * 100 + rng.randrange(100)) / FEN_PER[draft.unit]
        figure = exact.quantize(Decimal(10) ** -digits)
        if rng.random() < 0.3 and figure > 100:
            figure = figure.quantize(Decimal(1))
        fen: Value = int(figure * FEN_PER[draft.unit])
        if draft.unit_from == "nowhere":
            fen = None
        style = rng.random()
        if style < 0.90:
            return figure, fen, ""
        if style < 0.925:
            return f"{figure:,}", fen, "thousands" if abs(figure) >= 1000 else "text"
        if style < 0.945:
            return str(figure).translate(_WIDE), fen, "full_width"
        if style < 0.96:
            return f" {figure}\u3000", fen, "spaces"
        if style < 0.975 and draft.unit_from != "nowhere":
            return f"{figure}{draft.unit}", fen, "unit_in_cell"
        if style < 0.985 and draft.unit_from != "nowhere" and figure > 0:
            return f"约{figure}", None, "about"
        if style < 0.99:
            return "见附件", None, "words"
        return str(figure), fen, "text"


_EXPECTS: dict[str, Literal["read", "blank", "problem"]] = {
    "blank": "blank",
    "thousands": "read",
    "text": "read",
    "full_width": "read",
    "spaces": "read",
    "unit_in_cell": "read",
    "about": "problem",
    "words": "problem",
}


def _people_or_rights(
    value: int, unit: str, rng: random.Random
) -> tuple[Written, Value, str]:
    style = rng.random()
    if style < 0.93:
        return value, value, ""
    if style < 0.96:
        return f"{value}{unit}", value, "unit_in_cell"
    if style < 0.98:
        return str(value).translate(_WIDE), value, "full_width"
    return f"约{value}", None, "about"


def _date(value: date, rng: random.Random) -> tuple[Written, Value]:
    y, m, d = value.year, value.month, value.day
    texts = (
        f"{y}-{m:02d}-{d:02d}",
        f"{y}/{m}/{d}",
        f"{y}年{m}月{d}日",
        f"{y}.{m:02d}.{d:02d}",
        f"{y}{m:02d}{d:02d}",
    )
    return (value if rng.random() < 0.6 else rng.choice(texts)), value


def _filler(kind: str, rng: random.Random) -> Written:
    fillers: dict[str, Callable[[], Written]] = {
        "words": lambda: f"样例{rng.choice(_NAMES)}",
        "phone": lambda: f"021-0000{rng.randrange(10_000):04d}",
        "building": lambda: f"{rng.choice('ABC')}{rng.randint(1, 9)}号楼",
        "room": lambda: str(rng.randint(101, 1820)),
        "area": lambda: Decimal(rng.randint(3000, 300_000)) / 100,
        "rent": lambda: Decimal(rng.randint(150, 900)) / 100,
        "year_month": lambda: f"{rng.randint(2015, 2025)}年{rng.randint(1, 12)}月",
        "mail": lambda: f"sample{rng.randrange(100)}@example.invalid",
        "empty": lambda: None,
        "trap_money": lambda: Decimal(rng.randint(1000, 900_000)) / 100,
        "trap_percent": lambda: Decimal(rng.randint(-200, 900)) / 10,
        "trap_count": lambda: rng.randint(0, 30),
    }
    return fillers[kind]()
