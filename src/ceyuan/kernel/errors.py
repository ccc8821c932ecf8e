# SPDX-License-Identifier: Apache-2.0
"""Wrong use and broken promises are exceptions.

```
CeyuanError                                    exit code
├─ UsageError     bad argument or config          2
├─ InputRejected  a file cannot be used at all    3   (carries its problems)
├─ NotAllowed     who lacks which right           4
├─ LedgerError    the book refuses, or is broken  1
└─ RuleError      a declaration is wrong          1   (file, line, clause)
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ceyuan.kernel.problems import Problem


class CeyuanError(Exception):
    """Something was asked that cannot be done.

    Args:
        message: What, where, why.
        hint: How to mend it; shown apart, after a blank line.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(CeyuanError):
    """A command or a function was called with an argument it cannot take."""

    exit_code = 2


class InputRejected(CeyuanError):
    """A file was handed in that cannot be read at all.

    Args:
        message: What, where, why.
        problems: The problems found before the file was given up.
        hint: How to mend it.
    """

    exit_code = 3

    def __init__(
        self, message: str, *, problems: Sequence[Problem] = (), hint: str = ""
    ) -> None:
        super().__init__(message, hint=hint)
        self.problems = tuple(problems)


class NotAllowed(CeyuanError):
    """Somebody asked for what their role may not do."""

    exit_code = 4


class LedgerError(CeyuanError):
    """The book refuses a transfer, or does not hold what it promises."""

    exit_code = 1


class RuleError(CeyuanError):
    """A declaration (policy, fact, case mapping) is wrong.

    Args:
        message: What is wrong and why.
        code: Stable code, `D` and three digits.
        file: The declaration's file name.
        line: Line in it, from 1; 0 when unknown.
        clause: Clause or part that is meant; may be empty.
        hint: How to mend it.
    """

    exit_code = 1

    def __init__(
        self,
        message: str,
        *,
        code: str = "D100",
        file: str = "",
        line: int = 0,
        clause: str = "",
        hint: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.code = code
        self.file = file
        self.line = line
        self.clause = clause

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        if self.clause:
            place = f"{place} ({self.clause})" if place else self.clause
        text = f"[{self.code}] {self.message}"
        return f"{text}\n  at:  {place}" if place else text
