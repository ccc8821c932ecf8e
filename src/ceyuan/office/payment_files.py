# SPDX-License-Identifier: Apache-2.0
"""A payment file made once more, and payees read from a table.

A batch is sent when its transaction is over; the file is written after that. Where the
disk was full just then, or somebody lost it, it is made again from the payments and
compared with the hash that was kept: it is the same file, byte for byte, or none.
"""

from __future__ import annotations

import csv
import hashlib
import io
from typing import TYPE_CHECKING
from uuid import uuid4

from ceyuan.kernel import InputRejected, LedgerError, UsageError
from ceyuan.office.payment_forms import MOST_BYTES, Line, payment_form, write_file
from ceyuan.office.users import allow

if TYPE_CHECKING:
    from pathlib import Path

    from ceyuan.office.memory import Memory

HEADINGS = ("收款方", "户名", "开户行", "账号")
_BATCH = "select form, file_sha from payment_batch where id = %s"
_LIKE = "select id from payment_batch where starts_with(id, %s) order by id"
_LINES = """
select p.line, p.id, p.holder, p.bank, p.account, p.amount,
  coalesce(e.policy || ' ' || e.year, '结算')
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
        lines = [Line(*r) for r in conn.execute(_LINES, (batch,))]
    data = write_file(payment_form(memory.region.id, row[0]), lines)
    if hashlib.sha256(data).digest() != bytes(row[1]):
        msg = f"`{batch}` 的支付与送出的文件不符 (not the file that went out)"
        raise LedgerError(msg, hint="不要送付；先 `ceyuan ledger verify` 查账")
    return data


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


def read_payees(path: Path) -> list[tuple[str, str, str, str]]:
    """Return party, holder, bank and account of each line of a CSV file.

    Raises:
        InputRejected: It cannot be read, or lacks a column or a cell.
    """
    try:
        data = path.read_bytes()
        text = data[:MOST_BYTES].decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        said = getattr(error, "strerror", None) or "不是 UTF-8"
        msg = f"读不了 `{path}` (cannot be read): {said}"
        raise InputRejected(msg) from error
    rows = list(csv.DictReader(io.StringIO(text)))
    missing = [h for h in HEADINGS if rows and h not in rows[0]]
    if missing or not rows:
        msg = f"`{path.name}` 缺列：{'、'.join(missing or HEADINGS)} (columns missing)"
        raise InputRejected(msg, hint=f"第一行写 {','.join(HEADINGS)}")
    found = []
    for number, row in enumerate(rows, start=2):
        cells = [(row[h] or "").strip().lstrip("'") for h in HEADINGS]
        if not (cells[0] and cells[1]):
            msg = f"`{path.name}` 第 {number} 行没有收款方或户名 (a cell is empty)"
            raise InputRejected(msg, hint="账号留空表示已销户；收款方和户名不能空")
        found.append((cells[0], cells[1], cells[2], cells[3]))
    return found


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
