# SPDX-License-Identifier: Apache-2.0
"""Entitlements without an application: the commands."""

from __future__ import annotations

from typing import Annotated

import typer

from ceyuan.cli.app import Json, Policies, Quiet, RegionName, app
from ceyuan.cli.office_options import Actor, Most, Reason, RunName

entitlement = typer.Typer(
    help="应享：列出、查看、批准、异议、放弃 (entitlements, one by one)",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(entitlement, name="entitlement")

On = Annotated[
    str, typer.Option("--on", metavar="DATE", help="哪一天，默认今天 (on which day)")
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="只看结果，什么也不写 (write nothing)")
]
Yes = Annotated[bool, typer.Option("--yes", help="不再问 (do not ask)")]
Name = Annotated[
    str, typer.Argument(metavar="ID", help="应享编号，或它独有的一段 (entitlement)")
]
OnePolicy = Annotated[
    str, typer.Option("--policy", metavar="ID", help="只看这项政策 (one policy)")
]
OfYear = Annotated[int, typer.Option("--year", help="哪年的预算，默认全部 (year)")]
Behalf = Annotated[
    str, typer.Option("--behalf", metavar="WHO", help="代谁提出 (on whose behalf)")
]


@app.command()
def entitle(
    year: Annotated[int, typer.Option("--year", help="用哪年的预算 (whose budget)")],
    policies: Policies = None,
    run: RunName = "last",
    on: On = "",
    reason: Reason = "",
    dry_run: DryRun = False,
    yes: Yes = False,
    actor: Actor = "",
    region: RegionName = "shanghai",
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """把存下的判定变成应享：不用申请，先公示后付款 (entitle without an application).

    例: ceyuan entitle --year 2026 --dry-run

    例: ceyuan entitle --year 2026 --policy service_scale --as 经办人甲 --yes
    """
    from ceyuan.cli import entitle as shown

    asked = shown.Asked(year, tuple(policies or ()), run, on, reason, actor, region)
    shown.entitle(asked, dry_run=dry_run, yes=yes, as_json=as_json, quiet=quiet)


@entitlement.command("list")
def entitlement_list(
    state: Annotated[
        str, typer.Option("--state", metavar="STATE", help="只列这种状态的 (one state)")
    ] = "",
    policy: OnePolicy = "",
    firm: Annotated[
        str, typer.Option("--firm", metavar="FIRM", help="只看这家企业 (one firm)")
    ] = "",
    year: OfYear = 0,
    limit: Most = 50,
    region: RegionName = "shanghai",
    as_json: Json = False,
) -> None:
    """列出应享 (list the entitlements).

    例: ceyuan entitlement list --state noticed

    例: ceyuan entitlement list --policy service_scale --year 2026 --json
    """
    from ceyuan.cli import entitlements

    entitlements.listed(state, policy, firm, year, limit, region, as_json=as_json)


@entitlement.command("show")
def entitlement_show(
    name: Name,
    region: RegionName = "shanghai",
    as_json: Json = False,
) -> None:
    """一笔应享从判定到到账：谁、何时、为什么、哪笔账 (one, from end to end).

    例: ceyuan entitlement show service_scale.2026.91319999MA003FYB0K.1

    例: ceyuan entitlement show 91319999MA003FYB0K --json
    """
    from ceyuan.cli import entitlements

    entitlements.show(name, region, as_json=as_json)


@entitlement.command("approve")
def entitlement_approve(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="ID", help="只批准这些，默认全部公示期满的 (which)"),
    ] = None,
    policy: OnePolicy = "",
    year: OfYear = 0,
    on: On = "",
    reason: Reason = "",
    dry_run: DryRun = False,
    yes: Yes = False,
    actor: Actor = "",
    region: RegionName = "shanghai",
    as_json: Json = False,
) -> None:
    """批准公示期满、没有异议的应享；批准的人不是决定的人 (approve after the notice).

    例: ceyuan entitlement approve --policy service_scale --as 复核人乙

    例: ceyuan entitlement approve --on 2026-12-01 --as 复核人乙 --yes --json
    """
    from ceyuan.cli import entitlements

    asked = entitlements.Asked(
        tuple(names or ()), policy, year, on, reason, actor, region
    )
    entitlements.approve(asked, dry_run=dry_run, yes=yes, as_json=as_json)


