# SPDX-License-Identifier: Apache-2.0
"""Records that a file has twice: equal ones are one, contradictions are refused.

The one hard idea is what a second row may still do: what it says beside the first,
without denying it, is taken over; what denies it cannot be judged here, and the later
row stays out, named with the row that it denies.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import polars as pl

from ceyuan.facts.intake.making import IDENTITY
from ceyuan.facts.merge import shown

if TYPE_CHECKING:
    from ceyuan.facts.intake.asked import Asked
    from ceyuan.facts.log import Log

_WHICH = ("org", "key", "year")
_PLACE = ("sheet", "row")


def settle(
    frame: pl.DataFrame, asked: Asked, log: Log
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the records without repeats, in their order, and the rows refused.

    Args:
        frame: The records, with `sheet` and `row`.
        asked: What they were read for.
        log: Where contradictions go.
    """
    twice = frame.select(pl.struct(_WHICH).is_duplicated()).to_series()
    if not twice.any():
        return frame, frame.select(_PLACE).clear()
    values = [c for c in frame.columns if c not in {*IDENTITY, *_PLACE}]
    some = frame.with_row_index("_at").filter(twice)
    lists = [c for c in values if isinstance(frame.schema[c], pl.List)]
    distinct = some.with_columns(pl.col(c).list.join(",") for c in lists).unique(
        ["org", "key", "year", *values], keep="first", maintain_order=True
    )
    some = some.filter(pl.col("_at").is_in(distinct["_at"].implode()))
    dropped = set(frame.with_row_index("_at").filter(twice)["_at"].to_list()) - set(
        some["_at"].to_list()
    )
    mended, gone, refused = _compare(some, values, asked, log)
    dropped |= gone
    if mended:
        fresh = pl.DataFrame(mended, schema=some.schema)
        frame = (
            frame.with_row_index("_at")
            .update(fresh.drop(*_PLACE), on="_at", how="left")
            .drop("_at")
        )
    _note(frame, sorted(dropped - refused), log)
    keep = pl.Series([True] * frame.height).scatter(sorted(dropped), False)  # noqa: FBT003
    denied = frame.select(_PLACE).with_row_index("_at")
    denied = denied.filter(pl.col("_at").is_in(refused)).select(_PLACE)
    return frame.filter(keep), denied


def _compare(
    some: pl.DataFrame, values: list[str], asked: Asked, log: Log
) -> tuple[list[dict[str, object]], set[int], set[int]]:
    """Return first records with what later ones add, the later ones, and the denied."""
    first: dict[tuple[object, ...], dict[str, object]] = {}
    mended: dict[int, dict[str, object]] = {}
    gone: set[int] = set()
    refused: set[int] = set()
    for record in some.iter_rows(named=True):
        key = tuple(record[c] for c in _WHICH)
        kept = first.setdefault(key, record)
        if kept is record:
            continue
        gone.add(record["_at"])
        against = [
            c
            for c in values
            if c != "exact"
            and None not in (kept[c], record[c])
            and kept[c] != record[c]
        ]
        if _exact_differs(kept, record):
            against.append("exact")
        if against:
            refused.add(record["_at"])
            _refuse(kept, record, against, asked, log)
            continue
        for c in values:
            if kept[c] is None and record[c] is not None:
                kept[c] = record[c]
                mended[int(str(kept["_at"]))] = kept
    return list(mended.values()), gone, refused


def _exact_differs(kept: dict[str, object], other: dict[str, object]) -> bool:
    mine, told = (json.loads(str(one["exact"] or "{}")) for one in (kept, other))
    return any(
        told[name] != mine.get(name, told[name]) or kept[name] is not None
        for name in told
    ) or any(other[name] is not None for name in mine)


def _refuse(
    kept: dict[str, object],
    record: dict[str, object],
    against: list[str],
    asked: Asked,
    log: Log,
) -> None:
    words = []
    for name in against[:3]:
        if name == "exact":
            words.append("有一个数")
            continue
        one = asked.attributes[name]
        if name in asked.hidden:
            words.append(f"“{one.zh}”")
            continue
        mine, told = (_shown(r[name], name, asked) for r in (kept, record))
        words.append(f"“{one.zh}”{told}，前面是 {mine}")
    whose = record["name"] or record["code"] or ""
    if not whose and not set(asked.keys) & asked.hidden:
        whose = str(record["key"]).replace("\x1f", "、")
    of = f"（{record['year']} 年）" if record["year"] else ""
    log.problem(
        "R282",
        f"第 {record['row']} 行与第 {kept['row']} 行是同一条记录（{whose}{of}），"
        f"但内容不一致：{'；'.join(words)}；后一行没有收入",
        mend="核对后改成一致，或删去错的一行",
        sheet=str(record["sheet"]),
        row=int(str(record["row"])),
    )


def _shown(value: object, name: str, asked: Asked) -> str:
    from fractions import Fraction

    one = asked.attributes[name]
    if one.kind == "number" and isinstance(value, int):
        number = Fraction(value, 10**one.decimals)
        return shown(number.numerator if number.denominator == 1 else number, one)
    return shown(value, one)  # type: ignore[arg-type]


def _note(frame: pl.DataFrame, dropped: list[int], log: Log) -> None:
    """Say how many rows were repeats as a whole."""
    if not dropped:
        return
    keep = pl.Series([True] * frame.height).scatter(dropped, False)  # noqa: FBT003
    rows = frame.filter(~keep).select(_PLACE).unique()
    left = rows.join(frame.filter(keep).select(_PLACE), on=_PLACE, how="anti")
    if left.height:
        told = "、".join(str(r) for r in left["row"].sort().head(6).to_list())
        log.note(
            "R283",
            f"有 {left.height} 行与前面的行完全相同，只收入一次（第 {told} 行"
            f"{'等' if left.height > 6 else ''}）",  # noqa: PLR2004
            sheet=str(left["sheet"][0]),
        )
