# SPDX-License-Identifier: Apache-2.0
"""Years before a subject came to be: their figures do not exist.

A firm founded in 2024 has no turnover of 2023. That is not a gap to be asked for; it
is *absent*, and each clause says what absent counts as. What was stated all the same
stands as it was stated.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from ceyuan.kernel import ABSENT
from ceyuan.language import Fixed, column_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import polars as pl

    from ceyuan.declarations.facts import Fact
    from ceyuan.kernel import State
    from ceyuan.language import FactKey, Known

BACK = 6
"""No policy looks further back than so many years."""


def begins(facts: Mapping[str, Fact], subject: str) -> str:
    """Return the fact that says when a subject came to be; empty for none."""
    for name, fact in facts.items():
        if fact.begins and subject in fact.subject:
            return name
    return ""


def begun(known: Fixed, facts: Mapping[str, Fact], subject: str) -> Fixed:
    """Return facts of one subject, with what cannot exist marked as absent."""
    name = begins(facts, subject)
    day = known.values.get((name, None))
    if not isinstance(day, date):
        return known
    absent: dict[FactKey, Known | State] = {
        (fact, year): ABSENT
        for fact, said in facts.items()
        if said.yearly and subject in said.subject
        for year in range(day.year - BACK, day.year)
        if (fact, year) not in known.values
    }
    return known.with_values(absent) if absent else known


def absent_columns(
    frame: pl.DataFrame, keys: Iterable[FactKey], begin: str
) -> list[pl.Series]:
    """Return the marks (`revenue@2023!`) of what cannot exist, for a frame.

    Args:
        frame: Facts, one row per subject, the day of beginning among them.
        keys: The yearly facts of the frame.
        begin: The fact that says when a subject came to be.
    """
    if begin not in frame.columns:
        return []
    first = frame[begin].dt.year()
    made = []
    for name, year in keys:
        if year is None:
            continue
        column = column_name(name, year)
        gone = (first > year).fill_null(value=False) & frame[column].is_null()
        made.append(gone.alias(f"{column}!"))
    return made
