# SPDX-License-Identifier: Apache-2.0
"""A park's sheet, filled in with what the authorities hold of firms that consented.

Only gaps are filled: what stands in the sheet stays, a better source or not, since the
sheet is what the manager asked about. Each value says where it came from. Of a firm
that did not consent nothing is added.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ceyuan.facts.table import FactColumn, Source
from ceyuan.kernel import Problem, State, UsageError, clean_code
from ceyuan.office.consents import consented
from ceyuan.office.firm_sheets import sheet_of

if TYPE_CHECKING:
    from datetime import date

    from ceyuan.facts import FactTable
    from ceyuan.office.firm_sheet_model import FirmSheet
    from ceyuan.office.memory import Memory

PURPOSE = "checkup"
FILE = "主管部门的数据"


def fill(memory: Memory, table: FactTable, party: str, *, on: date) -> int:
    """Fill the gaps of the rows whose firms consented; return how many values.

    Args:
        memory: The office's memory.
        table: What the park's sheet says; filled in place.
        party: The organisation that asks.
        on: The day on which the consents have to hold.
    """
    with memory.transaction() as conn:
        codes = consented(conn, party, PURPOSE, on)
    filled, firms = 0, 0
    for index, row in enumerate(table.rows):
        code = clean_code(row.uscc)
        if not row.sound or code not in codes:
            continue
        try:
            sheet = sheet_of(memory, code)
        except UsageError:  # nothing is held of it
            continue
        firms += 1
        filled += _row(memory, table, index, sheet)
    if firms:
        table.notes.append(
            Problem(
                code="R292",
                message=f"{firms} 家同意的企业，用主管部门的数据补了 {filled} 项 "
                "(filled in with what the authorities hold, by consent)",
                mend="不想用就请企业收回授权，或在认列时把这一列认上",
                file=table.file,
            )
        )
    return filled


def _row(memory: Memory, table: FactTable, index: int, sheet: FirmSheet) -> int:
    filled = 0
    sources = memory.records.sources
    for key, value in sheet.facts.values.items():
        if isinstance(value, State) or table.value(index, *key) is not None:
            continue
        said = sources.get(sheet.source_of(key))
        source = Source(FILE, "" if said is None else said.zh, "")
        column = table.columns.get(key)
        if column is None:
            column = FactColumn(key, [None] * len(table.rows), [source])
            table.columns[key] = column
        column.detach(table.rows)
        column.put(index, value, source, 0)
        filled += 1
    return filled
