# SPDX-License-Identifier: Apache-2.0
"""A payment file made once more, and files written whole or not at all.

A batch is sent when its transaction is over; the file is written after that. Where the
disk was full just then, or somebody lost it, it is made again from the payments and
compared with the hash that was kept: it is the same file, byte for byte, or none.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING
from uuid import uuid4

from ceyuan.kernel import LedgerError, UsageError
from ceyuan.office.paying import SETTLEMENT, purpose_of
from ceyuan.office.payment_forms import Line, payment_form, write_file
from ceyuan.office.users import allow

if TYPE_CHECKING:
    from pathlib import Path

    from ceyuan.office.memory import Memory

_BATCH = "select form, file_sha from payment_batch where id = %s"
_LIKE = "select id from payment_batch where starts_with(id, %s) order by id"
_LINES = """
select p.line, p.id, p.holder, p.bank, p.account, p.amount, e.policy, e.year
from payment p left join entitlement e on e.id = p.entitlement_id
where p.batch_id = %s order by p.line
"""


def file_again(memory: Memory, batch: str) -> bytes:
    """Return the file of a batch, as it went out.

    Raises:
        UsageError: There is no such batch.
        NotAllowed: Who asks may not.
        LedgerError: The payments are not those that went out.
    """
    with memory.transaction() as conn:
        allow(conn, memory, "pay.batch")
        row = conn.execute(_BATCH, (batch,)).fetchone()
        if row is None:
            every = [name for (name,) in conn.execute(_LIKE, (batch[:4],))]
            msg = f"没有批次 `{batch}` (there is no such batch)"
            raise UsageError(
                msg,
                hint=f"有：{'、'.join(every[:5])}" if every else "`ceyuan pay list`",
            )
        rows = conn.execute(_LINES, (batch,)).fetchall()
    form = payment_form(memory.region.id, row[0])
    # Earlier batches say the policy by its id; the hash tells which file went out.
    for called in (lambda policy: purpose_of(memory, policy), str):
        lines = [
            Line(at, id_, holder, bank, account, amount,
                 f"{called(policy)} {year}" if policy else SETTLEMENT)
            for at, id_, holder, bank, account, amount, policy, year in rows
        ]  # fmt: skip
        data = write_file(form, lines)
        if hashlib.sha256(data).digest() == bytes(row[1]):
            return data
    msg = f"`{batch}` 的支付与送出的文件不符 (not the file that went out)"
    raise LedgerError(msg, hint="不要送付；先 `ceyuan ledger verify` 查账")


def write_whole(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    draft = path.with_name(f".{path.name}.{uuid4().hex[:8]}")
    try:
        draft.write_bytes(data)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def place_for(path: Path) -> None:
    """See that a file can be written, before anything is done that ends in it.

    Raises:
        UsageError: It is there already, or its folder cannot be written to.
    """
    if path.exists():
        msg = f"`{path}` 已经存在，不覆盖 (the file exists)"
        raise UsageError(msg, hint="换一个 --out；支付文件送错一份就是重复支付")
    draft = path.with_name(f".{path.name}.{uuid4().hex[:8]}")
    try:
        draft.touch()
        draft.unlink()
    except OSError as error:
        msg = f"写不了 `{path}` (cannot be written): {error.strerror}"
        raise UsageError(msg) from error


def write_page(path: Path, text: str) -> None:
    """Write a page whole or not at all; an older one is replaced.

    Raises:
        UsageError: It cannot be written there.
    """
    try:
        write_whole(path, text.encode())
    except OSError as error:
        msg = f"写不了 `{path}` (cannot be written): {error.strerror}"
        raise UsageError(msg) from error
