# SPDX-License-Identifier: Apache-2.0
"""What a bank or the treasury sends back, matched line by line.

A line is matched by number, account and amount; only then does it make a payment paid
or failed. Every line is kept with what came of it: unknown, doubled, altered, late.
One that was taken before, with the same result, changes nothing; with another result
it is a difference, for a person to look at.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ceyuan.kernel import NotAllowed, Problem, show_money
from ceyuan.ledger import Transfer, post
from ceyuan.office.auditing import audit, new_request
from ceyuan.office.database import database_errors
from ceyuan.office.entitlements import event
from ceyuan.office.firm_letters import tell
from ceyuan.office.money_told import bank_reasons
from ceyuan.office.payees import masked
from ceyuan.office.payment_forms import Back, payment_form, read_file
from ceyuan.office.users import allow, apart

if TYPE_CHECKING:
    from psycopg import Connection

    from ceyuan.office.memory import Memory

_STATE = "update entitlement set state = %s where id = any(%s)"
_FIND = """
select p.id, p.batch_id, p.entitlement_id, p.party, p.account, p.amount, p.state,
  e.decided_by, e.approved_by, b.actor, b.day
from payment p join payment_batch b on b.id = p.batch_id
left join entitlement e on e.id = p.entitlement_id
where p.id = %s for no key update of p
"""
_RETURN = """
insert into payment_return (file_sha, file_name, line, payment, amount, outcome,
  bank_reason, day, result, problem, actor, known_at)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, clock_timestamp())
"""
_SEEN = """
select count(*) from payment_return where file_sha = %s and line = %s
  and (result = %s or %s = 'known')
"""


@dataclass(slots=True)
class Returned:
    """What came of a return file.

    Args:
        file: Its name.
        paid: Payments that are paid now.
        failed: Payments that failed now.
        known: Lines that had been taken before, with the same result.
        problems: Lines that say something else than the book, with their place.
        paid_total: Sum of what is paid now, in fen.
        failed_total: Sum of what failed now, in fen.
        late: Payments that are paid in a later year than they were sent in.
    """

    file: str
    paid: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    paid_total: int = 0
    failed_total: int = 0
    late: list[str] = field(default_factory=list)


def take_return(
    memory: Memory, data: bytes, *, name: str, form: str, dry_run: bool = False
) -> Returned:
    """Take in a file that a bank or the treasury sent back.

    Each line is a transaction of its own: a line that says something wrong is kept and
    told with its place, and the others go on. The same file again changes nothing.

    Raises:
        InputRejected: The file cannot be read at all.
        NotAllowed: Who asks may not.
        UsageError: There is no such form.
    """
    lines = read_file(payment_form(memory.region.id, form), data, name=name)
    made = Returned(name)
    sha = hashlib.sha256(data).digest()
    request = new_request()
    with memory.transaction() as conn:
        allow(conn, memory, "pay.return")
    with database_errors(memory.database.said), memory.database.connect() as conn:
        conn.autocommit = True
        for line in lines:
            with conn.transaction(force_rollback=dry_run):
                result, problem = _take(conn, memory, line, made, request)
                before = (sha, line.line, result, result)
                seen = conn.execute(_SEEN, before).fetchone()
                if seen is not None and seen[0]:
                    continue  # the same file again
                conn.execute(
                    _RETURN,
                    (
                        sha,
                        name,
                        line.line,
                        line.payment[:200],
                        line.amount,
                        line.outcome or line.word[:40],
                        line.reason[:200],
                        line.day,
                        result,
                        problem,
                        memory.actor,
                    ),
                )
    return made


def _take(
    conn: Connection, memory: Memory, line: Back, made: Returned, request: str
) -> tuple[str, str]:
    """Take one line; return what came of it: a result, and the problem's words."""

    def wrong(code: str, message: str, mend: str) -> tuple[str, str]:
        made.problems.append(
            Problem(
                code=code, message=message, mend=mend, file=made.file, row=line.line
            )
        )
        return "problem", f"[{code}] {message}"

    row = conn.execute(_FIND, (line.payment,)).fetchone()
    if row is None:
        return wrong(
            "L202",
            f"支付编号“{line.payment}”不是我们送出的 (unknown payment)",
            "与银行核对：是否别家的回单，或编号被改动",
        )
    (
        payment,
        batch,
        entitlement,
        _,
        account,
        amount,
        state,
        decided,
        approved,
        _,
        sent,
    ) = row
    if line.amount != amount or line.account != account:
        said = "无法读出" if line.amount is None else show_money(line.amount, unit="元")
        wrongs = []
        if line.amount != amount:
            wrongs.append(f"金额 {said}（送出 {show_money(amount, unit='元')}）")
        if line.account != account:
            same_end = "，整号不同" if masked(line.account) == masked(account) else ""
            wrongs.append(
                f"账号 {masked(line.account)}（送出 {masked(account)}{same_end}）"
            )
        return wrong(
            "L203",
            f"`{payment}` 的回单与送出的不同：{'，'.join(wrongs)} (altered line)",
            "不入账；向银行要原始凭证核对",
        )
    if not line.outcome or line.day is None:
        return wrong(
            "L204",
            f"`{payment}` 的结果“{line.word}”或日期读不出来 (outcome or day unknown)",
            "按约定的格式重发这一行",
        )
    if state in ("paid", "failed"):
        if state == line.outcome:
            made.known.append(payment)
            return "known", ""
        return wrong(
            "L205",
            f"`{payment}` 已记为{'已付' if state == 'paid' else '失败'}，"
            f"这一行说{line.word} (another result than before)",
            "由财务与银行核对；账上不自动更改",
        )
    if line.day < sent:
        return wrong(
            "L206",
            f"`{payment}` 在 {sent} 才送出，回单日期 {line.day} 更早 (before it was sent)",
            "核对回单的日期",
        )
    try:
        done = {"entitle.run": decided or "", "entitle.approve": approved or ""}
        apart(memory, "pay.return", done)
    except NotAllowed as refused:
        return wrong("L207", refused.message, refused.hint)
    kind = "post" if line.outcome == "paid" else "void"
    transfer = f"pay/{payment}/{line.outcome}"
    post(
        conn,
        [
            Transfer(
                id=transfer,
                kind="post" if kind == "post" else "void",
                of=f"pay/{payment}",
                code=f"pay.{line.outcome}",
                cause=batch,
                effective=line.day,
            )
        ],
        actor=memory.actor,
    )
    conn.execute("update payment set state = %s where id = %s", (line.outcome, payment))
    if entitlement is not None:
        conn.execute(_STATE, (line.outcome, [entitlement]))
        event(conn, memory, line.outcome, line.outcome, [(entitlement, transfer)],
              on=line.day, reason=line.reason)  # fmt: skip
        why = bank_reasons(memory.region.id).get(line.reason, line.reason)
        tell(conn, memory, line.outcome, [entitlement], reason=why)
    audit(
        conn,
        "pay.return",
        [(payment, {"state": state}, {"state": line.outcome, "reason": line.reason})],
        actor=memory.actor,
        reason=f"{made.file} 第 {line.line} 行",
        request=request,
    )
    if line.outcome == "paid":
        made.paid.append(payment)
        made.paid_total += amount
        if line.day.year > sent.year:
            made.late.append(payment)
    else:
        made.failed.append(payment)
        made.failed_total += amount
    return line.outcome, ""
