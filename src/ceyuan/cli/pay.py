# SPDX-License-Identifier: Apache-2.0
"""`ceyuan pay batch|file|return`: parse, call a verb, show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer

from ceyuan.cli.money import (
    agreed,
    day_said,
    problem_json,
    say_problems,
    somebody_or_yes,
)
from ceyuan.cli.opened import mark, opened, print_json, say
from ceyuan.cli.tables import Column, print_table
from ceyuan.cli.talk import Talk
from ceyuan.kernel import InputRejected, UsageError, show_money
from ceyuan.office.booked import seal_book

if TYPE_CHECKING:
    from pathlib import Path

    from ceyuan.office.paying import BatchMade
    from ceyuan.office.returning import Returned


@dataclass(frozen=True, slots=True)
class Asked:
    """A batch as it was typed."""

    form: str
    policy: str
    year: int
    on: str
    limit: int
    reason: str
    again: bool
    actor: str
    region: str


def batch(asked: Asked, out: Path, *, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Send out what is payable; the file comes after the transaction."""
    from ceyuan.office.money_told import is_synthetic
    from ceyuan.office.paying import make_batch
    from ceyuan.office.payment_files import place_for, write_whole

    somebody_or_yes(yes=yes, dry_run=dry_run, as_json=as_json)
    day = day_said(asked.on)
    if not dry_run:
        place_for(out)
    with opened(asked.region, asked.actor, quiet=as_json) as memory:
        if asked.policy:
            memory.region.rule(asked.policy)

        def send(*, dry: bool) -> BatchMade:
            return make_batch(
                memory,
                on=day,
                form=asked.form,
                policy=asked.policy,
                year=asked.year,
                limit=asked.limit,
                reason=asked.reason,
                again=asked.again,
                dry_run=dry,
            )

        with memory.transaction() as conn:
            synthetic = is_synthetic(conn)
        made = send(dry=dry_run or not yes)
        if not as_json:
            _print_batch(made)
        if made.lines and not (dry_run or yes):
            count, total = len(made.lines), show_money(made.total)
            if not agreed(f"送付 {count:,} 笔共 {total} 吗？ (send them?)"):
                return
            made = send(dry=False)
        if made.lines and not made.dry:
            write_whole(out, made.data)
            seal_book(memory)
    if as_json:
        print_json(_batch_json(made, out, synthetic=synthetic))
        return
    if made.dry and dry_run:
        say("※ 试算，没有送付 (dry run, nothing was written)")
    elif not made.lines:
        say("没有一笔可以送付 (nothing was sent)")
    mark(synthetic=synthetic)
    if made.lines and not made.dry:
        say(f"批次 {made.id}：{len(made.lines):,} 笔 {show_money(made.total)} → {out}")
        Talk().say(
            f"下一步：银行退回回单后 ceyuan pay return 回单.csv --form {asked.form}；"
            f"文件丢了：ceyuan pay file {made.id} --out …"
        )


def _print_batch(made: BatchMade) -> None:
    from ceyuan.office.payees import masked

    most = 50
    if made.lines:
        print_table(
            [
                Column("支付编号"),
                Column("收款人"),
                Column("开户行"),
                Column("账号"),
                Column("金额（元）", number=True),
                Column("用途"),
            ],
            [
                (
                    one.payment,
                    one.holder,
                    one.bank,
                    masked(one.account),
                    show_money(one.amount, unit="元", with_unit=False),
                    one.purpose,
                )
                for one in made.lines[:most]
            ],
        )
        if len(made.lines) > most:
            say(f"另有 {len(made.lines) - most:,} 笔 (and more)")
        say(f"合计 {len(made.lines):,} 笔 {show_money(made.total)}")
    say_problems([*made.again, *made.left_out])


def _batch_json(made: BatchMade, out: Path, *, synthetic: bool) -> dict[str, Any]:
    from ceyuan.office.payees import masked

    sent = bool(made.lines) and not made.dry
    return {
        "schema": "ceyuan.pay-batch/1",
        "batch": made.id,
        "dry_run": made.dry,
        "synthetic": synthetic,
        "file": str(out) if sent else None,
        "count": len(made.lines),
        "total_fen": made.total,
        "payments": [
            {
                "line": one.line,
                "id": one.payment,
                "holder": one.holder,
                "bank": one.bank,
                "account": masked(one.account),
                "amount_fen": one.amount,
                "purpose": one.purpose,
            }
            for one in made.lines
        ],
        "left_out": [problem_json(p) for p in made.left_out],
    }


def file(name: str, out: Path, actor: str, region: str) -> None:
    """Write the file of a batch once more."""
    from ceyuan.office.payment_files import file_again, place_for, write_whole

    place_for(out)
    with opened(region, actor) as memory:
        write_whole(out, file_again(memory, name))
    say(f"{out}：批次 {name} 的文件，与送出时逐字节相同 (the same file)")


def take_back(
    path: Path, form: str, actor: str, region: str, *, dry_run: bool, as_json: bool
) -> None:
    """Take in a return file; exit 3 when a line was rejected."""
    from ceyuan.office.money_told import is_synthetic
    from ceyuan.office.returning import take_return

    try:
        data = path.read_bytes()
    except OSError as error:
        msg = f"读不了 `{path}` (cannot be read): {error.strerror}"
        raise UsageError(msg) from error
    with opened(region, actor, quiet=as_json) as memory:
        made = take_return(memory, data, name=path.name, form=form, dry_run=dry_run)
        if not dry_run:
            seal_book(memory)
        with memory.transaction() as conn:
            synthetic = is_synthetic(conn)
    if as_json:
        print_json(_returned_json(made, dry_run=dry_run, synthetic=synthetic))
    else:
        _print_returned(made, dry_run=dry_run)
        mark(synthetic=synthetic)
    if made.problems:
        raise typer.Exit(InputRejected.exit_code)


def _print_returned(made: Returned, *, dry_run: bool) -> None:
    say(
        f"{made.file}：到账 {len(made.paid):,} 笔 {show_money(made.paid_total)}，"
        f"失败 {len(made.failed):,} 笔 {show_money(made.failed_total)}，"
        f"以前收过 {len(made.known):,} 笔，不收 {len(made.problems):,} 行"
    )
    for name in made.late:
        say(f"※ {name} 跨年到账 (paid in a later year)")
    if made.problems:
        print_table(
            [
                Column("行", number=True),
                Column("编号"),
                Column("问题"),
                Column("怎么办"),
            ],
            [(p.row, p.code, p.message, p.mend) for p in made.problems],
        )
    if made.failed:
        Talk().say(
            "失败的可以再送：先 ceyuan pay payee 换账户，再 ceyuan pay batch；"
            "ceyuan pay list --state failed 列出"
        )
    if dry_run:
        say("※ 试算，没有入账 (dry run, nothing was written)")


def _returned_json(made: Returned, *, dry_run: bool, synthetic: bool) -> dict[str, Any]:
    return {
        "schema": "ceyuan.pay-return/1",
        "file": made.file,
        "dry_run": dry_run,
        "synthetic": synthetic,
        "paid": made.paid,
        "paid_fen": made.paid_total,
        "failed": made.failed,
        "failed_fen": made.failed_total,
        "known": made.known,
        "late": made.late,
        "problems": [problem_json(p) for p in made.problems],
    }
