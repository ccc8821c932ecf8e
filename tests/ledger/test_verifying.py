# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: S608 - a forger's statements, made of our own words
"""Whoever may change everything in the database is found by the walk.

Each test is a superuser with the triggers off, and says which code finds the change.
A forger who knows the format mends hashes as well.
"""

from __future__ import annotations

import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from ceyuan.ledger import (
    AccountSet,
    close_account,
    limit_account,
    limit_set,
    seal_now,
)
from ceyuan.ledger.receipts import day_heads
from ceyuan.ledger.sealing import seals
from tests.ledger.book import (
    ACTOR,
    DAY,
    account,
    day,
    faults,
    give,
    hold,
    move,
    naming,
    opened,
    shared,
    small,
    unguarded,
    verified,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    from ceyuan.office.database import Database


def write(conn: psycopg.Connection) -> None:
    """Write a book with all kinds of rows under three seals, and one row after them."""
    small(conn)
    opened(
        conn,
        account("wallet/1", sets=("cap",)),
        account("wallet/2", sets=("cap",)),
        account("twin/1"),
        account("twin/2"),
        account("old"),
        sets=[AccountSet(name="cap", commodity="CNY", ceiling=500)],
    )
    seal_now(conn)
    give(conn, move("v1", "pool", "firm/a", 100))
    give(conn, hold("h1", "pool", "wallet/1", 60, expires=day(5)))
    give(conn, hold("h2", "pool", "wallet/2", 70, expires=day(5)))
    give(conn, hold("h3", "pool", "firm/b", 5))
    give(conn, move("t1", "pool", "twin/1", 30))
    give(conn, move("t2", "pool", "twin/2", 40))
    seal_now(conn)
    give(conn, naming("post", "p1", "h1", 50))
    give(conn, naming("void", "x1", "h2"))
    give(conn, naming("reverse", "r1", "v1", 20))
    with conn.transaction():
        limit_account(conn, "firm/b", floor=0, ceiling=900, actor=ACTOR)
        limit_set(conn, "cap", 400, actor=ACTOR)
        close_account(conn, "old", DAY, actor=ACTOR)
        conn.execute(
            "select audit_write('tester', '', 'limit', array['firm/b'], 'asked', "
            "array[''], array['{\"a\": \"b\\c\"}'], 'request')"
        )
    seal_now(conn)
    give(conn, move("v2", "pool", "firm/a", 1))


@pytest.fixture(scope="module")
def shared_book(database_server: str) -> Iterator[psycopg.Connection]:
    with shared(database_server) as conn:
        write(conn)
        yield conn


@pytest.fixture
def conn(shared_book: psycopg.Connection) -> Iterator[psycopg.Connection]:
    """Give the book; what is done to it is undone."""
    shared_book.execute("select 1")
    yield shared_book
    shared_book.rollback()


REHASH = """
update ledger_transfer t set sha = ledger_hash(concat_ws(E'\\t', t.seq, t.id, t.kind,
  d.path, c.path, t.amount, t.commodity, t.code, t.cause, t.effective, t.of_id,
  coalesce(t.expires::text, ''), t.link, t.actor, ledger_us(t.known_at), t.salt))
from ledger_account d, ledger_account c where d.id = t.debit and c.id = t.credit
"""


def change(conn: psycopg.Connection, name: str, *statements: str) -> set[str]:
    """Change a table with its triggers off; return what the walk finds."""
    with unguarded(conn, name):
        for statement in statements:
            conn.execute(statement)
    return faults(conn)


def test_book_that_nobody_touched_is_whole(conn: psycopg.Connection) -> None:
    found = verified(conn)

    # One appropriation; six rows; three; one after the seals. Accounts: 5 and 5, one
    # set; two limits and a closing.
    assert (found.faults, found.count, found.ok) == ([], 0, True)
    assert (found.transfers, found.events, found.audits) == (11, 14, 1)
    assert (found.seals, found.unsealed) == (len(seals(conn)), 1)
    assert found.head == seals(conn)[-1].head.hex()


def test_book_that_is_empty_is_whole(database: Database) -> None:
    with closing(database.connect()) as conn:
        found = verified(conn)

    assert (found.ok, found.transfers, found.seals, found.head) == (True, 0, 0, "")


@pytest.mark.parametrize(
    "assignment",
    [
        "amount = 101",
        "id = 'v9'",
        "debit = credit, credit = debit",
        "commodity = 'USD'",
        "code = 'x'",
        "cause = 'x'",
        "effective = '2026-03-02'",
        "link = 'x'",
        "actor = 'x'",
        "known_at = known_at + interval '1 microsecond'",
        "salt = gen_random_uuid()",
        "sha = sha256('x')",
        "expires = '2026-03-02'",
        "kind = 'hold'",
    ],
)
def test_transfer_changed_is_found_by_its_hash(
    conn: psycopg.Connection, assignment: str
) -> None:
    found = change(
        conn,
        "ledger_transfer",
        f"update ledger_transfer set {assignment} where id = 'v1'",
    )

    assert found == {"L301"}


@pytest.mark.parametrize("kept", ["1", "0"])
def test_transfer_changed_with_its_hash_mended_is_found_by_its_seal(
    conn: psycopg.Connection, kept: str
) -> None:
    """Also where the forger mends the balances that are kept."""
    found = change(
        conn,
        "ledger_transfer",
        "update ledger_transfer set amount = 101 where id = 'v1'",
        REHASH + "and t.id = 'v1'",
        f"update ledger_account set debits = debits + {kept} where path = 'pool'",
        f"update ledger_account set credits = credits + {kept} where path = 'firm/a'",
    )

    # The head of the seal is over what is there now, so it does not follow either.
    assert found == {"L303", "L304"} | ({"L307"} if kept == "0" else set())


@pytest.mark.parametrize(
    ("name", "statement", "codes"),
    [
        ("ledger_transfer", "delete from ledger_transfer where id = 'v1'",
         {"L303", "L304", "L307", "L312"}),
        ("ledger_transfer", "delete from ledger_transfer where id = 'h1'",
         {"L303", "L304", "L311"}),
        ("ledger_transfer", "delete from ledger_transfer where id = 'v2'", {"L307"}),
        ("ledger_event", "delete from ledger_event where subject = 'twin/1'",
         {"L303", "L304", "L306", "L308"}),
        ("ledger_event", "delete from ledger_event where kind = 'limit'",
         {"L303", "L304", "L308"}),
        ("ledger_event", "delete from ledger_event where kind = 'close'",
         {"L303", "L304", "L308"}),
        ("ledger_event", "update ledger_event set ceiling = 950 where kind = 'limit'",
         {"L301"}),
        ("audit", "delete from audit", {"L303", "L304"}),
        ("audit", "update audit set reason = 'another'", {"L301"}),
    ],
)  # fmt: skip
def test_row_changed_or_deleted_is_found(
    conn: psycopg.Connection, name: str, statement: str, codes: set[str]
) -> None:
    assert change(conn, name, statement) == codes


@pytest.mark.parametrize(
    ("assignment", "path", "codes"),
    [
        ("debits = debits - 1", "pool", {"L307"}),
        ("credits = credits + 1", "firm/a", {"L307"}),
        ("debits_held = 0", "pool", {"L307"}),
        ("credits_held = credits_held + 1", "firm/b", {"L307"}),
        ("floor = null", "pool", {"L308"}),
        ("floor = -5", "pool", {"L308"}),
        ("ceiling = 901", "firm/b", {"L308"}),
        ("ceiling = null", "firm/b", {"L308"}),
        ("closed = null", "old", {"L308"}),
        ("closed = '2026-03-01'", "firm/b", {"L308"}),
        ("path = 'firm/c'", "firm/b", {"L301"}),
    ],
)
def test_account_changed_without_an_event_is_found(
    conn: psycopg.Connection, assignment: str, path: str, codes: set[str]
) -> None:
    conn.execute(f"update ledger_account set {assignment} where path = '{path}'")

    assert faults(conn) == codes


@pytest.mark.parametrize(
    ("assignment", "path"),
    [
        ("side = 'debit'", "twin/1"),
        ("commodity = 'USD'", "twin/1"),
        ("opened = '2020-01-01'", "twin/1"),
        ("sets = null", "wallet/2"),
        ("sets = (select array_agg(id) from ledger_set)", "twin/1"),
    ],
)
def test_account_that_is_no_longer_as_it_was_opened_is_found(
    conn: psycopg.Connection, assignment: str, path: str
) -> None:
    conn.execute("alter table ledger_account drop constraint ledger_account_floor")
    conn.execute(f"update ledger_account set {assignment} where path = '{path}'")

    assert "L308" in faults(conn)


def test_two_accounts_whose_names_are_exchanged_are_found(
    conn: psycopg.Connection,
) -> None:
    """Every row stands as it was, and the money is another firm's."""
    conn.execute(
        "update ledger_account set path = 'x' where path = 'twin/1';"
        "update ledger_account set path = 'twin/1' where path = 'twin/2';"
        "update ledger_account set path = 'twin/2' where path = 'x'"
    )

    assert faults(conn) != set()


def test_account_beyond_its_limits_is_found(conn: psycopg.Connection) -> None:
    conn.execute("alter table ledger_account drop constraint ledger_account_floor")
    conn.execute("update ledger_account set debits = 5000 where path = 'firm/a'")

    assert faults(conn) == {"L307", "L309"}


@pytest.mark.parametrize(
    "statement",
    [
        "update ledger_set set reached = reached + 1",
        "update ledger_set set ceiling = 401",
        "update ledger_set set ceiling = null",
        "delete from ledger_set",
    ],
)
def test_set_changed_without_an_event_is_found(
    conn: psycopg.Connection, statement: str
) -> None:
    conn.execute(statement)

    # Without the set its accounts say of another set than they were opened into.
    gone = {"L308"} if statement.startswith("delete") else set()
    assert faults(conn) == {"L310", *gone}


def test_seal_removed_from_the_middle_is_found(conn: psycopg.Connection) -> None:
    found = change(conn, "ledger_seal", "delete from ledger_seal where number = 2")

    assert found == {"L302", "L304"}


def test_first_seal_removed_is_found(conn: psycopg.Connection) -> None:
    found = change(conn, "ledger_seal", "delete from ledger_seal where number = 1")

    assert "L304" in found


def test_last_seal_removed_is_found_by_the_head_that_was_published(
    conn: psycopg.Connection,
) -> None:
    head = seals(conn)[-1].head.hex()
    published = [head for head, _ in day_heads(conn).values()][-1].hex()
    assert faults(conn, head=head) == faults(conn, head=published.upper()) == set()

    last = "number = (select max(number) from ledger_seal)"
    assert change(conn, "ledger_seal", f"delete from ledger_seal where {last}") == set()

    assert faults(conn, head=head) == {"L305"}
    assert faults(conn, head=published) == {"L305"}


def test_head_that_is_none_of_the_chain_is_found(conn: psycopg.Connection) -> None:
    assert faults(conn, head="ab" * 32) == {"L305"}


@pytest.mark.parametrize(
    ("assignment", "codes"),
    [
        ("head = sha256('x')", {"L304"}),
        ("transfers = transfers + 1", {"L303"}),
        ("transfers_root = sha256('x')", {"L303"}),
        ("events_root = sha256('x')", {"L303"}),
        ("audits_root = sha256('x')", {"L303"}),
        ("since = since - interval '1 second'", {"L302", "L304"}),
        ("number = 9", {"L304"}),
    ],
)
def test_seal_changed_is_found(
    conn: psycopg.Connection, assignment: str, codes: set[str]
) -> None:
    found = change(
        conn, "ledger_seal", f"update ledger_seal set {assignment} where number = 2"
    )

    assert codes <= found


FORGED = """
insert into ledger_transfer select nextval('ledger_transfer_seq_seq'), 'forged', kind,
  debit, credit, {amount}, commodity, code, cause, effective, of_id, expires, '', actor,
  {known}, gen_random_uuid(), sha from ledger_transfer where id = '{like}';
"""
KEPT = """
update ledger_account set debits = debits + 1 where path = 'pool';
update ledger_account set credits = credits + 1 where path = 'firm/a';
"""


def forge(
    conn: psycopg.Connection, like: str, amount: int = 1, known: str = "now()"
) -> None:
    """Write a row as the function would not, with its right hash."""
    with unguarded(conn, "ledger_transfer"):
        conn.execute(
            FORGED.format(like=like, amount=amount, known=known)
            + REHASH
            + "and t.id = 'forged'"
        )


@pytest.mark.parametrize(
    "known",
    [
        "(select since from ledger_seal where number = 2)",
        "(select since from ledger_seal where number = 1) - interval '1 day'",
    ],
    ids=["under a seal", "before the first seal"],
)
def test_row_put_into_the_past_is_found(conn: psycopg.Connection, known: str) -> None:
    forge(conn, "v1", known=known)
    conn.execute(KEPT)

    assert "L303" in faults(conn)


def test_amount_that_cannot_be_is_found(conn: psycopg.Connection) -> None:
    conn.execute("alter table ledger_transfer drop constraint ledger_transfer_amount")
    forge(conn, "v1", -1)

    assert {"L306", "L307"} == faults(conn)


@pytest.mark.parametrize("like", ["p1", "x1"])
def test_hold_settled_twice_is_found(conn: psycopg.Connection, like: str) -> None:
    conn.execute("drop index ledger_hold_settled_once")
    forge(conn, like)

    assert faults(conn) == {"L307", "L311"}


@pytest.mark.parametrize(
    "assignment",
    ["amount = 61", "effective = '2026-03-07'", "of_id = 'v1'", "of_id = 'nothing'"],
)
def test_hold_posted_otherwise_than_it_was_held_is_found(
    conn: psycopg.Connection, assignment: str
) -> None:
    found = change(
        conn,
        "ledger_transfer",
        f"update ledger_transfer set {assignment} where id = 'p1'",
        REHASH + "and t.id = 'p1'",
    )

    assert "L311" in found


def test_reversal_above_what_was_moved_is_found(conn: psycopg.Connection) -> None:
    forge(conn, "r1", 81)

    # 20 were taken back of 100: 81 more are one too many.
    assert faults(conn) == {"L307", "L312"}


def test_reversal_of_a_hold_is_found(conn: psycopg.Connection) -> None:
    found = change(
        conn,
        "ledger_transfer",
        "update ledger_transfer set of_id = 'h3' where id = 'r1'",
        REHASH + "and t.id = 'r1'",
    )

    assert {"L303", "L312"} <= found


@pytest.mark.parametrize("effective", ["2025-12-31"])
def test_row_before_its_account_was_opened_is_found(
    conn: psycopg.Connection, effective: str
) -> None:
    """Not sealed yet, its hash and the balances right: only the rule is broken."""
    change(
        conn,
        "ledger_transfer",
        f"update ledger_transfer set effective = '{effective}' where id = 'v2'",
        REHASH + "and t.id = 'v2'",
    )

    assert faults(conn) != set()


def test_row_of_another_commodity_than_its_accounts_is_found(
    conn: psycopg.Connection,
) -> None:
    found = change(
        conn,
        "ledger_transfer",
        "update ledger_transfer set commodity = 'USD' where id = 'v2'",
        REHASH + "and t.id = 'v2'",
    )

    assert found != set()


def test_faults_above_twenty_are_counted_and_the_first_are_shown(
    conn: psycopg.Connection,
) -> None:
    with unguarded(conn, "ledger_transfer"):
        conn.execute("update ledger_transfer set cause = 'x'")
        conn.execute("alter table ledger_event disable trigger user")
        conn.execute("update ledger_event set reason = 'x'")

    found = verified(conn)

    # 11 transfers and 14 events.
    assert (found.count, len(found.faults), found.ok) == (25, 20, False)
    assert {fault.code for fault in found.faults} == {"L301"}
    assert found.faults[0].zh.startswith("transfer 第 1 appropriation 行")


def test_audit_trail_with_lines_and_tabs_is_whole(conn: psycopg.Connection) -> None:
    conn.execute(
        "select audit_write('tester', '', 'note', array['x'], %s, array[%s], "
        "array[%s], 'request')",
        ("a\nb", "c\td", "e\\n\r\x7f"),
    )

    assert faults(conn) == set()


def test_row_written_while_the_book_is_read_does_not_disturb_the_walk(
    database: Database,
) -> None:
    from ceyuan.ledger import book_of, verify_book

    with closing(database.connect()) as conn, closing(database.connect()) as other:
        small(conn)
        with conn.transaction():
            conn.execute("set transaction isolation level repeatable read")
            conn.execute("select count(*) from ledger_seal")
            give(other, move("later", "pool", "firm/a", 1))
            time.sleep(0.11)
            seal_now(other)
            found = verify_book(book_of(conn))

    assert (found.ok, found.transfers, found.seals) == (True, 1, 0)
