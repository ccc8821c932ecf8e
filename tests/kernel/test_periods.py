# SPDX-License-Identifier: Apache-2.0
"""Anniversaries and full years, 29 February included."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceyuan.kernel import add_years, last_closed_year, year_end, years_between


@pytest.mark.parametrize(
    ("day", "years", "later"),
    [
        (date(2024, 2, 29), 1, date(2025, 3, 1)),
        (date(2024, 2, 29), 4, date(2028, 2, 29)),
        (date(2024, 2, 29), -1, date(2023, 3, 1)),
        (date(2024, 2, 29), 0, date(2024, 2, 29)),
        (date(2024, 2, 28), 1, date(2025, 2, 28)),
        (date(2023, 12, 31), 3, date(2026, 12, 31)),
    ],
)
def test_anniversary_of_a_day_is_the_same_day_or_the_first_of_march(day, years, later):
    assert later == add_years(day, years)


@pytest.mark.parametrize(
    ("start", "end", "years"),
    [
        (date(2020, 2, 29), date(2023, 2, 28), 2),
        (date(2020, 2, 29), date(2023, 3, 1), 3),
        (date(2020, 2, 29), date(2024, 2, 28), 3),
        (date(2020, 2, 29), date(2024, 2, 29), 4),
        (date(2025, 6, 1), date(2026, 5, 31), 0),
        (date(2025, 6, 1), date(2026, 6, 1), 1),
        (date(2026, 6, 1), date(2026, 6, 1), 0),
        (date(2026, 6, 1), date(2026, 5, 31), -1),
        (date(2026, 6, 1), date(2025, 6, 1), -1),
        (date(2026, 6, 1), date(2025, 5, 31), -2),
    ],
)
def test_years_are_full_on_the_anniversary(start, end, years):
    assert years == years_between(start, end)


DAYS = st.dates(date(1900, 1, 1), date(2200, 1, 1))


@given(DAYS, DAYS)
def test_years_between_two_days_are_the_most_that_still_fit(start, end):
    years = years_between(start, end)

    assert add_years(start, years) <= end < add_years(start, years + 1)


def test_year_ends_on_its_last_day_and_is_closed_the_day_after():
    assert date(2025, 12, 31) == year_end(2025)
    assert 2024 == last_closed_year(date(2025, 12, 31))
    assert 2025 == last_closed_year(date(2026, 1, 1))
