# SPDX-License-Identifier: Apache-2.0
"""Working days: Monday to Friday, with what an office has declared otherwise.

Public holidays and the weekends that are worked for them are announced year by year;
`regions/…/workdays.yaml` lists them. For a year that is not listed only the weekend
counts, and whoever shows a day that was counted so says so (`is_listed`).
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

from pydantic import Field

from ceyuan.declarations.parts import Confidence, Part, build
from ceyuan.declarations.region import REGIONS, _folders
from ceyuan.declarations.source import read_source
from ceyuan.kernel import UsageError

_SATURDAY = 5


class PromiseSaid(Part):
    """How many working days after its notice something is promised to be paid."""

    workdays: int = Field(ge=0)
    zh: str
    en: str
    confidence: Confidence


class WorkdaysFile(Part):
    """`workdays.yaml`: days off and weekend days worked, by year; the promise."""

    promise: PromiseSaid | None = None
    off: dict[int, tuple[date, ...]] = Field(default_factory=dict)
    worked: dict[int, tuple[date, ...]] = Field(default_factory=dict)


@cache
def load_workdays(region: str) -> WorkdaysFile:
    """Return the region's calendar; an empty one where none is declared."""
    for folder in reversed(_folders(region)):
        path = folder / "workdays.yaml"
        if path.is_file():
            name = path.relative_to(REGIONS).as_posix()
            return build(WorkdaysFile, read_source(path, name=name))
    return WorkdaysFile()


def promised_on(region: str, noticed_until: date) -> date:
    """Return the day on which payment is promised, after a notice that ends then.

    Raises:
        UsageError: The region declares no promise.
    """
    promise = load_workdays(region).promise
    if promise is None:
        msg = f"`{region}` 没有声明付款承诺 (no promise of payment is declared)"
        raise UsageError(msg, hint="在 regions/…/workdays.yaml 写明 promise")
    return after_workdays(region, noticed_until, promise.workdays)


def is_listed(region: str, year: int) -> bool:
    """Return whether the holidays of a year are declared."""
    return year in load_workdays(region).off


def is_workday(region: str, day: date) -> bool:
    """Return whether an office works on a day."""
    said = load_workdays(region)
    if day in said.off.get(day.year, ()):
        return False
    return day.weekday() < _SATURDAY or day in said.worked.get(day.year, ())


def after_workdays(region: str, day: date, count: int) -> date:
    """Return the day on which so many working days after a day have passed."""
    left = count
    while left > 0:
        day += timedelta(days=1)
        left -= is_workday(region, day)
    return day
