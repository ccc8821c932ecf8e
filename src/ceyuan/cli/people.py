# SPDX-License-Identifier: Apache-2.0
"""`ceyuan user`, `ceyuan parameter`, `ceyuan audit`: parse, call a verb, show."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ceyuan.cli.money import day_said
from ceyuan.cli.opened import opened, print_json, say
from ceyuan.cli.tables import Column, print_table
from ceyuan.cli.talk import Talk
from ceyuan.office.booked import seal_book

if TYPE_CHECKING:
    from ceyuan.office.settings import SettingSaid
    from ceyuan.office.users import User


@dataclass(frozen=True, slots=True)
class UserAsked:
    """A user as he was typed."""

    name: str
    roles: tuple[str, ...]
    display: str
    organisation: str
    reason: str
    actor: str
    region: str
    active: bool


@dataclass(frozen=True, slots=True)
class ParameterAsked:
    """A parameter as it was typed."""

    said: str
    since: str
    until: str
    reason: str
    actor: str
    region: str


def users(region: str, *, as_json: bool) -> None:
    """List users and roles."""
    from ceyuan.office.users import load_roles, verbs_of
    from ceyuan.office.users import users as every

    with opened(region, quiet=as_json) as memory:
        with memory.transaction() as conn:
            found = every(conn)
        declared = load_roles(memory.region.id)
    if as_json:
        print_json(
            {
                "schema": "ceyuan.users/1",
                "users": [_user_json(one) for one in found],
                "roles": {
                    name: {
                        "zh": role.zh,
                        "en": role.en,
                        "may": list(verbs_of(declared, name)),
                    }
                    for name, role in declared.roles.items()
                },
            }
        )
        return
    print_table(
        [
            Column("用户"),
            Column("称呼"),
            Column("单位"),
            Column("角色"),
            Column("状态"),
        ],
        [
            (
                one.name,
                one.display,
                one.organisation,
                "、".join(
                    declared.roles[r].zh if r in declared.roles else r
                    for r in one.roles
                ),
                "" if one.active else "停用",
            )
            for one in found
        ],
    )
    say("")
    print_table(
        [Column("角色"), Column("名称"), Column("可以")],
        [
            (
                name,
                role.zh,
                "、".join(declared.verbs[v].zh for v in verbs_of(declared, name)),
            )
            for name, role in declared.roles.items()
        ],
    )
    if not found:
        Talk().say(
            "还没有用户，谁都可以做（只查决定、批准、付款不是同一个人）；"
            '开始：ceyuan user set 名字 --role admin --reason "启用"'
        )


def _user_json(one: User) -> dict[str, Any]:
    return {
        "name": one.name,
        "display": one.display,
        "organisation": one.organisation,
        "roles": list(one.roles),
        "active": one.active,
    }


def set_user(asked: UserAsked, *, as_json: bool) -> None:
    """Register somebody."""
    from ceyuan.office.users import set_user as verb

    with opened(asked.region, asked.actor, quiet=as_json) as memory:
        made = verb(
            memory,
            asked.name,
            asked.roles,
            display=asked.display,
            organisation=asked.organisation,
            active=asked.active,
            reason=asked.reason,
        )
        seal_book(memory)
    if as_json:
        print_json({"schema": "ceyuan.user/1", **_user_json(made)})
        return
    state = "" if made.active else "，停用"
    say(f"{made.name}：{'、'.join(made.roles) or '没有角色'}{state} (registered)")


def parameters(on: str, region: str, *, unset: bool, as_json: bool) -> None:
    """List what was set, and what instruments still lack."""
    from ceyuan.office.parameters_told import lacking, stacking_said
    from ceyuan.office.settings import all_settings, settings_in_force

    day = day_said(on)
    with opened(region, quiet=as_json) as memory:
        with memory.transaction() as conn:
            every = [] if unset else all_settings(conn)
            in_force = settings_in_force(conn, day)
        missing = lacking(memory, in_force, day)
        groups = stacking_said(memory, in_force)
    open_groups = {name: said for name, said in groups.items() if not said[1]}
    if as_json:
        print_json(
            {
                "schema": "ceyuan.parameters/1",
                "on": day.isoformat(),
                "settings": [_setting_json(one, in_force) for one in every],
                "unset": missing,
                "unset_stacking": {n: said[0] for n, said in open_groups.items()},
            }
        )
        return
    if every:
        _print_settings(every, in_force)
    elif not unset:
        say("还没有设定过参数 (nothing was set)")
    if missing or open_groups:
        say("\n还没有设定的，用到时会停下（文件没有写明的数不猜） (not set)")
        print_table(
            [Column("参数"), Column("名称"), Column("单位")],
            [
                *((one["name"], one["zh"], one["unit"]) for one in missing),
                *(
                    (f"stacking.{name}", said[0], "规则")
                    for name, said in open_groups.items()
                ),
            ],
        )


def _print_settings(every: list[SettingSaid], in_force: dict[str, str]) -> None:
    last = {one.name: at for at, one in enumerate(every)}
    print_table(
        [
            Column("参数"),
            Column("值"),
            Column("从"),
            Column("到"),
            Column("现行"),
            Column("设定"),
            Column("理由"),
            Column("记下"),
        ],
        [
            (
                one.name,
                one.value,
                one.valid_from,
                one.valid_to,
                "✓" if _current(one, in_force) and last[one.name] == at else "",
                one.actor,
                one.reason,
                f"{one.known_at.astimezone():%Y-%m-%d %H:%M}",
            )
            for at, one in enumerate(every)
        ],
    )


def _current(one: SettingSaid, in_force: dict[str, str]) -> bool:
    return in_force.get(one.name) == one.value


def _setting_json(one: SettingSaid, in_force: dict[str, str]) -> dict[str, Any]:
    return {
        "name": one.name,
        "value": one.value,
        "from": one.valid_from.isoformat(),
        "until": None if one.valid_to is None else one.valid_to.isoformat(),
        "in_force": _current(one, in_force),
        "actor": one.actor,
        "reason": one.reason,
        "known_at": one.known_at.isoformat(),
    }


def set_parameter(asked: ParameterAsked, *, as_json: bool) -> None:
    """Set a parameter from a day on."""
    from ceyuan.office.settings import set_parameter as verb

    since = day_said(asked.since, "--since")
    until = day_said(asked.until, "--until") if asked.until else None
    with opened(asked.region, asked.actor, quiet=as_json) as memory:
        name = verb(memory, asked.said, since=since, until=until, reason=asked.reason)
        seal_book(memory)
    value = asked.said.partition("=")[2].strip()
    if as_json:
        print_json(
            {
                "schema": "ceyuan.parameter/1",
                "name": name,
                "value": value,
                "from": since.isoformat(),
                "until": None if until is None else until.isoformat(),
            }
        )
        return
    ends = f"到 {until}" if until else ""
    say(f"{name} = {value}，从 {since} 起{ends} (set)")


def audit(
    obj: str, who: str, verb: str, limit: int, region: str, *, as_json: bool
) -> None:
    """Show the audit trail, the newest first."""
    from ceyuan.office.auditing import trail

    with opened(region, quiet=as_json) as memory, memory.transaction() as conn:
        rows = trail(conn, obj=obj, actor=who, verb=verb, limit=limit)
    if as_json:
        print_json({"schema": "ceyuan.audit/1", "rows": rows})
        return
    from datetime import datetime

    print_table(
        [
            Column("序号", number=True),
            Column("时刻"),
            Column("谁"),
            Column("代谁"),
            Column("做什么"),
            Column("关于"),
            Column("理由"),
            Column("之前"),
            Column("之后"),
        ],
        [
            (
                row["seq"],
                f"{datetime.fromisoformat(row['known_at']).astimezone():%Y-%m-%d %H:%M:%S}",
                row["actor"],
                row["behalf"],
                row["verb"],
                row["object"],
                row["reason"],
                _brief(row["before"]),
                _brief(row["after"]),
            )
            for row in rows
        ],
    )


def _brief(value: dict[str, Any] | None) -> str:
    if value is None:
        return ""
    return " ".join(
        f"{name}={said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)}"
        for name, said in value.items()
    )
