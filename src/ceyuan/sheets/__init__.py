# SPDX-License-Identifier: Apache-2.0
"""Raw tables in, and the user's own workbook back with additions.

`read_tables` reads a file exactly as somebody handed it in; `patch_workbook` gives
it back with new columns, notes and sheets, everything else untouched. This room
knows nothing about firms, facts or policies.
"""

from ceyuan.sheets.additions import (
    NewCell,
    NewSheet,
    Note,
    Patched,
    SheetAdditions,
    Style,
)
from ceyuan.sheets.model import (
    MAX_COLUMNS,
    MAX_ROWS,
    Book,
    CellError,
    CellValue,
    Range,
    Sheet,
    column_letter,
    column_number,
    first_free_column,
)
from ceyuan.sheets.patch import (
    patch_workbook,
    replacing,
    returned_suffix,
    write_workbook,
)
from ceyuan.sheets.read import read_tables

__all__ = [
    "MAX_COLUMNS",
    "MAX_ROWS",
    "Book",
    "CellError",
    "CellValue",
    "NewCell",
    "NewSheet",
    "Note",
    "Patched",
    "Range",
    "Sheet",
    "SheetAdditions",
    "Style",
    "column_letter",
    "column_number",
    "first_free_column",
    "patch_workbook",
    "read_tables",
    "replacing",
    "returned_suffix",
    "write_workbook",
]