@entitlement.command("object")
def entitlement_object(
    name: Name,
    reason: Reason,
    behalf: Behalf = "",
    on: On = "",
    actor: Actor = "",
    region: RegionName = "shanghai",
    as_json: Json = False,
) -> None:
    """登记公示期内的异议；裁定之前不付 (note an objection).

    例: ceyuan entitlement object service_scale.2026.91319999MA003FYB0K.1
    --reason "营业收入有误" --behalf 某企业

    例: ceyuan entitlement object 91319999MA003FYB0K --reason "已迁出" --as 经办人甲
    """
    from ceyuan.cli import entitlements

    asked = entitlements.Asked((name,), "", 0, on, reason, actor, region)
    entitlements.object_to(asked, behalf, as_json=as_json)


@entitlement.command("settle")
def entitlement_settle(
    name: Name,
    reason: Reason,
    uphold: Annotated[
        bool,
        typer.Option("--uphold/--dismiss", help="异议成立则撤回，不成立则继续"),
    ],
    on: On = "",
    yes: Yes = False,
    actor: Actor = "",
    region: RegionName = "shanghai",
    as_json: Json = False,
) -> None:
    """裁定异议：成立的撤回承诺，不成立的继续 (rule on an objection).

    例: ceyuan entitlement settle 91319999MA003FYB0K --dismiss --reason "与年报一致"
    --as 复核人乙

    例: ceyuan entitlement settle 91319999MA003FYB0K --uphold --reason "已迁出" --yes
    """
    from ceyuan.cli import entitlements

    asked = entitlements.Asked((name,), "", 0, on, reason, actor, region)
    entitlements.settle(asked, upheld=uphold, yes=yes, as_json=as_json)


@entitlement.command("decline")
def entitlement_decline(
    name: Name,
    reason: Reason,
    behalf: Behalf = "",
    on: On = "",
    yes: Yes = False,
    actor: Actor = "",
    region: RegionName = "shanghai",
    as_json: Json = False,
) -> None:
    """登记企业不要这笔应享；以后不再承诺 (the party does not want it).

    例: ceyuan entitlement decline 91319999MA003FYB0K --reason "放弃" --behalf 某企业

    例: ceyuan entitlement decline 91319999MA003FYB0K --reason "放弃" --yes --json
    """
    from ceyuan.cli import entitlements

    asked = entitlements.Asked((name,), "", 0, on, reason, actor, region)
    entitlements.decline(asked, behalf, yes=yes, as_json=as_json)


@entitlement.command("summary")
def entitlement_summary(
    year: OfYear = 0,
    region: RegionName = "shanghai",
    as_json: Json = False,
) -> None:
    """每项政策的预算、承诺、待付、已付、可用，和应享未到账 (the money of each policy).

    例: ceyuan entitlement summary --year 2026

    例: ceyuan entitlement summary --json
    """
    from ceyuan.cli import entitlement_sums

    entitlement_sums.summary(year, region, as_json=as_json)


@entitlement.command("notice")
def entitlement_notice(
    firm: Annotated[
        str, typer.Argument(metavar="FIRM", help="名称、名称的一部分或信用代码")
    ],
    region: RegionName = "shanghai",
    as_json: Json = False,
) -> None:
    """一家企业收到的告知：每笔多少，何时到账 (what a firm was told).

    例: ceyuan entitlement notice 澄光半导体

    例: ceyuan entitlement notice 91319999MA003FYB0K --json
    """
    from ceyuan.cli import entitlement_sums

    entitlement_sums.notice(firm, region, as_json=as_json)
