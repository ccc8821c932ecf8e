# SPDX-License-Identifier: Apache-2.0
"""Collect what is wrong, what is doubtful and what was decided while reading.

Three kinds are kept apart: problems (something is wrong), questions (only the user
can tell; they are problems too) and notes (a decision that ought to be said).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ceyuan.facts.table import Question, Skipped
from ceyuan.facts.values import quoted
from ceyuan.kernel import Problem
from ceyuan.sheets.model import column_number

if TYPE_CHECKING:
    from ceyuan.sheets.model import CellValue


class Log:
    """Collect what is wrong; the same defect in thousands of cells is one defect.

    Each code is listed at most `SHOWN` times for a column, then counted.

    Args:
        file: The file's name.
        hidden: Facts whose cells are never quoted.

    Attributes:
        misread: Columns left unread because most cells do not fit: sheet, letter, fact.
    """

    SHOWN = 1000

    def __init__(self, file: str, *, hidden: frozenset[str] = frozenset()) -> None:
        self.file = file
        self.hidden = hidden
        self.misread: set[tuple[str, str, str]] = set()
        self.problems: list[Problem] = []
        self.questions: list[Question] = []
        self.notes: list[Problem] = []
        self.skipped: list[Skipped] = []
        self._counts: dict[tuple[str, str, str], int] = {}
        self._last: dict[tuple[str, str, str], Problem] = {}

    def problem(
        self,
        code: str,
        message: str,
        *,
        mend: str = "",
        sheet: str = "",
        row: int | None = None,
        column: str = "",
    ) -> None:
        """Note one thing that is wrong."""
        place = (code, sheet, column)
        count = self._counts[place] = self._counts.get(place, 0) + 1
        if count <= self.SHOWN:
            self.problems.append(
                self.made(
                    code, message, mend=mend, sheet=sheet, row=row, column=column
                ),
            )

    def question(
        self,
        code: str,
        message: str,
        *,
        options: tuple[str, ...] = (),
        mend: str = "",
        sheet: str = "",
        column: str = "",
    ) -> None:
        """Note a doubt that only the user can settle."""
        made = self.made(code, message, mend=mend, sheet=sheet, row=None, column=column)
        self.problems.append(made)
        self.questions.append(Question(made, options))

    def quoted(self, name: str, cell: CellValue) -> str:
        """Return a cell of a fact for a message; personal data is not shown."""
        return "（个人信息，不显示）" if name in self.hidden else quoted(cell)

    def note(
        self,
        code: str,
        message: str,
        *,
        sheet: str = "",
        row: int | None = None,
        column: str = "",
    ) -> None:
        """Note a decision that ought to be said."""
        self.notes.append(
            self.made(code, message, mend="", sheet=sheet, row=row, column=column)
        )

    def skip(self, reason: str, *, sheet: str = "", row: int | None = None) -> None:
        """Note a row or a sheet that is left out."""
        self.skipped.append(Skipped(self.file, sheet, row, reason))

    def finish(self) -> list[Problem]:
        """Return the problems in the order of the sheet, top left first.

        What concerns a whole column or sheet comes before single cells; what was
        only counted comes last, in one line.
        """
        more = [
            Problem(
                code=code,
                message=f"另有 {count - self.SHOWN} 处同样的问题",
                mend="先改上面列出的，再查一次",
                file=self.file,
                sheet=sheet,
                column=column,
            )
            for (code, sheet, column), count in self._counts.items()
            if count > self.SHOWN
        ]
        return [*sorted(self.problems, key=_place), *more]

    def made(
        self,
        code: str,
        message: str,
        *,
        mend: str = "",
        sheet: str = "",
        row: int | None = None,
        column: str = "",
    ) -> Problem:
        """Return a problem of this file without collecting it."""
        return Problem(
            code=code,
            message=message,
            mend=mend,
            file=self.file,
            sheet=sheet,
            row=row,
            column=column,
        )


def _place(problem: Problem) -> tuple[int, int]:
    return problem.row or 0, column_number(problem.column)
