# SPDX-License-Identifier: Apache-2.0
"""Wrong data is a value.

A `Problem` says what is wrong, where, and how to mend it. It is collected and
shown; the work goes on with what remains. Wrong *use* is an exception, see
`ceyuan.kernel.errors`. Each code has a paragraph in `docs/errors.md`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong with the data, with its place and its mend.

    Args:
        code: Stable code, a letter and three digits (`docs/errors.md`).
        message: What is wrong and why, in the user's words; the value that was
            found is quoted.
        mend: What the user can do about it.
        file: Name of the file, without its folder; empty when there is none.
        sheet: Name of the sheet; a text file counts as one sheet.
        row: The sheet's own row number, from 1; None when no row is meant.
        column: The sheet's own column letter; empty when the whole row is meant.
    """

    code: str
    message: str
    mend: str = ""
    file: str = ""
    sheet: str = ""
    row: int | None = None
    column: str = ""

    @property
    def place(self) -> str:
        """Return the place in one line, e.g. `tenants.xlsx, 企业!B57`."""
        cell = f"{self.column}{self.row or ''}"
        inner = "!".join(part for part in (self.sheet, cell) if part)
        return ", ".join(part for part in (self.file, inner) if part)

    def __str__(self) -> str:
        lines = [f"[{self.code}] {self.message}"]
        if self.place:
            lines.append(f"  at:  {self.place}")
        if self.mend:
            lines.append(f"  fix: {self.mend}")
        return "\n".join(lines)
