# SPDX-License-Identifier: Apache-2.0
"""Payment: what is payable goes out in a file, and is *paid* when the file came back.

When a batch goes out each payment holds its amount (payable → treasury); a return that
says paid posts the hold, one that says failed makes it void, and the entitlement can
go out again, to another account. Nothing is paid because somebody says so: only a line
of a return file, matched by number, account and amount, makes it so.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from ceyuan.kernel import Problem, UsageError
from ceyuan.ledger import Account, Transfer, open_accounts, post
from ceyuan.office.auditing import audit, new_request
from ceyuan.office.entitlements import Entitlement, event, listed
from ceyuan.office.payees import masked, payees_on, refused
from ceyuan.office.payment_forms import (
    Line,
    load_payment_forms,
    payment_form,
    write_file,
)
from ceyuan.office.users import allow, apart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg import Connection

    from ceyuan.office.memory import Memory

PURPOSE_LENGTH = 30
SETTLEMENT = "结算"
BANK = "treasury/payments"
"""The account that payments leave by; what it has is what the treasury still owes."""
MOVES = ("move.officer", "move.finance", "move.bank", "move.provider", "move.system")
"""Verbs that put what is payable into the book, where no entitlement does."""
_BATCH = """
insert into payment_batch (id, form, day, payments, total, file_sha, actor, synthetic,
  known_at)
values (%s, %s, %s, %s, %s, %s, %s, %s, clock_timestamp())
"""
_PAYMENTS = """
insert into payment (id, batch_id, line, entitlement_id, party, holder, bank, account,
  amount, state, cause)
select * from unnest(%s::text[], %s::text[], %s::int[], %s::text[], %s::text[],
  %s::text[], %s::text[], %s::text[], %s::bigint[], %s::text[], %s::text[])
"""
_STATE = "update entitlement set state = %s where id = any(%s)"
# What a payable account has, no hold takes and no entitlement is waiting for; and
# whether who asks has put any of it there.
_PAYABLE = """
select a.path, a.credits - a.debits - a.debits_held - coalesce(e.amount, 0),
  exists (select from ledger_transfer t where t.credit = a.id and t.actor = %s
    and t.kind in ('transfer', 'post'))
from ledger_account a
left join (select party, sum(amount) as amount from entitlement
  where state in ('payable', 'failed') and commodity = 'CNY' group by party) e
  on a.path = 'payable/' || e.party
where starts_with(a.path, 'payable/') and a.commodity = 'CNY'
  and a.credits - a.debits - a.debits_held > coalesce(e.amount, 0)
