# SPDX-License-Identifier: Apache-2.0
"""A batch of payments as it is made on a page: looked at first, then agreed to.

What was looked at is named by a hash of its lines. When somebody agrees, the batch is
planned once more; is it another one by then (a colleague has sent it, an account was
registered), nothing is sent and he is told so. Two who agree at once come one after
the other.
"""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from ceyuan.kernel import UsageError
from ceyuan.office.paying import make_batch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from ceyuan.office.memory import Memory
    from ceyuan.office.paying import BatchMade

_ONE_AT_A_TIME = "select pg_advisory_lock(hashtextextended('ceyuan.pay.batch', 0))"
_LAST = """
select id, actor, known_at from payment_batch order by known_at desc limit 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchAsked:
    """A batch as it is asked for.

    Args:
        on: The day of the payment.
        form: Form of the file.
        policy: Only what this policy grants; empty: everything.
        year: Only of this year's budget; 0: of any.
        reason: Why, for the audit trail.
        again: Also to an account that the bank has refused.
    """

    on: date
    form: str
    policy: str = ""
    year: int = 0
    reason: str = ""
    again: bool = False


class Changed(UsageError):
    """What was agreed to is no longer what would be done; nothing was done."""


def look(memory: Memory, asked: BatchAsked) -> BatchMade:
    """Return the batch that would go out; nothing is written.

    Raises:
        NotAllowed: Who asks may not, or has decided or approved one of them.
        UsageError: There is no such form, or nothing is payable.
    """
    return make_batch(memory, **asdict(asked), dry_run=True)


def digest_of(asked: BatchAsked, made: BatchMade) -> str:
    """Return the hash of what somebody has looked at: every line, form and day."""
    words = [asked.form, str(asked.on), str(made.total)]
    words += [
        f"{x.payment}\t{x.holder}\t{x.bank}\t{x.account}\t{x.amount}"
        for x in made.lines
    ]
    return hashlib.sha256("\n".join(words).encode()).hexdigest()


def send(memory: Memory, asked: BatchAsked, *, agreed: str) -> BatchMade:
    """Send out the batch that somebody has looked at and agreed to.

    Args:
        memory: The office's memory; its actor pays.
        asked: The batch.
        agreed: The hash of what he has looked at.

    Raises:
        Changed: It would be another batch now; nothing was sent.
        NotAllowed: Who asks may not, or has decided or approved one of them.
    """
    with _one_at_a_time(memory):
        try:
            now = look(memory, asked)
        except UsageError as error:
            raise _changed(memory) from error
        if digest_of(asked, now) != agreed:
            raise _changed(memory)
        return make_batch(memory, **asdict(asked))


def _changed(memory: Memory) -> Changed:
    with memory.transaction() as conn:
        row: Any = conn.execute(_LAST).fetchone()
    if row is None:
        msg = "看过之后待支付的变了，没有送付 (the payments have changed since you looked)"
    else:
        batch, who, at = row
        msg = (
            f"看过之后待支付的变了，没有送付：最近一批 `{batch}` 由 {who} 在 "
            f"{at.astimezone():%Y-%m-%d %H:%M} 送出 (the payments have changed since you "
            f"looked; nothing was sent; the last batch, `{batch}`, was sent by {who})"
        )
    return Changed(msg, hint="重新看一遍待支付的，再确认；已送出的不会再送一次")


@contextmanager
def _one_at_a_time(memory: Memory) -> Iterator[None]:
    with memory.database.connect() as conn:
        conn.execute(_ONE_AT_A_TIME)
        yield
        # The lock goes with the connection.
