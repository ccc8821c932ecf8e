# SPDX-License-Identifier: Apache-2.0
"""Users, parameters, the audit trail: the commands."""

from __future__ import annotations

from typing import Annotated

import typer

from ceyuan.cli.app import Json, RegionName, app
from ceyuan.cli.office_options import Actor, Most, Reason

user = typer.Typer(
    help="用户和角色：谁可以做什么 (users and roles)",
    no_args_is_help=True,
    rich_markup_mode=None,
)
parameter = typer.Typer(
    help="由主管部门设定的参数 (parameters that the office sets)",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(user, name="user")
app.add_typer(parameter, name="parameter")


@user.command("list")
def user_list(region: RegionName = "shanghai", as_json: Json = False) -> None:
    """列出用户，和各角色可以做的事 (the users, and what each role may do).

    例: ceyuan user list

    例: ceyuan user list --json
    """
    from ceyuan.cli import people

    people.users(region, as_json=as_json)


@user.command("set")
def user_set(
    name: Annotated[str, typer.Argument(metavar="NAME", help="登记的名字 (who)")],
    reason: Reason,
    roles: Annotated[
        list[str] | None,
        typer.Option("--role", metavar="ROLE", help="角色，可重复 (a role)"),
    ] = None,
    display: Annotated[str, typer.Option("--display", help="怎么称呼 (called)")] = "",
    organisation: Annotated[
        str, typer.Option("--organisation", help="单位 (where he works)")
    ] = "",
    inactive: Annotated[
        bool, typer.Option("--inactive", help="不再可以做任何事 (may nothing more)")
    ] = False,
    actor: Actor = "",
    region: RegionName = "shanghai",
    as_json: Json = False,
) -> None:
    """登记一个用户或改他的角色；第一个要是管理员 (register somebody).

    例: ceyuan user set 管理员 --role admin --reason "启用"

    例: ceyuan user set 甲 --role officer --reason "分工" --as 管理员
    """
    from ceyuan.cli import people

    people.set_user(
        people.UserAsked(
            name,
            tuple(roles or ()),
            display,
            organisation,
            reason,
            actor,
            region,
            active=not inactive,
        ),
        as_json=as_json,
    )


@parameter.command("list")
def parameter_list(
    unset: Annotated[
        bool, typer.Option("--unset", help="只列还没有设定的 (not set yet)")
    ] = False,
    on: Annotated[
        str, typer.Option("--on", metavar="DATE", help="哪一天有效，默认今天 (on)")
    ] = "",
    region: RegionName = "shanghai",
    as_json: Json = False,
) -> None:
    """列出设定过的参数，和资金工具还缺的 (what was set, and what is missing).

    例: ceyuan parameter list

    例: ceyuan parameter list --unset --json
    """
    from ceyuan.cli import people

    people.parameters(on, region, unset=unset, as_json=as_json)


@parameter.command("set")
def parameter_set(
    said: Annotated[
        str, typer.Argument(metavar="OWNER.NAME=VALUE", help="政策或资金工具.参数=值")
    ],
    reason: Reason,
    since: Annotated[
        str, typer.Option("--since", metavar="DATE", help="从哪天起，默认今天 (from)")
    ] = "",
    until: Annotated[
        str, typer.Option("--until", metavar="DATE", help="到哪天，默认不限 (until)")
    ] = "",
    actor: Actor = "",
    region: RegionName = "shanghai",
    as_json: Json = False,
) -> None:
    """设定一个参数；后设的从它那天起代替先设的 (set a parameter from a day on).

    例: ceyuan parameter set first_scale_reward.notice_days=5工作日
    --since 2026-01-01 --reason "局办公会"

    例: ceyuan parameter set stacking.package_2022=highest_only --reason "请示批复"
    """
    from ceyuan.cli import people

    people.set_parameter(
        people.ParameterAsked(said, since, until, reason, actor, region),
        as_json=as_json,
    )


@app.command()
def audit(
    obj: Annotated[
        str, typer.Option("--object", metavar="ID", help="只看关于它的 (one object)")
    ] = "",
    who: Annotated[
        str, typer.Option("--who", metavar="NAME", help="只看他做的 (one person)")
    ] = "",
    verb: Annotated[
        str, typer.Option("--verb", metavar="VERB", help="只看这种动作 (one verb)")
    ] = "",
    limit: Most = 50,
    region: RegionName = "shanghai",
    as_json: Json = False,
) -> None:
    """审计记录：谁、何时、为什么、改了什么 (who did what, when and why).

    例: ceyuan audit --limit 20

    例: ceyuan audit --object first_scale_reward.notice_days --json
    """
    from ceyuan.cli import people

    people.audit(obj, who, verb, limit, region, as_json=as_json)
