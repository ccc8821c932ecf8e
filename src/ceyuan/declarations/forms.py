# SPDX-License-Identifier: Apache-2.0
"""Forms that firms already have: which line or column states which attribute.

Two layouts cover them. A `form` is one firm's sheet: its code, name and year stand
in labelled cells, its figures in numbered lines. A `table` has one record a row. The
one hard idea is that a form's line and our attribute are seldom quite the same, so
each mapping says how sure it is, and a sum or a condition can stand between: what
the form does not say exactly, it does not say.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BeforeValidator, model_validator

from ceyuan.declarations.parts import Exact, Part, Text, UnitName

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Sureness = Literal["A", "B", "U"]
"""A seen in a public text, B second-hand, U uncertain."""


class Labels(Part):
    """Words beside (or over) which a sheet says whose it is and of which year."""

    code: tuple[str, ...] = ()
    name: tuple[str, ...] = ()
    year: tuple[str, ...] = ()


class FigureColumns(Part):
    """How the columns of a form's figures are headed.

    Args:
        line: Over the line numbers.
        item: Over the items' names.
        amount: Over the figures of the form's own year.
        years: Heading of a further year's figures, and which year it is: -1 is
            the year before the form's.
    """

    line: tuple[str, ...] = ()
    item: tuple[str, ...] = ()
    amount: tuple[str, ...] = ()
    years: dict[str, int] = {}


def _counted(value: object) -> object:
    return dict.fromkeys(value, 1) if isinstance(value, list) else value


class FormLine(Part):
    """What one attribute is on a form.

    Args:
        attribute: The attribute stated.
        lines: Line numbers and how often each counts (a list counts each once;
            -1 takes away); empty: found by `item`.
        item: How the item may be worded, without number and blanks.
        unit: Unit of the figures; the form's own by default.
        confidence: How sure the mapping is.
        by_year: Whether it is stated in the columns of further years too.
        when_zero: Lines that must say 0, else the attribute is not stated.
        note: What differs between line and attribute.
    """

    attribute: str
    lines: Annotated[dict[str, Exact], BeforeValidator(_counted)] = {}
    item: tuple[str, ...] = ()
    unit: UnitName | None = None
    confidence: Sureness
    by_year: bool = False
    when_zero: tuple[str, ...] = ()
    note: Text | None = None


class FormColumn(Part):
    """What one attribute is in a table.

    Args:
        attribute: The attribute stated.
        headings: How its column is headed here, before the attribute's own words.
        unit: Unit of the column when its heading names none.
        codes: Further words of this table for the attribute's codes.
        confidence: How sure the mapping is.
        note: What differs between column and attribute.
    """

    attribute: str
    headings: tuple[str, ...]
    unit: UnitName | None = None
    codes: dict[str, tuple[str, ...]] = {}
    confidence: Sureness
    note: Text | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that a form states.

    Args:
        attribute: The attribute.
        offset: Its year against the form's: 0 the same, -1 the year before.
        value: The number.
        unit: Its unit.
        confidence: How sure the mapping is.
    """

    attribute: str
    offset: int
    value: Fraction
    unit: str
    confidence: Sureness


