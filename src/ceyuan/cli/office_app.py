# SPDX-License-Identifier: Apache-2.0
"""What an office takes in, asks, corrects and keeps: the commands and options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ceyuan.cli.app import AsOf, Json, Locale, Quiet, RegionName, app
from ceyuan.cli.office_options import (
    Actor,
    FirmSaid,
    KnownAt,
    Most,
    Reason,
    RecordName,
    RunName,
)


@app.command()
def init(quiet: Quiet = False) -> None:
    """在当前文件夹里建立工作区：数据库、封存的记录、密钥 (make a workspace here).

    例: ceyuan init

    例: ceyuan -C 科委 init
    """
    from ceyuan.cli import office

    office.init(quiet=quiet)


@app.command("import")
def import_(
    record: Annotated[str, typer.Argument(metavar="TYPE", help="记录类型，如 firm")],
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE…", help="xlsx、csv、parquet")
    ],
    source: Annotated[
        str,
        typer.Option("--source", metavar="S", help="谁说的：tax、statistics、firm……"),
    ],
    as_of: Annotated[
        str,
        typer.Option(
            "--as-of", metavar="DATE", help="没有写日期的数据从哪天起，默认今天"
        ),
    ] = "",
    form: Annotated[
        str, typer.Option("--form", metavar="ID", help="是哪种表单，默认自己认 (form)")
    ] = "",
    columns: Annotated[
        Path | None,
        typer.Option(
            "--columns", metavar="MAP.yaml", help="写明列的含义和单位 (columns)"
        ),
    ] = None,
    year: Annotated[
        int | None, typer.Option("--year", help="没有写年份的列是哪一年 (year)")
    ] = None,
    complete: Annotated[
        bool, typer.Option("--complete", help="这是完整的名单，不在上面的就没有")
    ] = False,
    complete_of: Annotated[
        list[str] | None,
        typer.Option("--complete-of", metavar="CODE", help="只对这几种是完整的"),
    ] = None,
    synthetic: Annotated[
        bool, typer.Option("--synthetic", help="是虚构的数据 (invented)")
    ] = False,
    reason: Reason = "",
    actor: Actor = "",
    region: RegionName = "shanghai",
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """导入一个或几个文件，成为封存的一批记录 (take files in as one sealed batch).

    例: ceyuan import firm 入驻企业.xlsx --source park

    例: ceyuan import certificate 高企名单.xlsx --source certificates --complete-of hnte
    """
    from ceyuan.cli import office_in

    whole: bool | frozenset[str] | None = True if complete else None
    if complete_of:
        whole = frozenset(complete_of)
    office_in.import_(
        record,
        files,
        office_in.Asked(
            source, as_of, form, columns, year, whole, synthetic, reason, actor, region
        ),
        as_json=as_json,
        quiet=quiet,
    )


@app.command()
def batches(
    record: Annotated[
        str, typer.Option("--type", metavar="TYPE", help="只列这种记录 (record type)")
    ] = "",
    known_at: KnownAt = "",
    region: RegionName = "shanghai",
    as_json: Json = False,
) -> None:
    """列出导入的各批 (list the batches).

    例: ceyuan batches

    例: ceyuan batches --type certificate --json
    """
    from ceyuan.cli import office_in

    office_in.batches(record, known_at, region, as_json=as_json)


@app.command()
def withdraw(
    batch: Annotated[str, typer.Argument(metavar="BATCH", help="批次编号")],
    reason: Reason,
    actor: Actor = "",
    region: RegionName = "shanghai",
    as_json: Json = False,
) -> None:
    """撤回一批；当时所知不变，列出已经用过它的判定 (withdraw a batch).

    例: ceyuan withdraw b1f0c2a94d3e7 --reason "发文单位通知名单有误"

    例: ceyuan withdraw b1f0c2a94d3e7 --reason "导错了文件" --json
    """
    from ceyuan.cli import office_in

    office_in.withdraw(batch, reason, actor, region, as_json=as_json)


@app.command()
def show(
    firm: FirmSaid,
    as_of: AsOf = "",
    known_at: KnownAt = "",
    attribute: Annotated[
        str,
        typer.Option("--attribute", metavar="NAME", help="只看这一项 (one attribute)"),
    ] = "",
    region: RegionName = "shanghai",
    as_json: Json = False,
    locale: Locale = "zh",
) -> None:
    """一家企业记录在案的事实，每项来自哪里 (what is held of a firm, and from where).

    例: ceyuan show 澄光半导体

    例: ceyuan show 91319999MA003FYB0K --as-of 2026-06-30 --known-at 2026-07-01
    """
    from ceyuan.cli import office

    office.show(
        firm, as_of, known_at, attribute, region, as_json=as_json, locale=locale
    )


@app.command()
def disagreements(
    firm: Annotated[
        str, typer.Option("--firm", metavar="FIRM", help="只看这家企业 (one firm)")
    ] = "",
    attribute: Annotated[
        str,
        typer.Option("--attribute", metavar="NAME", help="只看这一项 (one attribute)"),
    ] = "",
    record: RecordName = "firm",
    as_of: AsOf = "",
    known_at: KnownAt = "",
    limit: Most = 50,
    region: RegionName = "shanghai",
    as_json: Json = False,
    locale: Locale = "zh",
) -> None:
    """来源之间说法不同的地方，两个值都列出 (where sources differ).

    例: ceyuan disagreements

    例: ceyuan disagreements --firm 澄光半导体 --json
    """
    from ceyuan.cli import office

    office.disagreements(
        firm,
        attribute,
        record,
        as_of,
        known_at,
        limit,
        region,
        as_json=as_json,
        locale=locale,
    )


@app.command()
def correct(
    firm: FirmSaid,
    value: Annotated[
        str,
        typer.Option("--set", metavar="FACT[@YEAR]=VALUE", help="应当是；“未知”也可以"),
    ],
    reason: Reason,
    evidence: Annotated[
        Path | None,
        typer.Option("--evidence", metavar="FILE", help="证据文件 (evidence)"),
    ] = None,
    dispute: Annotated[
        bool, typer.Option("--dispute", help="是对来源不一致的异议 (of a disagreement)")
    ] = False,
    role: Annotated[
        str, typer.Option("--role", metavar="firm|officer", help="谁提出 (who says so)")
    ] = "officer",
    as_of: AsOf = "",
    actor: Actor = "",
    region: RegionName = "shanghai",
    as_json: Json = False,
    locale: Locale = "zh",
) -> None:
    """提出一项事实有误 (say that a fact is wrong).

    例: ceyuan correct 澄光半导体 --set revenue@2025=2800万元 --reason "审计报告"

    例: ceyuan correct 澄光半导体 --set employees@2025=86 --reason "社保清单" --dispute
    """
    from ceyuan.cli import office

    office.correct(
        firm,
        value,
        reason,
        evidence,
        as_of,
        actor,
        region,
        dispute=dispute,
        role=role,
        as_json=as_json,
        locale=locale,
    )


@app.command()
def claims(
    open_only: Annotated[
        bool, typer.Option("--open", help="只列还没有裁定的 (open ones)")
    ] = False,
    region: RegionName = "shanghai",
    as_json: Json = False,
    locale: Locale = "zh",
) -> None:
    """列出更正和异议 (list corrections and disputes).

    例: ceyuan claims --open

    例: ceyuan claims --json
    """
    from ceyuan.cli import office

    office.claims(region, open_only=open_only, as_json=as_json, locale=locale)


@app.command()
def decide(
    claim: Annotated[int, typer.Argument(metavar="CLAIM", help="更正的编号")],
    reason: Reason,
    accept: Annotated[
        bool, typer.Option("--accept/--reject", help="采纳还是不采纳 (the ruling)")
    ],
    run: RunName = "last",
    as_of: AsOf = "",
    actor: Actor = "",
    region: RegionName = "shanghai",
    as_json: Json = False,
    locale: Locale = "zh",
) -> None:
    """裁定一项更正；只重算它触及的判定 (decide a claim; redo what it touches).

    例: ceyuan decide 3 --accept --reason "与审计报告一致"

    例: ceyuan decide 4 --reject --reason "证据与企业不符"
    """
    from ceyuan.cli import office

    office.decide(
        claim,
        reason,
        run,
        as_of,
        actor,
        region,
        accept=accept,
        as_json=as_json,
        locale=locale,
    )


@app.command()
def erase(
    person: Annotated[
        str, typer.Argument(metavar="ID", help="记录里指明这个人的编号 (whose data)")
    ],
    reason: Reason,
    actor: Actor = "",
    region: RegionName = "shanghai",
    as_json: Json = False,
) -> None:
    """删除一个人的个人数据：销毁密钥，处处不可读 (erase a person's data).

    例: ceyuan erase - --reason "本人申请"        （从标准输入读，不进历史记录）

    例: ceyuan erase X1234567 --reason "本人申请，2026-118 号"
    """
    from ceyuan.cli import office

    office.erase(person, reason, actor, region, as_json=as_json)


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(metavar="FILE.tar", help="写到哪里")],
    quiet: Quiet = False,
) -> None:
    """备份：数据库、封存的记录、声明；不含个人密钥 (back up, without the keys).

    例: ceyuan backup 备份-20261121.tar

    例: ceyuan backup /mnt/备份/ceyuan.tar --quiet
    """
    from ceyuan.cli import office

    office.backup(target, quiet=quiet)


@app.command()
def restore(
    archive: Annotated[Path, typer.Argument(metavar="FILE.tar", help="备份文件")],
    folder: Annotated[
        Path, typer.Option("--into", metavar="DIR", help="恢复到哪里，默认当前文件夹")
    ] = Path(),
    quiet: Quiet = False,
) -> None:
    """从备份恢复，逐个核对散列 (restore a backup, every hash checked).

    例: ceyuan restore 备份-20261121.tar --into 恢复

    例: ceyuan -C 新文件夹 restore 备份-20261121.tar
    """
    from ceyuan.cli import office

    office.restore(archive, folder, quiet=quiet)


@app.command()
def export(
    record: Annotated[str, typer.Argument(metavar="TYPE", help="记录类型")],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="写到哪里")],
    delta: Annotated[
        bool, typer.Option("--delta", help="写成 Delta 表，而不是 Parquet 文件")
    ] = False,
    purpose: Annotated[
        str,
        typer.Option(
            "--purpose", metavar="ID", help="为这个用途打开个人数据，会留下记录"
        ),
    ] = "",
    as_of: AsOf = "",
    known_at: KnownAt = "",
    region: RegionName = "shanghai",
    quiet: Quiet = False,
) -> None:
    """导出一种记录的当时所知 (export the records of a type, as known).

    例: ceyuan export firm 导出/ --known-at 2026-10-31

    例: ceyuan export certificate 证书表/ --delta
    """
    from ceyuan.cli import office

    office.export(
        record,
        folder,
        as_of,
        known_at,
        region,
        delta=delta,
        purpose=purpose,
        quiet=quiet,
    )
