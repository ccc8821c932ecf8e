# SPDX-License-Identifier: Apache-2.0
"""Collect what is wrong with one file.

The same defect in ten thousand cells is one thing to mend, not ten thousand: each
code is listed at most `SHOWN` times per sheet, then summed up in one line. The
codes are explained in `docs/errors/sheets.md`.
"""

from __future__ import annotations

from collections import Counter

from ceyuan.kernel import InputRejected, Problem
from ceyuan.sheets.model import column_letter

#: A page of places is enough to see the pattern; the rest is counted.
SHOWN = 100


class ProblemLog:
    """The problems of one file, in the order in which they were found."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._found: list[Problem] = []
        self._counts: Counter[tuple[str, str]] = Counter()

    def add(
        self,
        code: str,
        message: str,
        *,
        mend: str = "",
        sheet: str = "",
        row: int | None = None,
        column: int = 0,
    ) -> None:
        """Note one problem; `column` counts from 1, 0 means the whole row."""
        self._counts[code, sheet] += 1
        if self._counts[code, sheet] <= SHOWN:
            self._found.append(
                Problem(
                    code=code,
                    message=message,
                    mend=mend,
                    file=self.file,
                    sheet=sheet,
                    row=row,
                    column=column_letter(column),
                )
            )

    def rejection(self, code: str, message: str, *, mend: str) -> InputRejected:
        """Return the exception for a file that cannot be used at all."""
        self.add(code, message, mend=mend)
        return InputRejected(message, problems=self.result(), hint=mend)

    def result(self) -> tuple[Problem, ...]:
        """Return the problems, with one line for those that were only counted."""
        more = [
            Problem(
                code=code,
                message=(
                    f"另有 {count - SHOWN} 处同样的问题"
                    f" ({count - SHOWN} more of the same)"
                ),
                file=self.file,
                sheet=sheet,
            )
            for (code, sheet), count in self._counts.items()
            if count > SHOWN
        ]
        return (*self._found, *more)
