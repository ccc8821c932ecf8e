# SPDX-License-Identifier: Apache-2.0
"""Tables as CSV for whoever works in a spreadsheet: whole, and never run as a formula.

A file begins with a mark that makes spreadsheets read it as UTF-8. A cell that a
spreadsheet would run is written with an apostrophe before it.
"""

from __future__ import annotations

import csv
import io
import re
import tempfile
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_RUNS = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"-\d+(\.\d+)?\Z")
_IN_MEMORY = 2 * 2**20


def harmless(cell: object) -> str:
    """Return a cell that no spreadsheet runs."""
    text = "" if cell is None else str(cell)
    runs = text.startswith(_RUNS) and not _NUMBER.match(text)
    return f"'{text}" if runs else text


def csv_file(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> IO[bytes]:
    """Return a file at its beginning; a large one stands on the disk, nameless."""
    file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(headings)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    text.flush()
    text.detach()
    file.seek(0)
    return file
