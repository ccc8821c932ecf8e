# SPDX-License-Identifier: Apache-2.0
"""The people of a demonstration: one of each role, and a firm that has been granted.

They are registered by the same verb as anybody, by the administrator among them; who
is there already keeps what he was given.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ceyuan.office.users import User, set_user, users

if TYPE_CHECKING:
    from psycopg import Connection

    from ceyuan.office.memory import Memory

_FIRM = """
select party from entitlement where length(party) = 18
group by party order by
  max(case state when 'noticed' then object_until end) desc nulls last,
  count(distinct state) desc, count(*) desc, party limit 1
"""
BOSS = "管理员"
FIRM = "企业用户"
WHY = "演示 (demonstration)"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of a demonstration.

    Args:
        name: His name.
        role: What he is.
        organisation: Where he works; empty for a firm's user: it is looked for.
    """

    name: str
    role: str
    organisation: str


PEOPLE = (
    Person(BOSS, "admin", "虚构市科委"),
    Person("经办人甲", "officer", "虚构市科委"),
    Person("复核人乙", "reviewer", "虚构市科委"),
    Person("财务丙", "finance", "虚构市科委"),
    Person("财务丁", "finance", "虚构市科委"),
    Person("分析员", "analyst", "虚构市科委"),
    Person("审计员", "auditor", "虚构市审计局"),
    Person("园区经理", "park", "虚构科技园"),
    Person(FIRM, "firm", ""),
)
"""The administrator first: nobody else registers anybody."""


def register(memory: Memory) -> list[User]:
    """Register those who are not there yet; return all of them who are users."""
    with memory.transaction() as conn:
        there = {one.name: one for one in users(conn)}
        firm = granted_firm(conn)
    boss = replace(memory, actor=BOSS)
    for one in PEOPLE:
        organisation = one.organisation or firm
        if one.name in there or not organisation:
            continue
        there[one.name] = set_user(
            boss, one.name, [one.role], organisation=organisation, reason=WHY
        )
    return [there[one.name] for one in PEOPLE if one.name in there]


def granted_firm(conn: Connection) -> str:
    """Return the firm whose entitlements stand in the most states; empty: none has."""
    row = conn.execute(_FIRM).fetchone()
    return "" if row is None else str(row[0])
