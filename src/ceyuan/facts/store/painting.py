# SPDX-License-Identifier: Apache-2.0
"""One attribute, painted: the lowest source first, over it the next better one.

What is painted is row numbers, not values, so that any kind of value is painted alike
and every value still knows its row. Two things stand beside the column: a number that
does not fit it, and the statement that nobody knows; both hide what is under them.

What sources state last is kept while a year is painted, and held against what counts
in the end: a place is listed where a lower source differs from the best one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from ceyuan.facts.store.columns import column_type
from ceyuan.facts.store.kinds import RULING
from ceyuan.facts.store.rounding import is_money, rounded
from ceyuan.language import column_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ceyuan.declarations.record_types import Attribute
    from ceyuan.facts.store.reading import Layer


@dataclass(slots=True)
class Placed:
    """A layer, and which subject each of its rows is of."""

    layer: Layer
    at: np.ndarray
    years: np.ndarray | None


@dataclass(slots=True)
class _Stated:
    """What one layer states last: of which subjects, in which of its rows.

    `exact` holds the numbers that stand beside the column.
    """

    index: int
    where: np.ndarray
    chosen: np.ndarray
    exact: dict[int, Fraction]


def is_keyless(layer: Layer) -> bool:
    """Return whether an organisation alone tells the records of a layer apart."""
    frame = layer.frame
    return frame["org"].null_count() == 0 and not frame["key"].str.len_bytes().max()


def place(layer: Layer, ids: pl.DataFrame) -> Placed:
    """Return a layer with the row in `ids` of each of its records."""
    at = _at(layer, ids)
    years = layer.frame["year"]
    return Placed(
        layer, at, None if years.null_count() == len(years) else _years(years)
    )


def _years(years: pl.Series) -> np.ndarray:
    return years.fill_null(-1).to_numpy()


def _at(layer: Layer, ids: pl.DataFrame) -> np.ndarray:
    """Return the row in `ids` of each record."""
    frame = layer.frame
    if is_keyless(layer) and not ids["key"].str.len_bytes().max():
        return np.searchsorted(ids["org"].to_numpy(), frame["org"].to_numpy())
    return (
        frame.select("org", "key")
        .join(
            ids.with_row_index("at"),
            on=("org", "key"),
            how="left",
            nulls_equal=True,
            maintain_order="left",
        )["at"]
        .to_numpy()
        .astype(np.int64)
    )


class Painter:
    """Paint one attribute."""

    def __init__(
        self,
        attribute: Attribute,
        name: str,
        placed: Sequence[Placed],
        height: int,
        *,
        conflicts: bool,
    ) -> None:
        order = {source: at for at, source in enumerate(attribute.sources)}
        self.attribute, self.name, self.height = attribute, name, height
        self.layers = sorted(
            (p for p in placed if self._speaks(p.layer)),
            key=lambda p: (
                not p.layer.absorbed,
                -order.get(p.layer.source, len(order)),
            ),
        )
        self.wants_conflicts = conflicts and len(self.layers) > 1
        self.conflicts: list[pl.DataFrame] = []
        self.exact: dict[int, Fraction] = {}
        self.values = [self._column(p.layer) for p in self.layers]
        self.known = [v.is_not_null().to_numpy() for v in self.values]
        self.starts = np.cumsum([0, *(len(v) for v in self.values)])
        self.all = (
            (pl.concat(self.values) if len(self.values) > 1 else self.values[0])
            if self.values
            else None
        )

    def _speaks(self, layer: Layer) -> bool:
        frame = layer.frame
        return (
            self.name in frame.columns
            or _said(frame, "exact", self.name) is not None
            or _said(frame, "void", self.name) is not None
        )

    def _column(self, layer: Layer) -> pl.Series:
        if self.name in layer.frame.columns:
            return layer.frame[self.name]
        kind = column_type(self.attribute)
        return pl.Series(self.name, [None], dtype=kind).new_from_index(
            0, layer.frame.height
        )

    def paint(self, year: int | None) -> pl.Series | None:
        """Return the column of a year; None where nobody states anything of it."""
        self.exact = {}
        if self.all is None:
            return None
        at = np.full(self.height, -1, dtype=np.int64)
        by = np.full(self.height, -1, dtype=np.int16)
        some = False
        stated: list[_Stated] = []
        for index, placed in enumerate(self.layers):
            of_year = None
            if year is not None:
                if placed.years is None:
                    continue
                of_year = placed.years == year
            rows = self.known[index] if of_year is None else self.known[index] & of_year
            chosen = np.flatnonzero(rows)
            where = placed.at[chosen]
            at[where] = chosen + self.starts[index]
            by[where] = index
            for row in where if self.exact else ():
                self.exact.pop(int(row), None)
            beside = self._apart(placed, of_year, at, by, index)
            some = some or bool(len(chosen)) or bool(beside)
            if self.wants_conflicts:
                last = at[where] == chosen + self.starts[index]
                exact = {s: self.exact[s] for s in beside if s in self.exact}
                stated.append(_Stated(index, where[last], chosen[last], exact))
        if not some:
            return None
        if len(stated) > 1:
            self._compare(at, by, stated, year)
        picked = pl.Series(at)
        picked = picked.set(picked < 0, None) if (at < 0).any() else picked
        return self.all.gather(picked).alias(column_name(self.name, year))

    def _apart(
        self,
        placed: Placed,
        of_year: np.ndarray | None,
        at: np.ndarray,
        by: np.ndarray,
        index: int,
    ) -> set[int]:
        """Paint what is stated beside the column: exact numbers, and "not known"."""
        frame = placed.layer.frame
        found = {c: _said(frame, c, self.name) for c in ("exact", "void")}
        painted: set[int] = set()
        for row, column in sorted(
            (int(row), column)
            for column, rows in found.items()
            if rows is not None
            for row in rows
        ):
            if of_year is not None and not of_year[row]:
                continue
            subject = int(placed.at[row])
            if by[subject] == index and at[subject] - self.starts[index] > row:
                continue
            at[subject] = -1
            by[subject] = index
            painted.add(subject)
            self.exact.pop(subject, None)
            if column == "exact":
                number = json.loads(frame["exact"][row])[self.name]
                self.exact[subject] = Fraction(number)
        return painted

    def _compare(
        self,
        at: np.ndarray,
        by: np.ndarray,
        stated: Sequence[_Stated],
        year: int | None,
    ) -> None:
        """List where a source states something else than the one that counts.

        What was decided on evidence is no disagreement any more, and where it is
        stated that nobody knows, nothing is left to differ from.
        """
        assert self.all is not None
        sources = [p.layer.source for p in self.layers]
        gone = np.array([p.layer.absorbed for p in self.layers])
        settled = [i for i, source in enumerate(sources) if source == RULING]
        open_ = ~np.isin(by, settled)
        for one in stated:
            other = (by[one.where] != one.index) & open_[one.where]
            # An absorbed firm's figures are others, not other words for the same.
            other &= gone[by[one.where]] == gone[one.index]
            places = np.flatnonzero(other & (at[one.where] >= 0))
            if len(places):
                where = one.where[places]
                mine = self.all.gather(one.chosen[places] + self.starts[one.index])
                best = self.all.gather(at[where])
                differ = np.flatnonzero((best != mine).to_numpy())
                if len(differ) and is_money(self.attribute):
                    pair = (
                        best.gather(differ).to_numpy(),
                        mine.gather(differ).to_numpy(),
                    )
                    differ = differ[~rounded(*pair)]
                if len(differ):
                    self._list(
                        where[differ],
                        [sources[i] for i in by[where[differ]]],
                        one,
                        _words(best.gather(differ)),
                        _words(mine.gather(differ)),
                        year,
                    )
            beside = other & (at[one.where] < 0)
            for subject in one.where[beside] if self.exact else ():
                if int(subject) in self.exact:
                    self._differ(int(subject), at, by, one, year)
            for subject in one.exact:
                same = gone[by[subject]] == gone[one.index]
                if by[subject] != one.index and open_[subject] and same:
                    self._differ(subject, at, by, one, year)

    def _differ(
        self,
        subject: int,
        at: np.ndarray,
        by: np.ndarray,
        one: _Stated,
        year: int | None,
    ) -> None:
        """List one place where a number stands beside the column."""
        best = self.exact.get(subject)
        if at[subject] >= 0:
            best = self._number(int(at[subject]))
        mine = one.exact.get(subject)
        if mine is None:
            row = one.chosen[np.flatnonzero(one.where == subject)[0]]
            mine = self._number(int(row + self.starts[one.index]))
        scale = 10**self.attribute.decimals
        if best is None or best == mine:
            return
        source = self.layers[by[subject]].layer.source
        texts = [pl.Series([str(v * scale)]) for v in (best, mine)]
        self._list(np.array([subject]), [source], one, texts[0], texts[1], year)

    def _number(self, row: int) -> Fraction:
        assert self.all is not None
        return Fraction(int(self.all[row]), 10**self.attribute.decimals)

    def _list(
        self,
        where: np.ndarray,
        best: list[str],
        one: _Stated,
        best_value: pl.Series,
        other_value: pl.Series,
        year: int | None,
    ) -> None:
        height = len(where)
        column, other = (
            column_name(self.name, year),
            self.layers[one.index].layer.source,
        )
        self.conflicts.append(
            pl.DataFrame(
                [
                    pl.Series("row", where, dtype=pl.Int64),
                    pl.Series("column", [column]).new_from_index(0, height),
                    pl.Series("best", best, dtype=pl.String),
                    pl.Series("other", [other]).new_from_index(0, height),
                    best_value.alias("best_value"),
                    other_value.alias("other_value"),
                ]
            )
        )


def _words(values: pl.Series) -> pl.Series:
    """Return values as text, as they stand in their columns."""
    if isinstance(values.dtype, pl.List):
        return values.list.join(",")
    return values.cast(pl.String)


def _said(frame: pl.DataFrame, column: str, name: str) -> np.ndarray | None:
    """Return the rows that say something of an attribute beside its column."""
    if column not in frame.columns or frame[column].null_count() == frame.height:
        return None
    cells = frame[column]
    if column == "void":
        said = cells.list.contains(name)
    else:
        said = cells.str.contains(f'"{name}":', literal=True)
    rows = said.fill_null(value=False).arg_true().to_numpy()
    return rows if len(rows) else None
