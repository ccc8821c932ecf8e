# SPDX-License-Identifier: Apache-2.0
"""Payments out, back and reconciled: the commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ceyuan.cli.app import Json, RegionName, app
from ceyuan.cli.entitle_app import DryRun, OfYear, On, OnePolicy, Yes
from ceyuan.cli.office_options import Actor, Most, Reason

pay = typer.Typer(
    help="支付：送付、回单、对账、收款账户 (payments)",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(pay, name="pay")

Form = Annotated[
    str, typer.Option("--form", metavar="FORM", help="文件格式 (form of the file)")
]
OutFile = Annotated[
    Path, typer.Option("--out", metavar="FILE", help="写到哪里 (where to)")
]


@pay.command("batch")
def pay_batch(
    out: OutFile,
    form: Form = "bank_csv",
    policy: OnePolicy = "",
    year: OfYear = 0,
    on: On = "",
    limit: Annotated[
        int, typer.Option("--limit", min=1, help="一批至多几笔 (at most)")
    ] = 100_000,
    reason: Reason = "",
    again: Annotated[
        bool,
        typer.Option("--again", help="也付到银行退回过的账户 (refused accounts too)"),
    ] = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    actor: Actor = "",
    region: RegionName = "shanghai",
    as_json: Json = False,
) -> None:
    """把待支付的送付：先记账，后写文件，文件要么完整要么没有 (send payments out).

    例: ceyuan pay batch --form bank_csv --out 支付.csv --as 财务丙

    例: ceyuan pay batch --out 支付.csv --policy service_scale --dry-run
    """
    from ceyuan.cli import pay as shown

    shown.batch(
        shown.Asked(form, policy, year, on, limit, reason, again, actor, region),
        out,
        dry_run=dry_run,
        yes=yes,
        as_json=as_json,
    )


@pay.command("file")
def pay_file(
    batch: Annotated[str, typer.Argument(metavar="BATCH", help="批次编号")],
    out: OutFile,
    actor: Actor = "",
    region: RegionName = "shanghai",
) -> None:
    """再写一遍一批的支付文件，逐字节相同，不重新送付 (the same file once more).

    例: ceyuan pay file pay-20261201-0c5e71aa --out 支付.csv

    例: ceyuan pay file pay-20261201-0c5e71aa --out /mnt/u盘/支付.csv --as 财务丙
    """
    from ceyuan.cli import pay as shown

    shown.file(batch, out, actor, region)


@pay.command("return")
def pay_return(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="银行或国库的回单")],
    form: Form = "bank_csv",
    dry_run: DryRun = False,
    actor: Actor = "",
    region: RegionName = "shanghai",
    as_json: Json = False,
) -> None:
    """录入回单，逐行核对；有一行不收就退出 3，其余照收 (take in what came back).

    例: ceyuan pay return 回单.csv --form bank_csv --as 财务丙

    例: ceyuan pay return 回单.txt --form treasury_tsv --dry-run
    """
    from ceyuan.cli import pay as shown

    shown.take_back(file, form, actor, region, dry_run=dry_run, as_json=as_json)


@pay.command("reconcile")
def pay_reconcile(
    on: On = "",
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="PAGE.html", help="另写一张可打印的页 (a page)"),
    ] = None,
    region: RegionName = "shanghai",
    as_json: Json = False,
) -> None:
    """一天的对账：支付、回单、账本三方；有差异就退出 1 (reconcile a day).

    例: ceyuan pay reconcile --on 2026-12-04

    例: ceyuan pay reconcile --on 2026-12-04 --out 对账-20261204.html
    """
    from ceyuan.cli import reconcile

    reconcile.reconcile(on, out, region, as_json=as_json)


@pay.command("payee")
def pay_payee(
    party: Annotated[
        str, typer.Argument(metavar="PARTY", help="信用代码、企业名称或账上的名字")
    ],
    holder: Annotated[str, typer.Option("--holder", help="户名 (holder)")] = "",
    bank: Annotated[str, typer.Option("--bank", help="开户行 (bank)")] = "",
    account: Annotated[str, typer.Option("--account", help="账号 (account)")] = "",
    closed: Annotated[
        bool, typer.Option("--closed", help="账户已销户，不再送付 (closed)")
    ] = False,
    since: Annotated[
        str, typer.Option("--since", metavar="DATE", help="从哪天起，默认今天 (since)")
    ] = "",
    reason: Reason = "",
    actor: Actor = "",
    region: RegionName = "shanghai",
    as_json: Json = False,
) -> None:
    """查看或登记收款账户；只显示尾号 (show or register where a party is paid).

    例: ceyuan pay payee 91319999MA003FYB0K

    例: ceyuan pay payee 91319999MA003FYB0K --holder 某企业 --bank 某银行
    --account 6222000000000000317 --as 财务丙
    """
    from ceyuan.cli import pay_told as shown

    shown.payee(
        shown.PayeeAsked(
            party, holder, bank, account, since, reason, actor, region, closed
        ),
        as_json=as_json,
    )


@pay.command("payees")
def pay_payees(
    file: Annotated[
        Path, typer.Argument(metavar="FILE.csv", help="收款方,户名,开户行,账号")
    ],
    since: Annotated[
        str, typer.Option("--since", metavar="DATE", help="从哪天起，默认今天 (since)")
    ] = "",
    reason: Reason = "",
    actor: Actor = "",
    region: RegionName = "shanghai",
    dry_run: DryRun = False,
) -> None:
    """从一张表登记许多收款账户，要么全部，要么一个也不 (register many at once).

    例: ceyuan pay payees 收款账户.csv --as 财务丙

    例: ceyuan pay payees 收款账户.csv --since 2026-12-01
    """
    from ceyuan.cli import pay_told as shown

    shown.payees(file, since, reason, actor, region, dry_run=dry_run)


@pay.command("list")
def pay_list(
    batch: Annotated[
        str, typer.Option("--batch", metavar="BATCH", help="列出这一批的各笔 (one)")
    ] = "",
    state: Annotated[
        str,
        typer.Option("--state", metavar="sent|paid|failed", help="列出这种状态的各笔"),
    ] = "",
    limit: Most = 50,
    region: RegionName = "shanghai",
    as_json: Json = False,
) -> None:
    """列出各批支付；或一批、一种状态的各笔 (list batches, or payments).

    例: ceyuan pay list

    例: ceyuan pay list --state failed --json
    """
    from ceyuan.cli import pay_told as shown

    shown.listed(batch, state, limit, region, as_json=as_json)
