# SPDX-License-Identifier: Apache-2.0
"""The book: the commands that read it, and those that look after it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ceyuan.cli.app import Json, RegionName, app
from ceyuan.cli.entitle_app import DryRun, On, Yes
from ceyuan.cli.office_options import Actor, KnownAt, Most, Reason

ledger = typer.Typer(
    help="账本：余额、明细、追踪、封账、核验、导出 (the book)",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(ledger, name="ledger")

Account = Annotated[str, typer.Argument(metavar="PATH", help="账户路径 (an account)")]
TransferName = Annotated[
    str, typer.Argument(metavar="ID", help="分录编号 (id of a transfer)")
]
UpTo = Annotated[
    str, typer.Option("--as-of", metavar="DATE", help="到哪天为止生效的，默认全部")
]
Since = Annotated[
    str, typer.Option("--since", metavar="DATE", help="从哪天起 (from this day)")
]
Until = Annotated[
    str, typer.Option("--until", metavar="DATE", help="到哪天 (to this day)")
]
Head = Annotated[
    str, typer.Option("--head", metavar="HEX", help="公布过的链头 (a published head)")
]


@ledger.command("accounts")
def ledger_accounts(
    prefix: Annotated[
        str, typer.Argument(metavar="PREFIX", help="路径的开头，默认全部 (begins so)")
    ] = "",
    as_of: UpTo = "",
    known_at: KnownAt = "",
    region: RegionName = "shanghai",
    as_json: Json = False,
) -> None:
    """列出账户和余额 (accounts and what they have).

    例: ceyuan ledger accounts payable/

    例: ceyuan ledger accounts --as-of 2026-06-30 --known-at 2026-07-01 --json
    """
    from ceyuan.cli import ledger as shown

    shown.accounts(prefix, as_of, known_at, region, as_json=as_json)


@ledger.command("balance")
def ledger_balance(
    path: Account,
    as_of: UpTo = "",
    known_at: KnownAt = "",
    region: RegionName = "shanghai",
    as_json: Json = False,
) -> None:
    """一个账户的余额、冻结、可用和界限 (what one account has).

    例: ceyuan ledger balance first_scale/2026/pool

    例: ceyuan ledger balance payable/91319999MA003FYB0K --as-of 2026-06-30
    """
    from ceyuan.cli import ledger as shown

    shown.balance(path, as_of, known_at, region, as_json=as_json)


@ledger.command("statement")
def ledger_statement(
    path: Account,
    since: Since = "",
    until: Until = "",
    known_at: KnownAt = "",
    region: RegionName = "shanghai",
    as_json: Json = False,
) -> None:
    """一个账户的明细，逐笔余额 (a statement with a running balance).

    例: ceyuan ledger statement first_scale/2026/pool --since 2026-01-01

    例: ceyuan ledger statement treasury/payments --until 2026-06-30 --json
    """
    from ceyuan.cli import ledger as shown

    shown.statement(path, since, until, known_at, region, as_json=as_json)


@ledger.command("journal")
def ledger_journal(
    since: Since = "",
    until: Until = "",
    cause: Annotated[
        str, typer.Option("--cause", metavar="TEXT", help="事由以此开头 (begins so)")
    ] = "",
    limit: Most = 50,
    region: RegionName = "shanghai",
    as_json: Json = False,
) -> None:
    """最近的分录，新的在前 (the last entries, the newest first).

    例: ceyuan ledger journal --limit 20

    例: ceyuan ledger journal --cause pay-20261201 --json
    """
    from ceyuan.cli import ledger as shown

    shown.journal(since, until, cause, limit, region, as_json=as_json)


@ledger.command("trial")
def ledger_trial(region: RegionName = "shanghai", as_json: Json = False) -> None:
    """试算平衡：每种东西借贷合计；不平就退出 1 (the trial balance).

    例: ceyuan ledger trial

    例: ceyuan ledger trial --json
    """
    from ceyuan.cli import ledger as shown

    shown.trial(region, as_json=as_json)


@ledger.command("trace")
def ledger_trace(
    name: TransferName,
    region: RegionName = "shanghai",
    as_json: Json = False,
) -> None:
    """一笔分录：它了结或冲正了什么，又被什么了结或冲正 (one entry and its kin).

    例: ceyuan ledger trace first_scale_reward/appropriate/2026/B1

    例: ceyuan ledger trace pay/service_scale.2026.91319999MA003FYB0K.1.p1 --json
    """
    from ceyuan.cli import ledger_trace as shown

    shown.trace(name, region, as_json=as_json)


@ledger.command("follow")
def ledger_follow(
    name: TransferName,
    back: Annotated[
        bool, typer.Option("--back", help="往回追：钱从哪里来 (where it came from)")
    ] = False,
    limit: Annotated[
        int, typer.Option("--limit", min=1, help="至多几步 (at most so many steps)")
    ] = 200,
    region: RegionName = "shanghai",
    as_json: Json = False,
) -> None:
    """追一元钱：这笔钱去了哪里，或从哪里来 (follow one yuan, either way).

    例: ceyuan ledger follow first_scale_reward/appropriate/2026/B1

    例: ceyuan ledger follow pay/service_scale.2026.91319999MA003FYB0K.1.p1/paid --back
    """
    from ceyuan.cli import ledger_trace as shown

    shown.follow(name, limit, region, back=back, as_json=as_json)


@ledger.command("seal")
def ledger_seal(
    every: Annotated[
        float | None,
        typer.Option(
            "--every", metavar="SECONDS", min=0.1, help="一直封，Ctrl-C 停 (keep on)"
        ),
    ] = None,
    region: RegionName = "shanghai",
    as_json: Json = False,
) -> None:
    """封账：把已知的一切封进链里 (close what is known under a chained head).

    例: ceyuan ledger seal

    例: ceyuan ledger seal --every 1
    """
    from ceyuan.cli import ledger_proof as shown

    shown.seal(every, region, as_json=as_json)


@ledger.command("head")
def ledger_head(
    on: Annotated[
        str, typer.Option("--on", metavar="DATE", help="只看这一天 (one day)")
    ] = "",
    region: RegionName = "shanghai",
    as_json: Json = False,
) -> None:
    """每天的链头：公布它，以前的账就改不动了 (what to publish each day).

    例: ceyuan ledger head

    例: ceyuan ledger head --on 2026-12-01 --json
    """
    from ceyuan.cli import ledger_proof as shown

    shown.head(on, region, as_json=as_json)


@ledger.command("verify")
def ledger_verify(
    head: Head = "",
    from_export: Annotated[
        Path | None,
        typer.Option(
            "--from-export", metavar="FILE", help="核验导出的账本，不用数据库 (a file)"
        ),
    ] = None,
    region: RegionName = "shanghai",
    as_json: Json = False,
) -> None:
    """从头核验整本账：散列、封印、余额、界限；有错退出 1 (walk the whole book).

    例: ceyuan ledger verify --head 58bb15b2…

    例: ceyuan ledger verify --from-export 账本.txt --json
    """
    from ceyuan.cli import ledger_proof as shown

    shown.verify(head, from_export, region, as_json=as_json)


@ledger.command("export")
def ledger_export(
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="写到哪里 (where to)")
    ],
    form: Annotated[
        str,
        typer.Option("--format", metavar="book|beancount|csv|parquet", help="格式"),
    ] = "book",
    audits: Annotated[
        bool, typer.Option("--audits", help="连同审计记录 (with the audit trail)")
    ] = False,
    region: RegionName = "shanghai",
    as_json: Json = False,
) -> None:
    """导出整本账；book 格式自己证明自己 (write the whole book out).

    例: ceyuan ledger export --out 账本.txt --audits

    例: ceyuan ledger export --out 账本.beancount --format beancount
    """
    from ceyuan.cli import ledger_proof as shown

    shown.export(out, form, region, audits=audits, as_json=as_json)


@ledger.command("receipt")
def ledger_receipt(
    name: TransferName,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="写到哪里 (where to)")
    ] = None,
    region: RegionName = "shanghai",
) -> None:
    """一笔分录的凭据，可以离线核验 (a receipt of one entry).

    例: ceyuan ledger receipt first_scale_reward/appropriate/2026/B1 --out 凭据.json

    例: ceyuan ledger receipt pay/service_scale.2026.91319999MA003FYB0K.1.p1/paid
    """
    from ceyuan.cli import ledger_proof as shown

    shown.receipt(name, out, region)


@ledger.command("check-receipt")
def ledger_check_receipt(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="凭据 (a receipt)")],
    head: Head = "",
    as_json: Json = False,
) -> None:
    """核验账本凭据，不用数据库；不成立就退出 1 (verify a receipt, offline).

    例: ceyuan ledger check-receipt 凭据.json

    例: ceyuan ledger check-receipt 凭据.json --head 58bb15b2… --json
    """
    from ceyuan.cli import ledger_proof as shown

    shown.check_receipt(file, head, as_json=as_json)


@ledger.command("limit")
def ledger_limit(
    path: Account,
    reason: Reason,
    floor: Annotated[
        str, typer.Option("--floor", metavar="AMOUNT|无", help="新的下限 (a floor)")
    ] = "",
    ceiling: Annotated[
        str, typer.Option("--ceiling", metavar="AMOUNT|无", help="新的上限 (a ceiling)")
    ] = "",
    dry_run: DryRun = False,
    yes: Yes = False,
    actor: Actor = "",
    region: RegionName = "shanghai",
    as_json: Json = False,
) -> None:
    """调整一个账户的下限或上限 (change an account's floor or ceiling).

    例: ceyuan ledger limit first_scale/2026/pool --ceiling 1亿元 --reason "预算批复"

    例: ceyuan ledger limit first_scale/2026/pool --ceiling 无 --reason "取消" --yes
    """
    from ceyuan.cli import ledger_trace as shown

    asked = shown.LimitAsked(path, floor, ceiling, reason, actor, region)
    shown.limit(asked, dry_run=dry_run, yes=yes, as_json=as_json)


@ledger.command("expire")
def ledger_expire(
    on: On = "",
    dry_run: DryRun = False,
    yes: Yes = False,
    actor: Actor = "",
    region: RegionName = "shanghai",
    as_json: Json = False,
) -> None:
    """释放过了最后一日的冻结 (free the holds whose last day is over).

    例: ceyuan ledger expire --on 2027-01-01 --dry-run

    例: ceyuan ledger expire --yes
    """
    from ceyuan.cli import ledger_trace as shown

    shown.expire(on, actor, region, dry_run=dry_run, yes=yes, as_json=as_json)
