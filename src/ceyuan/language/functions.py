# SPDX-License-Identifier: Apache-2.0
"""The functions of the language, with their arity and what they give.

Each is monotone in what is known: learning a fact never turns a definite
answer. That is why there is no `is_known` and no `coalesce`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MANY: Final = 64


@dataclass(frozen=True, slots=True)
class Function:
    """One function: how many arguments it takes and what it promises."""

    arity: tuple[int, int]
    promise: str


FUNCTIONS: Final[dict[str, Function]] = {
    "least": Function((1, MANY), "the smallest of its arguments"),
    "greatest": Function((1, MANY), "the greatest of its arguments"),
    "steps": Function((2, 2), "the points of a table of steps for a value"),
    "marginal": Function((2, 2), "the sum over the brackets of a table"),
    "prev": Function((2, 2), "a yearly fact n years before the base year"),
    "sum_years": Function(
        (2, 2), "a yearly fact summed over n years; absent years are 0"
    ),
    "growth": Function((1, 1), "a yearly fact over its previous year, minus 1"),
    "cagr": Function((2, 2), "compound growth over n years (n-1 intervals)"),
    "if_absent": Function(
        (2, 2), "the first argument, or the second where it is absent"
    ),
    "count_where": Function((2, 2), "how many linked records meet a condition"),
    "held": Function((1, 2), "whether a certificate is in force on the day"),
    "has_any": Function((2, MANY), "whether a set fact holds any of the codes"),
    "years_between": Function((2, 2), "full years from the first date to the second"),
    "days_between": Function((2, 2), "days from the first date to the second"),
    "add_years": Function((2, 2), "the anniversary n years later"),
    "year": Function((1, 1), "the calendar year of a date"),
}
