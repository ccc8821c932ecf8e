# SPDX-License-Identifier: Apache-2.0
"""A receipt leads from one line to a published head; altered anywhere, it does not."""

from __future__ import annotations

import copy
import json
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from ceyuan.kernel import UsageError
from ceyuan.ledger import (
    check_receipt,
    make_receipt,
    seal_now,
    verify_book,
)
from ceyuan.ledger.exporting import book_of
from ceyuan.ledger.receipts import day_heads, published
from ceyuan.ledger.sealing import seals
from tests.ledger.book import give, move, shared, small

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg


@pytest.fixture(scope="module")
def conn(database_server: str) -> Iterator[psycopg.Connection]:
    """Give a book of three seals or more, with 40 rows under the last."""
    with shared(database_server) as conn:
        small(conn)
        seal_now(conn)
        give(conn, move("v1", "pool", "firm/a", 1))
        seal_now(conn)
        give(conn, *(move(f"w{n}", "pool", "firm/b", 1) for n in range(40)))
        seal_now(conn)
        give(conn, move("later", "pool", "firm/a", 1))
        yield conn


@pytest.fixture
def receipt(conn: psycopg.Connection) -> dict[str, Any]:
    found = make_receipt(conn, "w17")
    conn.rollback()
    return found


def head_of_day(conn: psycopg.Connection, receipt: dict[str, Any]) -> str:
    head, _ = published(conn, date.fromisoformat(receipt["day"]["day"]))
    conn.rollback()
    return head.hex()


@pytest.mark.parametrize("name", ["appropriation", "v1", "w0", "w15", "w16", "w39"])
def test_receipt_holds_against_the_published_head_of_its_day(
    conn: psycopg.Connection, name: str
) -> None:
    found = make_receipt(conn, name)
    head = head_of_day(conn, found)

    assert check_receipt(json.loads(json.dumps(found)), head=head) == []
    assert check_receipt(found, head=head.upper()) == []
    assert check_receipt(found) == []
    words = found["line"].split("\t")
    assert (words[1], words[2], words[5], words[6]) == (
        name, "transfer", "1000" if name == "appropriation" else "1", "CNY",
    )  # fmt: skip


def test_receipt_says_what_it_is(
    conn: psycopg.Connection, receipt: dict[str, Any]
) -> None:
    last = seals(conn)[-1]
    conn.rollback()

    assert (receipt["schema"], receipt["transfer"]) == (
        "ceyuan.ledger-receipt/1",
        "w17",
    )
    assert (receipt["debit"], receipt["credit"]) == ("pool", "firm/b")
    assert receipt["seal"]["number"] == last.number
    assert receipt["seal"]["head"] == receipt["day"]["last"] == last.head.hex()


def test_receipt_shows_nothing_of_its_neighbours(receipt: dict[str, Any]) -> None:
    text = json.dumps(receipt)

    assert "w16" not in text
    assert "w18" not in text
    assert "appropriation" not in text


def test_receipt_against_another_head_does_not_hold(receipt: dict[str, Any]) -> None:
    assert check_receipt(receipt, head="ab" * 32) == [
        "与公布的当日链头不同 (not the head that was published)"
    ]


def test_receipt_of_what_is_not_sealed_is_refused(conn: psycopg.Connection) -> None:
    with pytest.raises(UsageError, match="not sealed yet"):
        make_receipt(conn, "later")
    conn.rollback()


def test_receipt_of_what_is_not_there_is_refused(conn: psycopg.Connection) -> None:
    with pytest.raises(UsageError, match="no such transfer"):
        make_receipt(conn, "nothing")
    conn.rollback()


def test_head_of_a_day_without_seals_is_refused(conn: psycopg.Connection) -> None:
    with pytest.raises(UsageError, match="nothing was sealed"):
        published(conn, date(2020, 1, 1))
    conn.rollback()


def test_receipt_made_before_later_seals_of_the_day_fits_the_head_published_after(
    conn: psycopg.Connection,
) -> None:
    """The head of a day is published when it is over: a receipt is made after it."""
    early = make_receipt(conn, "v1")
    heads = {head.hex() for head, _ in day_heads(conn).values()}
    conn.rollback()

    assert early["day"]["head"] in heads


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the places of all single values of a document."""
    if isinstance(value, dict):
        return [p for key, v in value.items() for p in leaves(v, (*path, key))]
    if isinstance(value, list):
        return [p for key, v in enumerate(value) for p in leaves(v, (*path, key))]
    return [path]


def altered(value: Any) -> Any:
    if isinstance(value, int):
        return value + 1
    if len(value) >= 32 and set(value) <= set("0123456789abcdef"):
        return ("0" if value[0] != "0" else "1") + value[1:]
    return value + "x"


def test_receipt_altered_in_any_place_does_not_hold(
    conn: psycopg.Connection, receipt: dict[str, Any]
) -> None:
    head = head_of_day(conn, receipt)
    missed = []
    for path in leaves(receipt):
        other = copy.deepcopy(receipt)
        inner: Any = other
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = altered(inner[path[-1]])
        if check_receipt(other, head=head) == []:
            missed.append(path)

    assert missed == []


def test_receipt_with_any_word_of_its_line_altered_does_not_hold(
    receipt: dict[str, Any],
) -> None:
    words = receipt["line"].split("\t")

    for place, word in enumerate(words):
        line = "\t".join([*words[:place], altered(word), *words[place + 1 :]])
        assert check_receipt({**receipt, "line": line}) != []


def test_receipt_of_another_transfer_does_not_hold(
    conn: psycopg.Connection, receipt: dict[str, Any]
) -> None:
    other = make_receipt(conn, "w18")
    conn.rollback()

    assert check_receipt({**receipt, "line": other["line"]}) != []
    assert check_receipt({**receipt, "proof": other["proof"]}) != []
    assert check_receipt({**receipt, "transfer": "w18"}) == [
        "这一行是另一笔，或另外的账户 (the line says another transfer)"
    ]


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"schema": "ceyuan.ledger-receipt/1"},
        {"schema": "other"},
        {"schema": "ceyuan.ledger-receipt/1", "line": "x", "seal": [], "day": {}},
    ],
)
def test_document_that_is_no_receipt_does_not_hold(document: dict[str, Any]) -> None:
    assert len(check_receipt(document)) == 1


@pytest.mark.parametrize(
    ("part", "key", "value"),
    [
        ("seal", "roots", ["ab"]),
        ("seal", "counts", [1]),
        ("seal", "since", "never"),
        ("day", "proof", [[0, "xyz"]]),
        ("day", "proof", None),
        ("day", "proof", [["x", "ab"]]),
        ("seal", "before", "\ud800"),
    ],
)
def test_receipt_with_a_part_that_cannot_be_read_does_not_hold(
    receipt: dict[str, Any], part: str, key: str, value: Any
) -> None:
    other = {**receipt, part: {**receipt[part], key: value}}

    assert check_receipt(other) != []


def test_line_of_a_receipt_is_the_line_of_the_verified_book(
    conn: psycopg.Connection, receipt: dict[str, Any]
) -> None:
    with conn.transaction():
        book = book_of(conn)

    text = b"".join(book.transfers).decode()
    assert text.count(f"{receipt['line']}\t") == 1
    assert verify_book(book).ok
