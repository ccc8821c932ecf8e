# SPDX-License-Identifier: Apache-2.0
"""Working days, counted on a calendar by hand."""

from __future__ import annotations

from datetime import date

import pytest

from ceyuan.kernel import UsageError
from ceyuan.office import workdays
from ceyuan.office.workdays import (
    WorkdaysFile,
    after_workdays,
    is_listed,
    is_workday,
    promised_on,
)

PLACE = "shanghai"
# The first three days of May 2026 are off (Friday to Sunday), and so is Monday; the
# Saturday after is worked for it.
MAY = WorkdaysFile(
    off={2026: (date(2026, 5, 1), date(2026, 5, 4))}, worked={2026: (date(2026, 5, 9),)}
)


@pytest.fixture
def may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workdays, "load_workdays", lambda _: MAY)


@pytest.mark.parametrize(
    ("day", "count", "after"),
    [
        # 2026-11-21 is a Saturday.
        (date(2026, 11, 20), 0, date(2026, 11, 20)),
        (date(2026, 11, 20), 1, date(2026, 11, 23)),
        (date(2026, 11, 21), 0, date(2026, 11, 21)),
        (date(2026, 11, 21), 1, date(2026, 11, 23)),
        (date(2026, 11, 21), 5, date(2026, 11, 27)),
        (date(2026, 11, 21), 6, date(2026, 11, 30)),
        (date(2026, 12, 31), 1, date(2027, 1, 1)),
    ],
)
def test_after_workdays_without_a_calendar_only_the_weekend_counts(
    day: date, count: int, after: date
) -> None:
    assert after_workdays(PLACE, day, count) == after
    assert not is_listed(PLACE, day.year)


@pytest.mark.usefixtures("may")
@pytest.mark.parametrize(
    ("count", "after"),
    # From Thursday 30 April: Tuesday 5, …, Friday 8, Saturday 9, Monday 11.
    [(1, 5), (4, 8), (5, 9), (6, 11)],
)
def test_after_workdays_with_a_calendar_skips_days_off_and_counts_worked_ones(
    count: int, after: int
) -> None:
    assert after_workdays(PLACE, date(2026, 4, 30), count) == date(2026, 5, after)


@pytest.mark.usefixtures("may")
def test_year_that_is_not_listed_says_so() -> None:
    assert (is_listed(PLACE, 2026), is_listed(PLACE, 2027)) == (True, False)
    assert is_workday(PLACE, date(2026, 5, 9))
    assert not is_workday(PLACE, date(2027, 5, 8))  # a Saturday


def test_promise_of_payment_is_ten_working_days_after_the_notice() -> None:
    # Ten working days without a calendar are two weeks.
    assert promised_on(PLACE, date(2026, 11, 27)) == date(2026, 12, 11)


def test_promise_of_payment_that_nobody_declared_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(workdays, "load_workdays", lambda _: MAY)

    with pytest.raises(UsageError) as caught:
        promised_on(PLACE, date(2026, 11, 27))

    assert caught.value.hint == "在 regions/…/workdays.yaml 写明 promise"
