# SPDX-License-Identifier: Apache-2.0
"""`explain`, `nearest`, `whatif`: about a firm of the last check, or of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.park import DAY, NAMES, SAVED, USCCS, changed, write_csv

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.conftest import Ceyuan

SME = "tech_sme_2017"


def _branches(tree: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield tree
    for part in tree.get("parts", ()):
        yield from _branches(part)


def _clause(document: dict[str, Any], name: str) -> dict[str, Any]:
    return next(
        b
        for b in _branches(document["tree"])
        if b["kind"] == "clause" and b["name"] == name
    )


def test_explain_after_a_check_shows_value_threshold_margin_cell_and_article(
    checked: Path, ceyuan: Ceyuan
) -> None:
    said = ceyuan("explain", "岫弦", SME)

    assert said.code == 0
    lines = [line.strip() for line in said.out.splitlines()]
    at = next(n for n, line in enumerate(lines) if "职工总数不超限" in line)
    assert lines[0] == "科技型中小企业评价   △ 只差一步"
    assert lines[at] == "✗ 不符合   职工总数不超限   第六条(二)"
    assert lines[at + 1] == "501 人   要求 ≤ 500 人   差 1 人   park!C5"


def test_explain_json_is_the_decision_with_its_tree(
    checked: Path, ceyuan: Ceyuan
) -> None:
    document = ceyuan("explain", USCCS[3], SME, "--json").json

    assert (document["schema"], document["as_of"]) == ("ceyuan.explain/1", DAY)
    assert (document["name"], document["uscc"]) == (NAMES[3], USCCS[3])
    assert (document["outcome"], document["one_step"]) == ("ineligible", "size_staff")
    assert document["tree"]["answer"] is False
    clause = _clause(document, "size_staff")
    assert clause["answer"] is False
    assert clause["article"] == "国科发政〔2017〕115号 第六条(二)"
    order = next(b for b in _branches(clause) if "threshold" in b)
    assert (order["value"], order["order"], order["threshold"], order["margin"]) == (
        501,
        "<=",
        500,
        -1,
    )
    fact = next(b for b in _branches(clause) if b["kind"] == "fact")
    assert fact["source"] == "park.csv park!C5"


def test_explain_works_after_the_sheet_has_gone(checked: Path, ceyuan: Ceyuan) -> None:
    (checked / "park.csv").unlink()

    assert ceyuan("explain", "岫弦", SME).code == 0


def test_explain_with_file_asks_that_file(checked: Path, ceyuan: Ceyuan) -> None:
    write_csv(checked / "next.csv", changed(5, "职工总数（人）", 500))

    document = ceyuan(
        "explain", "岫弦", SME, "--file", "next.csv", "--as-of", DAY, "--json"
    ).json

    assert document["outcome"] == "eligible"
    # The file asked about does not become the last check.
    assert ceyuan("explain", "岫弦", SME, "--json").json["outcome"] == "ineligible"


@pytest.mark.parametrize(
    ("firm", "message"),
    [("没有这家", "表里没有“没有这家”"), ("（虚构）", "对上了 6 行")],
)
def test_explain_no_firm_or_several_exits_2(
    checked: Path, ceyuan: Ceyuan, firm: str, message: str
) -> None:
    said = ceyuan("explain", firm, SME)

    assert (said.code, said.out) == (2, "")
    assert message in said.err
    assert "hint: " in said.err


def test_nearest_lists_the_lightest_step_first(checked: Path, ceyuan: Ceyuan) -> None:
    document = ceyuan("nearest", "昉栩", "--policy", SME, "--json").json

    # 52 points: R&D of 4 % of sales gives 10 more; a certificate confirms directly.
    assert document["schema"] == "ceyuan.nearest/1"
    assert [(m["policy"], m["outcome"], m["changes"]) for m in document["moves"]] == [
        (
            SME,
            "eligible",
            [
                {
                    "fact": "rd_expense",
                    "from": 30_000_000,
                    "to": 40_000_000,
                    "unit": "fen",
                    "year": 2025,
                }
            ],
        ),
        (
            SME,
            "eligible",
            [{"fact": "hnte_valid", "from": False, "to": True, "unit": ""}],
        ),
    ]


def test_nearest_limit_and_words(checked: Path, ceyuan: Ceyuan) -> None:
    said = ceyuan("nearest", "昉栩", "--policy", SME, "--limit", "1")

    assert said.code == 0
    assert "30.00 万元 → 40.00 万元" in said.out
    assert "高新技术企业" not in said.out


def test_nearest_of_a_firm_that_fails_nothing_says_so(
    checked: Path, ceyuan: Ceyuan
) -> None:
    said = ceyuan("nearest", "澄光", "--policy", SME)

    assert (said.code, said.out) == (0, "")
    assert "没有“不符合但能改”的政策" in said.err


def test_whatif_shows_what_turns_and_the_money(checked: Path, ceyuan: Ceyuan) -> None:
    said = ceyuan("whatif", "昉栩", "--set", "rd_expense=40万元")
    worse = ceyuan("whatif", "澄光", "--set", "transfer_related_100pct=是")

    assert said.table == [
        ["政策", "原来", "现在", "金额变化", "编号"],
        ["科技型中小企业评价", "不符合", "符合", "—", SME],
    ]
    assert worse.table[1:] == [
        [
            "技术转让所得减免企业所得税",
            "符合",
            "不符合",
            "−137.50 万元",
            "tech_transfer_cit",
        ]
    ]


def test_whatif_json_holds_both_answers(checked: Path, ceyuan: Ceyuan) -> None:
    document = ceyuan("whatif", "澄光", "--set", "transfer_cost=50万元", "--json").json

    # 100 万元 less cost: 700 − 500 = 200, half of it taxed: 25 % of 600 = 150 万元.
    assert document["set"] == ["transfer_cost=50万元"]
    assert [
        (c["policy"], c["before"]["amount_fen"], c["after"]["amount_fen"])
        for c in document["changed"]
    ] == [("tech_transfer_cit", SAVED, 150_000_000)]


def test_whatif_nothing_turns_says_so(checked: Path, ceyuan: Ceyuan) -> None:
    said = ceyuan("whatif", "昉栩", "--set", "rd_expense=31万元")

    assert (said.code, said.out) == (0, "")
    assert "没有政策的结果因此改变" in said.err


def test_whatif_wrong_fact_exits_2_with_the_near_miss(
    checked: Path, ceyuan: Ceyuan
) -> None:
    said = ceyuan("whatif", "昉栩", "--set", "rd_expence=40万元")

    assert (said.code, said.out) == (2, "")
    assert "hint: 是不是 `rd_expense`？" in said.err
