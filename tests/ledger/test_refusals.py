# SPDX-License-Identifier: Apache-2.0
"""Each way to be refused: its code and what it is about; nothing is written."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from ceyuan.kernel import LedgerError, UsageError
from ceyuan.ledger import (
    AccountSet,
    Refused,
    Transfer,
    close_account,
    limit_account,
    limit_set,
    open_accounts,
    open_sets,
    post,
)
from tests.ledger.book import (
    ACTOR,
    DAY,
    OPENED,
    account,
    day,
    give,
    hold,
    move,
    naming,
    opened,
    refusal_of,
    rows_from,
    shared,
    small,
    treasury,
    verified,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(scope="module")
def shared_book(database_server: str) -> Iterator[psycopg.Connection]:
    """Give a book with a pool, a hold, a transfer, another commodity, an old account."""
    with shared(database_server) as conn:
        small(conn)
        opened(conn, account("hours", commodity="HOUR"), account("old"))
        give(conn, hold("h1", "pool", "firm/a", 100, expires=day(5)))
        give(conn, move("v1", "pool", "firm/a", 50))
        with conn.transaction():
            close_account(conn, "old", DAY, actor=ACTOR)
        yield conn


@pytest.fixture
def conn(shared_book: psycopg.Connection) -> Iterator[psycopg.Connection]:
    """Give the book; whatever is asked, the rows that stand there stay as they are."""
    before = rows_from(shared_book, 0)
    yield shared_book
    assert rows_from(shared_book, 0)[: len(before)] == before
    assert verified(shared_book).faults == []
    shared_book.rollback()


ONE = move("x", "pool", "firm/a", 10)


@pytest.mark.parametrize("amount", [0, -1, 10**15 + 1, 2**63, -(10**30)])
def test_amount_out_of_range_is_refused(conn: psycopg.Connection, amount: int) -> None:
    asked = replace(ONE, amount=amount)

    assert refusal_of(conn, asked) == ("L101", {"id": "x", "amount": amount})


@pytest.mark.parametrize(
    "amount", [1.0, 0.5, True, Decimal(1), Fraction(1), "1", float("nan")]
)
def test_amount_that_is_no_whole_number_is_refused(
    conn: psycopg.Connection, amount: Any
) -> None:
    asked = replace(ONE, amount=amount)

    assert refusal_of(conn, asked) == ("L101", {"id": "x", "amount": str(amount)})


@pytest.mark.parametrize("kind", ["transfer", "hold"])
def test_amount_left_out_where_nothing_says_it_is_refused(
    conn: psycopg.Connection, kind: Any
) -> None:
    asked = replace(ONE, kind=kind, amount=None)

    assert refusal_of(conn, asked)[0] == "L101"


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "hold"},
        {"debit": "firm/a", "credit": "pool"},
        {"debit": "firm/b"},
        {"credit": "firm/b"},
        {"debit": "nobody"},
        {"amount": 49},
        {"commodity": "HOUR"},
        {"code": "another"},
        {"cause": "another"},
        {"effective": day(1)},
    ],
)
def test_same_id_of_a_transfer_with_another_field_is_refused(
    conn: psycopg.Connection, change: dict[str, Any]
) -> None:
    same = move("v1", "pool", "firm/a", 50)
    assert not give(conn, same)[0].fresh

    assert refusal_of(conn, replace(same, **change)) == ("L102", {"id": "v1"})


@pytest.mark.parametrize("expires", [None, day(4), day(6)])
def test_same_id_of_a_hold_with_another_last_day_is_refused(
    conn: psycopg.Connection, expires: Any
) -> None:
    asked = hold("h1", "pool", "firm/a", 100, expires=expires)

    assert refusal_of(conn, asked) == ("L102", {"id": "h1"})


def test_same_id_of_a_post_that_names_another_hold_is_refused(
    conn: psycopg.Connection,
) -> None:
    give(conn, hold("h2", "pool", "firm/a", 100))
    give(conn, naming("post", "p", "h1"))

    assert refusal_of(conn, naming("post", "p", "h2")) == ("L102", {"id": "p"})
    assert refusal_of(conn, naming("post", "p", "h1", 99)) == ("L102", {"id": "p"})
    assert refusal_of(conn, naming("void", "p", "h1")) == ("L102", {"id": "p"})


@pytest.mark.parametrize("change", [{"amount": 11}, {"cause": "another"}])
def test_same_id_twice_in_a_group_with_another_field_is_refused(
    conn: psycopg.Connection, change: dict[str, Any]
) -> None:
    assert refusal_of(conn, ONE, replace(ONE, **change)) == ("L102", {"id": "x"})


def test_same_hold_twice_in_a_group_with_another_last_day_is_refused(
    conn: psycopg.Connection,
) -> None:
    one = hold("h2", "pool", "firm/a", 1, expires=day(1))

    assert refusal_of(conn, one, replace(one, expires=day(2))) == (
        "L102",
        {"id": "h2"},
    )


REFUSED: dict[str, tuple[Transfer, str, dict[str, Any]]] = {
    "debit is no account": (
        replace(ONE, debit="nobody"), "L103", {"account": "nobody"}),
    "credit is no account": (
        replace(ONE, credit="pool/"), "L103", {"account": "pool/"}),
    "no account at all": (replace(ONE, debit=""), "L103", {"account": ""}),
    "account is closed": (
        replace(ONE, credit="old", effective=day(2)), "L104",
        {"account": "old", "day": "2026-03-01", "effective": "2026-03-03"}),
    "account is closed later than the day": (
        replace(ONE, credit="old", effective=OPENED), "L104",
        {"account": "old", "day": "2026-03-01", "effective": "2026-01-01"}),
    "account counts another commodity": (
        replace(ONE, credit="hours"), "L105",
        {"account": "hours", "has": "HOUR", "commodity": "CNY"}),
    "transfer is of another commodity": (
        replace(ONE, commodity="USD"), "L105",
        {"account": "pool", "has": "CNY", "commodity": "USD"}),
    "account debits itself": (
        replace(ONE, credit="pool"), "L106", {"account": "pool"}),
    "day before the opening": (
        replace(ONE, effective=OPENED.replace(year=2025)), "L107",
        {"account": "pool", "day": "2026-01-01", "effective": "2025-01-01"}),
    "post of nothing": (
        naming("post", "x", "nothing"), "L108", {"of": "nothing", "kind": "post"}),
    "post of a transfer": (
        naming("post", "x", "v1"), "L108", {"of": "v1", "kind": "post"}),
    "void of a transfer": (
        naming("void", "x", "v1"), "L108", {"of": "v1", "kind": "void"}),
    "expiry of a transfer": (
        naming("expire", "x", "v1"), "L108", {"of": "v1", "kind": "expire"}),
    "expiry on the last day": (
        naming("expire", "x", "h1", effective=day(5)), "L108",
        {"of": "h1", "kind": "expire"}),
    "post of itself": (
        naming("post", "x", "x"), "L108", {"of": "x", "kind": "post"}),
    "post above the hold": (
        naming("post", "x", "h1", 101), "L110",
        {"of": "h1", "amount": 101, "held": 100}),
    "post after the last day": (
        naming("post", "x", "h1", effective=day(6)), "L111",
        {"of": "h1", "expires": "2026-03-06", "effective": "2026-03-07"}),
    # 1,000 - 50 given - 100 held leave 850.
    "above what is available": (
        replace(ONE, amount=851), "L112",
        {"account": "pool", "available": 850, "amount": 851, "short": 1,
         "commodity": "CNY"}),
    "hold above what is available": (
        replace(ONE, kind="hold", amount=900), "L112",
        {"account": "pool", "available": 850, "amount": 900, "short": 50,
         "commodity": "CNY"}),
    "reversal of nothing": (
        naming("reverse", "x", "nothing"), "L115",
        {"of": "nothing", "why": "unknown"}),
    "reversal of a hold": (
        naming("reverse", "x", "h1"), "L115", {"of": "h1", "why": "kind"}),
    "reversal above what was moved": (
        naming("reverse", "x", "v1", 51), "L115",
        {"of": "v1", "why": "above", "left": 50}),
    "reversal of itself": (
        naming("reverse", "x", "x"), "L115", {"of": "x", "why": "unknown"}),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_transfer_that_breaks_one_rule_is_refused_by_its_code(
    conn: psycopg.Connection, case: str
) -> None:
    asked, code, said = REFUSED[case]

    assert refusal_of(conn, asked) == (code, {"id": "x", **said})


def test_refusal_is_an_error_of_the_book_and_says_what_where_why_and_how(
    conn: psycopg.Connection,
) -> None:
    with pytest.raises(LedgerError) as caught, conn.transaction():
        post(conn, [replace(ONE, amount=2_851)], actor=ACTOR)

    assert str(caught.value).startswith(
        "[L112] `x`：账户 `pool` 可用 850，要 2,851，差 2,001 CNY"
    )
    assert caught.value.hint == "先拨款，或解除别的冻结"


@pytest.mark.parametrize("first", ["post", "void", "expire"])
@pytest.mark.parametrize("second", ["post", "void", "expire"])
def test_hold_settled_twice_is_refused(
    conn: psycopg.Connection, first: str, second: str
) -> None:
    later = {"post": day(5), "void": day(5), "expire": day(6)}
    give(conn, naming(first, "one", "h1", effective=later[first]))

    assert refusal_of(conn, naming(second, "two", "h1", effective=later[second])) == (
        "L109",
        {"id": "two", "of": "h1", "by": "one", "kind": first},
    )


def test_hold_settled_twice_in_one_group_is_refused(conn: psycopg.Connection) -> None:
    code, said = refusal_of(
        conn, naming("post", "one", "h1", 40), naming("void", "two", "h1")
    )

    assert (code, said["id"], said["by"]) == ("L109", "two", "one")


def test_hold_without_a_last_day_does_not_expire(conn: psycopg.Connection) -> None:
    give(conn, hold("h2", "pool", "firm/a", 1))

    assert refusal_of(conn, naming("expire", "x", "h2", effective=day(999))) == (
        "L108",
        {"id": "x", "of": "h2", "kind": "expire"},
    )


def test_hold_posted_on_its_last_day_is_taken(conn: psycopg.Connection) -> None:
    assert give(conn, naming("post", "x", "h1", effective=day(5)))[0].fresh


@pytest.mark.parametrize("kind", ["void", "expire"])
def test_part_of_a_hold_freed_is_not_a_thing_to_ask_for(
    conn: psycopg.Connection, kind: str
) -> None:
    """Freed is all of it: a part that is asked for must not become the whole."""
    with pytest.raises((Refused, UsageError)):
        give(conn, naming(kind, "x", "h1", 1, effective=day(6)))


@pytest.mark.parametrize("of", ["void", "expire", "reverse"])
def test_reversal_of_what_is_neither_transfer_nor_post_is_refused(
    conn: psycopg.Connection, of: str
) -> None:
    give(conn, naming(of, "e", "v1" if of == "reverse" else "h1", effective=day(6)))

    assert refusal_of(conn, naming("reverse", "x", "e")) == (
        "L115",
        {"id": "x", "of": "e", "why": "kind"},
    )


def test_reversal_in_one_group_above_what_is_left_is_refused(
    conn: psycopg.Connection,
) -> None:
    code, said = refusal_of(
        conn, naming("reverse", "one", "v1", 30), naming("reverse", "two", "v1", 30)
    )

    # 50 were moved, 30 are taken back: 20 are left.
    assert (code, said) == (
        "L115",
        {"id": "two", "of": "v1", "why": "above", "left": 20},
    )


# --- texts ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["", "a\tb", "a\nb", "a\x00b", "\x7f", "a\\b", "x" * 201]
)
@pytest.mark.parametrize(
    ("name", "what"), [("id", "编号"), ("code", "科目"), ("cause", "事由")]
)
def test_text_with_control_characters_or_too_long_is_refused(
    conn: psycopg.Connection, name: str, what: str, text: str
) -> None:
    change: dict[str, Any] = {name: text}
    asked = replace(ONE, **change)

    code, said = refusal_of(conn, asked)

    assert (code, said["what"]) == ("L116", what)


@pytest.mark.parametrize("name", ["debit", "credit", "commodity"])
def test_zero_byte_in_the_name_of_an_account_is_refused(
    conn: psycopg.Connection, name: str
) -> None:
    change: dict[str, Any] = {name: "a\x00b"}
    asked = replace(ONE, **change)

    code, _ = refusal_of(conn, asked)

    assert code in {"L103", "L105", "L116"}


def test_text_of_two_hundred_characters_and_any_script_is_taken(
    conn: psycopg.Connection,
) -> None:
    asked = replace(ONE, id="策" * 200, cause='"源" \u2028 \U0001f600 é')

    assert give(conn, asked)[0].fresh
    assert not give(conn, asked)[0].fresh


@pytest.mark.parametrize("actor", ["", "a\tb", "x" * 201])
def test_actor_without_a_name_is_wrong_use(
    conn: psycopg.Connection, actor: str
) -> None:
    with pytest.raises(UsageError, match="actor"), conn.transaction():
        post(conn, [ONE], actor=actor)
    with pytest.raises(UsageError, match="actor"), conn.transaction():
        open_accounts(conn, [account("new")], actor=actor)


@pytest.mark.parametrize(
    "asked",
    [
        replace(ONE, kind="gift"),  # type: ignore[arg-type]
        replace(ONE, of="v1"),
        replace(ONE, kind="post"),
        naming("post", "x", "h1", debit="pool"),
        naming("post", "x", "h1", commodity="CNY"),
        naming("reverse", "x", "v1", credit="pool"),
        naming("void", "x", "h1", expires=DAY),
    ],
)
def test_transfer_that_does_not_fit_its_kind_is_wrong_use(
    conn: psycopg.Connection, asked: Transfer
) -> None:
    with pytest.raises(UsageError), conn.transaction():
        post(conn, [asked], actor=ACTOR)


# --- accounts and sets ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "wanted"),
    [({"commodity": "HOUR"}, "HOUR credit"), ({"side": "debit"}, "CNY debit")],
)
def test_account_opened_again_otherwise_is_refused(
    conn: psycopg.Connection, change: dict[str, Any], wanted: str
) -> None:
    with pytest.raises(Refused) as caught, conn.transaction():
        open_accounts(conn, [account("new"), account("pool", **change)], actor=ACTOR)

    assert (caught.value.code, caught.value.said) == (
        "L117",
        {"account": "pool", "has": "CNY credit", "wanted": wanted},
    )
    assert refusal_of(conn, replace(ONE, credit="new"))[0] == "L103"


def test_account_twice_in_one_call_and_otherwise_is_refused(
    conn: psycopg.Connection,
) -> None:
    two = [account("new"), account("new", commodity="HOUR")]

    with pytest.raises(Refused) as caught, conn.transaction():
        open_accounts(conn, two, actor=ACTOR)

    assert caught.value.code == "L117"


@pytest.mark.parametrize(
    "one",
    [
        account(""),
        account("/a"),
        account("a//b"),
        account("a\tb"),
        account("a\x00b"),
        account("x" * 201),
        account("a", commodity="cny"),
        account("a", commodity=""),
        account("a", side="left"),
        account("a", floor=1),
        account("a", ceiling=-1, floor=None),
        account("a", ceiling=2**63),
    ],
)
def test_account_that_cannot_be_is_refused_in_words(
    conn: psycopg.Connection, one: Any
) -> None:
    with pytest.raises((Refused, UsageError)), conn.transaction():
        open_accounts(conn, [one], actor=ACTOR)


@pytest.mark.parametrize("name", ["", "a b", "a\tb", "x" * 201])
def test_set_whose_name_cannot_be_is_wrong_use(
    conn: psycopg.Connection, name: str
) -> None:
    with pytest.raises(UsageError, match="no name of a set"), conn.transaction():
        open_sets(conn, [AccountSet(name=name, commodity="CNY")], actor=ACTOR)


def test_set_opened_with_a_ceiling_below_nothing_is_refused_in_words(
    conn: psycopg.Connection,
) -> None:
    with pytest.raises((Refused, UsageError)), conn.transaction():
        open_sets(
            conn, [AccountSet(name="s", commodity="CNY", ceiling=-1)], actor=ACTOR
        )


@pytest.mark.parametrize(
    ("path", "has", "held"), [("pool", 950, 100), ("firm/a", 50, 100)]
)
def test_account_that_is_not_empty_is_not_closed(
    conn: psycopg.Connection, path: str, has: int, held: int
) -> None:
    with pytest.raises(Refused) as caught, conn.transaction():
        close_account(conn, path, DAY, actor=ACTOR)

    assert (caught.value.code, caught.value.said) == (
        "L118",
        {"account": path, "commodity": "CNY", "has": has, "held": held},
    )


def test_account_with_nothing_but_a_hold_is_not_closed(
    conn: psycopg.Connection,
) -> None:
    give(conn, hold("h2", "pool", "firm/b", 7))

    with pytest.raises(Refused) as caught, conn.transaction():
        close_account(conn, "firm/b", DAY, actor=ACTOR)

    assert caught.value.said == {
        "account": "firm/b", "commodity": "CNY", "has": 0, "held": 7,
    }  # fmt: skip


def test_account_closed_twice_is_refused(conn: psycopg.Connection) -> None:
    with pytest.raises(Refused) as caught, conn.transaction():
        close_account(conn, "old", day(1), actor=ACTOR)

    assert (caught.value.code, caught.value.said) == (
        "L104",
        {"id": "—", "account": "old", "day": "2026-03-01", "effective": "2026-03-02"},
    )


@pytest.mark.parametrize(
    ("floor", "ceiling", "limit", "reached"),
    # The pool has 950, of which 100 are held.
    [(851, None, 851, 850), (None, 949, 949, 950), (0, 0, 0, 950)],
)
def test_limit_beyond_what_is_there_is_refused(
    conn: psycopg.Connection,
    floor: int | None,
    ceiling: int | None,
    limit: int,
    reached: int,
) -> None:
    with pytest.raises(Refused) as caught, conn.transaction():
        limit_account(conn, "pool", floor=floor, ceiling=ceiling, actor=ACTOR)

    assert (caught.value.code, caught.value.said) == (
        "L119",
        {"account": "pool", "commodity": "CNY", "limit": limit, "reached": reached},
    )


def test_limit_at_what_is_there_is_taken(conn: psycopg.Connection) -> None:
    with conn.transaction():
        limit_account(conn, "pool", floor=850, ceiling=950, actor=ACTOR)

    assert refusal_of(conn, replace(ONE, amount=1))[0] == "L112"


def test_set_limited_below_what_it_has_is_refused(conn: psycopg.Connection) -> None:
    opened(
        conn,
        account("wallet", sets=("cap",)),
        sets=[AccountSet(name="cap", commodity="CNY", ceiling=80)],
    )
    give(conn, hold("h2", "pool", "wallet", 60))

    with pytest.raises(Refused) as caught, conn.transaction():
        limit_set(conn, "cap", 59, actor=ACTOR)

    assert (caught.value.code, caught.value.said) == (
        "L119",
        {"account": "cap", "commodity": "CNY", "limit": 59, "reached": 60},
    )
    with conn.transaction():
        limit_set(conn, "cap", 60, actor=ACTOR)


@pytest.mark.parametrize(
    "ask",
    [
        lambda conn: close_account(conn, "nobody", DAY, actor=ACTOR),
        lambda conn: limit_account(conn, "nobody", floor=0, ceiling=1, actor=ACTOR),
        lambda conn: limit_set(conn, "nobody", 1, actor=ACTOR),
    ],
)
def test_account_or_set_that_is_not_there_is_neither_closed_nor_limited(
    conn: psycopg.Connection, ask: Callable[[psycopg.Connection], None]
) -> None:
    with pytest.raises(Refused) as caught, conn.transaction():
        ask(conn)

    assert (caught.value.code, caught.value.said) == (
        "L103",
        {"id": "—", "account": "nobody"},
    )


# --- the tables themselves -----------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["ledger_transfer", "ledger_event", "ledger_seal", "audit"]
)
@pytest.mark.parametrize(
    "statement",
    [
        "update {0} set {1} = {1}",
        "update {0} set {1} = {1} where false",
        "delete from {0}",
        "truncate {0} cascade",
    ],
)
def test_what_only_grows_refuses_to_be_changed(
    conn: psycopg.Connection, name: str, statement: str
) -> None:
    column = "number" if name == "ledger_seal" else "seq"

    with pytest.raises(psycopg.Error) as caught, conn.transaction():
        conn.execute(statement.format(name, column))

    assert name in str(caught.value)


def test_account_with_transfers_cannot_be_deleted(conn: psycopg.Connection) -> None:
    with pytest.raises(psycopg.errors.RestrictViolation), conn.transaction():
        conn.execute("delete from ledger_account where path = 'pool'")


def test_balance_beyond_a_limit_is_refused_by_the_table_itself(
    conn: psycopg.Connection,
) -> None:
    with pytest.raises(psycopg.errors.CheckViolation), conn.transaction():
        conn.execute("update ledger_account set debits = 2000 where path = 'pool'")


def test_debit_account_below_its_floor_is_refused(conn: psycopg.Connection) -> None:
    opened(conn, treasury("budget"), account("outlay", side="debit"))

    # It grows by debits; crediting it by 1 would take what it has not.
    assert refusal_of(conn, move("x", "pool", "outlay", 1)) == (
        "L112",
        {"id": "x", "account": "outlay", "available": 0, "amount": 1, "short": 1,
         "commodity": "CNY"},
    )  # fmt: skip
