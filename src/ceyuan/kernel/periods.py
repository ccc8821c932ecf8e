# SPDX-License-Identifier: Apache-2.0
"""Dates of the law: anniversaries, full years, ends of years.

A fiscal year is the calendar year. A year passes on the anniversary; that of
29 February is 1 March in a common year.
"""

from __future__ import annotations

from datetime import date


def add_years(day: date, years: int) -> date:
    """Return the anniversary of a day.

    >>> add_years(date(2024, 2, 29), 1)
    datetime.date(2025, 3, 1)
    """
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February of a common year
        return date(day.year + years, 3, 1)


def years_between(start: date, end: date) -> int:
    """Return the full years from start to end; negative when end comes first."""
    years = end.year - start.year
    return years if add_years(start, years) <= end else years - 1


def year_end(year: int) -> date:
    """Return the last day of a fiscal year."""
    return date(year, 12, 31)


def last_closed_year(as_of: date) -> int:
    """Return the last fiscal year that has ended before a day."""
    return as_of.year - 1
