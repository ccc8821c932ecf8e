# SPDX-License-Identifier: Apache-2.0
"""The book at one moment: for verifying, for a file, for a statement with balances."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from ceyuan.kernel import UsageError
from ceyuan.ledger import balance, book_in, statement, verify_book, write_book
from ceyuan.ledger.exporting import beancount, journal_frame
from ceyuan.ledger.reading import account_rows, all_entries
from ceyuan.office.database import database_errors

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from psycopg import Connection

    from ceyuan.declarations.instrument_parts import Commodity
    from ceyuan.ledger import Balance, Entry, Verified
    from ceyuan.office.memory import Memory

FORMATS = ("book", "beancount", "csv", "parquet")


@contextmanager
def one_moment(memory: Memory) -> Iterator[Connection]:
    """Yield a connection on which every question is answered as of one moment."""
    with database_errors(memory.database.said), memory.database.connect() as conn:
        conn.execute("set transaction isolation level repeatable read, read only")
        yield conn


def verify_now(memory: Memory, *, head: str = "") -> Verified:
    """Walk the whole book of the database once more."""
    with one_moment(memory) as conn:
        return verify_book(book_in(conn), head=head)


def write_out(
    memory: Memory,
    path: Path,
    *,
    format_: str = "book",
    audits: bool = False,
    note: str = "",
) -> str:
    """Write the book to a file, whole or not at all; return the hash of a `book`.

    Args:
        memory: The office's memory.
        path: Where to.
        format_: `book` proves itself; `beancount`, `csv`, `parquet` are for others.
        audits: With the audit trail (of a `book`).
        note: A line on top, such as that the data are invented.

    Raises:
        UsageError: There is no such format, or it cannot be written there.
    """
    if format_ not in FORMATS:
        msg = f"没有格式 `{format_}` (no such format)"
        raise UsageError(msg, hint=f"可选：{'、'.join(FORMATS)}")
    if audits and format_ != "book":
        msg = f"`{format_}` 不含审计记录 (only a `book` holds the audit trail)"
        raise UsageError(msg, hint="--format book --audits")
    draft = path.with_name(f".{path.name}.{uuid4().hex[:8]}")
    try:
        with one_moment(memory) as conn:
            digest = _write(conn, memory, draft, format_, audits=audits, note=note)
        draft.replace(path)
    except (FileNotFoundError, PermissionError, IsADirectoryError) as error:
        msg = f"写不了 `{path}` (cannot be written): {error.strerror}"
        raise UsageError(msg) from error
    finally:
        draft.unlink(missing_ok=True)
        draft.with_name(f"{draft.name}.part").unlink(missing_ok=True)
    return digest


def _write(
    conn: Connection,
    memory: Memory,
    path: Path,
    format_: str,
    *,
    audits: bool,
    note: str,
) -> str:
    if format_ == "book":
        return write_book(book_in(conn, audits=audits), path, note=note)
    if format_ == "beancount":
        scale = {
            name: _places(one)
            for name, one in memory.declared.instruments.commodities.items()
        }
        with path.open("w", encoding="utf-8", newline="\n") as file:
            if note:
                file.write(f"; {note}\n")
            rows = ((p, s, c, o, z) for p, s, c, o, z in account_rows(conn))
            file.writelines(beancount(all_entries(conn), rows, scale=scale))
        return ""
    frame = journal_frame(all_entries(conn))
    if format_ == "csv":
        frame.write_csv(path)
    else:
        frame.write_parquet(path)
    return ""


def _places(one: Commodity) -> int:
    """Return the decimal places of a commodity whose unit is a power of ten of it."""
    size, places = one.per_unit, 0
    while size > 1 and size % 10 == 0:
        size, places = size // 10, places + 1
    return places if size == 1 else 0


@dataclass(frozen=True, slots=True)
class StatementLine:
    """An entry as an account sees it.

    Args:
        entry: The entry.
        debit: What it debits the account by; 0: nothing.
        credit: What it credits it by.
        held: What it reserves (above 0) or frees (below).
        has: What the account has after it, on its own side.
        other: The other account.
    """

    entry: Entry
    debit: int
    credit: int
    held: int
    has: int
    other: str


@dataclass(frozen=True, slots=True)
class Statement:
    """An account between two days: what it had, each entry, what it has."""

    before: Balance
    after: Balance
    lines: tuple[StatementLine, ...]


def statement_of(
    conn: Connection,
    path: str,
    *,
    since: date = date.min,
    until: date = date.max,
    known_at: datetime | None = None,
) -> Statement:
    """Return an account's statement with a running balance.

    Raises:
        Refused: There is no such account.
    """
    earlier = since if since == date.min else since - timedelta(1)
    before = balance(conn, path, as_of=earlier, known_at=known_at)
    after = balance(conn, path, as_of=until, known_at=known_at)
    found = statement(conn, path, since=since, until=until, known_at=known_at)
    holds = _held(conn, [one.of for one in found if one.of])
    has, lines = before.has, []
    sign = 1 if before.side == "credit" else -1
    for one in found:
        debits = one.debit == path
        moved = one.amount if one.kind in ("transfer", "post", "reverse") else 0
        held = 0
        if one.kind == "hold":
            held = one.amount
        elif one.kind in ("post", "void", "expire"):
            held = -holds.get(one.of, one.amount)
        debit, credit = (moved, 0) if debits else (0, moved)
        has += sign * (credit - debit)
        other = one.credit if debits else one.debit
        lines.append(StatementLine(one, debit, credit, held, has, other))
    return Statement(before, after, tuple(lines))


def _held(conn: Connection, names: list[str]) -> Mapping[str, int]:
    rows = conn.execute(
        "select id, amount from ledger_transfer where id = any(%s) and kind = 'hold'",
        (names,),
    )
    return dict(rows.fetchall())
