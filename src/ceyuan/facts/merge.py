# SPDX-License-Identifier: Apache-2.0
"""Put together what is said of one firm in several rows, sheets or files.

What agrees is shared, what is said once is taken over, what disagrees is a problem
that names both places. The one hard idea is who wins: between two rows of the
user's own sheet nobody does (the fact becomes unknown), between the user's sheet
and a joined file the user's sheet keeps its value, and either way it is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from ceyuan.facts.identity import name_key
from ceyuan.facts.table import FactColumn, FactTable, Row
from ceyuan.kernel import Problem, show_money

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ceyuan.declarations.facts import Fact
    from ceyuan.facts.log import Log
    from ceyuan.facts.table import FactKey, RecordColumn, Value

DERIVED = "registrar_class"
"""Comes from the code itself; it cannot disagree."""

_SHOWN_NAMES = 3
_SHOWN_ROWS = 6


@dataclass(slots=True)
class Index:
    """The rows of a table by what they can be found by."""

    by_code: dict[str, list[int]]
    by_name: dict[str, list[int]]


def index_rows(rows: Iterable[Row]) -> Index:
    """Return the rows by sound code and by name."""
    index = Index({}, {})
    for at, row in enumerate(rows):
        if row.sound:
            index.by_code.setdefault(row.uscc, []).append(at)
        if row.name:
            index.by_name.setdefault(name_key(row.name), []).append(at)
    return index


def shown(value: Value | None, fact: Fact | None) -> str:
    """Return a value for a message."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if (
        fact is not None
        and isinstance(value, (int, Fraction))
        and fact.measure.is_money
    ):
        return show_money(value)
    if fact is not None and isinstance(value, (int, Fraction)) and fact.unit == "%":
        return f"{float(value) * 100:.6g}%"
    if fact is not None and isinstance(value, str) and value in fact.codes:
        return fact.codes[value].zh
    if isinstance(value, Fraction):
        return f"{float(value):.10g}"
    return str(value)


def add_sheet(first: FactTable, table: FactTable, log: Log) -> None:
    """Add another sheet of the same file: facts of the same firms, or more firms."""
    pairs = match_rows(first.rows, table.rows)
    sheet = table.rows[0].sheet if table.rows else ""
    same = {j for _, j in pairs}
    first.headings.update(table.headings)
    first.columns_guessed = first.columns_guessed.model_copy(
        update={"more": (*first.columns_guessed.more, table.columns_guessed)}
    )
    if len(same) * 2 < len(table.rows):
        _append(first, table)
        log.note(
            "R202",
            f"工作表“{sheet}”也是企业表，{len(table.rows)} 行一并计算",
            sheet=sheet,
        )
        return
    log.note(
        "R202",
        f"工作表“{sheet}”与“{first.rows[0].sheet}”是同一批企业，"
        f"{len(same)} 行的数据并入（另 {len(table.rows) - len(same)} 行对不上）",
        sheet=sheet,
    )
    settle_firms(table, {}, log)
    join_columns(first, table, pairs, log, {})


def match_rows(
    rows: list[Row], others: list[Row], *, by_name: bool = False
) -> list[tuple[int, int]]:
    """Return pairs of rows of one firm: by code, else by a name without a code.

    Args:
        rows: The table's rows.
        others: The other sheet's rows.
        by_name: Match by name although the other sheet has codes.
    """
    index = index_rows(rows)
    pairs: list[tuple[int, int]] = []
    for j, other in enumerate(others):
        if other.sound and not by_name:
            found = index.by_code.get(other.uscc, [])
        else:
            found = index.by_name.get(name_key(other.name), []) if other.name else []
        pairs.extend((i, j) for i in found)
    return pairs


def _append(first: FactTable, table: FactTable) -> None:
    """Add rows of other firms below those that are there."""
    old, new = len(first.rows), len(table.rows)
    before = list(first.rows)
    for key, column in table.columns.items():
        mine = first.columns.get(key)
        if mine is None:
            first.columns[key] = FactColumn(
                key, [None] * old + column.values, list(column.sources)
            )
            continue
        mine.detach(before)
        assert mine.rows is not None
        assert mine.origin is not None
        base = len(mine.sources)
        mine.sources.extend(column.sources)
        mine.values.extend(column.values)
        mine.rows.extend(column.rows or [row.row for row in table.rows])
        mine.origin.extend(base + o for o in (column.origin or [0] * new))
    first.rows.extend(table.rows)
    for column in first.columns.values():
        missing = len(first.rows) - len(column.values)
        column.values.extend([None] * missing)
        if column.rows is not None and column.origin is not None:
            column.rows.extend([0] * missing)
            column.origin.extend([0] * missing)
    for name, records in table.records.items():
        kept = first.records.get(name)
        if kept is None:
            records.records[:0] = [None] * old
            first.records[name] = records
        else:
            kept.records.extend(records.records)
    for kept in first.records.values():
        kept.records.extend([None] * (len(first.rows) - len(kept.records)))


def join_columns(
    table: FactTable,
    other: FactTable,
    pairs: list[tuple[int, int]],
    log: Log,
    dictionary: Mapping[str, Fact],
) -> None:
    """Take over what another sheet says of the same firms; own values stay."""
    for key, column in other.columns.items():
        if key[0] == DERIVED:
            continue
        given = [(i, j) for i, j in pairs if column.values[j] is not None]
        if not given:
            continue
        mine = table.columns.get(key)
        if mine is None:
            mine = FactColumn(key, [None] * len(table.rows), list(column.sources))
            table.columns[key] = mine
        mine.detach(table.rows)
        for i, j in dict(reversed(given)).items():  # its rows of one firm agree
            value = column.values[j]
            row = column.rows[j] if column.rows else other.rows[j].row
            if mine.values[i] is None:
                mine.put(i, value, column.source(j), row)
            elif mine.values[i] != value:
                source = column.source(j)
                fact = dictionary.get(key[0])
                told = f"{source.file} {source.sheet}!{source.column}{row} 是 {shown(value, fact)}"
                log.problems.append(_disagree(table, i, key, told, fact))


