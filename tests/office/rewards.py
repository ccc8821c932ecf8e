# SPDX-License-Identifier: Apache-2.0
"""Six invented firms and the reward of `service_scale`, switched on by the office.

5 % of R&D, at most 50 万元, for who reaches the line of its section (M: 1000, I: 2000
万元) for the first time. The reform: 10 %, a line of 800 for M, at most 40.

firm  district   persons    section  revenue  R&D    first   as it is      reform
1     浦东新区   10         M        1200     200    yes     10            20 (more)
2     浦东新区   50         M        900      100    yes     -             10 (gained)
3     徐汇区     150        M        1500     2000   yes     50 (at most)  40 (less)
4     not known  not known  M        1100     ?      yes     0 to 50       0 to 40
5     徐汇区     400        I        2100     300    no      0             0
6     浦东新区   10         M        ?        60     yes     0 to 3        0 to 6

Sums of money in 万元. All but firm 5 are on the complete list of high-tech firms.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from ceyuan.declarations.reform import parse_reform
from ceyuan.office.parameters import typed_settings
from tests.office.town_by_hand import WAN, add

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ceyuan.declarations.reform import Reform
    from ceyuan.facts.store import Batch
    from ceyuan.language import Setting
    from ceyuan.office.memory import Memory

REWARD = "service_scale"
SAID = ("service_scale.reward_offered=true",)
REFORM = """\
reform: higher_reward
zh: 提高奖励（虚构）
en: A higher reward (invented)
change:
  - {policy: service_scale, parameter: reward_rate, value: 10}
  - {policy: service_scale, parameter: middle_line, value: 800}
  - {policy: service_scale, parameter: reward_max, value: 40}
"""
NOTHING = "reform: none\nzh: 无\nen: None\n"
PUDONG, XUHUI = "浦东新区", "徐汇区"


def settings(memory: Memory) -> Mapping[str, Mapping[str, Setting]]:
    """Return the office's setting: the reward is offered."""
    return typed_settings(memory.region, SAID)


def reform(memory: Memory, text: str = REFORM) -> Reform:
    """Return a reform's text, read."""
    return parse_reform(text, memory.region)


def _place(firm: int, district: str | None, section: str = "M") -> dict[str, Any]:
    first = section == "M"
    return {
        "firm": firm, "district": district, "gb_section": section,
        "gb_division": 73 if first else 65, "is_legal_person": True,
        "registered_in_shanghai": True, "first_time_above_scale": first,
    }  # fmt: skip


def year(
    firm: int, revenue: int | None, rd: int | None, persons: int | None
) -> dict[str, Any]:
    """Return a firm's figures of 2025: 万元, and persons."""
    return {
        "firm": firm, "year": 2025,
        "revenue": None if revenue is None else revenue * WAN,
        "rd_expense": None if rd is None else rd * WAN,
        "employees": None if persons is None else persons * 100,
    }  # fmt: skip


def six(memory: Memory, *, synthetic: bool = True) -> list[Batch]:
    """Put the six firms into a memory."""
    since, until = date(2024, 6, 1), date(2027, 5, 31)
    districts = [PUDONG, PUDONG, XUHUI, None, XUHUI, PUDONG]
    return [
        add(
            memory,
            "registry",
            [
                _place(n, district, "I" if n == 5 else "M")
                for n, district in enumerate(districts, 1)
            ],
            synthetic=synthetic,
        ),
        add(
            memory,
            "tax",
            [
                year(1, 1200, 200, 10),
                year(2, 900, 100, 50),
                year(3, 1500, 2000, 150),
                year(4, 1100, None, None),
                year(5, 2100, 300, 400),
                year(6, None, 60, 10),
            ],
            synthetic=synthetic,
        ),
        add(
            memory,
            "certificates",
            [
                {
                    "firm": n, "key": f"hnte\x1f{since}", "certificate": "hnte",
                    "issued_on": since, "valid_until": until,
                    "valid_from": since, "valid_to": until,
                }
                for n in (1, 2, 3, 4, 6)
            ],
            record="certificate",
            complete=True,
            synthetic=synthetic,
        ),
    ]  # fmt: skip
