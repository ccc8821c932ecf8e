# SPDX-License-Identifier: Apache-2.0
"""The commands and their options. Each calls one verb; what is heavy comes late."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="ceyuan",
    help="策源：把表里的企业逐项核对政策，说清能享什么、为什么、还差什么。\n\n"
    "Ceyuan: check the firms in a spreadsheet against every policy, with reasons.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
policy = typer.Typer(
    help="政策库：列出、查看、检查、试算、比较 (the policy library)",
    no_args_is_help=True,
    rich_markup_mode=None,
)
facts = typer.Typer(
    help="事实词典 (the fact dictionary)", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(policy, name="policy")
app.add_typer(facts, name="facts")

AsOf = Annotated[
    str,
    typer.Option("--as-of", metavar="DATE", help="判定日，默认今天 (day of decision)"),
]
Json = Annotated[
    bool, typer.Option("--json", help="标准输出只有一份 JSON (one JSON document)")
]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="不说进度和提示 (no talk on stderr)")
]
Locale = Annotated[
    str, typer.Option("--locale", metavar="zh|en", help="语言 (language)")
]
RegionName = Annotated[
    str, typer.Option("--region", help="地区，默认 shanghai (region)")
]
OtherFile = Annotated[
    Path | None,
    typer.Option("--file", help="看这个文件里的企业，而不是上次核对的 (another file)"),
]
With = Annotated[
    Path | None,
    typer.Option(
        "--with", metavar="DIR", help="按信用代码合并这个文件夹里的表 (join files)"
    ),
]
Columns = Annotated[
    Path | None,
    typer.Option("--columns", metavar="MAP.yaml", help="写明列的含义和单位 (columns)"),
]
Params = Annotated[
    list[str] | None,
    typer.Option(
        "--param", metavar="POLICY.NAME=VALUE", help="由主管部门设定的参数 (parameter)"
    ),
]
Policies = Annotated[
    list[str] | None,
    typer.Option("--policy", metavar="ID", help="只核对这些政策，可重复 (policies)"),
]
Subject = Annotated[
    str, typer.Option("--subject", help="每一行是什么，默认 firm (what a row is)")
]
Limit = Annotated[int, typer.Option("--limit", min=1, help="至多几条 (at most)")]


def _version(value: bool) -> None:
    if value:
        import ceyuan

        typer.echo(f"ceyuan {ceyuan.__version__}")
        raise typer.Exit


@app.callback()
def start(
    _version_asked: Annotated[
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, help="版本 (version)"
        ),
    ] = False,
    folder: Annotated[
        Path | None,
        typer.Option("-C", metavar="DIR", help="在这个文件夹里工作 (work in DIR)"),
    ] = None,
) -> None:
    """Set what holds for every command."""
    if folder is not None:
        from ceyuan.kernel import UsageError

        try:
            os.chdir(folder)
        except OSError as error:
            msg = f"进不了文件夹 `{folder}` (cannot work there): {error.strerror}"
            raise UsageError(msg) from error


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="xlsx、xls、csv、parquet")],
    as_of: AsOf = "",
    policies: Policies = None,
    joined: With = None,
    columns: Columns = None,
    params: Params = None,
    subject: Subject = "firm",
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="结果放在哪里，默认原文件旁边"),
    ] = None,
    by: Annotated[
        str, typer.Option("--by", metavar="gap", help="按共性短板列出 (by common gap)")
    ] = "",
    note: Annotated[
        str, typer.Option("--note", help="印在每页上的说明 (a line on every page)")
    ] = "",
    region: RegionName = "shanghai",
    as_json: Json = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="不写任何文件 (write no file)")
    ] = False,
    quiet: Quiet = False,
    locale: Locale = "zh",
) -> None:
    """核对一张表里的每家企业 (check every firm of a table).

    例: ceyuan check 入驻企业.xlsx --with 名单/

    例: ceyuan check tenants.csv --as-of 2026-11-21 --json > result.json
    """
    from ceyuan.cli import checking

    checking.check(
        checking.Asked(
            file,
            as_of,
            tuple(policies or ()),
            joined,
            columns,
            tuple(params or ()),
            subject,
            region,
            locale,
            quiet,
        ),
        out=out,
        by=by,
        note=note,
        as_json=as_json,
        dry_run=dry_run,
    )


@app.command()
def explain(
    firm: Annotated[str, typer.Argument(help="名称、名称的一部分、信用代码或行号")],
    policy_id: Annotated[str, typer.Argument(metavar="POLICY", help="政策编号")],
    file: OtherFile = None,
    as_of: AsOf = "",
    joined: With = None,
    columns: Columns = None,
    params: Params = None,
    as_json: Json = False,
    quiet: Quiet = False,
    locale: Locale = "zh",
) -> None:
    """说清一家企业一项政策的每个条件 (why: the condition tree).

    例: ceyuan explain 澄光半导体 tech_sme_2017

    例: ceyuan explain 91319999MA00000X2E hnte_2016 --json
    """
    from ceyuan.cli import asking

    asked = asking.asked_for(
        file, as_of, joined, columns, params, quiet=quiet, locale=locale
    )
    asking.explain(asked, firm, policy_id, as_json=as_json)


@app.command()
def nearest(
    firm: Annotated[str, typer.Argument(help="名称、名称的一部分、信用代码或行号")],
    policies: Policies = None,
    limit: Limit = 3,
    file: OtherFile = None,
    as_of: AsOf = "",
    joined: With = None,
    columns: Columns = None,
    params: Params = None,
    as_json: Json = False,
    quiet: Quiet = False,
    locale: Locale = "zh",
) -> None:
    """一家企业离每项政策最近的一步 (the smallest changes that turn an outcome).

    例: ceyuan nearest 澄光半导体

    例: ceyuan nearest 澄光半导体 --policy tech_sme_2017 --limit 5
    """
    from ceyuan.cli import asking

    asked = asking.asked_for(
        file, as_of, joined, columns, params, quiet=quiet, locale=locale
    )
    asking.nearest(asked, firm, tuple(policies or ()), limit=limit, as_json=as_json)


@app.command()
def whatif(
    firm: Annotated[str, typer.Argument(help="名称、名称的一部分、信用代码或行号")],
    changes: Annotated[
        list[str],
        typer.Option("--set", metavar="FACT[@YEAR]=VALUE", help="改成这样 (change)"),
    ],
    file: OtherFile = None,
    as_of: AsOf = "",
    joined: With = None,
    columns: Columns = None,
    params: Params = None,
    as_json: Json = False,
    quiet: Quiet = False,
    locale: Locale = "zh",
) -> None:
    """如果这样，哪些政策的结果会变 (which answers would change).

    例: ceyuan whatif 澄光半导体 --set rd_expense=600万元

    例: ceyuan whatif 澄光半导体 --set tech_staff=30 --set hnte_valid=是
    """
    from ceyuan.cli import asking

    asked = asking.asked_for(
        file, as_of, joined, columns, params, quiet=quiet, locale=locale
    )
    asking.whatif(asked, firm, tuple(changes), as_json=as_json)


@policy.command("list")
def policy_list(region: RegionName = "shanghai", as_json: Json = False) -> None:
    """列出政策 (list the policies).

    例: ceyuan policy list

    例: ceyuan policy list --json
    """
    from ceyuan.cli import library

    library.show_list(region, as_json=as_json)


@policy.command("show")
def policy_show(
    policy_id: Annotated[str, typer.Argument(metavar="ID")],
    region: RegionName = "shanghai",
    as_of: AsOf = "",
    as_json: Json = False,
    locale: Locale = "zh",
) -> None:
    """一项政策的条件、参数、依据 (one policy: clauses, parameters, articles).

    例: ceyuan policy show tech_sme_2017

    例: ceyuan policy show star_attribute_2024 --as-of 2023-06-01
    """
    from ceyuan.cli import library

    library.show_policy(policy_id, region, as_of, as_json=as_json, locale=locale)


@policy.command("lint")
def policy_lint(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="政策文件；不写则查整个地区")
    ] = None,
    region: RegionName = "shanghai",
    as_json: Json = False,
) -> None:
    """检查政策文件 (check policy files).

    例: ceyuan policy lint

    例: ceyuan policy lint draft/my_policy.yaml
    """
    from ceyuan.cli import library

    library.lint(tuple(paths or ()), region, as_json=as_json)


@policy.command("test")
def policy_test(
    ids: Annotated[list[str] | None, typer.Argument(metavar="ID")] = None,
    cases: Annotated[
        Path | None,
        typer.Option("--cases", metavar="FILE.csv", help="用这个算例文件 (cases)"),
    ] = None,
    region: RegionName = "shanghai",
    as_json: Json = False,
) -> None:
    """用算例试两个求值器 (run worked cases through both evaluators).

    例: ceyuan policy test

    例: ceyuan policy test tech_sme_2017 --cases more.csv
    """
    from ceyuan.cli import library

    library.test(tuple(ids or ()), cases, region, as_json=as_json)


@policy.command("diff")
def policy_diff(
    old: Annotated[str, typer.Argument(help="政策文件、编号，或 编号@日期")],
    new: Annotated[str, typer.Argument(help="政策文件、编号，或 编号@日期")],
    region: RegionName = "shanghai",
    as_json: Json = False,
) -> None:
    """两个版本差在哪里 (what differs between two versions).

    例: ceyuan policy diff tech_sme_2017 draft/tech_sme_2017.yaml

    例: ceyuan policy diff star_attribute_2024@2024-04-29 star_attribute_2024@2024-04-30
    """
    from ceyuan.cli import library

    library.diff(old, new, region, as_json=as_json)


@facts.command("list")
def facts_list(
    region: RegionName = "shanghai",
    as_json: Json = False,
    subject: Annotated[
        str, typer.Option("--subject", help="只列这类对象的 (of one subject)")
    ] = "",
) -> None:
    """列出事实词典：名称、表头写法、单位、含义、谁提供 (the fact dictionary).

    例: ceyuan facts list

    例: ceyuan facts list --json
    """
    from ceyuan.cli import library

    library.show_facts(region, subject, as_json=as_json)


@app.command()
def doctor(region: RegionName = "shanghai", as_json: Json = False) -> None:
    """看安装和声明是否正常 (is everything in order).

    例: ceyuan doctor

    例: ceyuan doctor --json
    """
    from ceyuan.cli import health

    health.doctor(region, as_json=as_json)


@app.command()
def demo(
    folder: Annotated[
        Path, typer.Argument(help="放在哪个文件夹，默认 build/demo")
    ] = Path("build/demo"),
    firms: Annotated[int, typer.Option("--firms", help="多少家虚构企业")] = 200,
    quiet: Quiet = False,
) -> None:
    """造一张虚构的园区表，核对它，再核对 40 家上市公司 (the story, on samples).

    例: ceyuan demo

    例: ceyuan demo 试用 --firms 120
    """
    from ceyuan.cli import showing

    showing.demo(folder, firms, quiet=quiet)
