# SPDX-License-Identifier: Apache-2.0
"""One entitlement on a terminal and as JSON: every step, who, when, why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ceyuan.cli.money import KINDS, Amounts, in_words
from ceyuan.cli.opened import say
from ceyuan.cli.tables import Column, print_table
from ceyuan.office.entitlements import STATES

if TYPE_CHECKING:
    from ceyuan.ledger import Entry
    from ceyuan.office.entitlements import Entitlement
    from ceyuan.office.memory import Memory
    from ceyuan.office.money_told import EntitlementTold, PaymentTold

ACTS = {
    "notice": "公示",
    "approve": "批准",
    "object": "异议",
    "object_wrong": "异议：金额或数据不对",
    "object_whole": "异议：不该给我们",
    "correct": "异议成立，更正后重新核定",
    "dismiss": "异议不成立",
    "uphold": "异议成立",
    "decline": "放弃",
    "withdraw": "撤回",
    "send": "送付",
    "paid": "到账",
    "failed": "支付失败",
}
MODES = {"threshold_grant": "达标即享", "auto_grant": "免申即享"}


def state_word(one: Entitlement) -> str:
    """Return where an entitlement stands, in a word."""
    word = STATES[one.state][0]
    return f"{word}，有异议" if one.objection else word


def print_told(memory: Memory, told: EntitlementTold) -> None:
    """Print one entitlement with all that belongs to it."""
    from ceyuan.office.money_told import bank_reasons

    one = told.entitlement
    rule = memory.region.rules.get(one.policy)
    amount = in_words(memory, one.amount, one.commodity)
    say(f"{one.name} {one.party}  {rule.said.zh if rule else ''} `{one.policy}`")
    say(f"{one.id}  {amount}  {state_word(one)}  [{MODES.get(one.mode, one.mode)}]")
    if one.key:
        say(f"    对象 {one.subject} {one.key}")
    say(f"    公示 {one.noticed_on} 至 {one.object_until}，可异议、可放弃")
    say("    " + _promise(told))
    if not told.counted:
        say("    ※ 这一年的节假日没有登记，工作日只按周末算 (holidays not declared)")
    _print_answer(told)
    reasons = bank_reasons(memory.region.id)
    say("")
    print_table(
        [
            Column("日期"),
            Column("经过"),
            Column("状态"),
            Column("经手"),
            Column("代谁"),
            Column("理由"),
        ],
        [
            (
                h.day,
                ACTS.get(h.kind, h.kind),
                STATES[h.state][0],
                h.actor,
                h.behalf,
                reasons.get(h.reason, h.reason),
            )
            for h in told.history
        ],
    )
    if told.entries:
        say("")
        _print_entries(memory, told.entries)
    for paid in told.payments:
        say(_paid(paid, reasons))


def _promise(told: EntitlementTold) -> str:
    one = told.entitlement
    to = "收款账户还没有登记"
    if told.pays_to is not None:
        holder, bank, tail = told.pays_to
        to = (
            f"{bank}（{holder}，尾号 {tail.lstrip('…')}）" if tail else "收款账户已销户"
        )
    return (
        f"承诺 {one.promised_on} 前付到 {to}；"
        f"决定 {one.decided_by}，批准 {one.approved_by or '—'}"
    )


def _print_answer(told: EntitlementTold) -> None:
    one = told.entitlement
    if told.answer is None:
        say(f"    判定 {one.run} 里没有留下依据 (the run kept no grounds)")
        return
    say(f"    依据 判定 {one.run}：{told.answer.outcome_word('zh')}")
    for clause in told.answer.clauses:
        say(f"        {clause.sign} {clause.words('zh')}")
    for revised in told.answer.revisions:
        say(f"        ↻ 更正 {revised.claim} 之后重新判定")


def _print_entries(memory: Memory, entries: tuple[Entry, ...]) -> None:
    amounts = Amounts.of(memory, {e.commodity for e in entries})
    print_table(
        [
            Column("分录"),
            Column("种类"),
            Column("借"),
            Column("贷"),
            Column(amounts.head("金额"), number=True),
            Column("生效"),
            Column("经手"),
        ],
        [
            (
                e.id,
                KINDS[e.kind],
                e.debit,
                e.credit,
                amounts.cell(e.amount, e.commodity),
                e.effective,
                e.actor,
            )
            for e in entries
        ],
    )


def _paid(one: PaymentTold, reasons: dict[str, str]) -> str:
    word = {"paid": "已到账", "failed": "失败", "sent": "在途"}.get(
        one.state, one.state
    )
    back = f"，{one.returned_on} 回单" if one.returned_on else ""
    why = f"（{reasons.get(one.reason, one.reason)}）" if one.reason else ""
    return (
        f"支付 {one.id}  批次 {one.batch} 第 {one.line} 行  {one.day} 送 {one.bank} "
        f"尾号 {one.account.lstrip('…')}  {word}{why}{back}"
    )


def print_notices(memory: Memory, found: list[dict[str, Any]]) -> None:
    """Print what a party was told, notice by notice."""
    if not found:
        say("没有告知过这家企业 (it was told nothing)")
        return
    for one in found:
        say(f"{one['id']}  {one['at'].astimezone():%Y-%m-%d %H:%M}  {one['party']}")
        for item in one["items"]:
            rule = memory.region.rules.get(item["policy"])
            said = in_words(memory, item["amount"], item["commodity"])
            say(
                f"    {rule.said.zh if rule else item['policy']} `{item['policy']}`"
                f"{'  ' + item['key'] if item['key'] else ''}  {said}："
                f"可异议、可放弃到 {item['object_until']}，"
                f"承诺 {item['promised_on']} 前付；不用申请"
            )
            say(f"        {item['entitlement']}")


def entitlement_json(one: Entitlement) -> dict[str, Any]:
    """Return an entitlement as JSON."""
    return {
        "id": one.id,
        "slot": one.slot,
        "revision": one.revision,
        "policy": one.policy,
        "instrument": one.instrument,
        "year": one.year,
        "subject": one.subject,
        "key": one.key,
        "party": one.party,
        "name": one.name,
        "commodity": one.commodity,
        "amount": one.amount,
        "mode": one.mode,
        "run": one.run,
        "state": one.state,
        "objection": one.objection,
        "noticed_on": one.noticed_on.isoformat(),
        "object_until": one.object_until.isoformat(),
        "promised_on": one.promised_on.isoformat(),
        "decided_by": one.decided_by,
        "approved_by": one.approved_by,
    }


def told_json(told: EntitlementTold) -> dict[str, Any]:
    """Return all that belongs to one, schema `ceyuan.entitlement/1`."""
    answer = told.answer
    return {
        "schema": "ceyuan.entitlement/1",
        "synthetic": told.entitlement.synthetic,
        **entitlement_json(told.entitlement),
        "holidays_declared": told.counted,
        "pays_to": None
        if told.pays_to is None
        else dict(zip(("holder", "bank", "account"), told.pays_to, strict=True)),
        "decision": None
        if answer is None
        else {
            "outcome": answer.outcome,
            "amount_fen": answer.amount,
            "clauses": {c.id: c.state for c in answer.clauses},
            "corrections": [r.claim for r in answer.revisions],
        },
        "history": [
            {
                "kind": h.kind,
                "state": h.state,
                "day": h.day.isoformat(),
                "actor": h.actor,
                "behalf": h.behalf,
                "reason": h.reason,
                "transfer": h.transfer,
                "known_at": h.known_at.isoformat(),
            }
            for h in told.history
        ],
        "transfers": [entry_json(e) for e in told.entries],
        "payments": [payment_json(p) for p in told.payments],
        "notice": None
        if told.notice is None
        else {**told.notice, "at": told.notice["at"].isoformat()},
    }


def entry_json(one: Entry) -> dict[str, Any]:
    """Return an entry as JSON; the amount in the commodity's smallest unit."""
    return {
        "seq": one.seq,
        "id": one.id,
        "kind": one.kind,
        "debit": one.debit,
        "credit": one.credit,
        "amount": one.amount,
        "commodity": one.commodity,
        "code": one.code,
        "cause": one.cause,
        "effective": one.effective.isoformat(),
        "of": one.of,
        "expires": None if one.expires is None else one.expires.isoformat(),
        "link": one.link,
        "actor": one.actor,
        "known_at": one.known_at.isoformat(),
        "sha": one.sha.hex(),
    }


def payment_json(one: PaymentTold) -> dict[str, Any]:
    """Return a payment as JSON; the account by its last figures."""
    return {
        "id": one.id,
        "batch": one.batch,
        "line": one.line,
        "day": one.day.isoformat(),
        "entitlement": one.entitlement,
        "party": one.party,
        "holder": one.holder,
        "bank": one.bank,
        "account": one.account,
        "amount_fen": one.amount,
        "state": one.state,
        "reason": one.reason,
        "returned_on": None if one.returned_on is None else one.returned_on.isoformat(),
    }


def org_of(memory: Memory, firm: str) -> int:
    """Return the number of the firm that a code, a name or a part of it means."""
    from datetime import UTC, datetime

    from ceyuan.office.firms import find_firm

    return find_firm(memory.reading(datetime.now(UTC).date()), firm).org
