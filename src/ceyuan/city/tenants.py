# SPDX-License-Identifier: Apache-2.0
"""The tenant sheet of an invented park, as dirty as a real one, with its truth.

The sheet is laid out first as cells that know what they say (`cells`, `dirt`), so the
truth is there before the file is. Then the workbook is painted around it (`paint`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ceyuan.city.cells import Cell, cell
from ceyuan.city.columns import PLANS, letter, place
from ceyuan.city.dirt import spread
from ceyuan.city.draws import Draw
from ceyuan.city.firms import make_firms
from ceyuan.city.model import LAST_YEAR, WAN
from ceyuan.city.names import MOST_FIRMS
from ceyuan.city.paint import paint
from ceyuan.city.truth import Column, Defect, Key, RowTruth, TenantTruth, Value
from ceyuan.kernel import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

    from ceyuan.city.model import Firm

LEAST_FIRMS = 100
SHEET = "企业"
TITLE = f"临港样例园{LAST_YEAR}年入驻企业情况表（虚构样例数据）"
REMARK = (
    f"填报口径：截至{LAST_YEAR}年12月31日，各栏单位见栏名。"
    "本表企业、人员、代码、数据全部为虚构样例，不对应任何真实单位。"
)
FOOTER = "制表：样例员　　审核：样例主任　　填表日期：2026-03-31（虚构样例）"
FIRST_ROW = 5


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the sheet with a firm in it."""

    row: int
    firm: Firm
    cells: Mapping[Key, Cell]
    repeats: int | None = None


def make_tenants(
    path: str | PathLike[str], *, firms: int = 200, seed: int = 20251121
) -> TenantTruth:
    """Write the workbook of an invented park and return what it truly says.

    Args:
        path: The xlsx to write; the same seed writes the same bytes.
        firms: How many firms, from 100 to 400.
        seed: Another seed, another park.

    Returns:
        The truth of every row, and the list of deliberate defects with their cells.

    Raises:
        UsageError: Too few firms to hold the defects, or too many for the names.
    """
    if not LEAST_FIRMS <= firms <= MOST_FIRMS:
        msg = f"样例企业数须在 {LEAST_FIRMS} 到 {MOST_FIRMS} 之间，现为 {firms}"
        raise UsageError(msg, hint="`firms` must be from 100 to 400")
    draw = Draw(seed, ("tenants",))
    park = make_firms(firms, seed=seed)
    lines, empty = _lines(park, draw)
    total = lines[-1].row + 1
    truth = TenantTruth(
        path=Path(path),
        sheet=SHEET,
        title_rows=(1, 2),
        header_rows=(3, 4),
        columns=_columns(),
        rows=tuple(_row_truth(line) for line in lines),
        empty_rows=(empty,),
        total_rows=(total,),
        note_rows=(total + 1,),
        year=LAST_YEAR,
        defects=_defects(lines),
        firms=park,
    )
    paint(
        Path(path),
        lines=[(line.row, line.firm, line.cells) for line in lines],
        total=total,
        words=(SHEET, TITLE, REMARK, FOOTER),
        draw=draw,
    )
    return truth


def _lines(park: tuple[Firm, ...], draw: Draw) -> tuple[list[Line], int]:
    """Return the rows, one firm twice, with an empty row after three fifths."""
    odd = spread(park, draw.of("dirt"))
    lines: list[Line] = []
    row = FIRST_ROW
    empty = FIRST_ROW + len(park) * 3 // 5
    for firm in park:
        row += row == empty
        own = draw.of("cell", firm.number)
        cells = {
            plan.key: odd.get((firm.number, plan.key))
            or cell(firm, plan, own.of(*map(str, plan.key)))
            for _, plan in PLANS
            if plan.key is not None
        }
        lines.append(Line(row, firm, cells))
        row += 1
    busy = {number for number, _ in odd}
    twice = next(
        line
        for line in lines
        if not line.firm.edge
        and line.firm.number not in busy
        and line.firm.last.revenue > 500 * WAN
        and line.cells["revenue", LAST_YEAR].truth is not None
        and line.cells["employees", LAST_YEAR].truth is not None
    )
    lines.append(_again(twice, row))
    return lines, empty


def _again(line: Line, row: int) -> Line:
    """Return a second row of the same firm, kept by somebody else."""
    cells = dict(line.cells)
    last = line.firm.last
    for key, value in (
        (("revenue", LAST_YEAR), last.revenue // (10 * WAN) * 9 * WAN),
        (("employees", LAST_YEAR), last.employees + 6),
    ):
        written = value // WAN if key[0] == "revenue" else value
        cells[key] = Cell(written=written, truth=value)
    return Line(row, line.firm, cells, repeats=line.row)


def _columns() -> tuple[Column, ...]:
    return tuple(
        Column(
            letter=letter(index),
            heading=plan.heading,
            group=group,
            key=plan.key,
            unit=plan.unit,
            states_unit=plan.states_unit,
            is_hidden=plan.is_hidden,
        )
        for index, (group, plan) in enumerate(PLANS)
    )


def _row_truth(line: Line) -> RowTruth:
    values: dict[Key, Value] = {key: c.truth for key, c in line.cells.items()}
    uscc = values["uscc", None]
    return RowTruth(
        row=line.row,
        firm=line.firm.number,
        name=line.firm.name,
        uscc=uscc if isinstance(uscc, str) else None,
        values=values,
        repeats=line.repeats,
    )


def _defects(lines: list[Line]) -> tuple[Defect, ...]:
    found = [
        Defect(
            kind=c.kind,
            row=line.row,
            column=letter(place(*key)),
            written=str(c.written),
            expects=c.expects,
            meant=c.meant,
            why=c.why,
        )
        for line in lines
        for key, c in line.cells.items()
        if c.kind
    ]
    found += [
        Defect(
            kind="rows_disagree",
            row=line.row,
            column="",
            written=line.firm.name,
            expects="problem",
            meant=line.repeats,
            why=f"与第{line.repeats}行是同一家企业，营业收入和人数不一致",
        )
        for line in lines
        if line.repeats is not None
    ]
    return tuple(sorted(found, key=lambda d: (d.row, d.column)))