def _disagree(
    table: FactTable, index: int, key: FactKey, told: str, fact: Fact | None
) -> Problem:
    """Return the problem of a joined value that differs from the sheet's own."""
    column = table.columns[key]
    row = table.rows[index]
    own = shown(column.values[index], fact)
    return Problem(
        code="R272",
        message=(
            f"{row.name or row.uscc} 的{_label(column, fact)}有两个数："
            f"本表 {own}（{table.cell(index, key)}），{told}；采用本表的数"
        ),
        mend="核对后改正其中一处",
        file=table.file,
        sheet=row.sheet,
        row=row.row,
        column=column.column,
    )


def _label(column: FactColumn, fact: Fact | None) -> str:
    name = fact.zh if fact else column.heading
    return f"“{name}”（{column.key[1]} 年）" if column.key[1] else f"“{name}”"


def settle_firms(table: FactTable, dictionary: Mapping[str, Fact], log: Log) -> None:
    """Compare the rows of one firm: share what agrees, drop what disagrees."""
    index = index_rows(table.rows)
    groups = [rows for rows in index.by_code.values() if len(rows) > 1]
    for key, rows in index.by_name.items():
        if len(rows) > 1:
            loose = [i for i in rows if not table.rows[i].sound]
            codes = {table.rows[i].uscc for i in rows if table.rows[i].sound}
            if len(loose) == len(rows):
                groups.append(rows)
            elif key and (loose or len(codes) > 1):
                _doubtful_name(table, rows, log)
    for codes_rows in index.by_code.values():
        names = {name_key(table.rows[i].name) for i in codes_rows} - {""}
        if len(names) > 1:
            _two_names(table, codes_rows, log)
    for rows in groups:
        _settle(table, rows, dictionary, log)


def _numbers(table: FactTable, rows: list[int]) -> str:
    """Return row numbers for a message."""
    told = "、".join(str(table.rows[i].row) for i in rows[:_SHOWN_ROWS])
    return f"{told} 等 {len(rows)}" if len(rows) > _SHOWN_ROWS else told


def _doubtful_name(table: FactTable, rows: list[int], log: Log) -> None:
    first = table.rows[rows[0]]
    numbers = _numbers(table, rows)
    log.problem(
        "R208",
        f"第 {numbers} 行同名（“{first.name}”），但信用代码不同或不全；没有合并",
        mend="若是同一家企业，补上同一个正确的信用代码",
        sheet=first.sheet,
        row=table.rows[rows[-1]].row,
    )


def _two_names(table: FactTable, rows: list[int], log: Log) -> None:
    first = table.rows[rows[0]]
    names = list(dict.fromkeys(table.rows[i].name for i in rows))[:_SHOWN_NAMES]
    log.problem(
        "R208",
        f"信用代码 {first.uscc} 在第 {_numbers(table, rows)} 行"
        f"用了不同的名称：{'、'.join(names)}",
        mend="若是更名，统一用新名称；若抄错了代码，改正代码",
        sheet=first.sheet,
        row=table.rows[rows[-1]].row,
    )


def _settle(
    table: FactTable, rows: list[int], dictionary: Mapping[str, Fact], log: Log
) -> None:
    clashes = 0
    shared = 0
    for key, column in table.columns.items():
        known = [i for i in rows if column.values[i] is not None]
        if not known:
            continue
        if len({column.values[i] for i in known}) > 1:
            clashes += 1
            _clash(table, key, known, dictionary, log)
            for i in rows:
                column.values[i] = None
            continue
        shared += len(known) > 1 and key[0] != DERIVED
        first = known[0]
        for i in rows:
            if column.values[i] is None:
                column.detach(table.rows)
                assert column.rows is not None
                column.put(
                    i, column.values[first], column.source(first), column.rows[first]
                )
    for records in table.records.values():
        _share_records(records, rows)
    if shared and not clashes:
        first_row = table.rows[rows[0]]
        numbers = _numbers(table, rows)
        log.note(
            "R207",
            f"第 {numbers} 行是同一家企业（{first_row.name}），内容一致，数据合并使用",
            sheet=first_row.sheet,
            row=table.rows[rows[-1]].row,
        )


def _share_records(records: RecordColumn, rows: list[int]) -> None:
    found = [r for i in rows for r in records.records[i] or ()]
    if any(records.records[i] is not None for i in rows):
        unique: list[Mapping[str, Value]] = []
        for record in found:
            if record not in unique:
                unique.append(record)
        for i in rows:
            records.records[i] = tuple(unique)


def _clash(
    table: FactTable,
    key: FactKey,
    known: list[int],
    dictionary: Mapping[str, Fact],
    log: Log,
) -> None:
    column = table.columns[key]
    fact = dictionary.get(key[0])
    told = "，".join(
        f"第 {column.rows[i] if column.rows else table.rows[i].row} 行 "
        f"{shown(column.values[i], fact)}"
        for i in known[:_SHOWN_ROWS]
    )
    if len(known) > _SHOWN_ROWS:
        told += f"，共 {len(known)} 行"
    label = _label(column, fact)
    for i in known:
        row = table.rows[i]
        log.problem(
            "R206",
            f"{row.name or row.uscc} 有几行，{label}不一致：{told}；按未知处理",
            mend="核对后改成一致，或删去重复的行",
            sheet=row.sheet,
            row=row.row,
            column=column.source(i).column,
        )
