# SPDX-License-Identifier: Apache-2.0
"""An exported book proves itself; what others read out of it is the same book."""

from __future__ import annotations

import hashlib
import random
from contextlib import closing
from datetime import UTC
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from ceyuan.kernel import InputRejected
from ceyuan.ledger import (
    AccountSet,
    balances,
    book_of,
    close_account,
    read_book,
    seal_now,
    verify_book,
    write_book,
)
from ceyuan.ledger.exporting import beancount, journal_frame
from ceyuan.ledger.reading import (
    JOURNAL_COLUMNS,
    account_rows,
    all_entries,
    entries,
)
from tests.ledger.book import (
    ACTOR,
    DAY,
    account,
    day,
    give,
    hold,
    move,
    naming,
    opened,
    shared,
    small,
    treasury,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import psycopg

    from ceyuan.office.database import Database

BYTES = 300


@pytest.fixture(scope="module")
def conn(database_server: str) -> Iterator[psycopg.Connection]:
    """Give a book with all kinds of rows; nobody writes into it."""
    with shared(database_server) as conn:
        small(conn)
        opened(
            conn,
            account("wallet/甲 1", sets=("cap",)),
            account("old"),
            treasury("hours", commodity="HOUR"),
            account("hours/lab-a", commodity="HOUR"),
            sets=[AccountSet(name="cap", commodity="CNY", ceiling=500)],
        )
        give(conn, move("v1", "pool", "firm/a", 105, cause='案 "7"'))
        give(conn, hold("h1", "pool", "wallet/甲 1", 60, expires=day(5)))
        seal_now(conn)
        give(conn, naming("post", "p1", "h1", 50, effective=day(1)))
        give(conn, hold("h2", "pool", "firm/b", 7))
        give(conn, naming("reverse", "r1", "v1", 20, effective=day(2)))
        give(
            conn,
            move("g1", "hours", "hours/lab-a", 8, commodity="HOUR"),
            move("g2", "firm/a", "provider", 30),
        )
        with conn.transaction():
            close_account(conn, "old", DAY, actor=ACTOR)
            conn.execute(
                "select audit_write('tester', '', 'close', array['old'], 'empty', "
                "array['{\"a\": \"b\\c\"}'], array[''], 'request')"
            )
        seal_now(conn)
        yield conn


def exported(conn: psycopg.Connection, path: Path, *, audits: bool = True) -> bytes:
    with conn.transaction():
        write_book(book_of(conn, audits=audits), path, note="策源")
    return path.read_bytes()


def found(path: Path) -> bool:
    """Return whether somebody who reads the file finds that it was changed."""
    try:
        book, fits = read_book(path)
    except InputRejected:
        return True
    return not fits or not verify_book(book).ok


def mended(data: bytes) -> bytes:
    """Return a file with its last line made to fit."""
    end = data.rindex(b"== end ")
    return data[:end] + b"== end %s\n" % hashlib.sha256(data[:end]).hexdigest().encode()


def rehashed(line: bytes) -> bytes:
    """Return a line with its own hash made to fit."""
    words = line.rsplit(b"\t", 1)[0]
    return words + b"\t" + hashlib.sha256(words).hexdigest().encode()


@pytest.mark.parametrize("audits", [True, False])
def test_book_written_and_read_is_the_same_book_and_whole(
    conn: psycopg.Connection, tmp_path: Path, audits: bool
) -> None:
    path = tmp_path / "book.txt"
    with conn.transaction():
        book = book_of(conn, audits=audits)
        said = write_book(book, path, note="策源")

    again, fits = read_book(path)

    assert (again, fits) == (book, True)
    checked = verify_book(again)
    # v1, h1, p1, h2, r1, g1, g2 and the appropriation.
    assert (checked.ok, checked.transfers, checked.audits) == (True, 8, int(audits))
    assert path.read_bytes().endswith(f"== end {said}\n".encode())
    assert path.read_bytes().startswith("ceyuan.ledger-book/1\n策源\n".encode())
    assert [p.name for p in tmp_path.iterdir()] == ["book.txt"]


def test_book_that_is_empty_is_written_and_read(
    database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "book.txt"
    with closing(database.connect()) as conn:
        exported(conn, path)

    book, fits = read_book(path)

    assert (fits, verify_book(book).ok) == (True, True)


def test_book_with_any_one_byte_changed_is_found(
    conn: psycopg.Connection, tmp_path: Path
) -> None:
    path, draw = tmp_path / "book.txt", random.Random(20261121)
    data = exported(conn, path)
    structural = [
        at for at, byte in enumerate(data) if byte in b"\n=" or byte == ord(b"\t")
    ]
    places = [
        *draw.sample(range(len(data)), BYTES),
        *draw.sample(structural, BYTES),
        *range(60),
        *range(len(data) - 80, len(data)),
    ]

    missed = []
    for at in places:
        other = draw.choice([b for b in range(256) if b != data[at]])
        path.write_bytes(data[:at] + bytes([other]) + data[at + 1 :])
        if not found(path):
            missed.append((at, data[at], other))

    assert missed == []


@pytest.mark.soak
def test_book_with_each_byte_changed_in_turn_is_found(
    conn: psycopg.Connection, tmp_path: Path
) -> None:
    path = tmp_path / "book.txt"
    data = exported(conn, path)

    for at in range(len(data)):
        for other in {data[at] ^ 1, data[at] ^ 32, 9, 10, 48} - {data[at]}:
            path.write_bytes(data[:at] + bytes([other]) + data[at + 1 :])
            assert found(path), at


@pytest.mark.parametrize("text", [b"", b"\n", b"\nnote\n", b"\n\n== end x\n"])
def test_book_that_ends_after_its_first_line_is_rejected(
    tmp_path: Path, text: bytes
) -> None:
    path = tmp_path / "book.txt"
    path.write_bytes(b"ceyuan.ledger-book/1" + text)

    with pytest.raises(InputRejected):
        read_book(path)


@pytest.mark.parametrize("cut", [1, 40, 70, 72, 500, 2_000])
def test_book_that_is_cut_off_is_found(
    conn: psycopg.Connection, tmp_path: Path, cut: int
) -> None:
    path = tmp_path / "book.txt"
    path.write_bytes(exported(conn, path)[:-cut])

    assert found(path)


def test_book_with_more_after_its_end_is_found(
    conn: psycopg.Connection, tmp_path: Path
) -> None:
    path = tmp_path / "book.txt"
    path.write_bytes(exported(conn, path) + b"\n")

    assert found(path)


def test_book_with_the_last_line_mended_is_found_by_the_hash_of_the_row(
    conn: psycopg.Connection, tmp_path: Path
) -> None:
    path = tmp_path / "book.txt"
    data = exported(conn, path)
    assert data.count(b"\t105\tCNY") == 1
    path.write_bytes(mended(data.replace(b"\t105\tCNY", b"\t106\tCNY")))

    book, fits = read_book(path)

    assert fits
    assert {fault.code for fault in verify_book(book).faults} == {"L301"}


def test_book_with_row_and_last_line_mended_is_found_by_the_seal(
    conn: psycopg.Connection, tmp_path: Path
) -> None:
    path = tmp_path / "book.txt"
    data = exported(conn, path)
    line = next(one for one in data.split(b"\n") if b"\t105\tCNY" in one)
    other = rehashed(line.replace(b"\t105\tCNY", b"\t106\tCNY"))
    path.write_bytes(mended(data.replace(line, other)))

    book, fits = read_book(path)

    assert fits
    # The balances that are kept do not come out either.
    assert {fault.code for fault in verify_book(book).faults} == {
        "L303", "L304", "L307",
    }  # fmt: skip


def test_book_with_any_word_of_any_row_changed_and_all_hashes_mended_is_found(
    conn: psycopg.Connection, tmp_path: Path
) -> None:
    path = tmp_path / "book.txt"
    data = exported(conn, path)
    rows = data.split(b"\n")
    missed = []
    for at, row in enumerate(rows):
        words = row.split(b"\t")
        if len(words) < 3:
            continue
        for place in range(len(words) - 1):
            word = words[place]
            other = b"%d" % (int(word) + 1) if word.isdigit() else word + b"x"
            line = b"\t".join([*words[:place], other, *words[place + 1 :]])
            if len(words) > 11:  # it has a hash of its own
                line = rehashed(line)
            path.write_bytes(mended(b"\n".join([*rows[:at], line, *rows[at + 1 :]])))
            try:
                if not found(path):
                    missed.append((row[:40], place, other))
            except Exception as error:  # noqa: BLE001 - the walk must not break off
                missed.append((row[:40], place, type(error).__name__.encode()))

    assert missed == []


@pytest.mark.parametrize("section", ["accounts", "sets", "seals", "transfers"])
def test_book_with_words_that_are_no_numbers_is_found_and_does_not_break_the_walk(
    conn: psycopg.Connection, tmp_path: Path, section: str
) -> None:
    path = tmp_path / "book.txt"
    rows = exported(conn, path).split(b"\n")
    at = next(n for n, r in enumerate(rows) if r.startswith(f"== {section}".encode()))
    words = rows[at + 1].split(b"\t")
    place = {"accounts": 2, "sets": 1, "seals": 9, "transfers": 5}[section]
    line = b"\t".join([*words[:place], b"x", *words[place + 1 :]])
    rows[at + 1] = rehashed(line) if section == "transfers" else line
    path.write_bytes(mended(b"\n".join(rows)))

    assert found(path)


@pytest.mark.parametrize(
    "text",
    [b"", b"x", b"ceyuan.ledger-book/2\n\n\n\n"],
)
def test_file_that_is_no_book_is_rejected(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "book.txt"
    path.write_bytes(text)

    with pytest.raises(InputRejected, match="not an exported book"):
        read_book(path)


def test_file_that_is_not_there_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(InputRejected, match="cannot be read"):
        read_book(tmp_path / "nothing.txt")


@pytest.mark.parametrize(
    "section", ["accounts", "sets", "events", "transfers", "seals"]
)
def test_book_without_a_section_is_rejected(
    conn: psycopg.Connection, tmp_path: Path, section: str
) -> None:
    path = tmp_path / "book.txt"
    parts = exported(conn, path).split(b"\n== ")
    rest = [p for p in parts if not p.startswith(section.encode())]
    path.write_bytes(b"\n== ".join(rest))

    with pytest.raises(InputRejected, match="cut off"):
        read_book(path)


def test_book_with_a_section_twice_is_rejected(
    conn: psycopg.Connection, tmp_path: Path
) -> None:
    path = tmp_path / "book.txt"
    data = exported(conn, path)
    path.write_bytes(data.replace(b"== sets", b"== accounts"))

    with pytest.raises(InputRejected, match="no section begins"):
        read_book(path)


def test_book_with_a_note_of_two_lines_can_be_read(
    conn: psycopg.Connection, tmp_path: Path
) -> None:
    path = tmp_path / "book.txt"
    with conn.transaction():
        book = book_of(conn)
        write_book(book, path, note="one\n== accounts 9")

    assert read_book(path) == (book, True)


# --- for others ----------------------------------------------------------------------


@pytest.fixture
def frame(conn: psycopg.Connection) -> pl.DataFrame:
    with conn.transaction():
        return journal_frame(all_entries(conn))


def test_journal_as_a_frame_is_the_book_row_by_row(
    conn: psycopg.Connection, frame: pl.DataFrame
) -> None:
    ids = ["appropriation", "v1", "h1", "p1", "h2", "r1", "g1", "g2"]
    kept = entries(conn, ids)
    conn.rollback()

    assert dict(frame.schema) == dict(JOURNAL_COLUMNS)
    assert frame["id"].to_list() == ids
    assert frame.rows() == [
        (e.seq, e.id, e.kind, e.debit, e.credit, e.amount, e.commodity, e.code, e.cause,
         e.effective, e.of, e.expires, e.link, e.actor, e.known_at.astimezone(UTC),
         e.sha.hex())
        for e in kept
    ]  # fmt: skip


def test_journal_through_parquet_is_the_same_frame(
    frame: pl.DataFrame, tmp_path: Path
) -> None:
    frame.write_parquet(tmp_path / "journal.parquet")

    assert pl.read_parquet(tmp_path / "journal.parquet").equals(frame)


def test_journal_through_csv_is_the_same_frame(
    frame: pl.DataFrame, tmp_path: Path
) -> None:
    frame.write_csv(tmp_path / "journal.csv")

    said = pl.read_csv(
        tmp_path / "journal.csv",
        schema_overrides=dict.fromkeys(JOURNAL_COLUMNS, pl.String),
    )
    # An empty field of a CSV file is an empty text here; only `expires` can be none.
    texts = [name for name, kind in JOURNAL_COLUMNS.items() if kind == pl.String]
    again = said.with_columns(pl.col(texts).fill_null("")).with_columns(
        pl.col("seq", "amount").cast(pl.Int64),
        pl.col("effective", "expires").str.to_date(),
        pl.col("known_at").str.to_datetime(time_unit="us", time_zone="UTC"),
    )
    assert again.rows() == frame.rows()


def test_journal_of_an_empty_book_is_an_empty_frame() -> None:
    assert journal_frame([]).rows() == []
    assert dict(journal_frame([]).schema) == dict(JOURNAL_COLUMNS)


SCALE = {"CNY": 2}


def text_of(conn: psycopg.Connection) -> str:
    with conn.transaction():
        return "".join(beancount(all_entries(conn), account_rows(conn), scale=SCALE))


def test_beancount_text_is_what_was_posted_and_no_hold(
    conn: psycopg.Connection,
) -> None:
    (one,) = entries(conn, ["v1"])
    conn.rollback()
    text = text_of(conn)

    assert (
        '\n2026-03-01 * "move" "案 \'7\'"\n'
        f'  id: "v1"\n  sha: "{one.sha.hex()}"\n'
        "  Liabilities:Pool  1.05 CNY\n"
        "  Liabilities:Firm:A  -1.05 CNY\n"
    ) in text
    assert (
        '\n2026-01-01 open Liabilities:Wallet:U7532U201 CNY\n  path: "wallet/甲 1"\n'
    ) in text
    assert "\n2026-03-01 close Liabilities:Old\n" in text
    # The appropriation, v1, p1, r1, g1, g2: neither of the two holds.
    assert text.count(" * ") == 6


def test_beancount_loads_the_text_and_has_the_same_balances(
    conn: psycopg.Connection,
) -> None:
    """Beancount is no part of the system: it is asked where somebody has it."""
    loader: Any = pytest.importorskip("beancount.loader")
    core: Any = pytest.importorskip("beancount.core.data")

    loaded, errors, _ = loader.load_string(text_of(conn))

    assert errors == []
    paths = {e.account: e.meta["path"] for e in loaded if isinstance(e, core.Open)}
    sums: dict[tuple[str, str], int] = {}
    for each in loaded:
        if isinstance(each, core.Transaction):
            for leg in each.postings:
                key = (paths[leg.account], leg.units.currency)
                units = leg.units.number.scaleb(SCALE.get(leg.units.currency, 0))
                assert units == int(units)
                sums[key] = sums.get(key, 0) + int(units)
    ours = {(b.path, b.commodity): b.debits - b.credits for b in balances(conn)}
    conn.rollback()
    assert {key: value for key, value in sums.items() if value} == {
        key: value for key, value in ours.items() if value
    }
    assert set(paths.values()) == {path for path, _ in ours}


def test_beancount_names_of_accounts_are_never_the_same() -> None:
    names = ["a-b", "a b", "A b", "-x", "x", "1/2", "甲", "甲/", "a/b", "a:b", "é", "/"]
    rows = [(name, "credit", "CNY", DAY, None) for name in names]

    text = "".join(beancount([], rows, scale={}))

    opened_ = [line.split()[2] for line in text.splitlines() if " open " in line]
    assert len(set(opened_)) == len(names)
