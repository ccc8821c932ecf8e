# SPDX-License-Identifier: Apache-2.0
"""Outputs asked for of a plan are those of the interpreter, row by row."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import polars as pl
import pytest

from ceyuan.declarations import read_region
from ceyuan.engine import encode, open_shape, shape_of
from ceyuan.kernel import UsageError
from ceyuan.language import Fixed
from ceyuan.policies import decide, output_value, plan

AS_OF = date(2026, 6, 1)
RULE = read_region().rule("tech_sme_2017")

FULL = {
    ("employees", 2025): Fraction(100),
    ("tech_staff", 2025): Fraction(30),
    ("revenue", 2025): Fraction(1_000_000_00),
    ("rd_expense", 2025): Fraction(40_000_00),
    ("cost_expense", 2025): Fraction(900_000_00),
    ("ip_class1", None): Fraction(0),
    ("ip_class2", None): Fraction(2),
}
NO_STAFF = {k: v for k, v in FULL.items() if k[0] != "tech_staff"}
HUGE = {**FULL, ("revenue", 2025): Fraction(10**30)}


def test_plan_score_asked_for_equals_the_interpreter():
    subjects = [Fixed(FULL), Fixed(NO_STAFF), Fixed(HUGE), Fixed({})]
    frame, linked, unfit = encode(subjects, RULE.scope.facts)
    made = plan([RULE], shape_of(frame, linked), as_of=AS_OF, outputs=["score"])
    found = made.run(frame, linked, exact={row: subjects[row] for row in unfit})
    # 20 for staff of 30 %, 30 for R&D of 4 % of sales, 12 for two rights of class II;
    # without staff no score; with sales of 10^30 no points for R&D.
    assert [62, None, 32, None] == found["tech_sme_2017:score"].to_list()
    by_interpreter = [
        output_value(decide(RULE, subject, as_of=AS_OF).outputs["score"])
        for subject in subjects
    ]
    assert [62, None, 32, None] == by_interpreter


def test_plan_output_before_the_policy_is_a_column_of_nothing():
    frame, linked, _ = encode([Fixed(FULL)], RULE.scope.facts)
    made = plan(
        [RULE], shape_of(frame, linked), as_of=date(2016, 1, 1), outputs=["score"]
    )
    found = made.run(frame, linked)["tech_sme_2017:score"]
    assert [None] == found.to_list()
    assert found.dtype == pl.Int64


def test_plan_output_that_is_a_fraction_is_refused():
    rule, name = read_region().rule("incubator_2025"), "growing_share"
    columns = ["incubatees", "incubatees_growing"]
    shape = open_shape([*columns, *(f"{name}@2025" for name in columns)])
    with pytest.raises(UsageError, match="no whole number"):
        plan([rule], shape, as_of=AS_OF, outputs=[name])
