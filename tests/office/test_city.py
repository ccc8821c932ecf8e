# SPDX-License-Identifier: Apache-2.0
"""The verbs in Python, on the invented park; frames hold what the answers are."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl
import pytest

import ceyuan
from tests.park import DAY, NAMES, POLICIES, SAVED, USCCS, write_csv

if TYPE_CHECKING:
    from pathlib import Path

SME = "tech_sme_2017"


@pytest.fixture(name="batch", scope="module")
def _batch(tmp_path_factory: pytest.TempPathFactory) -> ceyuan.Batch:
    path = write_csv(tmp_path_factory.mktemp("city") / "park.csv")
    return ceyuan.open().check(path, as_of=DAY, policies=POLICIES)


def test_batch_frame_is_one_row_per_firm_and_policy(batch: ceyuan.Batch) -> None:
    frame = batch.to_frame()

    assert frame.height == len(NAMES) * len(POLICIES)
    assert frame.row(0, named=True) == {
        "row": 2,
        "name": NAMES[0],
        "uscc": USCCS[0],
        "policy": SME,
        "policy_zh": "科技型中小企业评价",
        "outcome": "eligible",
        "to_confirm": False,
        "one_step": None,
        "missing": [],
        "amount_fen": None,
        "nearest": None,
    }
    firm = frame.filter(pl.col("row") == 5, policy=SME).row(0, named=True)
    assert (firm["outcome"], firm["one_step"]) == ("ineligible", "size_staff")
    assert firm["nearest"] == "职工总数（2025年） 501 人 → 500 人"
    assert frame["amount_fen"].sum() == SAVED


def test_batch_arrow_holds_the_same_table(batch: ceyuan.Batch) -> None:
    assert pl.DataFrame(batch.to_arrow()).equals(batch.to_frame())


def test_batch_gaps_and_problems_are_frames(batch: ceyuan.Batch) -> None:
    assert batch.gaps().row(0) == ("研发费用", "fact", "firm", 1, 1, None)
    assert batch.problems().select("code", "row", "column").rows() == [
        ("R230", 6, "G"),
        ("R238", 7, "D"),
    ]


def test_batch_prints_what_it_is(batch: ceyuan.Batch) -> None:
    said = repr(batch)

    assert "park.csv" in said
    assert DAY in said
    assert "<table" in batch._repr_html_()


@pytest.mark.parametrize("asked", [NAMES[3], USCCS[3], "岫弦", "5"])
def test_firm_is_found_by_name_code_part_or_row(
    batch: ceyuan.Batch, asked: str
) -> None:
    assert batch[asked].check.row.row == 5


@pytest.mark.parametrize("asked", ["没有这家", "", "（虚构）", "99"])
def test_firm_that_is_none_or_several_is_refused(
    batch: ceyuan.Batch, asked: str
) -> None:
    with pytest.raises(ceyuan.UsageError):
        batch[asked]


def test_explain_is_a_frame_of_conditions_and_prints(batch: ceyuan.Batch) -> None:
    why = batch["岫弦"].explain(SME)

    row = why.to_frame().filter(clause="size_staff").row(0, named=True)
    assert row["answer"] is False
    assert row["matters"] is True
    assert "501" in row["observed"]
    assert "500" in row["threshold"]
    assert row["article"] == "第六条(二)"
    assert repr(why).startswith("科技型中小企业评价  ✗ 不符合\n")


def test_nearest_is_verified_and_a_frame(batch: ceyuan.Batch) -> None:
    frame = batch["昉栩"].nearest(SME).to_frame()

    # 40 万元 of R&D gives ten points more; a certificate confirms directly.
    assert frame.select("policy", "outcome").rows() == [(SME, "eligible")] * 2
    assert "40.00 万元" in frame["move"][0]


def test_whatif_changes_the_answer_and_leaves_the_firm_as_it_was(
    batch: ceyuan.Batch,
) -> None:
    firm = batch["昉栩"]

    better = firm.whatif(rd_expense="40万元")

    def outcome(one: ceyuan.Firm) -> object:
        return one.to_frame().filter(policy=SME)["outcome"][0]

    assert (outcome(firm), outcome(better)) == ("ineligible", "eligible")
    assert better.facts()["rd_expense@2025"] == 40_000_000
    assert firm.facts()["rd_expense@2025"] == 30_000_000
    # What was changed explains itself as well.
    assert better.explain(SME).decision.outcome == "eligible"


def test_missing_names_each_fact_with_who_can_supply_it(batch: ceyuan.Batch) -> None:
    assert batch["湫洄"].missing(SME) == [
        {"fact": "rd_expense", "by": "firm", "year": 2025}
    ]


def test_verbs_of_the_package_are_those_of_a_city(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "park.csv")
    asked = {"as_of": date.fromisoformat(DAY), "policies": [SME]}

    assert len(ceyuan.check(path, **asked)) == len(NAMES)
    assert ceyuan.explain(path, "澄光", SME, **asked).decision.outcome == "eligible"
    assert len(ceyuan.nearest(path, "昉栩", SME, **asked)) == 2
    changed = ceyuan.whatif(path, "昉栩", {"rd_expense": "40万元"}, **asked)
    assert changed.check.decisions[SME].outcome == "eligible"


@pytest.mark.parametrize(
    "wrong",
    [
        {"as_of": "yesterday"},
        {"policies": ["tech_sme_2071"]},
        {"params": ["nothing"]},
        {"joined": "no folder"},
    ],
)
def test_check_wrong_argument_is_a_usage_error(
    tmp_path: Path, wrong: dict[str, object]
) -> None:
    path = write_csv(tmp_path / "park.csv")

    with pytest.raises(ceyuan.UsageError):
        ceyuan.check(path, **wrong)


def test_open_unknown_region_names_those_there_are() -> None:
    with pytest.raises(ceyuan.UsageError) as caught:
        ceyuan.open("atlantis")

    assert "shanghai" in caught.value.hint
