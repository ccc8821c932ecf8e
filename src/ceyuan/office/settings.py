# SPDX-License-Identifier: Apache-2.0
"""Parameters that the office has set: what a text leaves open, or nobody confirmed.

They are kept as they were typed, with the day from which they hold, who set them and
why; a later one ends the one before. A run is given those in force on its day, and
keeps them with itself, so that it can be made again after they have changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from ceyuan.kernel import UsageError
from ceyuan.office.auditing import audit
from ceyuan.office.users import allow

if TYPE_CHECKING:
    from datetime import date, datetime

    from psycopg import Connection

    from ceyuan.office.memory import Memory

_SET = """
insert into office_setting (name, value, valid_from, valid_to, actor, reason, known_at)
values (%s, %s, %s, %s, %s, %s, clock_timestamp())
"""
_IN_FORCE = """
select distinct on (name) name, value from office_setting
where valid_from <= %s and (valid_to is null or valid_to >= %s)
order by name, id desc
"""
_ALL = """
select name, value, valid_from, valid_to, actor, reason, known_at
from office_setting order by name, id
"""


@dataclass(frozen=True, slots=True)
class SettingSaid:
    """A parameter as the office set it.

    Args:
        name: Owner (a policy, an instrument) and parameter, with a point between.
        value: As it was typed.
        valid_from: First day.
        valid_to: Last day; None: open.
        actor: Who set it.
        reason: Why.
        known_at: When.
    """

    name: str
    value: str
    valid_from: date
    valid_to: date | None
    actor: str
    reason: str
    known_at: datetime


def settings_in_force(conn: Connection, on: date) -> dict[str, str]:
    """Return what the office has set, as typed, by `OWNER.NAME`; the last one wins."""
    return dict(conn.execute(_IN_FORCE, (on, on)).fetchall())


def all_settings(conn: Connection) -> list[SettingSaid]:
    """Return everything that was ever set."""
    return [SettingSaid(*row) for row in conn.execute(_ALL)]


def set_parameter(
    memory: Memory,
    said: str,
    *,
    since: date,
    until: date | None = None,
    reason: str,
) -> str:
    """Set a parameter, from a day on; return its name.

    Args:
        memory: The office's memory.
        said: `OWNER.NAME=VALUE`.
        since: First day.
        until: Last day; None: open.
        reason: Why, and who decided it.

    Raises:
        NotAllowed: Who asks may not.
        UsageError: There is no such parameter, it cannot take the value, or no reason
            is given.
    """
    from ceyuan.office.parameters import typed_settings
    from ceyuan.office.stacking import is_stacking, typed_stacking

    if not reason.strip():
        msg = "要说明理由 (a reason is asked)"
        raise UsageError(msg, hint="加上 --reason “……”，写明谁、依据什么定的")
    if until is not None and until < since:
        msg = f"到 {until} 为止，却从 {since} 起 (ends before it begins)"
        raise UsageError(msg, hint="改 --since 或 --until")
    name, equals, value = said.partition("=")
    name, value = name.strip(), value.strip()
    owner = name.partition(".")[0]
    if not equals or not value:
        msg = f"`{said}` 不是 名称=值 (NAME=VALUE is asked)"
        raise UsageError(msg, hint="例如 sh_voucher_2025.firm_yearly_cap=30万元")
    if is_stacking(owner):
        typed_stacking(memory, name, value)
    elif owner in memory.region.rules:
        typed_settings(memory.region, [said])
    else:
        _instrument_parameter(memory, name, value)
    with memory.transaction() as conn:
        allow(conn, memory, "parameter.set")
        before = settings_in_force(conn, since).get(name)
        conn.execute(_SET, (name, value, since, until, memory.actor, reason.strip()))
        audit(
            conn,
            "parameter.set",
            [
                (
                    name,
                    None if before is None else {"value": before},
                    {"value": value, "from": since, "until": until},
                )
            ],
            actor=memory.actor,
            reason=reason,
        )
    return name


def _instrument_parameter(memory: Memory, name: str, value: str) -> None:
    """See that an instrument has a parameter and that it can take a value.

    Raises:
        UsageError: It has none of this name, or it cannot.
    """
    from ceyuan.office.moving_typed import typed_setting

    homes = {
        home: one.parameters[own]
        for one in memory.declared.instruments.instruments.values()
        for own, home in one.homes.items()
    }
    if name not in homes:
        near = get_close_matches(name, homes, n=1)
        msg = f"没有参数 `{name}` (no such parameter)"
        raise UsageError(
            msg, hint=f"是不是 `{near[0]}`？" if near else "写成 政策或资金工具.参数=值"
        )
    typed_setting(homes[name], name, value)


def run_settings(memory: Memory, on: date, said: tuple[str, ...]) -> tuple[str, ...]:
    """Return the settings that a run is given: what is in force, then what was typed.

    Only those of policies: instruments are asked when money moves.
    """
    with memory.transaction() as conn:
        kept = settings_in_force(conn, on)
    typed = {one.partition("=")[0].strip() for one in said}
    ours = [
        f"{name}={value}"
        for name, value in sorted(kept.items())
        if name not in typed and name.partition(".")[0] in memory.region.rules
    ]
    return (*ours, *said)
