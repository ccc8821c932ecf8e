# SPDX-License-Identifier: Apache-2.0
"""A year before a firm was founded is absent; a gap after it is not known."""

from __future__ import annotations

from datetime import date

import polars as pl

from ceyuan.declarations import load_region
from ceyuan.kernel import ABSENT, UNKNOWN
from ceyuan.language import Fixed
from ceyuan.policies.begun import BACK, absent_columns, begins, begun

FACTS = load_region().facts
FOUNDED = Fixed({("reg_date", None): date(2024, 5, 6), ("revenue", 2022): 7})


def test_begins_is_the_day_of_registration_of_a_firm_and_of_nothing_else() -> None:
    assert begins(FACTS, "firm") == "reg_date"
    assert begins(FACTS, "loan") == ""


def test_figure_of_a_year_before_the_foundation_is_absent() -> None:
    known = begun(FOUNDED, FACTS, "firm")

    found = {year: known.value("revenue", year) for year in range(2017, 2027)}
    # Stated all the same: 2022 stands. 2024 is the year of foundation itself.
    assert found == {
        2017: UNKNOWN,
        2018: ABSENT,
        2019: ABSENT,
        2020: ABSENT,
        2021: ABSENT,
        2022: 7,
        2023: ABSENT,
        2024: UNKNOWN,
        2025: UNKNOWN,
        2026: UNKNOWN,
    }
    assert BACK == 6


def test_facts_without_a_year_and_other_subjects_stay_unknown() -> None:
    known = begun(FOUNDED, FACTS, "firm")

    assert known.value("is_listed", None) is UNKNOWN
    assert begun(FOUNDED, FACTS, "loan") == FOUNDED


def test_unknown_day_of_foundation_makes_nothing_absent() -> None:
    known = Fixed({("revenue", 2022): 7})

    assert begun(known, FACTS, "firm") is known


def test_columns_mark_the_same_as_facts_one_by_one() -> None:
    frame = pl.DataFrame(
        {
            "reg_date": [date(2024, 5, 6), date(2020, 1, 1), None, date(2024, 1, 1)],
            "revenue@2023": [None, None, None, 5],
            "revenue@2024": [None, 1, None, None],
        },
        schema_overrides={"revenue@2024": pl.Int64},
    )
    keys = [("revenue", 2023), ("revenue", 2024), ("reg_date", None)]

    marks = {s.name: s.to_list() for s in absent_columns(frame, keys, "reg_date")}

    assert marks == {
        "revenue@2023!": [True, False, False, False],
        "revenue@2024!": [False, False, False, False],
    }
    assert absent_columns(frame.drop("reg_date"), keys, "reg_date") == []