order by a.path
"""


@dataclass(slots=True)
class BatchMade:
    """A batch of payments that went out.

    Args:
        id: Its id.
        data: The file.
        lines: Its payments.
        total: Their sum in fen.
        left_out: What could not go out, and why.
        dry: Whether nothing was written.
        again: What goes out once more to an account that the bank has refused.
    """

    id: str
    data: bytes
    lines: list[Line]
    total: int
    left_out: list[Problem]
    dry: bool
    again: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Owed:
    """What a party is to be paid: an entitlement, or what else its account has.

    Args:
        id: What the payment is named after.
        entitlement: The entitlement; empty for anything else that is payable.
        party: Whom.
        name: How it is called, where that is known.
        amount: In fen.
        purpose: What stands on the payment.
        state: Where it stands.
        handled: What was done before, by verb, and by whom.
    """

    id: str
    entitlement: str
    party: str
    name: str
    amount: int
    purpose: str
    state: str
    handled: dict[str, str]


def purpose_of(memory: Memory, policy: str) -> str:
    """Return a policy's name as it stands on the firm's own statement, for banks cut."""
    rule = memory.region.rules.get(policy)
    return policy if rule is None else rule.said.zh[:PURPOSE_LENGTH]


def _owed(memory: Memory, one: Entitlement) -> Owed:
    return Owed(
        one.id,
        one.id,
        one.party,
        one.name,
        one.amount,
        f"{purpose_of(memory, one.policy)} {one.year}",
        one.state,
        {"entitle.run": one.decided_by, "entitle.approve": one.approved_by},
    )


def others_due(conn: Connection, actor: str = "") -> list[Owed]:
    """Return what is payable besides entitlements: to providers, partners, teams.

    Args:
        conn: The transaction.
        actor: Who would pay; what he wrote into the book himself says so.
    """
    found = []
    for path, has, mine in conn.execute(_PAYABLE, (actor,)).fetchall():
        party = path.partition("/")[2]
        handled = dict.fromkeys(MOVES, actor) if mine else {}
        found.append(
            Owed(
                path.replace("/", "."),
                "",
                party,
                "",
                int(has),
                SETTLEMENT,
                "payable",
                handled,
            )
        )
    return found


def _synthetic(conn: Connection, able: Sequence[Owed]) -> bool:
    row = conn.execute(
        "select exists (select from entitlement where synthetic and id = any(%s))"
        " or exists (select from batch where synthetic)",
        ([one.entitlement for one in able],),
    ).fetchone()
    return bool(row and row[0])


def make_batch(
    memory: Memory,
    *,
    on: date,
    form: str,
    policy: str = "",
    year: int = 0,
    limit: int = 100_000,
    reason: str = "",
    again: bool = False,
    dry_run: bool = False,
) -> BatchMade:
    """Send out what is payable: a file, and a hold for each payment in it.

    What the bank has sent back does not go to the same account once more, unless that
    is said (`again`), with the reason: the account may have been opened again.

    Args:
        memory: The office's memory; its actor pays.
        on: The day of the payment.
        form: Form of the file.
        policy: Only what this policy grants.
        year: Only of this year's budget.
        limit: At most so many payments.
        reason: Why, for the audit trail.
        again: Also to an account that the bank has refused, which has not changed.
        dry_run: Show what would go out.

    Raises:
        NotAllowed: Who asks may not, or has decided or approved one of them.
        UsageError: There is no such form, nothing is payable, or what was refused is
            sent again without a reason.
    """
    if again and not reason.strip():
        msg = "再付到银行退回过的账户，要写原因 (a reason is asked for sending again)"
        raise UsageError(msg, hint="写明怎么知道这个账户现在能收款")
    said = payment_form(memory.region.id, form)
    with memory.transaction() as conn, conn.transaction(force_rollback=dry_run):
        allow(conn, memory, "pay.batch")
        due: list[Owed] = [
            _owed(memory, one)
            for state in ("payable", "failed")
            for one in listed(conn, state=state, policy=policy, year=year, limit=limit)
        ][:limit]
        if not policy:
            due += others_due(conn, memory.actor)[: limit - len(due)]
        ids = [one.entitlement for one in due]
        conn.execute(
            "select from entitlement where id = any(%s) order by id for no key update",
            (ids,),
        )
        for one in due:
            apart(memory, "pay.batch", one.handled)
        payees = payees_on(conn, [one.party for one in due], on)
        left_out = [
            Problem(
                code="L201",
                message=f"`{one.id}` 的收款账户{'已销户' if one.party in payees else '没有登记'}"
                f"（{one.name} {one.party}），没有送付 (no account to pay to)",
                mend="`ceyuan pay payee` 登记后再送付",
            )
            for one in due
            if not payees.get(one.party, ("", "", ""))[2]
        ]
        able = [one for one in due if payees.get(one.party, ("", "", ""))[2]]
        back = _refused(conn, memory.region.id, able, payees)
        if not again:
            left_out += back.values()
            able = [one for one in able if one.id not in back]
        if not able:
            if left_out:
                return BatchMade("", b"", [], 0, left_out, dry_run)
            msg = "没有待支付的应享 (nothing is payable)"
            raise UsageError(msg, hint="`ceyuan entitlement list` 看各笔的状态")
        made = _send(conn, memory, able, payees, on, reason, dry_run=dry_run)
        made.left_out = left_out
        made.again = list(back.values()) if again else []
        made.data = write_file(said, made.lines)
        sha = hashlib.sha256(made.data).digest()
        conn.execute(
            _BATCH,
            (
                made.id,
                form,
                on,
                len(made.lines),
                made.total,
                sha,
                memory.actor,
                _synthetic(conn, able),
            ),
        )
        _payments(conn, made, able)
    return made


def _refused(
    conn: Connection,
    region: str,
    able: Sequence[Owed],
    payees: dict[str, tuple[str, str, str]],
) -> dict[str, Problem]:
    """Return what would go to the account that the bank refused, by what is paid."""
    words: dict[str, str] = {}
    for form in load_payment_forms(region).values():
        for word, code in form.reasons.items():
            words.setdefault(code, word)
    by_id = {one.id: one for one in able}
    found = {}
    for cause, (account, why) in refused(conn, list(by_id)).items():
        one = by_id[cause]
        if account != payees[one.party]:
            continue
        told = words.get(why, why) or "没有写原因"
        found[cause] = Problem(
            code="L211",
            message=f"`{cause}` 上次付到 {masked(account[2])}，银行退回：{told}；账户没有改"
            f"（{one.name} {one.party}）"
            " (the bank refused this account, and it is the same)",
            mend="先改收款账户；确知能收款的，选“也付到退回过的账户”、写明原因再送"
            "（命令行 `--again --reason`）",
        )
    return found


def _send(
    conn: Connection,
    memory: Memory,
    able: Sequence[Owed],
    payees: dict[str, tuple[str, str, str]],
    on: date,
    reason: str,
    *,
    dry_run: bool,
) -> BatchMade:
    tries: dict[str, int] = dict(
        conn.execute(
            "select cause, count(*) from payment where cause = any(%s) group by cause",
            ([one.id for one in able],),
        )
    )
    lines = [
        Line(
            at,
            f"{one.id}.p{tries.get(one.id, 0) + 1}",
            *payees[one.party],
            one.amount,
            one.purpose,
        )
        for at, one in enumerate(able, start=1)
    ]
    digest = hashlib.sha256("\n".join(x.payment for x in lines).encode()).hexdigest()
    name = f"pay-{on:%Y%m%d}-{digest[:8]}"
    open_accounts(
        conn,
        [Account(path=BANK, commodity="CNY", side="debit", opened=date(on.year, 1, 1))],
        actor=memory.actor,
        reason="支付",
    )
    post(
        conn,
        [
            Transfer(
                id=f"pay/{line.payment}",
                kind="hold",
                debit=f"payable/{one.party}",
                credit=BANK,
                amount=one.amount,
                commodity="CNY",
                code="pay.send",
                cause=name,
                effective=on,
            )
            for line, one in zip(lines, able, strict=True)
        ],
        actor=memory.actor,
        link="",
    )
    claims = [(x, one) for x, one in zip(lines, able, strict=True) if one.entitlement]
    conn.execute(_STATE, ("sent", [one.entitlement for _, one in claims]))
    items = [(one.entitlement, f"pay/{line.payment}") for line, one in claims]
    event(conn, memory, "send", "sent", items, on=on, reason=reason)
    audit(
        conn,
        "pay.batch",
        [
            (line.payment, {"state": one.state}, {"state": "sent", "batch": name})
            for line, one in zip(lines, able, strict=True)
        ],
        actor=memory.actor,
        reason=reason,
        request=new_request(),
    )
    total = sum(line.amount for line in lines)
    return BatchMade(name, b"", lines, total, [], dry_run)


def _payments(conn: Connection, made: BatchMade, able: Sequence[Owed]) -> None:
    count = len(made.lines)
    conn.execute(
        _PAYMENTS,
        (
            [line.payment for line in made.lines],
            [made.id] * count,
            [line.line for line in made.lines],
            [one.entitlement or None for one in able],
            [one.party for one in able],
            [line.holder for line in made.lines],
            [line.bank for line in made.lines],
            [line.account for line in made.lines],
            [line.amount for line in made.lines],
            ["sent"] * count,
            [one.id for one in able],
        ),
    )
