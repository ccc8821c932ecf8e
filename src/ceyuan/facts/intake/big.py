# SPDX-License-Identifier: Apache-2.0
"""The big way: understand a sample, then read columns, block by block.

The one hard idea is to read by columns without reading otherwise. What a column is
was decided on the sample by the same code that reads small files whole; a cell that
is plain is converted with its column; each cell that is not goes to the same readers
of single cells, which also say what is wrong with it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, cast

import polars as pl

from ceyuan.facts.cells import read_figures, read_words, scaled, word_reader
from ceyuan.facts.identity import read_name
from ceyuan.facts.intake.codes import surely_sound
from ceyuan.facts.intake.plain import days, figures, filled, within
from ceyuan.facts.intake.raw import Block, cells_of
from ceyuan.facts.intake.rows import EXACT, Stated, Wide
from ceyuan.facts.intake.small import column_of, fitted, owners
from ceyuan.facts.lines import SHAPE, TELLING
from ceyuan.facts.onesheet import read_row
from ceyuan.facts.reading import ColumnReader, read_year
from ceyuan.facts.store.columns import column_type
from ceyuan.facts.table import FactColumn, Source
from ceyuan.facts.values import Fault
from ceyuan.kernel import unit
from ceyuan.sheets.model import column_letter

if TYPE_CHECKING:
    from ceyuan.facts.drafts import Draft
    from ceyuan.facts.intake.asked import Asked
    from ceyuan.facts.intake.understood import Understood
    from ceyuan.facts.log import Log
    from ceyuan.facts.reading import Judged
    from ceyuan.facts.table import Value
    from ceyuan.sheets.model import CellValue, Sheet

_TELLING = "[" + re.escape("".join(sorted(TELLING))) + "]"
_SURE_NAME = r"(?:公司|厂|院|所|(?:有限|普通)合伙[）)])$"
_SURE_KEY = r"^[A-Za-z0-9/_.-]*[0-9][A-Za-z0-9/_.-]*$"
_PLAIN_NAME = r"^[^\s\x00-\x1f]{8,}$"
_NEAR = 81
_SHORT, _LONG = 5, 14
_MANY = 50_000

Scattered = dict[int, dict[int, "CellValue"]]


class BlockReader:
    """Read the blocks of one sheet.

    Args:
        read: How its sample was understood.
        asked: What it is read for.
        log: Where problems go.
        seen: What the sample's reading said.
    """

    def __init__(self, read: Understood, asked: Asked, log: Log, *, seen: Log) -> None:
        self.read, self.asked, self.log = read, asked, log
        self.plan, self.lines = read.plan, read.lines
        self.sheet = read.layout.sheet
        self.lines.log = log
        self.lines.refused = 0
        self.misread = seen.misread
        self.judged = {
            (one.draft.name, one.draft.head.letter): one for one in read.reader.judged
        }
        self._words: dict[tuple[str, str], dict[object, Value | None]] = {}
        self._years: dict[object, int | None] = {}

    # --- which rows

    def wide(self, block: Block) -> Wide:
        """Return the rows of a block, read."""
        frame = block.frame.with_row_index("at", offset=block.first).with_columns(
            pl.col("at").cast(pl.Int64)
        )
        frame = frame.filter(pl.col("at") > self.read.layout.bottom)
        frame = self._kept(frame)
        at = frame["at"]
        made = [
            (at + 1).cast(pl.Int32).rename("row"),
            *self._identities(frame),
            self._row_years(frame),
        ]
        stated: dict[str, Stated] = {}
        for draft in self.plan.drafts:
            column = column_of(draft.name, draft.year, per_row=draft.per_row)
            if column in stated:
                continue
            stated[column] = Stated(
                draft.name, draft.year, draft.per_row, draft.head.letter
            )
            made += self._column(draft, frame, column)
        result = pl.DataFrame(made)
        result = self._suspects(result, frame)
        return Wide(
            result,
            stated,
            self.sheet.name,
            self.read.year,
            has_year=self.plan.year is not None,
        )

    def _kept(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the rows that are records; what is doubtful is looked at singly."""
        plainly = self._plainly(frame)
        rest = frame.filter(~plainly)
        if not rest.height:
            return frame
        columns = [cells_of(rest[str(n)]) for n in range(self.sheet.width)]
        rows = {
            at: list(line)
            for at, line in zip(
                rest["at"].to_list(), zip(*columns, strict=True), strict=True
            )
        }
        picked = self.lines.pick(rows)
        if len(picked) == rest.height:
            return frame
        return frame.filter(plainly | frame["at"].is_in(picked))

    def _plainly(self, frame: pl.DataFrame) -> pl.Series:
        """Return which rows are records at first sight, as `Lines` has it."""
        none = pl.Series([False]).new_from_index(0, frame.height)
        shaped = none
        if self.asked.record.organisation and self.lines.code is not None:
            code = frame[str(self.lines.code)]
            if code.dtype == pl.String:
                shaped = code.str.contains(f"^{SHAPE}$").fill_null(value=False)
        if self.lines.name is None:
            return shaped
        return shaped | self._by_name(frame, none)

    def _by_name(self, frame: pl.DataFrame, none: pl.Series) -> pl.Series:
        name = frame[str(self.lines.name)]
        far = frame["at"] > self.sheet.first_row + _NEAR
        if name.dtype != pl.String:
            return (name.is_not_null() & far) if self._is_keyed else none
        plainly = ~name.str.contains(f"^(?:{_TELLING}|$)")
        plainly &= name.str.contains(r"\S")
        if self._is_keyed:
            sure = far & name.str.contains(_SURE_KEY)
            return (sure | (plainly & self._long(name))).fill_null(value=False)
        if self.lines.code is None:
            return (plainly & self._long(name)).fill_null(value=False)
        code = frame[str(self.lines.code)]
        sure = far & plainly & name.str.contains(_SURE_NAME)
        if code.dtype == pl.String:
            plainly &= (
                code.str.contains(r"^[0-9]") & (code.str.len_chars() > _LONG)
            ).fill_null(value=False)
        else:
            plainly = none
        return (plainly | sure).fill_null(value=False)

    @property
    def _is_keyed(self) -> bool:
        return not self.asked.record.organisation or self.read.owner is not None

    def _long(self, name: pl.Series) -> pl.Series:
        return (name.str.len_chars() > _SHORT) & ~name.str.contains_any(
            sorted(self.lines.repeats - {""}), ascii_case_insensitive=True
        )

    # --- whose, of which year

    def _identities(self, frame: pl.DataFrame) -> list[pl.Series]:
        height = frame.height
        empty = pl.Series([None], dtype=pl.String).new_from_index(0, height)
        if not self.asked.record.organisation:
            return [empty.alias("name"), empty.alias("code")]
        if self.read.owner is not None:
            return owners(self.read.owner, height)
        names, codes = empty, empty
        if self.lines.name is not None:
            names = self._names(frame[str(self.lines.name)])
        if self.plan.code is not None:
            codes = self._codes(frame)
        return [names.alias("name"), codes.alias("code")]

    def _names(self, cells: pl.Series) -> pl.Series:
        if cells.dtype != pl.String:
            return pl.Series(
                [read_name(c) or None for c in cells_of(cells)], dtype=pl.String
            )
        odd = ~cells.str.contains(_PLAIN_NAME) & cells.is_not_null()
        if not odd.any():
            return cells
        found = [read_name(c) or None for c in cells_of(cells.filter(odd))]
        return cells.clone().scatter(odd.arg_true(), pl.Series(found, dtype=pl.String))

    def _codes(self, frame: pl.DataFrame) -> pl.Series:
        assert self.plan.code is not None
        cells = frame[str(self.plan.code)]
        letter = column_letter(self.plan.code + 1)
        if cells.dtype == pl.String:
            sound = surely_sound(cells)
            odd = (~sound & cells.is_not_null()).arg_true()
            codes = cells
        else:
            odd = cells.is_not_null().arg_true()
            codes = pl.Series([None], dtype=pl.String).new_from_index(0, len(cells))
        if not len(odd):
            return codes
        found: list[str | None] = []
        for at, cell in zip(
            frame["at"].gather(odd).to_list(), cells_of(cells.gather(odd)), strict=True
        ):
            row = read_row(
                None, cell, sheet=self.sheet.name, at=at, letter=letter, log=self.log
            )
            found.append(row.uscc if row.sound else None)
        return codes.clone().scatter(odd, pl.Series(found, dtype=pl.String))

    def _row_years(self, frame: pl.DataFrame) -> pl.Series:
        if self.plan.year is None:
            years = pl.Series([None], dtype=pl.Int16).new_from_index(0, frame.height)
            return years.alias("year")
        cells = frame[str(self.plan.year)]
        unique = cells.drop_nulls().unique()
        closed = self.plan.years.last_closed
        found = [read_year(cell, closed) for cell in cells_of(unique)]
        years = cells.replace_strict(
            unique,
            pl.Series(found, dtype=pl.Int16),
            default=None,
            return_dtype=pl.Int16,
        )
        wrong = (years.is_null() & filled(cells)).arg_true()
        if len(wrong):
            ats = frame["at"].gather(wrong).to_list()
            reader = self._reader({}, ats)
            for at, cell in zip(ats, cells_of(cells.gather(wrong)), strict=True):
                reader.bad_year(at, cell)
        return years.alias("year")

    def _reader(self, rows: Scattered, ats: list[int]) -> ColumnReader:
        lines = cast("list[list[CellValue]]", rows)
        smap = self.asked.of_sheet(self.sheet.name)
        return ColumnReader(
            self.plan, ats, smap, self.asked.as_of, self.log, rows=lines
        )

    # --- one column

    def _column(
        self, draft: Draft, frame: pl.DataFrame, column: str
    ) -> list[pl.Series]:
        kind = column_type(draft.fact)
        if (self.sheet.name, draft.head.letter, draft.name) in self.misread:
            return [
                pl.Series(column, [None], dtype=kind).new_from_index(0, frame.height)
            ]
        cells = frame[str(draft.head.column)]
        if draft.fact.kind == "number":
            return self._figures(draft, cells, frame["at"], column)
        if draft.fact.kind == "text":
            return [self._texts(cells).alias(column)]
        if draft.fact.kind == "date":
            found = days(cells)
            if draft.fact.past:
                found = (
                    found.to_frame("v")
                    .select(pl.when(pl.col("v") <= self.asked.as_of).then("v"))
                    .to_series()
                )
            known = found.is_not_null()
        else:
            found, known = self._coded(draft, cells)
        odd = (filled(cells) & ~known).arg_true()
        if len(odd):
            ats = frame["at"].gather(odd).to_list()
            values = read_words(
                draft,
                ats,
                self._sheet_of(draft, cells.gather(odd), ats),
                as_of=self.asked.as_of,
                log=self.log,
                judged=False,
            )
            if draft.fact.kind != "codes":  # sets that can be read are all known
                found = found.clone().scatter(odd, pl.Series(values, dtype=kind))
        return [found.alias(column)]

    def _sheet_of(self, draft: Draft, cells: pl.Series, ats: list[int]) -> Sheet:
        rows: Scattered = {
            at: {draft.head.column: cell}
            for at, cell in zip(ats, cells_of(cells), strict=True)
        }
        return replace(self.sheet, rows=cast("list[list[CellValue]]", rows))

    @staticmethod
    def _texts(cells: pl.Series) -> pl.Series:
        if cells.dtype == pl.String:
            return cells.str.strip_chars().replace("", None)
        texts = [
            None if c is None else (str(c).strip() or None) for c in cells_of(cells)
        ]
        return pl.Series(texts, dtype=pl.String)

    def _coded(self, draft: Draft, cells: pl.Series) -> tuple[pl.Series, pl.Series]:
        """Return flags and codes, and which cells say one; each word is read once."""
        memo = self._words.setdefault((draft.name, draft.head.letter), {})
        if len(memo) > _MANY:
            memo.clear()
        unique = cells.drop_nulls().unique()
        reader = word_reader(draft.fact, self.asked.as_of)
        faults = object()
        values: list[Value | None] = []
        fit: list[bool] = []
        for key, cell in zip(unique.to_list(), cells_of(unique), strict=True):
            if key not in memo:
                found = reader(cell)
                memo[key] = faults if isinstance(found, Fault) else found  # type: ignore[assignment]
            is_fault = memo[key] is not None and type(memo[key]) is object
            fit.append(not is_fault)
            values.append(None if is_fault else memo[key])
        kind = column_type(draft.fact)
        if not len(unique):
            none = pl.Series([None], dtype=kind).new_from_index(0, len(cells))
            return none, none.is_not_null()
        places = cells.replace_strict(
            unique,
            pl.Series(range(len(unique)), dtype=pl.UInt32),
            default=None,
            return_dtype=pl.UInt32,
        )
        return (
            _listed(values, kind).gather(places),
            pl.Series(fit).gather(places).fill_null(value=False),
        )

    def _figures(
        self, draft: Draft, cells: pl.Series, ats: pl.Series, column: str
    ) -> list[pl.Series]:
        judged = self.judged[draft.name, draft.head.letter]
        one = draft.fact
        found = None
        factor = Fraction(10**one.decimals)
        if one.pattern is None:
            if judged.unit:
                scale = unit(judged.unit).scale * factor
                found = within(figures(cells, scale), one, one.measure.scale * factor)
                if judged.among_large:
                    small = (found != 0) & (found.abs() < int(scale))
                    found = (
                        found.to_frame("v")
                        .select(pl.when(~small).then("v"))
                        .to_series()
                    )
                known = found.is_not_null()
            else:
                known = figures(cells, Fraction(10**4)).is_not_null()
        else:
            known = pl.Series([False]).new_from_index(0, len(cells))
        if found is None:
            found = pl.Series([None], dtype=pl.Int64).new_from_index(0, len(cells))
        odd = (filled(cells) & ~known).arg_true()
        if not len(odd):
            return [found.alias(column)]
        values = self._odd_figures(
            draft, judged, cells.gather(odd), ats.gather(odd).to_list()
        )
        fit, apart = fitted(values, one.decimals)
        made = [
            found.clone().scatter(odd, pl.Series(fit, dtype=pl.Int64)).alias(column)
        ]
        if apart:
            texts = pl.Series([None], dtype=pl.String).new_from_index(0, len(cells))
            places = odd.gather(list(apart))
            made.append(
                texts.scatter(places, list(apart.values())).alias(column + EXACT)
            )
        return made

    def _odd_figures(
        self, draft: Draft, judged: Judged, cells: pl.Series, ats: list[int]
    ) -> list[Value | None]:
        """Return figures that are not plain, read cell by cell."""
        sheet = self._sheet_of(draft, cells, ats)
        read = read_figures(draft, ats, sheet, self.log, judged=False)
        if judged.among_large:
            reader = self._reader(cast("Scattered", sheet.rows), ats)
            reader.small(read, among_large=True)
        return scaled(read, judged.unit, rows=ats, sheet=sheet, log=self.log)

    # --- figures that are off by ten thousand

    def _suspects(self, made: pl.DataFrame, frame: pl.DataFrame) -> pl.DataFrame:
        """Make amounts that are off by ten thousand unknown, and say so."""
        money = [
            (draft, column, name)
            for draft, _, name in self.read.reader.money
            if (column := column_of(draft.name, draft.year, per_row=draft.per_row))
            in made.columns
        ]
        bands = self.read.reader.bands
        far = [
            (pl.col(column).abs() > min(band.ceiling, 2**62))
            | ((pl.col(column).abs() < band.floor) & (pl.col(column) != 0))
            for draft, column, _ in money
            if (band := bands.get(draft.head.column)) is not None
        ]
        far += [
            pl.col(column + EXACT).is_not_null()
            for _, column, _ in money
            if column + EXACT in made.columns
        ]
        if not far:
            return made
        some = made.with_row_index("_i").filter(
            pl.any_horizontal(far).fill_null(value=False)
        )
        if not some.height:
            return made
        places = some["_i"]
        ats = frame["at"].gather(places).to_list()
        columns = {draft.head.column for draft, _, _ in money}
        cells = {c: cells_of(frame[str(c)].gather(places)) for c in columns}
        rows: Scattered = {
            at: {c: cells[c][i] for c in columns} for i, at in enumerate(ats)
        }
        reader = self._reader(rows, ats)
        reader.heads = self._heads(some)
        for draft, column, name in money:
            amounts = _amounts(some, column, draft.fact.decimals)
            reader.money.append((draft, amounts, name))
            if not draft.per_row:  # what is suspect in one column is no measure
                source = Source("", "", draft.head.letter)
                values = cast("list[Value | None]", amounts)
                reader.columns[draft.key] = FactColumn(draft.key, values, [source])
        for draft, amounts, _ in reader.money:
            column = column_of(draft.name, draft.year, per_row=draft.per_row)
            band = bands.get(draft.head.column)
            if band is None:
                continue
            wrong = reader.suspect(draft, amounts, band=band)
            if wrong:
                at = places.gather(wrong)
                for name in (column, column + EXACT):
                    if name in made.columns:
                        nulled = made[name].clone().scatter(at, None)
                        made = made.with_columns(nulled)
        return made

    def _heads(
        self, some: pl.DataFrame
    ) -> dict[int | None, list[int | Fraction | None]]:
        found: dict[int | None, list[int | Fraction | None]] = {}
        for year in self.read.reader.heads:
            for draft in self.plan.drafts:
                if draft.name == "employees" and draft.year == year:
                    column = column_of(draft.name, year, per_row=draft.per_row)
                    found[year] = _amounts(some, column, draft.fact.decimals)
        return found


def _listed(values: list[Value | None], kind: pl.DataType) -> pl.Series:
    """Return words and flags as a column; sets as sorted lists."""
    plain = [sorted(v) if isinstance(v, frozenset) else v for v in values]
    return pl.Series(plain, dtype=kind)


def _amounts(
    some: pl.DataFrame, column: str, decimals: int
) -> list[int | Fraction | None]:
    """Return numbers in their base, those that do not fit their column too."""
    factor = 10**decimals
    found: list[int | Fraction | None] = [
        None if v is None else v if factor == 1 else Fraction(v, factor)
        for v in some[column].to_list()
    ]
    if column + EXACT in some.columns:
        for at, text in enumerate(some[column + EXACT].to_list()):
            if text is not None:
                found[at] = Fraction(text)
    return found
