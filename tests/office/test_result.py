# SPDX-License-Identifier: Apache-2.0
"""The document `ceyuan.check/1`: every key, every value, by hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ceyuan.declarations import load_region
from ceyuan.facts import dictionary_json
from ceyuan.office.library import unset_parameters
from ceyuan.office.result import check_json
from tests.park import DAY, NAMES, SAVED, USCCS, check_park

if TYPE_CHECKING:
    from pathlib import Path

DECLARED = ["abnormal_or_dishonest", "prohibited_product", "violation_or_accident"]


def _document(path: Path, policies: tuple[str, ...] = ()) -> dict[str, Any]:
    pieces = check_json(check_park(path, policies=policies))
    found: dict[str, Any] = json.loads("".join(pieces))
    return found


def test_check_json_head_names_schema_day_year_and_declarations(tmp_path: Path) -> None:
    document = _document(tmp_path / "park.csv", ("tech_sme_2017",))

    head = {k: v for k, v in document.items() if k not in ("rows", "problems", "notes")}
    assert head == {
        "schema": "ceyuan.check/1",
        "as_of": DAY,
        "year": 2025,
        "year_reason": "表中没有写年份，按上一个完整年度 2025 年理解",
        "region": "shanghai",
        "declarations": load_region().digest,
    }


def test_check_json_row_is_place_identity_facts_and_policies(tmp_path: Path) -> None:
    row = _document(tmp_path / "park.csv", ("tech_sme_2017", "tech_transfer_cit"))[
        "rows"
    ][0]

    assert {k: v for k, v in row.items() if k not in ("facts", "policies")} == {
        "sheet": "park",
        "row": 2,
        "name": NAMES[0],
        "uscc": USCCS[0],
        "year": 2025,
    }
    # Money in fen, with the cell it stands in; 60 万元 is 60,000,000 fen.
    assert row["facts"]["rd_expense"] == {
        "value": 60_000_000,
        "unit": "fen",
        "cell": "G2",
        "year": 2025,
    }
    assert row["facts"]["is_cn_resident"] == {"value": True, "unit": "", "cell": "K2"}
    # 80 − 15 − 2 − 3 = 60 (ten 万元): 500 exempt, half of the other 100 is taxed.
    assert row["policies"]["tech_transfer_cit"] == {
        "outcome": "eligible",
        "missing": [],
        "amount_fen": SAVED,
        "nearest": None,
        "outputs": {
            "income": 600_000_000,
            "exempt": 500_000_000,
            "taxable": 50_000_000,
        },
    }


def test_check_json_policy_tells_missing_to_confirm_one_step_and_nearest(
    tmp_path: Path,
) -> None:
    rows = _document(tmp_path / "park.csv", ("tech_sme_2017",))["rows"]

    told = {row["row"]: row["policies"]["tech_sme_2017"] for row in rows}
    assert told[3] == {
        "outcome": "unknown",
        "missing": [{"fact": name, "by": "declaration"} for name in DECLARED],
        "amount_fen": None,
        "nearest": None,
        "to_confirm": DECLARED,
        "outputs": {
            "score": 100,
            "points_for_staff": 20,
            "points_for_rd": 50,
            "points_for_ip": 30,
        },
    }
    assert told[5] == {
        "outcome": "ineligible",
        "missing": [],
        "amount_fen": None,
        "nearest": {
            "changes": [
                {
                    "fact": "employees",
                    "from": 501,
                    "to": 500,
                    "unit": "人",
                    "year": 2025,
                }
            ],
            "effort": {"people": 3.0},
            "outcome": "eligible",
            "amount_fen": None,
            "missing": [],
            "turns": [],
        },
        "one_step": "size_staff",
        "failing": ["size_staff", "direct"],
        "outputs": {
            "score": 100,
            "points_for_staff": 20,
            "points_for_rd": 50,
            "points_for_ip": 30,
        },
    }
    assert told[6]["missing"] == [{"fact": "rd_expense", "by": "firm", "year": 2025}]


def test_check_json_problem_names_code_place_and_mend(tmp_path: Path) -> None:
    problems = _document(tmp_path / "park.csv", ("tech_sme_2017",))["problems"]

    assert [
        (p["code"], p["file"], p["sheet"], p["row"], p["column"]) for p in problems
    ] == [
        ("R230", "park.csv", "park", 6, "G"),
        ("R238", "park.csv", "park", 7, "D"),
    ]
    assert all(p["message"] and p["mend"] for p in problems)


def test_check_json_every_fact_named_is_in_the_dictionary(tmp_path: Path) -> None:
    region = load_region()
    entries = [*dictionary_json(region.facts), *unset_parameters(region)]
    known = {entry["name"] for entry in entries}

    rows = _document(tmp_path / "park.csv")["rows"]

    named = {name for row in rows for name in row["facts"]}
    for row in rows:
        for policy in row["policies"].values():
            named |= {one["fact"] for one in policy["missing"]}
            named |= set(policy.get("to_confirm", ()))
            move = policy["nearest"]
            if move is not None:
                named |= {c["fact"] for c in move["changes"]}
                named |= {m["fact"] for m in move["missing"]}
    assert named - known == set()
