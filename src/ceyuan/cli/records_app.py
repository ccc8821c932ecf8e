# SPDX-License-Identifier: Apache-2.0
"""Record types, who is who, and the invented city: the commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ceyuan.cli.app import AsOf, Json, Locale, Quiet, RegionName, app
from ceyuan.cli.office_options import Actor, FirmSaid, KnownAt, Reason

identity = typer.Typer(
    help="单位的身份：代码、名称、合并、关系 (who is who)",
    no_args_is_help=True,
    rich_markup_mode=None,
)
records = typer.Typer(
    help="记录类型、来源和表单 (record types, sources, forms)",
    no_args_is_help=True,
    rich_markup_mode=None,
)
city = typer.Typer(
    help="合成城市：虚构的企业和它们的历史 (the synthetic city)",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(records, name="records")
app.add_typer(identity, name="identity")
app.add_typer(city, name="city")


@records.command("list")
def records_list(region: RegionName = "shanghai", as_json: Json = False) -> None:
    """列出记录类型 (list the record types).

    例: ceyuan records list

    例: ceyuan records list --json
    """
    from ceyuan.cli import office_types

    office_types.listed(region, as_json=as_json)


@records.command("show")
def records_show(
    record: Annotated[str, typer.Argument(metavar="TYPE")],
    region: RegionName = "shanghai",
    as_json: Json = False,
    locale: Locale = "zh",
) -> None:
    """一种记录的属性：含义、单位、谁说了算、用途 (one record type).

    例: ceyuan records show certificate

    例: ceyuan records show firm --json
    """
    from ceyuan.cli import office_types

    office_types.shown(record, region, as_json=as_json, locale=locale)


@records.command("forms")
def records_forms(region: RegionName = "shanghai", as_json: Json = False) -> None:
    """列出认识的表单 (list the forms that are known).

    例: ceyuan records forms

    例: ceyuan records forms --json
    """
    from ceyuan.cli import office_types

    office_types.forms(region, as_json=as_json)


@identity.command("merge")
def identity_merge(
    firm: FirmSaid,
    absorbed: Annotated[str, typer.Argument(metavar="OTHER", help="并入的那一家")],
    since: Annotated[str, typer.Option("--since", metavar="DATE", help="从哪天起")],
    reason: Reason,
    actor: Actor = "",
    region: RegionName = "shanghai",
) -> None:
    """记下一家并入另一家 (one organisation absorbs another).

    例: ceyuan identity merge 甲公司 乙公司 --since 2026-03-01 --reason "吸收合并公告"

    例: ceyuan identity merge 9131… 9132… --since 2026-03-01 --reason "登记变更"
    """
    from ceyuan.cli import office_identity

    office_identity.merge(firm, absorbed, since, reason, actor, region)


@identity.command("recode")
def identity_recode(
    firm: FirmSaid,
    code: Annotated[str, typer.Argument(metavar="CODE", help="新的信用代码")],
    since: Annotated[str, typer.Option("--since", metavar="DATE", help="从哪天起")],
    reason: Reason,
    actor: Actor = "",
    region: RegionName = "shanghai",
) -> None:
    """记下一家换了信用代码 (an organisation has another code).

    例: ceyuan identity recode 甲公司 91319999MA003FYB0K --since 2026-03-01 --reason 迁址

    例: ceyuan identity recode 9131… 9132… --since 2026-03-01 --reason "重新登记"
    """
    from ceyuan.cli import office_identity

    office_identity.recode(firm, code, since, reason, actor, region)


@identity.command("rename")
def identity_rename(
    firm: FirmSaid,
    name: Annotated[str, typer.Argument(metavar="NAME", help="新的名称")],
    since: Annotated[str, typer.Option("--since", metavar="DATE", help="从哪天起")],
    reason: Reason,
    actor: Actor = "",
    region: RegionName = "shanghai",
) -> None:
    """记下一家改了名称 (an organisation has another name).

    例: ceyuan identity rename 甲公司 甲科技公司 --since 2026-03-01 --reason 更名公告

    例: ceyuan identity rename 9131… 甲科技公司 --since 2026-03-01 --reason 登记变更
    """
    from ceyuan.cli import office_identity

    office_identity.rename(firm, name, since, reason, actor, region)


@identity.command("relate")
def identity_relate(
    kind: Annotated[str, typer.Argument(metavar="branch|group|foreign_parent")],
    firm: FirmSaid,
    other: Annotated[str, typer.Argument(metavar="OTHER", help="另一方")],
    since: Annotated[str, typer.Option("--since", metavar="DATE", help="从哪天起")],
    reason: Reason,
    actor: Actor = "",
    region: RegionName = "shanghai",
) -> None:
    """记下分支机构、集团控制或境外母公司 (a branch, a group, a foreign parent).

    例: ceyuan identity relate branch 甲公司 甲公司浦东分公司 --since 2026-03-01 --reason 登记

    例: ceyuan identity relate foreign_parent 甲公司 "Alpha Ltd" --since 2026-03-01 --reason 年报
    """
    from ceyuan.cli import office_identity

    office_identity.relate(kind, firm, other, since, reason, actor, region)


@identity.command("undo")
def identity_undo(
    event: Annotated[int, typer.Argument(metavar="EVENT", help="事件编号")],
    reason: Reason,
    actor: Actor = "",
    region: RegionName = "shanghai",
) -> None:
    """记下先前的一条是错的，例如拆开合并 (an event was wrong, e.g. unmerge).

    例: ceyuan identity undo 7 --reason "两家同名，不是一家"

    例: ceyuan identity undo 9 --reason "公告撤回"
    """
    from ceyuan.cli import office_identity

    office_identity.undo(event, reason, actor, region)


@identity.command("list")
def identity_list(
    known_at: KnownAt = "", region: RegionName = "shanghai", as_json: Json = False
) -> None:
    """列出记下的身份变化 (everything recorded of identities).

    例: ceyuan identity list

    例: ceyuan identity list --json
    """
    from ceyuan.cli import office_identity

    office_identity.listed(known_at, region, as_json=as_json)


@identity.command("doubts")
def identity_doubts(region: RegionName = "shanghai", as_json: Json = False) -> None:
    """只有名称、可能是某家已知企业的记录 (names that may be somebody known).

    例: ceyuan identity doubts

    例: ceyuan identity doubts --json
    """
    from ceyuan.cli import office_identity

    office_identity.doubts(region, as_json=as_json)


@identity.command("settle")
def identity_settle(
    doubt: Annotated[int, typer.Argument(metavar="DOUBT", help="待定名称的编号")],
    reason: Reason,
    firm: Annotated[
        str, typer.Option("--firm", metavar="FIRM", help="就是这家；不写表示都不是")
    ] = "",
    as_of: AsOf = "",
    actor: Actor = "",
    region: RegionName = "shanghai",
) -> None:
    """说明一个待定名称是谁，或都不是 (say who a doubtful name is).

    例: ceyuan identity settle 2 --firm 91319999MA003FYB0K --reason "营业执照复印件"

    例: ceyuan identity settle 3 --reason "同名的另一家"
    """
    from ceyuan.cli import office_identity

    office_identity.settle(doubt, firm, reason, as_of, actor, region)


@city.command("make")
def city_make(
    firms: Annotated[int, typer.Option("--firms", min=1, help="多少家 (how many)")],
    seed: Annotated[int, typer.Option("--seed", help="种子，同样的种子同样的城市")] = 1,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="文件放在哪里，默认“合成城市”"),
    ] = None,
    files_only: Annotated[
        bool, typer.Option("--files-only", help="只写文件，不导入 (do not import)")
    ] = False,
    region: RegionName = "shanghai",
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """造一座虚构的城市，并导入到工作区 (invent a city and take it in).

    例: ceyuan city make --firms 1000 --seed 7

    例: ceyuan city make --firms 100000 --files-only --out 合成/
    """
    from ceyuan.cli import office_city

    office_city.make(
        firms, seed, out, region, files_only=files_only, as_json=as_json, quiet=quiet
    )
