# SPDX-License-Identifier: Apache-2.0
"""Instruments and their moves: the commands."""

from __future__ import annotations

from typing import Annotated

import typer

from ceyuan.cli.app import Json, Locale, RegionName, app
from ceyuan.cli.office_options import Actor, Reason

instrument = typer.Typer(
    help="资金工具：列出、查看、试算 (instruments: list, show, test)",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(instrument, name="instrument")

Keys = Annotated[
    list[str] | None,
    typer.Option("--key", metavar="NAME=VALUE", help="哪一件，可重复 (which case)"),
]
On = Annotated[
    str, typer.Option("--on", metavar="DATE", help="生效日，默认今天 (day it counts)")
]


@instrument.command("list")
def instrument_list(region: RegionName = "shanghai", as_json: Json = False) -> None:
    """列出资金工具 (list the instruments).

    例: ceyuan instrument list

    例: ceyuan instrument list --json
    """
    from ceyuan.cli import instruments

    instruments.listed(region, as_json=as_json)


@instrument.command("show")
def instrument_show(
    name: Annotated[str, typer.Argument(metavar="ID")],
    keys: Keys = None,
    on: On = "",
    region: RegionName = "shanghai",
    as_json: Json = False,
    locale: Locale = "zh",
) -> None:
    """一个资金工具的账户、动作、限额和条文 (accounts, moves, limits, articles).

    例: ceyuan instrument show innovation_voucher

    例: ceyuan instrument show guidance_fund --key fund=G1 --json
    """
    from ceyuan.cli import instruments

    instruments.shown_one(
        name, tuple(keys or ()), on, region, as_json=as_json, locale=locale
    )


@instrument.command("test")
def instrument_test(
    name: Annotated[str, typer.Argument(metavar="ID", help="默认全部 (all)")] = "",
    region: RegionName = "shanghai",
    as_json: Json = False,
) -> None:
    """在空账上跑算例，跑完撤回；有一个不对就退出 1 (play the worked cases).

    例: ceyuan instrument test

    例: ceyuan instrument test innovation_voucher --json
    """
    from ceyuan.cli import instruments

    instruments.tested(name, region, as_json=as_json)


@app.command()
def move(
    name: Annotated[str, typer.Argument(metavar="INSTRUMENT", help="资金工具")],
    action: Annotated[str, typer.Argument(metavar="MOVE", help="动作 (which move)")],
    keys: Keys = None,
    inputs: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="输入，可重复 (what is told)"),
    ] = None,
    on: On = "",
    reason: Reason = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="只看会记什么，不记 (write nothing)")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="不再问 (do not ask)")] = False,
    actor: Actor = "",
    region: RegionName = "shanghai",
    as_json: Json = False,
) -> None:
    """办一个动作：先列出分录，问过才记账 (make a move; asks before it writes).

    例: ceyuan move innovation_voucher appropriate --key year=2026 --key budget=B1
    --set amount=100万元 --reason 年度预算 --dry-run

    例: ceyuan move innovation_voucher issue --key year=2026
    --key firm=91319999MA003FYB0K --key entitlement=E1 --set amount=3万元
    --on 2026-11-21 --reason 免申即享 --yes
    """
    from ceyuan.cli import instruments

    instruments.move(
        instruments.Asked(
            name,
            action,
            tuple(keys or ()),
            tuple(inputs or ()),
            on,
            reason,
            actor,
            region,
        ),
        dry_run=dry_run,
        yes=yes,
        as_json=as_json,
    )
