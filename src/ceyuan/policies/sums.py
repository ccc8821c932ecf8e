# SPDX-License-Identifier: Apache-2.0
"""The decisions of one batch, before and after a reform, counted and summed.

A sum of fen over a batch may leave 64 bits, and Polars would wrap silently. So the
columns are looked at first, and summed in 128 bits where they have to be; sums of
batches are added as Python integers. Groups are summed over the rows on which
something is due or turned, which are few; how many subjects a group has is counted
once for all policies.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from ceyuan.policies.amounts import HIGH, LAST_MAY_BE, LOW
from ceyuan.policies.batch import CODES, OUTCOMES
from ceyuan.policies.decide import Outcome
from ceyuan.policies.simulated import Cost, Share, Turns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NOWHERE = CODES[Outcome.NOT_APPLICABLE]
_ELIGIBLE, _REFER = CODES[Outcome.ELIGIBLE], CODES[Outcome.REFER]
_CODES = len(CODES)
_TURNS = ("gained", "more", "lost", "less")
_PARTS = ("definite", "referred", "least", "most", "unbounded", "floored")
_SIDES = ("before", "after")
_GROUP = "group"


@dataclass(frozen=True, slots=True)
class Side:
    """Where one side of a policy stands among the columns of a batch.

    Args:
        column: Name of its outcome column; "": there is no policy on this side.
        pays: Whether it has an amount.
        best: Code of the best outcome it can have.
    """

    column: str = ""
    pays: bool = False
    best: int = _ELIGIBLE


@dataclass(slots=True)
class Tally:
    """What is counted of one policy, over the batches so far."""

    transitions: np.ndarray[tuple[int], np.dtype[np.int64]] = field(
        default_factory=lambda: np.zeros(_CODES * _CODES, np.int64)
    )
    turns: Turns = field(default_factory=Turns)
    before: Cost | None = None
    after: Cost | None = None
    groups: dict[str, dict[object, Share]] = field(default_factory=dict)

    def add(self, other: Tally) -> None:
        """Add what was counted on another batch."""
        self.transitions = self.transitions + other.transitions
        self.turns = self.turns + other.turns
        self.before = _sum(self.before, other.before)
        self.after = _sum(self.after, other.after)
        for name, shares in other.groups.items():
            own = self.groups.setdefault(name, {})
            for value, share in shares.items():
                own[value] = _joined(own.get(value), share)

    def moves(self) -> dict[tuple[Outcome | None, Outcome | None], int]:
        """Return subjects by outcome before and after, those that occur."""
        return {
            (OUTCOMES[code // _CODES], OUTCOMES[code % _CODES]): int(count)
            for code, count in enumerate(self.transitions)
            if count
        }


@dataclass(frozen=True, slots=True)
class Turned:
    """Rows of a batch that gain or lose, with by how much (0 without an amount)."""

    gain: pl.DataFrame
    lose: pl.DataFrame


def codes_of(found: pl.DataFrame, side: Side, height: int) -> pl.Series:
    """Return the outcomes of one side; where there is no policy it applies to nobody."""
    if not side.column:
        return pl.Series([_NOWHERE], dtype=pl.UInt8).new_from_index(0, height)
    return found[side.column]


def concerned(codes: Sequence[pl.Series], *, pays: bool) -> pl.Series:
    """Return the rows that can turn or be due something; the others need no look."""
    before, after = codes
    rows = before != after
    if pays:
        rows = rows | (before <= LAST_MAY_BE) | (after <= LAST_MAY_BE)
    return rows.arg_true()


def tally(
    codes: Sequence[pl.Series],
    rows: pl.Series,
    paid: pl.DataFrame,
    sides: tuple[Side, Side],
    groups: Mapping[str, pl.Series],
    sizes: Mapping[str, Mapping[object, int]],
) -> tuple[Tally, Turned]:
    """Return what one policy does on one batch.

    Args:
        codes: The outcomes, before and after.
        rows: The rows that are concerned.
        paid: Amounts and their ends, on these rows.
        sides: Where they stand, before and after.
        groups: The group of each row, by grouping.
        sizes: Rows of each group, by grouping.
    """
    pairs = codes[0] * _CODES + codes[1]
    counted = np.bincount(pairs.to_numpy(), minlength=_CODES * _CODES)
    pays = any(side.pays for side in sides)
    own = [code[rows] for code in codes]
    good = [code == side.best for code, side in zip(own, sides, strict=True)]
    columns: dict[str, pl.Series] = {
        "gained": good[1] & ~good[0],
        "lost": good[0] & ~good[1],
    }
    difference = pl.Series([0], dtype=pl.Int64).new_from_index(0, len(rows))
    if pays:
        amounts = [_filled(paid, side, "amount") for side in sides]
        difference = amounts[1] - amounts[0]
        both = good[0] & good[1]
        columns["more"] = both & (difference > 0)
        columns["less"] = both & (difference < 0)
        for name, side, code, amount in zip(_SIDES, sides, own, amounts, strict=True):
            columns |= _paid(paid, name, side, code, amount)
    table = pl.DataFrame(columns)
    made = Tally(counted.astype(np.int64))
    added = _added(table)
    made.turns, made.before, made.after = _read(_sums(table, added), pays=pays)
    for name, values in groups.items():
        shares = _grouped(table, added, values[rows], pays=pays)
        nothing = Cost() if pays else None
        made.groups[name] = {
            value: Share(size, *shares.get(value, (Turns(), nothing, nothing)))
            for value, size in sizes[name].items()
        }
    gain, lose = table["gained"], table["lost"]
    if pays:
        gain, lose = gain | table["more"], lose | table["less"]
    turned = pl.DataFrame({"row": rows, "difference": difference})
    losing = turned.filter(lose).with_columns(-pl.col("difference"))
    return made, Turned(turned.filter(gain), losing)


def sizes_of(values: pl.Series) -> dict[object, int]:
    """Return how many rows each group has; None: not known."""
    counted = values.alias(_GROUP).value_counts()
    return dict(counted.iter_rows())


def summed(values: pl.Series) -> int:
    """Return the exact sum of a column of fen."""
    table = values.alias("sum").to_frame()
    return _sums(table, _added(table))["sum"]


def _filled(paid: pl.DataFrame, side: Side, name: str) -> pl.Series:
    if not side.pays:
        return pl.Series([0], dtype=pl.Int64).new_from_index(0, paid.height)
    column = paid[f"{side.column}:{name}"]
    return column.fill_null(0) if column.null_count() else column


def _paid(
    paid: pl.DataFrame, name: str, side: Side, code: pl.Series, amount: pl.Series
) -> dict[str, pl.Series]:
    """Return the columns of one side of which sums are told."""
    if not side.pays:
        return {}
    made = {
        f"{name} least": _filled(paid, side, LOW),
        f"{name} most": _filled(paid, side, HIGH),
    }
    if side.best == _ELIGIBLE:  # only who is eligible has an amount
        made[f"{name} definite"] = amount
    else:
        nothing = pl.Series([0], dtype=pl.Int64)
        made[f"{name} referred"] = amount.zip_with(code == _REFER, nothing)
    for part, end in (("unbounded", HIGH), ("floored", LOW)):
        column = paid[f"{side.column}:{end}"]
        if column.null_count():
            made[f"{name} {part}"] = column.is_null()
    return made


def _sums(table: pl.DataFrame, added: list[pl.Expr]) -> dict[str, int]:
    told = table.select(added).row(0, named=True)
    return {name: int(value or 0) for name, value in told.items()}


def _added(table: pl.DataFrame) -> list[pl.Expr]:
    """Return the sum of every column, wide enough not to wrap."""
    exprs = []
    for name, kind in table.schema.items():
        column = pl.col(name)
        if kind != pl.Boolean and not _narrow(table[name]):
            column = column.cast(pl.Int128)
        exprs.append(column.sum())
    return exprs


def _narrow(values: pl.Series) -> bool:
    least, most = values.min(), values.max()
    if least is None or most is None:
        return True
    assert isinstance(least, int)
    assert isinstance(most, int)
    return max(-least, most) * len(values) < 2**63


def _grouped(
    table: pl.DataFrame, added: list[pl.Expr], values: pl.Series, *, pays: bool
) -> dict[object, tuple[Turns, Cost | None, Cost | None]]:
    if not table.height:
        return {}
    keyed = table.with_columns(values.alias(_GROUP)).group_by(_GROUP).agg(added)
    return {
        row[0]: _read(
            {n: int(v or 0) for n, v in zip(table.columns, row[1:], strict=True)},
            pays=pays,
        )
        for row in keyed.iter_rows()
    }


def _read(
    told: Mapping[str, int], *, pays: bool
) -> tuple[Turns, Cost | None, Cost | None]:
    turns = Turns(**{name: told.get(name, 0) for name in _TURNS})
    if not pays:
        return turns, None, None
    before, after = (
        _cost({part: told.get(f"{side} {part}", 0) for part in _PARTS})
        for side in _SIDES
    )
    return turns, before, after


def _cost(parts: Mapping[str, int]) -> Cost:
    most = None if parts["unbounded"] else parts["most"]
    return Cost(
        parts["definite"],
        parts["referred"],
        parts["least"],
        most,
        parts["unbounded"],
        parts["floored"],
    )


def _sum(a: Cost | None, b: Cost | None) -> Cost | None:
    return a + b if a is not None and b is not None else a or b


def _joined(a: Share | None, b: Share) -> Share:
    if a is None:
        return b
    return Share(
        a.subjects + b.subjects,
        a.turns + b.turns,
        _sum(a.before, b.before),
        _sum(a.after, b.after),
    )
