# SPDX-License-Identifier: Apache-2.0
"""The faces say the same: command line, Python, the returned workbook.

One test per journey. Each face is asked through its own door, and its answer is
brought to one form: outcome, amount in fen, missing facts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ceyuan as package
from ceyuan.declarations import load_region
from ceyuan.kernel import show_money
from ceyuan.office.result import move_json
from ceyuan.policies import OUTCOME_WORDS, Outcome, fact_name
from ceyuan.sheets import read_tables
from tests.park import DAY, HEADINGS, POLICIES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Ceyuan

Answer = tuple[str | None, int | None, tuple[str, ...]]
ASKED = [part for policy in POLICIES for part in ("--policy", policy)]


def _by_command(ceyuan: Ceyuan) -> dict[tuple[int, str], Answer]:
    document = ceyuan("check", "park.xlsx", "--as-of", DAY, *ASKED, "--json").json
    return {
        (row["row"], policy): (
            told["outcome"],
            told["amount_fen"],
            tuple(sorted({m["fact"] for m in told["missing"]})),
        )
        for row in document["rows"]
        for policy, told in row["policies"].items()
    }


def test_park_managers_journey_shows_the_same_in_every_face(
    desk: Path, ceyuan: Ceyuan
) -> None:
    by_command = _by_command(ceyuan)

    batch = package.open().check("park.xlsx", as_of=DAY, policies=POLICIES)
    by_python: dict[tuple[int, str], Answer] = {
        (row["row"], row["policy"]): (
            row["outcome"],
            row["amount_fen"],
            tuple(row["missing"]),
        )
        for row in batch.to_frame().to_dicts()
    }

    assert len(by_command) == 12
    assert by_python == by_command
    rows = read_tables(desk / "park.体检.xlsx").sheets[0].rows
    ours = {str(text): n for n, text in enumerate(rows[0]) if n > len(HEADINGS)}
    region = load_region()
    for number, row in enumerate(rows[1:], start=2):
        told = {policy: by_command[number, policy] for policy in POLICIES}
        for policy, (outcome, amount, _) in told.items():
            shown = str(row[ours[region.rule(policy).said.zh]])
            word = OUTCOME_WORDS[Outcome(outcome)][1] if outcome else ""
            special = "只差确认" in shown or "只差一步" in shown
            assert special or word in shown
            assert amount is None or shown.endswith(show_money(amount))
        due = [amount for _, amount, _ in told.values() if amount is not None]
        money = row[ours["可享税收节省（元）"]]  # nothing computed is not 0
        assert money == "—" if not due else round(float(str(money)) * 100) == sum(due)
        # Names of facts stand in the sheet by their Chinese names, with the year.
        named = {fact for _, _, missing in told.values() for fact in missing}
        shown = str(row[ours["还缺什么（谁提供）"]] or "")
        years = {n: 2025 if region.facts[n].yearly else None for n in named}
        for name in named:
            assert fact_name(region.facts, (name, years[name])) in shown
        assert bool(named) == (shown not in {"", "—"})


def test_one_firms_journey_shows_the_same_in_both_faces(
    checked: Path, ceyuan: Ceyuan
) -> None:
    firm = package.open().check("park.csv", as_of=DAY, policies=POLICIES)["昉栩"]
    policy = POLICIES[0]

    explained = ceyuan("explain", "昉栩", policy, "--json").json
    moves = ceyuan("nearest", "昉栩", "--policy", policy, "--json").json["moves"]
    changed = ceyuan("whatif", "昉栩", "--set", "rd_expense=40万元", "--json").json

    tree = firm.explain(policy).tree
    assert tree is not None
    assert tree.answer is explained["tree"]["answer"] is False
    region = load_region()
    assert [m["changes"] for m in moves] == [
        move_json(region, m)["changes"] for m in firm.nearest(policy, limit=3)
    ]
    turned = firm.whatif(rd_expense="40万元").check.decisions[policy]
    told = next(c for c in changed["changed"] if c["policy"] == policy)
    assert (told["after"]["outcome"], told["after"]["amount_fen"]) == (
        turned.outcome,
        turned.amount,
    )
