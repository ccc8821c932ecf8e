# SPDX-License-Identifier: Apache-2.0
"""`ceyuan pay reconcile`: a day's payments, returns and book, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from ceyuan.cli.money import day_said
from ceyuan.cli.opened import mark, opened, print_json, say
from ceyuan.cli.tables import Column, print_table
from ceyuan.kernel import show_money

if TYPE_CHECKING:
    from pathlib import Path

    from ceyuan.office.reconciling import Reconciled


def reconcile(on: str, out: Path | None, region: str, *, as_json: bool) -> None:
    """Reconcile a day; exit 1 when something differs."""
    from ceyuan.office.book_out import one_moment
    from ceyuan.office.money_told import is_synthetic
    from ceyuan.office.payment_files import write_page
    from ceyuan.office.reconcile_page import reconcile_page
    from ceyuan.office.reconciling import reconcile as verb

    day = day_said(on)
    with opened(region, quiet=as_json) as memory:
        with one_moment(memory) as conn:
            made = verb(conn, day)
            synthetic = is_synthetic(conn)
        if out is not None:
            write_page(out, reconcile_page(made, synthetic=synthetic))
    if as_json:
        print_json(_json(made, synthetic=synthetic))
    else:
        _print(made)
        mark(synthetic=synthetic)
        if out is not None:
            say(f"{out}：对账页，可打印 (a page)")
    if not made.agrees:
        raise typer.Exit(1)


def _yuan(fen: int) -> str:
    return show_money(fen, unit="元", with_unit=False)


def _print(made: Reconciled) -> None:
    print_table(
        [
            Column("合计"),
            Column("支付记录（元）", number=True),
            Column("账本（元）", number=True),
            Column("差（元）", number=True),
        ],
        [
            (word, _yuan(pay), _yuan(book), _yuan(pay - book))
            for word, (pay, book) in (("在途", made.out), ("已付", made.paid))
        ],
    )
    if made.batches:
        say("")
        print_table(
            [
                Column("批次"),
                Column("日期"),
                Column("送付", number=True),
                Column("送付（元）", number=True),
                Column("到账", number=True),
                Column("到账（元）", number=True),
                Column("失败", number=True),
                Column("失败（元）", number=True),
                Column("在途", number=True),
                Column("在途（元）", number=True),
            ],
            [
                (
                    b.id,
                    b.day,
                    f"{b.payments:,}",
                    _yuan(b.total),
                    f"{b.paid:,}",
                    _yuan(b.paid_total),
                    f"{b.failed:,}",
                    _yuan(b.failed_total),
                    f"{b.out:,}",
                    _yuan(b.out_total),
                )
                for b in made.batches
            ],
        )
    if made.lines:
        say("")
        print_table(
            [Column("回单"), Column("行", number=True), Column("支付"), Column("问题")],
            [(one.file, one.line, one.payment, one.problem) for one in made.lines],
        )
    for text in made.differences:
        say(f"！{text}")
    count = len(made.lines) + len(made.differences)
    if made.agrees:
        say(f"{made.day}：支付、回单、账本三方相符 (all agree)")
    else:
        say(f"{made.day}：{count:,} 处差异 (differences)")


def _json(made: Reconciled, *, synthetic: bool) -> dict[str, Any]:
    return {
        "schema": "ceyuan.pay-reconcile/1",
        "day": made.day.isoformat(),
        "agrees": made.agrees,
        "synthetic": synthetic,
        "out_fen": {"payments": made.out[0], "book": made.out[1]},
        "paid_fen": {"payments": made.paid[0], "book": made.paid[1]},
        "batches": [
            {
                "batch": b.id,
                "form": b.form,
                "day": b.day.isoformat(),
                "actor": b.actor,
                "count": b.payments,
                "total_fen": b.total,
                "paid": b.paid,
                "paid_fen": b.paid_total,
                "failed": b.failed,
                "failed_fen": b.failed_total,
                "out": b.out,
                "out_fen": b.out_total,
            }
            for b in made.batches
        ],
        "lines": [
            {
                "file": one.file,
                "line": one.line,
                "payment": one.payment,
                "amount_fen": one.amount,
                "outcome": one.outcome,
                "reason": one.bank_reason,
                "day": None if one.day is None else one.day.isoformat(),
                "problem": one.problem,
                "actor": one.actor,
                "known_at": one.known_at.isoformat(),
            }
            for one in made.lines
        ],
        "differences": list(made.differences),
    }
