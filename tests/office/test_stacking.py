# SPDX-License-Identifier: Apache-2.0
"""Benefits that meet in one firm: each rule, with its arithmetic."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from ceyuan.kernel import UsageError
from ceyuan.office import entitling
from ceyuan.office.dues import Due
from ceyuan.office.entitling import entitle
from ceyuan.office.settings import set_parameter
from ceyuan.office.stacking import GroupSaid, Stacked, load_stacking, resolve
from tests.office.money_by_hand import (
    DECIDED,
    PREMIUM,
    SCALE,
    YEAR,
    funded,
    office,
    premium_id,
    scale_id,
    standing,
)
from tests.office.town_by_hand import WAN, org

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ceyuan.office.memory import Memory

A = Due(
    slot="a/2026/1/", policy="a", instrument="ia", year=2026, subject="firm", org=1,
    key="", party="P1", name="", commodity="CNY", amount=30, mode="auto_grant",
)  # fmt: skip
B = replace(A, slot="b/2026/1/", policy="b", amount=20)
B2 = replace(B, slot="b/2026/1/2", key="2", amount=11)
ALONE = replace(A, slot="a/2026/2/", org=2)
BESIDE = replace(A, slot="c/2026/1/", policy="c", amount=99)


def group(**more: Any) -> GroupSaid:
    said = {
        "zh": "组", "en": "group", "policies": ("a", "b"), "rule": None,
        "article": "x", "confidence": "U",
    }  # fmt: skip
    return GroupSaid.model_validate({**said, **more})


def told(*dues: Due, rule: str = "", **more: Any) -> tuple[list[Due], list[Stacked]]:
    settings = {"stacking.g": rule} if rule else {}
    return resolve(dues, {"g": group(**more)}, settings)


def test_highest_only_pays_the_highest_with_its_arithmetic() -> None:
    left, met = told(A, B, ALONE, BESIDE, rule="highest_only")

    assert left == [A, ALONE, BESIDE]
    assert met == [
        Stacked(
            "g", 1, "highest_only", ("a",), ("b",),
            "a 0.30 元，b 0.20 元；就高不重复：付 a，合计 0.30 元",
            "a 0.30 元，b 0.20 元; only the highest: a paid, 0.30 元 in all",
        )
    ]  # fmt: skip


def test_several_amounts_of_one_policy_are_added_before_they_are_compared() -> None:
    # 20 + 11 are more than 30.
    left, (met,) = told(A, B, B2, rule="highest_only")

    assert left == [B, B2]
    assert met.zh == "a 0.30 元，b 0.31 元；就高不重复：付 b，合计 0.31 元"


def test_tie_pays_the_one_that_the_group_names_first() -> None:
    even = replace(B, amount=30)

    assert told(even, A, rule="highest_only")[0] == [A]
    assert told(A, even, rule="highest_only", policies=("b", "a"))[0] == [even]


def test_first_only_pays_the_first_named_however_small() -> None:
    left, (met,) = told(A, B, B2, rule="first_only", policies=("b", "a"))

    assert left == [B, B2]
    assert (met.kept, met.left) == (("b",), ("a",))
    assert met.zh == "a 0.30 元，b 0.31 元；先列的排除后列的：付 b，合计 0.31 元"


def test_all_pays_all_and_tells_the_sum() -> None:
    left, (met,) = told(A, B, rule="all")

    assert left == [A, B]
    assert (met.kept, met.left) == (("a", "b"), ())
    assert met.zh == "a 0.30 元，b 0.20 元；可同时享受：付 a、b，合计 0.50 元"


def test_rule_not_set_promises_nothing_to_who_is_due_several() -> None:
    left, (met,) = told(A, B, ALONE)

    assert left == [ALONE]
    assert (met.rule, met.kept, met.left) == ("", (), ("a", "b"))
    assert met.zh == "a 0.30 元，b 0.20 元；能否同时享受没有确认，未定之前都不承诺"


def test_rule_of_the_file_holds_and_the_office_s_goes_before_it() -> None:
    assert told(A, B, rule="")[0] == []
    assert resolve([A, B], {"g": group(rule="all")}, {})[0] == [A, B]
    assert resolve([A, B], {"g": group(rule="all")}, {"stacking.g": "highest_only"})[
        0
    ] == [A]


def test_one_policy_alone_is_no_meeting() -> None:
    assert told(B, B2) == ([B, B2], [])


def test_policy_left_out_by_one_group_is_left_out() -> None:
    """A policy of two groups is paid where both keep it."""
    groups = {
        "g": group(rule="highest_only"),
        "h": group(rule="first_only", policies=("c", "a")),
    }

    left, met = resolve([A, B, BESIDE], groups, {})

    # g: a 30 above b 20; h: c goes before a. What is left is c.
    assert left == [BESIDE]
    assert [(m.group, m.kept) for m in met] == [("g", ("a",)), ("h", ("c",))]


def test_shanghai_declares_one_group_without_a_rule() -> None:
    groups = load_stacking("shanghai")

    assert {name: (one.policies, one.rule) for name, one in groups.items()} == {
        "package_2022": (("service_scale", "sh_gradient_reward_2022"), None)
    }


# --- in an office ------------------------------------------------------------------


@pytest.fixture
def memory(office_folder: Path) -> Iterator[Memory]:
    with office(office_folder) as opened:
        yield opened


@pytest.fixture
def meeting(memory: Memory, monkeypatch: pytest.MonkeyPatch) -> Memory:
    """Return a town whose two policies are set against each other.

    Firm 1 is due 10 万元 and 7,000.01, firm 4 is due 30 万元 and 3,000.00.
    """
    groups = {"package_2022": group(policies=(SCALE, PREMIUM))}
    monkeypatch.setattr(entitling, "load_stacking", lambda _: groups)
    funded(memory)
    return memory


def test_entitle_with_an_unset_rule_promises_nothing_and_says_how_to_set_it(
    meeting: Memory,
) -> None:
    made = entitle(meeting, year=YEAR, on=DECIDED)

    assert standing(meeting) == {
        scale_id(2): ("noticed", 20 * WAN),
        scale_id(3): ("noticed", 50 * WAN),
        premium_id("L4"): ("noticed", 400_000),
    }
    assert {p.code for p in made.problems} == {"L131"}
    assert len(made.problems) == 2
    assert {p.mend for p in made.problems} == {
        "`ceyuan parameter set stacking.package_2022=highest_only --reason “……”`"
    }
    assert {(s.org, s.rule, s.kept) for s in made.stacked} == {
        (org(1), "", ()),
        (org(4), "", ()),
    }


def test_entitle_after_the_rule_was_set_takes_it_up(meeting: Memory) -> None:
    entitle(meeting, year=YEAR, on=DECIDED)
    set_parameter(
        meeting, "stacking.package_2022=highest_only", since=DECIDED, reason="会议"
    )

    made = entitle(meeting, year=YEAR, on=DECIDED)

    assert {name for name, _ in made.fresh} == {scale_id(1), scale_id(4)}
    assert made.problems == []
    assert {s.zh for s in made.stacked} == {
        (
            f"{SCALE} 10.00 万元，{PREMIUM} 7,000.01 元；就高不重复：付 {SCALE}，"
            "合计 10.00 万元"
        ),
        (
            f"{SCALE} 30.00 万元，{PREMIUM} 3,000.00 元；就高不重复：付 {SCALE}，"
            "合计 30.00 万元"
        ),
    }


def test_entitle_of_one_policy_at_a_time_keeps_the_rule(meeting: Memory) -> None:
    """Who asks for one policy and then for the other gets no more than at once."""
    set_parameter(
        meeting, "stacking.package_2022=highest_only", since=DECIDED, reason="会议"
    )

    for policy in (SCALE, PREMIUM):
        entitle(meeting, year=YEAR, policies=[policy], on=DECIDED)

    assert set(standing(meeting)) == {
        *(scale_id(n) for n in (1, 2, 3, 4)),
        premium_id("L4"),
    }


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("stacking.package_2023=all", "no such group"),
        ("stacking.package_2022=both", "no such rule"),
    ],
)
def test_rule_that_is_none_cannot_be_set(
    memory: Memory, said: str, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        set_parameter(memory, said, since=DECIDED, reason="会议")
