# SPDX-License-Identifier: Apache-2.0
"""From rows of a sheet to records: whose, which, of which year.

The one hard idea is that both ways of reading end here, so that what makes a record
unfit (it names nobody, lacks its key) is decided in one place and for all rows at
once.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from ceyuan.facts.intake.rows import EXACT, Stated, Wide
from ceyuan.facts.merge import shown
from ceyuan.facts.store.columns import MARK
from ceyuan.facts.store.handles import handles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ceyuan.facts.intake.asked import Asked
    from ceyuan.facts.log import Log

ROW_YEAR = -1
"""The years of a group of columns that take theirs from the row."""
IDENTITY = ("org", "code", "name", "key", "year")


@dataclass(slots=True)
class Made:
    """Records made of the rows of one sheet, before repeats are looked for.

    Args:
        frame: The records, with `row`.
        unfit: Rows of which a record was refused.
    """

    frame: pl.DataFrame
    unfit: pl.Series


def make_records(wide: Wide, asked: Asked, constants: dict[str, str], log: Log) -> Made:
    """Return the records that rows state; what is unfit goes to the log."""
    _check_parts(wide, asked, log)
    frame = wide.frame.with_columns(
        pl.lit(value).alias(name) for name, value in constants.items()
    )
    stated = {
        **wide.stated,
        **{name: Stated(name, None, per_row=False, letter="") for name in constants},
    }
    frame = _identified(frame, asked)
    named = pl.lit(value=True)
    if asked.record.organisation:
        named = pl.col("org").is_not_null()
        _nobody(frame.filter(~named), asked, wide.sheet, log)
    keyed = _keyed(frame, stated, asked, wide.sheet, log)
    frame = keyed.frame
    fit = frame.filter(named & pl.col("key").is_not_null())
    unfit = frame.filter(~(named & pl.col("key").is_not_null()))["row"]
    groups = _groups(stated, wide, asked)
    made = [
        part
        for year, columns in groups.items()
        if (part := _of_year(fit, year, columns, stated, wide, asked)) is not None
    ]
    if asked.by_year:
        rows = pl.concat([part["row"] for part in made]) if made else None
        without = (
            fit if rows is None else fit.filter(~pl.col("row").is_in(rows.implode()))
        )
        _yearless(without, wide, log)
        unfit = pl.concat([unfit, without["row"]])
    else:
        made.append(_bare(fit, made, constants))
    made = [part for part in made if part.height] or [_bare(fit.clear(), [], {})]
    records = pl.concat(made, how="diagonal_relaxed")
    if len(made) > 1:
        records = records.sort("row", maintain_order=True)
    return Made(records, unfit)


def who(wide: Wide, asked: Asked, constants: dict[str, str], log: Log) -> pl.DataFrame:
    """Return `org`, `key` and `year` of rows, those that are unfit too."""
    frame = wide.frame.with_columns(
        pl.lit(value).alias(name) for name, value in constants.items()
    )
    frame = _identified(frame, asked)
    stated = {
        **wide.stated,
        **{n: Stated(n, None, per_row=False, letter="") for n in constants},
    }
    keyed = _keyed(frame, stated, asked, wide.sheet, log).frame
    year = pl.col("year")
    if asked.by_year and wide.year is not None:
        year = year.fill_null(wide.year)
    return keyed.select("org", "key", year)


def _identified(frame: pl.DataFrame, asked: Asked) -> pl.DataFrame:
    if asked.record.organisation:
        return frame.with_columns(handles(frame["code"], frame["name"]))
    empty = pl.lit(None, dtype=pl.Int64).alias("org")
    nobody = [pl.lit(None, dtype=pl.String).alias(n) for n in ("code", "name")]
    return frame.with_columns(empty, *nobody)


def _nobody(frame: pl.DataFrame, asked: Asked, sheet: str, log: Log) -> None:
    for row in frame["row"]:
        log.problem(
            "R205",
            f"第 {row} 行有数据，但{asked.owner[0]}，没有收入",
            mend=f"补上{asked.owner[1]}",
            sheet=sheet,
            row=row,
        )


def _keyed(
    frame: pl.DataFrame,
    stated: dict[str, Stated],
    asked: Asked,
    sheet: str,
    log: Log,
) -> Made:
    """Add `key`; null where a part of it is missing, which goes to the log."""
    if not asked.keys:
        return Made(frame.with_columns(key=pl.lit("")), frame["row"].clear())
    parts: list[pl.Expr] = []
    for name in asked.keys:
        one = asked.attributes[name]
        if name in asked.record.key_may_lack:
            said = (
                pl.col(name).cast(pl.String).fill_null("")
                if name in frame.columns
                else pl.lit("")
            )
            parts.append(said)
            continue
        if name not in frame.columns:
            log.problem(
                "R281",
                f"表里没有“{one.zh}”这一列，分不清各条记录，没有收入",
                mend=f"加上“{one.zh}”，或用 --columns 写明是哪一列",
                sheet=sheet,
            )
            return Made(
                frame.with_columns(key=pl.lit(None, dtype=pl.String)), frame["row"]
            )
        parts.append(pl.col(name).cast(pl.String).replace("", None))
        for row in frame.filter(pl.col(name).is_null())["row"]:
            log.problem(
                "R281",
                f"第 {row} 行没有可用的“{one.zh}”，分不清是哪一条记录，没有收入",
                mend=f"补上或改正“{one.zh}”",
                sheet=sheet,
                row=row,
                column=stated[name].letter,
            )
    # A key with a gap is null: `concat_str` keeps nulls.
    return Made(
        frame.with_columns(key=pl.concat_str(parts, separator=MARK)),
        frame["row"].clear(),
    )


def _groups(
    stated: dict[str, Stated], wide: Wide, asked: Asked
) -> dict[int | None, list[str]]:
    """Return the columns by the year of their records, those without one last."""
    groups: dict[int | None, list[str]] = {}
    for column, one in stated.items():
        groups.setdefault(ROW_YEAR if one.per_row else one.year, []).append(column)
    undated = groups.pop(None, [])
    if asked.by_year and undated:
        home = ROW_YEAR if wide.has_year else wide.year
        if home is None:
            home = max(groups, default=None, key=lambda y: y or 0)
        groups.setdefault(home, []).extend(undated)
    elif undated:
        groups[None] = undated
    if asked.by_year:
        groups.pop(None, None)
    return groups


def _of_year(
    frame: pl.DataFrame,
    year: int | None,
    columns: Sequence[str],
    stated: dict[str, Stated],
    wide: Wide,
    asked: Asked,
) -> pl.DataFrame | None:
    """Return the records of one year, or of none; rows that state nothing left out."""
    said = [c for c in columns if stated[c].letter or stated[c].year]
    if not said:
        return None
    when: pl.Expr
    if year == ROW_YEAR:
        base = wide.year if asked.by_year else None
        when = pl.col("year").fill_null(base) if base is not None else pl.col("year")
    else:
        when = pl.lit(year, dtype=pl.Int16)
    exact = [c + EXACT for c in columns if c + EXACT in frame.columns]
    states = pl.any_horizontal(pl.col(*said, *exact).is_not_null())
    if year == ROW_YEAR:
        states &= when.is_not_null()
    made = frame.filter(states).select(
        "org",
        "code",
        "name",
        "key",
        when.cast(pl.Int16).alias("year"),
        *(pl.col(c).alias(stated[c].attribute) for c in columns),
        *(
            pl.col(c + EXACT).alias(stated[c].attribute + EXACT)
            for c in columns
            if c + EXACT in frame.columns
        ),
        "row",
    )
    return _with_exact(made)


def _with_exact(frame: pl.DataFrame) -> pl.DataFrame:
    """Gather the numbers that do not fit their columns into `exact`."""
    apart = [c for c in frame.columns if c.endswith(EXACT)]
    if not apart:
        return frame.with_columns(exact=pl.lit(None, dtype=pl.String))
    texts = [
        json.dumps({k.removesuffix(EXACT): v for k, v in sorted(row.items()) if v})
        if any(row.values())
        else None
        for row in frame.select(apart).iter_rows(named=True)
    ]
    return frame.drop(apart).with_columns(pl.Series("exact", texts, dtype=pl.String))


def _bare(
    frame: pl.DataFrame, made: Sequence[pl.DataFrame], constants: dict[str, str]
) -> pl.DataFrame:
    """Return records of the rows that state nothing else: the firm is there."""
    rest = frame
    if made:
        rows = pl.concat([part["row"] for part in made])
        if rows.n_unique() == frame.height:
            rest = frame.clear()
        else:
            rest = frame.filter(~pl.col("row").is_in(rows.implode()))
    return rest.select(
        "org",
        "code",
        "name",
        "key",
        pl.lit(None, dtype=pl.Int16).alias("year"),
        *constants,
        pl.lit(None, dtype=pl.String).alias("exact"),
        "row",
    )


def _yearless(frame: pl.DataFrame, wide: Wide, log: Log) -> None:
    for row in frame["row"]:
        log.problem(
            "R281",
            f"第 {row} 行没有可用的年度或没有数据，分不清是哪一年的记录，没有收入",
            mend="补上已结束的年度，如 2025",
            sheet=wide.sheet,
            row=row,
        )


def _check_parts(wide: Wide, asked: Asked, log: Log) -> None:
    """Make parts that exceed their whole unknown, and say so."""
    by_key = {
        (s.attribute, s.year, s.per_row): (column, s)
        for column, s in wide.stated.items()
    }
    for (name, year, per_row), (column, one) in by_key.items():
        part = asked.attributes[name]
        whole = by_key.get((part.part_of or "", year, per_row))
        if whole is None:
            continue
        over = asked.attributes[part.part_of or ""]
        left, right = 10**over.decimals, 10**part.decimals
        is_over = pl.col(column) * left > pl.col(whole[0]) * right
        wrong = wide.frame.filter(is_over)
        for row, a, b in wrong.select("row", column, whole[0]).iter_rows():
            log.problem(
                "R238",
                f"“{part.zh}”{_said(a, name, asked)} 大于“{over.zh}”"
                f"{_said(b, part.part_of or '', asked)}（{whole[1].letter}{row}）；"
                "前者按未知处理",
                mend="核对这两格，改正其中一格",
                sheet=wide.sheet,
                row=row,
                column=one.letter,
            )
        if wrong.height:
            wide.frame = wide.frame.with_columns(
                pl.when(is_over.fill_null(value=False))
                .then(None)
                .otherwise(pl.col(column))
                .alias(column)
            )


def _said(held: int, name: str, asked: Asked) -> str:
    from fractions import Fraction

    if name in asked.hidden:
        return ""
    fact = asked.attributes[name]
    value = Fraction(held, 10**fact.decimals)
    return shown(value.numerator if value.denominator == 1 else value, fact)
