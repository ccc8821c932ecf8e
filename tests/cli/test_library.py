# SPDX-License-Identifier: Apache-2.0
"""`ceyuan policy …`, `facts list`, `doctor`, and the help of each command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ceyuan.declarations import load_region
from ceyuan.declarations.region import REGIONS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Ceyuan

SME = "tech_sme_2017"
HOME = REGIONS / "china/policies"
COMMANDS = (
    (),
    ("check",),
    ("explain",),
    ("nearest",),
    ("whatif",),
    ("policy",),
    ("policy", "list"),
    ("policy", "show"),
    ("policy", "lint"),
    ("policy", "test"),
    ("policy", "diff"),
    ("facts",),
    ("facts", "list"),
    ("doctor",),
    ("demo",),
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_of_each_command_exits_0_and_leaves_give_examples(
    ceyuan: Ceyuan, command: tuple[str, ...]
) -> None:
    said = ceyuan(*command, "--help")

    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(f"Usage: {' '.join(('ceyuan', *command))} ")
    is_leaf = command not in {(), ("policy",), ("facts",)}
    assert ("例: ceyuan " in said.out) is is_leaf


def test_version_is_that_of_the_package(ceyuan: Ceyuan) -> None:
    import ceyuan as package

    assert ceyuan("--version").out == f"ceyuan {package.__version__}\n"


def test_policy_list_is_every_policy_in_both_forms(ceyuan: Ceyuan) -> None:
    rules = load_region().rules

    table = ceyuan("policy", "list").table
    document = ceyuan("policy", "list", "--json").json

    assert [row[0] for row in table[1:]] == list(rules)
    assert [one["id"] for one in document["policies"]] == list(rules)


def test_policy_show_on_a_day_shows_the_parameter_of_that_day(ceyuan: Ceyuan) -> None:
    shown = [
        ceyuan("policy", "show", "star_attribute_2024", "--as-of", day, "--json").json[
            "parameters"
        ]["rd_sum_min"]["value"]
        for day in ("2024-04-29", "2024-04-30")
    ]

    assert shown == ["6000", "8000"]


def test_policy_show_names_each_clause_with_its_article(ceyuan: Ceyuan) -> None:
    said = ceyuan("policy", "show", SME, "--as-of", "2026-11-21")

    assert said.code == 0
    for clause in load_region().rule(SME).said.clauses.values():
        assert clause.zh in said.out
    assert "国科发政〔2017〕115号" in said.out
    assert "2026-11-21 有效；自 2017-05-03" in said.out


def test_policy_lint_region_has_no_error(ceyuan: Ceyuan) -> None:
    said = ceyuan("policy", "lint", "--json")

    assert said.code == 0
    assert said.json == {
        "schema": "ceyuan.lint/1",
        "policies": len(load_region().rules),
        "errors": [],
    }


def test_policy_lint_names_file_line_clause_cause_and_mend(
    desk: Path, ceyuan: Ceyuan
) -> None:
    text = (HOME / f"{SME}.yaml").read_text(encoding="utf-8")
    wrong = text.replace("employees <= employees_max", "employees <= sales_max")
    (desk / "draft.yaml").write_text(wrong, encoding="utf-8")
    line = 1 + wrong.splitlines().index(
        next(one for one in wrong.splitlines() if "employees <= sales_max" in one)
    )

    said = ceyuan("policy", "lint", "draft.yaml", "--json")

    assert said.code == 1
    error = said.json["errors"][0]
    assert (error["code"], error["file"], error["line"], error["clause"]) == (
        "D213",
        "draft.yaml",
        line,
        "clauses.size_staff",
    )


def test_policy_test_runs_the_cases_beside_the_policy(ceyuan: Ceyuan) -> None:
    lines = (HOME / f"{SME}.cases.csv").read_text(encoding="utf-8").splitlines()

    said = ceyuan("policy", "test", SME, "--json")

    assert said.code == 0
    assert said.json == {
        "schema": "ceyuan.policy-test/1",
        "policies": [{"id": SME, "cases": len(lines) - 1, "differences": 0}],
        "differences": [],
    }


def test_policy_test_wrong_case_exits_1_and_says_expected_got_and_why(
    desk: Path, ceyuan: Ceyuan
) -> None:
    lines = (HOME / f"{SME}.cases.csv").read_text(encoding="utf-8").splitlines()
    head, first = lines[0], lines[1]
    assert ",pass," in first
    (desk / f"{SME}.csv").write_text(
        f"{head}\n{first.replace(',pass,', ',fail,', 1)}\n", encoding="utf-8"
    )

    said = ceyuan("policy", "test", "--cases", f"{SME}.csv")

    case = first.split(",", maxsplit=1)[0]
    assert said.code == 1
    assert f"{SME} {case} " in said.out
    assert "应为 'fail'，得到 'pass' （interpreter）" in said.out
    assert "\n  why: " in said.out


def test_policy_diff_same_version_is_empty_and_another_exits_1(ceyuan: Ceyuan) -> None:
    same = ceyuan("policy", "diff", SME, SME)
    other = ceyuan(
        "policy",
        "diff",
        "star_attribute_2024@2024-04-29",
        "star_attribute_2024@2024-04-30",
        "--json",
    )

    assert (same.code, same.out) == (0, "0 处不同\n")
    assert other.code == 1
    parts = [change["part"] for change in other.json["changes"]]
    assert "parameters.rd_sum_min" in parts
    assert "decide" not in parts


def test_facts_list_names_unit_meaning_headings_and_supplier(ceyuan: Ceyuan) -> None:
    document = ceyuan("facts", "list", "--json").json
    table = ceyuan("facts", "list").table

    entries = {entry["name"]: entry for entry in document["facts"]}
    assert document["schema"] == "ceyuan.facts/1"
    assert set(load_region().facts) <= set(entries)
    one = entries["rd_expense"]
    assert (one["zh"], one["unit"], one["by"]) == ("研发费用", "元", "firm")
    assert one["meaning"]["zh"]
    assert "研发投入" in one["headings"]["zh"]
    assert [row[0] for row in table[1:]] == list(entries)


def test_doctor_in_a_fresh_folder_finds_everything_in_order(
    desk: Path, ceyuan: Ceyuan
) -> None:
    said = ceyuan("doctor", "--json")

    assert said.code == 0
    checks = said.json["checks"]
    assert all(check["ok"] for check in checks)
    assert {
        "check": "上次核对",
        "ok": True,
        "found": "还没有（`.ceyuan` 在当前文件夹）",
    } in (checks)