class Form(Part):
    """A form or table that firms or offices already have.

    Args:
        zh: Chinese name.
        en: English name.
        meaning: What it is and which version is meant.
        record: Record type that it fills.
        source: Whose word it is unless said otherwise.
        layout: One firm a sheet (`form`), or one record a row (`table`).
        unit: Unit of figures that name none.
        title: Words of which one stands in a title, a sheet's or the file's name.
        items: Items or headings that must all be there too.
        labels: Where the firm's code, its name and the year stand.
        columns: The columns of a form's figures.
        lines: What a form states.
        table: What a table states.
        constants: Attributes that are the same for every record of it.
    """

    zh: str
    en: str
    meaning: Text | None = None
    record: str
    source: str
    layout: Literal["form", "table"]
    unit: UnitName | None = None
    title: tuple[str, ...]
    items: tuple[str, ...] = ()
    labels: Labels = Labels()
    columns: FigureColumns = FigureColumns()
    lines: tuple[FormLine, ...] = ()
    table: tuple[FormColumn, ...] = ()
    constants: dict[str, str] = {}

    @model_validator(mode="after")
    def _of_one_layout(self) -> Form:
        if self.layout == "form" and (self.table or not self.lines):
            msg = "a form has `lines` and no `table`"
            raise ValueError(msg)
        if self.layout == "table" and (self.lines or not self.table):
            msg = "a table has `table` and no `lines`"
            raise ValueError(msg)
        if any(not one.lines and not one.item for one in self.lines):
            msg = "a line of a form needs its number (`lines`) or its `item`"
            raise ValueError(msg)
        return self

    def recognises(self, titles: Iterable[str], words: Iterable[str] = ()) -> bool:
        """Return whether a sheet is this form.

        Args:
            titles: The file's and the sheet's name and the texts above the table.
            words: Every text in its cells.
        """
        heads = [plain(title) for title in titles]
        if not any(plain(t) in head for t in self.title for head in heads):
            return False
        # A title alone may stand over a list of such forms; one line of its own says
        # that it is the form, and nobody fills in every line.
        seen = [plain(word) for word in words]
        return not self.items or any(
            plain(item) in word for item in self.items for word in seen
        )

    def line_of(self, item: str) -> FormLine | None:
        """Return what an item without a line number states; None for nothing."""
        said = plain(item)
        for line in self.lines:
            if any(plain(word) == said for word in line.item):
                return line
        return None

    def figures(self, amounts: Mapping[tuple[str, int], Fraction]) -> list[Figure]:
        """Return what the figures of a sheet state, in the order of the mappings.

        A sum states nothing when one of its lines is blank: blank is not 0.

        Args:
            amounts: Figure by line number and year against the form's own.
        """
        found = []
        years = sorted({0, *self.columns.years.values()}, reverse=True)
        for line in self.lines:
            unit = line.unit or self.unit
            if not line.lines or unit is None:
                continue
            if any(amounts.get((n, 0)) != 0 for n in line.when_zero):
                continue
            for offset in years if line.by_year else (0,):
                total = _sum(line, amounts, offset)
                if total is not None:
                    found.append(
                        Figure(line.attribute, offset, total, unit, line.confidence)
                    )
        return found

    def kept_back(
        self, amounts: Mapping[tuple[str, int], Fraction]
    ) -> list[tuple[str, tuple[str, ...]]]:
        """Return attributes that a part of the figures is there for, and what is not.

        Args:
            amounts: As `figures` takes them; of the form's own year.

        Returns:
            Attribute, and the numbers of the lines that are blank, or are not 0
            where they must be.
        """
        found = []
        for line in self.lines:
            blank = tuple(n for n in line.lines if (n, 0) not in amounts)
            if len(blank) == len(line.lines):
                continue
            other = tuple(n for n in line.when_zero if amounts.get((n, 0)) != 0)
            if blank or other:
                found.append((line.attribute, (*blank, *other)))
        return found


def _sum(
    line: FormLine, amounts: Mapping[tuple[str, int], Fraction], offset: int
) -> Fraction | None:
    total = Fraction(0)
    for number, times in line.lines.items():
        amount = amounts.get((number, offset))
        if amount is None:
            return None
        total += times * amount
    return total


class FormFile(Part):
    """One file of forms."""

    forms: dict[str, Form]


_UNSAID = str.maketrans(
    "（）〔〕［］：，“”", '()[][]:,""', " \t\n\r　、.．·*—－-_\"'“”‘’«»《》"
)


def plain(text: str) -> str:
    """Return a text without blanks and marks, for comparing titles and items."""
    return text.translate(_UNSAID).lower()
