# SPDX-License-Identifier: Apache-2.0
"""The book out of the database: as one file that proves itself, and for others.

The file is plain text: sections of lines, each line the very words that were hashed,
and at the end the hash of every byte before. Change one byte anywhere and it is found;
change it and mend the last line, and the seals find it.

For others: beancount text, CSV and Parquet.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from ceyuan.kernel import InputRejected
from ceyuan.ledger import queries as q
from ceyuan.ledger.posting import plain
from ceyuan.ledger.reading import JOURNAL_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    import psycopg

FORMAT = "ceyuan.ledger-book/1"
_SECTIONS = ("accounts", "sets", "events", "transfers", "audits", "seals")
_HEAD = re.compile(rb"== (\w+) (\d+)\Z")


@dataclass(frozen=True, slots=True)
class Book:
    """A book as lines, section by section.

    Args:
        accounts: What the database keeps of each account.
        sets: What it keeps of each account set.
        events: Openings, limits and closings.
        transfers: Transfers.
        audits: The audit trail; None where an export leaves it out.
        seals: Seals.
    """

    accounts: Iterable[bytes]
    sets: Iterable[bytes]
    events: Iterable[bytes]
    transfers: Iterable[bytes]
    audits: Iterable[bytes] | None
    seals: Iterable[bytes]


def lines(conn: psycopg.Connection, statement: str) -> Iterator[bytes]:
    """Yield blocks of whole rows, as the database writes them."""
    with conn.cursor() as cursor, cursor.copy(statement.encode()) as copy:
        for block in copy:
            yield bytes(block)


def book_of(conn: psycopg.Connection, *, audits: bool = True) -> Book:
    """Return the book of a database, as it is at one moment.

    The connection's transaction should be `repeatable read`, or sections differ.
    """
    there = book_in(conn, audits=audits)
    return Book(
        *(
            None if (blocks := getattr(there, name)) is None else [b"".join(blocks)]
            for name in ("accounts", "sets", "events", "transfers", "audits", "seals")
        )  # type: ignore[arg-type]
    )


def book_in(conn: psycopg.Connection, *, audits: bool = True) -> Book:
    """Return the book of a database, read while it is walked, once.

    What is read can be hashed while the database writes out the next rows. As for
    `book_of`, the transaction should be `repeatable read`.
    """

    def read(statement: str) -> Iterator[bytes]:
        yield from lines(conn, statement)

    return Book(
        read(q.ACCOUNT_LINES),
        read(q.SET_LINES),
        read(q.EVENT_LINES),
        read(q.TRANSFER_LINES.format(where="")),
        read(q.AUDIT_LINES) if audits else None,
        read(q.SEAL_LINES),
    )


def write_book(book: Book, path: Path, *, note: str = "") -> str:
    """Write a book to a file; return the hash that its last line holds."""
    whole = hashlib.sha256()
    fresh = path.with_name(f"{path.name}.part")
    with fresh.open("wb") as file:

        def put(data: bytes) -> None:
            whole.update(data)
            file.write(data)

        put(f"{FORMAT}\n{plain(note)}\n".encode())
        for name in _SECTIONS:
            blocks = getattr(book, name)
            if blocks is None:
                continue
            text = b"".join(blocks)
            count = text.count(b"\n")
            put(f"== {name} {count}\n".encode())
            put(text)
        file.write(f"== end {whole.hexdigest()}\n".encode())
    fresh.replace(path)
    return whole.hexdigest()


def read_book(path: Path) -> tuple[Book, bool]:
    """Return an exported book, and whether its last line fits what stands before.

    Raises:
        InputRejected: It is no exported book, or cut off.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        msg = f"读不了 `{path}` (cannot be read): {error.strerror}"
        raise InputRejected(msg) from error
    if not data.startswith(FORMAT.encode() + b"\n"):
        msg = f"`{path.name}` 不是导出的账本 (not an exported book)"
        raise InputRejected(msg, hint="用 `ceyuan ledger export` 导出的文件")
    end = data.rfind(b"== end ")
    said = data[end:]
    fits = said == b"== end %s\n" % hashlib.sha256(data[:end]).hexdigest().encode()
    found, whole = _sections(data, end, path.name)
    missing = [n for n in _SECTIONS if n not in found and n != "audits"]
    if missing or not whole:
        msg = f"`{path.name}` 不完整：缺 {'、'.join(missing) or '结尾'} (cut off)"
        raise InputRejected(msg, hint="重新导出")
    trail = found.get("audits")
    return (
        Book(
            [found["accounts"]],
            [found["sets"]],
            [found["events"]],
            [found["transfers"]],
            None if trail is None else [trail],
            [found["seals"]],
        ),
        fits,
    )


