# SPDX-License-Identifier: Apache-2.0
"""Decisions kept, made again, compared, proved, and tried otherwise: the commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ceyuan.cli.app import AsOf, Json, Locale, Params, Quiet, RegionName, app
from ceyuan.cli.office_options import Actor, FirmSaid, KnownAt, Most, RunName


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
    use: Annotated[
        str,
        typer.Option(
            "--use", metavar="definite|most", help="预算管哪种费用：确定的，还是最多的"
        ),
    ] = "definite",
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
            use,
        ),
        as_json=as_json,
        quiet=quiet,
    )
