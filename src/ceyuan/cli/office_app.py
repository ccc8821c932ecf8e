# SPDX-License-Identifier: Apache-2.0
"""The commands of an office that remembers, and their options. Each calls one verb."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ceyuan.cli.app import AsOf, Json, Locale, Params, Quiet, RegionName, app

__all__ = ["app"]

KnownAt = Annotated[
    str,
    typer.Option(
        "--known-at", metavar="MOMENT", help="按当时所知，默认现在 (as known then)"
    ),
]
Reason = Annotated[str, typer.Option("--reason", help="理由，会留下记录 (why)")]
Actor = Annotated[
    str, typer.Option("--as", metavar="WHO", help="以谁的名义，默认系统账号 (who asks)")
]
RunName = Annotated[
    str,
    typer.Option("--run", metavar="RUN", help="哪一次判定，默认最近一次 (which run)"),
]
Most = Annotated[int, typer.Option("--limit", min=1, help="至多列几条 (at most)")]
FirmSaid = Annotated[
    str, typer.Argument(metavar="FIRM", help="名称、名称的一部分或信用代码")
]
RecordName = Annotated[
    str,
    typer.Option("--type", metavar="TYPE", help="记录类型，默认 firm (record type)"),
]

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
def run(
    as_of: AsOf = "",
    known_at: KnownAt = "",
    params: Params = None,
    actor: Actor = "",
    region: RegionName = "shanghai",
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """对记录在案的每个对象判定每项政策，并存下来 (decide everything and keep it).

    例: ceyuan run --as-of 2026-11-21

    例: ceyuan run --as-of 2026-11-21 --known-at 2026-10-31 --json
    """
    from ceyuan.cli import office_runs

    office_runs.run(
        as_of,
        known_at,
        tuple(params or ()),
        actor,
        region,
        as_json=as_json,
        quiet=quiet,
    )


@app.command()
def runs(region: RegionName = "shanghai", as_json: Json = False) -> None:
    """列出存下的判定 (list the stored runs).

    例: ceyuan runs

    例: ceyuan runs --json
    """
    from ceyuan.cli import office_runs

    office_runs.runs(region, as_json=as_json)


@app.command()
def replay(
    run: Annotated[
        str, typer.Argument(metavar="RUN", help="编号、编号的开头，或 last")
    ],
    region: RegionName = "shanghai",
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """按当时的记录和声明重算一次判定，逐位比较 (decide a stored run again).

    例: ceyuan replay last

    例: ceyuan replay r20261121-58bb15b2 --json
    """
    from ceyuan.cli import office_runs

    office_runs.replay(run, region, as_json=as_json, quiet=quiet)


@app.command()
def diff(
    old: Annotated[str, typer.Argument(metavar="RUN", help="先前的判定")],
    new: Annotated[str, typer.Argument(metavar="RUN", help="后来的判定")],
    limit: Most = 20,
    region: RegionName = "shanghai",
    as_json: Json = False,
    quiet: Quiet = False,
    locale: Locale = "zh",
) -> None:
    """两次判定之间谁变了，因为哪项事实、参数或规则 (who changed, and why).

    例: ceyuan diff r20261101-0c5e71aa last

    例: ceyuan diff r20261101-0c5e71aa last --json
    """
    from ceyuan.cli import office_runs

    office_runs.diff(
        old, new, limit, region, as_json=as_json, quiet=quiet, locale=locale
    )


@app.command()
def decision(
    firm: FirmSaid,
    policy: Annotated[
        str, typer.Option("--policy", metavar="ID", help="只看这项")
    ] = "",
    run: RunName = "last",
    region: RegionName = "shanghai",
    as_json: Json = False,
    locale: Locale = "zh",
) -> None:
    """存下的判定里一家企业的结果、条件和后来的修订 (a stored decision of one firm).

    例: ceyuan decision 澄光半导体

    例: ceyuan decision 澄光半导体 --policy hnte_2016 --run r20261121-58bb15b2
    """
    from ceyuan.cli import office_runs

    office_runs.decision(firm, policy, run, region, as_json=as_json, locale=locale)


@app.command()
def receipt(
    firm: FirmSaid,
    run: RunName = "last",
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="写到哪里 (where to)")
    ] = None,
    region: RegionName = "shanghai",
) -> None:
    """一家企业的判定凭据，可以离线核验 (a receipt that can be verified offline).

    例: ceyuan receipt 澄光半导体 --out 凭据.json

    例: ceyuan receipt 91319999MA003FYB0K --run last
    """
    from ceyuan.cli import office_runs

    office_runs.receipt(firm, run, out, region)


@app.command()
def seal(
    run: Annotated[
        str, typer.Argument(metavar="RUN", help="编号、编号的开头，或 last")
    ],
    region: RegionName = "shanghai",
) -> None:
    """一次判定的封印：公布它，以后每份凭据都能对上 (what a run is published by).

    例: ceyuan seal last

    例: ceyuan seal r20261121-58bb15b2
    """
    from ceyuan.cli import office_runs

    office_runs.seal(run, region)


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="凭据 (a receipt)")],
    declarations: Annotated[
        Path | None,
        typer.Option("--declarations", metavar="ZIP", help="当时的声明 (archive)"),
    ] = None,
    root: Annotated[
        str, typer.Option("--root", metavar="HEX", help="公布的判定根 (published root)")
    ] = "",
    as_json: Json = False,
) -> None:
    """核验一份凭据，不用数据库，不用别家企业的数据 (verify a receipt, offline).

    例: ceyuan verify 凭据.json

    例: ceyuan verify 凭据.json --root 58bb15b2…
    """
    from ceyuan.cli import office_runs

    office_runs.verify(file, declarations, root, as_json=as_json)


@app.command()
def ladder(
    year: Annotated[int, typer.Option("--year", help="哪一年年末 (end of which year)")],
    known_at: KnownAt = "",
    limit: Most = 10,
    region: RegionName = "shanghai",
    as_json: Json = False,
    quiet: Quiet = False,
    locale: Locale = "zh",
) -> None:
    """梯度培育：每一级多少家、怎样流动、谁只差一条 (the ladder of firms).

    例: ceyuan ladder --year 2025

    例: ceyuan ladder --year 2025 --json
    """
    from ceyuan.cli import office_runs

    office_runs.ladder(
        year, known_at, limit, region, as_json=as_json, quiet=quiet, locale=locale
    )


@app.command()
def simulate(
    reform: Annotated[
        Path | None, typer.Argument(metavar="REFORM.yaml", help="改革方案 (a reform)")
    ] = None,
    as_of: AsOf = "",
    known_at: KnownAt = "",
    params: Params = None,
    by: Annotated[
        list[str] | None,
        typer.Option("--by", metavar="GROUP", help="按什么分组，默认声明里的全部"),
    ] = None,
    solve: Annotated[
        str, typer.Option("--solve", metavar="POLICY.PARAM", help="找出用完预算的门槛")
    ] = "",
    budget: Annotated[
        str, typer.Option("--budget", metavar="AMOUNT", help="预算，如 2亿元 (budget)")
    ] = "",
    low: Annotated[
        str, typer.Option("--low", help="最小试到 (least value tried)")
    ] = "",
    high: Annotated[str, typer.Option("--high", help="最大试到 (greatest)")] = "",
    step: Annotated[str, typer.Option("--step", help="步长 (distance of values)")] = "",
    limit: Most = 10,
    region: RegionName = "shanghai",
    as_json: Json = False,
    quiet: Quiet = False,
    locale: Locale = "zh",
) -> None:
    """在同一份记录上试一项改革：花多少，谁得谁失 (try a reform on the same facts).

    例: ceyuan simulate 提高奖励.yaml --as-of 2026-11-21

    例: ceyuan simulate --solve sh_gradient_reward_2022.xjr_floor --budget 2亿元
    """
    from ceyuan.cli import office_reform

    office_reform.simulate(
        office_reform.Asked(
            reform,
            as_of,
            known_at,
            tuple(params or ()),
            tuple(by or ()),
            solve,
            budget,
            (low, high, step),
            limit,
            region,
            locale,
        ),
        as_json=as_json,
        quiet=quiet,
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
