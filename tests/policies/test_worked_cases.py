# SPDX-License-Identifier: Apache-2.0
"""Worked cases are read strictly, and every difference is told."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from ceyuan.declarations.policy import Round
from ceyuan.kernel import InputRejected, UsageError
from ceyuan.policies import decide
from ceyuan.policies.cases import Difference, differences, read_cases
from ceyuan.policies.decide import rounded
from tests.regions.cases import REGION, case_files, cases_of, mapping_of

if TYPE_CHECKING:
    from pathlib import Path

RULE = REGION.rules["tech_sme_2017"]
MAPPING = mapping_of("tech_sme_2017")
TEXT = case_files(RULE)[0].read_text("utf-8")
HEAD, FIRST = TEXT.splitlines()[:2]


def _file(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "some.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def test_case_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(UsageError) as caught:
        read_cases(RULE, MAPPING, tmp_path / "none.csv")

    assert "there is no case file `none.csv`" == caught.value.message


def test_heading_that_is_not_mapped_is_told(tmp_path):
    path = _file(tmp_path, HEAD + ",colour", FIRST + ",red")

    with pytest.raises(UsageError) as caught:
        read_cases(RULE, MAPPING, path)

    assert (
        "`some.csv` has headings that its mapping does not know: colour"
        == caught.value.message
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "T01,2026-07-01,true",
            "T01,2026-07-01,maybe",
            "'maybe' is neither true nor false",
        ),
        ("T01,2026-07-01,true,100", "T01,2026-07-01,true,many", "'many' is no number"),
        ("T01,2026-07-01,true,100", "T01,2026-07-01,true,1/0", "'1/0' is no number"),
        (",sales,", ",neither,", "'neither' is no code of tech_sme_rd_option"),
        (
            ",none,pass",
            ",luck,pass",
            (
                "'luck' is none of none, hnte_valid, national_award, rd_institution,"
                " standard_lead"
            ),
        ),
    ],
)
def test_cell_that_cannot_be_read_is_a_problem_with_its_row(
    tmp_path, old, new, message
):
    assert FIRST.count(old) == 1
    path = _file(tmp_path, HEAD, FIRST, FIRST.replace(old, new))

    with pytest.raises(InputRejected) as caught:
        read_cases(RULE, MAPPING, path)

    (problem,) = caught.value.problems
    assert ("C301", "some.csv", 3) == (problem.code, problem.file, problem.row)
    assert message == problem.message


def test_day_that_is_none_is_a_problem_with_its_row(tmp_path):
    path = _file(tmp_path, HEAD, FIRST.replace("2026-07-01", "2026-07-32"))

    with pytest.raises(InputRejected) as caught:
        read_cases(RULE, MAPPING, path)

    assert [2] == [p.row for p in caught.value.problems]


def test_case_that_comes_out_otherwise_is_told_cell_by_cell(tmp_path):
    wrong = FIRST.replace("none,pass,100,20,50,30", "none,fail,99,20,50,30")
    (case,) = read_cases(RULE, MAPPING, _file(tmp_path, HEAD, wrong))
    decision = decide(RULE, case.facts, as_of=case.as_of)

    found = differences(RULE, MAPPING, case, decision, evaluator="interpreter")

    why = "30% staff and 6% R&D exactly at the top steps"
    assert [
        Difference(
            RULE.id, "T01", "expected_decision", "fail", "pass", why, "interpreter"
        ),
        Difference(RULE.id, "T01", "expected_score", "99", "100", why, "interpreter"),
    ] == found


def test_expected_cell_spoiled_in_any_policy_is_found():
    for policy, rule in REGION.rules.items():
        mapping = mapping_of(policy)
        outcome = next(h for h, e in mapping.expected.items() if e.outcome)
        case = next(c for c in cases_of(policy) if c.expected.get(outcome))
        case.expected[outcome] = "otherwise"  # type: ignore[index]
        decision = decide(
            rule,
            case.facts,
            as_of=case.as_of,
            base_year=case.base_year,
            settings=case.settings,
        )
        found = differences(rule, mapping, case, decision, evaluator="x")
        cases_of.cache_clear()

        assert [outcome] == [d.heading for d in found]


@pytest.mark.parametrize(
    ("mode", "to", "unit", "values"),
    [
        # in fen: -150, -51, -50, -49, 49, 50, 51, 149, 150
        ("half_up", 1, "元", (-200, -100, -100, 0, 0, 100, 100, 100, 200)),
        ("down", 1, "元", (-200, -100, -100, -100, 0, 0, 0, 100, 100)),
        ("up", 1, "元", (-100, 0, 0, 0, 100, 100, 100, 200, 200)),
    ],
)
def test_amount_is_rounded_once_by_its_rule(mode, to, unit, values):
    how = Round(to=Fraction(to), unit=unit, mode=mode, article="a")
    fen = (-150, -51, -50, -49, 49, 50, 51, 149, 150)

    assert values == tuple(rounded(Fraction(n), how) for n in fen)


def test_amount_rounded_to_hundred_yuan_keeps_no_rest():
    how = Round(to=Fraction(100), unit="元", mode="down", article="a")

    assert 1_230_000 == rounded(Fraction(1_239_999), how)
    assert 1_230_000 == rounded(Fraction(1_230_000), how)
