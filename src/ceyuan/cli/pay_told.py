# SPDX-License-Identifier: Apache-2.0
"""`ceyuan pay payee|payees|list`: where parties are paid, and what went out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ceyuan.cli.entitlement_told import payment_json
from ceyuan.cli.money import day_said
from ceyuan.cli.opened import mark, opened, print_json, say
from ceyuan.cli.tables import Column, print_table
from ceyuan.cli.talk import Talk
from ceyuan.kernel import InputRejected, UsageError, show_money
from ceyuan.office.booked import seal_book

if TYPE_CHECKING:
    from pathlib import Path

    from ceyuan.office.memory import Memory
    from ceyuan.office.money_told import BatchTold, PaymentTold

STATES = {"sent": "在途", "paid": "已到账", "failed": "失败"}


@dataclass(frozen=True, slots=True)
class PayeeAsked:
    """A payee as it was typed."""

    party: str
    holder: str
    bank: str
    account: str
    since: str
    reason: str
    actor: str
    region: str
    closed: bool


def payee(asked: PayeeAsked, *, as_json: bool) -> None:
    """Show where a party is paid; register it where that is said."""
    from ceyuan.office.money_told import is_synthetic
    from ceyuan.office.money_told import payees as of_party
    from ceyuan.office.payees import set_payee

    if asked.account and asked.closed:
        msg = "--account 和 --closed 不能同时写 (either an account, or closed)"
        raise UsageError(msg)
    with opened(asked.region, asked.actor, quiet=as_json) as memory:
        party = _party(memory, asked.party)
        if asked.holder or asked.bank or asked.account or asked.closed:
            if not (asked.account or asked.closed):
                msg = "没有写账号 (no account is said)"
                raise UsageError(msg, hint="--account 账号；已销户写 --closed")
            set_payee(
                memory,
                party,
                holder=asked.holder,
                bank=asked.bank,
                account=asked.account,
                since=day_said(asked.since, "--since"),
                reason=asked.reason,
            )
            seal_book(memory)
        with memory.transaction() as conn:
            found = of_party(conn, party)
            synthetic = is_synthetic(conn)
    if as_json:
        print_json(
            {
                "schema": "ceyuan.pay-payee/1",
                "party": party,
                "synthetic": synthetic,
                "payees": [
                    {
                        "holder": one.holder,
                        "bank": one.bank,
                        "account": one.account,
                        "since": one.since.isoformat(),
                        "actor": one.actor,
                        "reason": one.reason,
                        "known_at": one.known_at.isoformat(),
                    }
                    for one in found
                ],
            }
        )
        return
    print_table(
        [
            Column("收款方"),
            Column("户名"),
            Column("开户行"),
            Column("账号"),
            Column("从"),
            Column("登记"),
            Column("理由"),
        ],
        [
            (
                one.party,
                one.holder,
                one.bank,
                one.account or "已销户",
                one.since,
                one.actor,
                one.reason,
            )
            for one in found
        ],
    )
    mark(synthetic=synthetic)
    if not found:
        Talk().say("没有登记过；加上 --holder --bank --account 登记")


def _party(memory: Memory, said: str) -> str:
    """Return how a firm is called in the book; other parties are called as typed."""
    from datetime import UTC, datetime

    from ceyuan.office.firms import find_firm
    from ceyuan.office.money_told import is_party

    with memory.transaction() as conn:
        if is_party(conn, said):
            return said
    firm = find_firm(memory.reading(datetime.now(UTC).date()), said)
    return firm.code or f"org{firm.org}"


def payees(
    path: Path, since: str, reason: str, actor: str, region: str, *, dry_run: bool
) -> None:
    """Register many payees: every row of the table, or none.

    Raises:
        InputRejected: A row is refused, with all that are.
    """
    from ceyuan.office.payees_read import look_at_payees, register_payees

    day = day_said(since, "--since")
    try:
        data = path.read_bytes()
    except OSError as error:
        msg = f"读不了 `{path}` (cannot be read): {error.strerror}"
        raise InputRejected(msg) from error
    with opened(region, actor) as memory:
        looked = look_at_payees(memory, data, name=path.name, since=day)
        if looked.problems:
            msg = f"`{path}` 有 {len(looked.problems):,} 行不收，一行也没有登记 (rows refused)"
            raise InputRejected(
                msg, problems=looked.problems, hint="逐行改好，整张表再来一次"
            )
        if not dry_run:
            register_payees(memory, looked, since=day, reason=reason)
            seal_book(memory)
    same = f"；{len(looked.known):,} 个与已登记的相同" if looked.known else ""
    say(f"{path}：登记 {len(looked.taken):,} 个收款账户{same} (registered)")
    if dry_run:
        say("※ 试算，没有登记 (dry run, nothing was written)")


def listed(name: str, state: str, limit: int, region: str, *, as_json: bool) -> None:
    """List batches; payments where a batch or a state is asked."""
    from ceyuan.office.money_told import bank_reasons, batches, is_synthetic, payments

    if state and state not in STATES:
        msg = f"没有状态 `{state}` (no such state)"
        options = "、".join(f"{s}（{word}）" for s, word in STATES.items())
        raise UsageError(msg, hint=options)
    with opened(region, quiet=as_json) as memory, memory.transaction() as conn:
        synthetic = is_synthetic(conn)
        every = batches(conn)
        if name and name not in {one.id for one in every}:
            msg = f"没有批次 `{name}` (there is no such batch)"
            raise UsageError(msg, hint="`ceyuan pay list` 列出各批")
        one_by_one = bool(name or state)
        some = payments(conn, batch=name, state=state) if one_by_one else []
    if as_json:
        print_json(
            {
                "schema": "ceyuan.pay-list/1",
                "synthetic": synthetic,
                "batches": [_batch_said(b) for b in every if name in ("", b.id)],
                "payments": [payment_json(p) for p in some[:limit]],
                "total": len(some),
            }
        )
        return
    if one_by_one:
        _print_payments(some[:limit], bank_reasons(region))
        if len(some) > limit:
            say(f"共 {len(some):,} 笔，列出前 {limit:,} 笔 (and more)")
    else:
        _print_batches(every[-limit:])
    mark(synthetic=synthetic)


def _batch_said(one: BatchTold) -> dict[str, Any]:
    return {
        "batch": one.id,
        "form": one.form,
        "day": one.day.isoformat(),
        "actor": one.actor,
        "count": one.payments,
        "total_fen": one.total,
        "paid": one.paid,
        "failed": one.failed,
        "out": one.out,
        "sha256": one.sha,
    }


def _print_batches(some: list[BatchTold]) -> None:
    print_table(
        [
            Column("批次"),
            Column("日期"),
            Column("格式"),
            Column("经手"),
            Column("笔数", number=True),
            Column("金额（元）", number=True),
            Column("已到账", number=True),
            Column("失败", number=True),
            Column("在途", number=True),
        ],
        [
            (
                one.id,
                one.day,
                one.form,
                one.actor,
                f"{one.payments:,}",
                show_money(one.total, unit="元", with_unit=False),
                f"{one.paid:,}",
                f"{one.failed:,}",
                f"{one.out:,}",
            )
            for one in some
        ],
    )


def _print_payments(some: list[PaymentTold], reasons: dict[str, str]) -> None:
    print_table(
        [
            Column("支付编号"),
            Column("批次"),
            Column("收款人"),
            Column("账号"),
            Column("金额（元）", number=True),
            Column("状态"),
            Column("原因"),
            Column("回单日"),
        ],
        [
            (
                one.id,
                one.batch,
                one.holder,
                one.account,
                show_money(one.amount, unit="元", with_unit=False),
                STATES.get(one.state, one.state),
                reasons.get(one.reason, one.reason),
                one.returned_on,
            )
            for one in some
        ],
    )