def _sections(data: bytes, end: int, name: str) -> tuple[dict[str, bytes], bool]:
    """Return the sections of a file, and whether they reach its last line.

    Raises:
        InputRejected: Where a section should begin, none does.
    """
    found: dict[str, bytes] = {}
    at = data.find(b"\n", data.find(b"\n") + 1) + 1
    while 0 < at < len(data) and at != end:
        stop = data.find(b"\n", at)
        head = _HEAD.match(data[at : stop if stop >= 0 else len(data)])
        title = head[1].decode() if head else ""
        if head is None or title not in _SECTIONS or title in found:
            line = data.count(b"\n", 0, at) + 1
            msg = f"`{name}` 第 {line} 行不是一节的开头 (no section begins)"
            raise InputRejected(msg, hint="文件被改动或截断；重新导出")
        close = _after(data, stop + 1, int(head[2]))
        found[title] = data[stop + 1 : close]
        at = close
    return found, end > 0 and at == end


def _after(data: bytes, start: int, lines: int) -> int:
    """Return where so many lines end; the end of the data where there are fewer.

    The next section is looked for and the lines before it counted: faster by far than
    to look for each of a million line ends.
    """
    if lines == 0:
        return start
    at = start
    while (at := data.find(b"\n== ", at)) >= 0:
        count = data.count(b"\n", start, at + 1)
        if count == lines:
            return at + 1
        if count > lines:
            break
        at += 1
    at = start
    for _ in range(lines):  # not as it was written: said line by line
        at = data.find(b"\n", at) + 1
        if at == 0:
            return len(data)
    return at


def journal_frame(rows: Iterable[tuple[object, ...]]) -> pl.DataFrame:
    """Return entries as a frame: amounts are whole numbers of the smallest unit."""
    return pl.DataFrame(
        [list(map(_plain, row)) for row in rows], schema=JOURNAL_COLUMNS, orient="row"
    )


def _plain(value: object) -> object:
    return bytes(value).hex() if isinstance(value, (bytes, memoryview)) else value


def beancount(
    entries: Iterable[tuple[object, ...]],
    accounts: Iterable[tuple[object, ...]],
    *,
    scale: Mapping[str, int],
    progress: Callable[[int], None] = lambda _: None,
) -> Iterator[str]:
    """Yield the book as beancount text: what is posted, hold by hold left out.

    Args:
        entries: Entries in the order of `JOURNAL_COLUMNS`.
        accounts: Path, side, commodity, opened, closed of each account.
        scale: Decimal places of each commodity; others have none.
        progress: Told how many entries are written.
    """
    yield 'option "title" "Ceyuan"\noption "operating_currency" "CNY"\n'
    names: dict[str, str] = {}
    used: set[str] = set()
    for path, side, commodity, opened, closed in accounts:
        name = _bean_name(str(path), str(side), used)
        names[str(path)] = name
        yield f'\n{opened} open {name} {commodity}\n  path: "{_quoted(path)}"\n'
        if closed is not None:
            yield f"{closed} close {name}\n"
    done = 0
    for row in entries:
        entry = dict(zip(JOURNAL_COLUMNS, row, strict=True))
        if entry["kind"] not in ("transfer", "post", "reverse"):
            continue
        places = scale.get(str(entry["commodity"]), 0)
        amount = _decimal(int(str(entry["amount"])), places)
        yield (
            f'\n{entry["effective"]} * "{_quoted(entry["code"])}" '
            f'"{_quoted(entry["cause"])}"\n'
            f'  id: "{_quoted(entry["id"])}"\n  sha: "{_plain(entry["sha"])}"\n'
            f"  {names[str(entry['debit'])]}  {amount} {entry['commodity']}\n"
            f"  {names[str(entry['credit'])]}  -{amount} {entry['commodity']}\n"
        )
        done += 1
        progress(done)


def _decimal(amount: int, places: int) -> str:
    whole, part = divmod(amount, 10**places)
    return f"{whole}.{part:0{places}d}" if places else str(whole)


def _quoted(text: object) -> str:
    return str(text).replace('"', "'")


def _bean_name(path: str, side: str, used: set[str]) -> str:
    """Return an account's name as beancount allows it: parts of letters and digits."""
    parts = [
        re.sub(r"[^A-Za-z0-9-]", lambda m: f"U{ord(m[0]):X}", part).lstrip("-") or "X"
        for part in path.split("/")
    ]
    parts = [part[0].upper() + part[1:] for part in parts]
    name = ":".join(("Assets" if side == "debit" else "Liabilities", *parts))
    while name in used:
        name += "-2"
    used.add(name)
    return name
