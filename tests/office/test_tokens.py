# SPDX-License-Identifier: Apache-2.0
"""Tokens: shown once, kept as a hash, for less than their user may, until their day."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from ceyuan.kernel import NotAllowed, UsageError
from ceyuan.office.auditing import acting_for
from ceyuan.office.memory import open_memory
from ceyuan.office.permissions import Caller
from ceyuan.office.tokens import (
    LONGEST,
    LONGEST_NAME,
    MOST,
    PREFIX,
    holder,
    make,
    revoke,
    tokens,
)
from ceyuan.office.users import set_user
from tests.office.town_by_hand import code

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ceyuan.office.memory import Memory

FIRM = "企业甲"


@pytest.fixture
def memory(office_folder: Path) -> Iterator[Memory]:
    with open_memory(office_folder, actor="管理员") as opened:
        set_user(opened, "管理员", ["admin"], organisation="市科委")
        set_user(opened, "财务丙", ["finance"], organisation="市科委")
        set_user(opened, FIRM, ["firm"], organisation=code(1))
        yield opened


def by(memory: Memory, actor: str) -> Memory:
    return replace(memory, actor=actor)


def test_token_is_shown_once_and_only_its_hash_is_kept(memory: Memory) -> None:
    made = make(by(memory, "财务丙"), " 月报  程序 ", ["ledger.list", "ledger.see"], 30)

    assert re.fullmatch(r"cy_[A-Za-z0-9_-]{43}", made.secret)
    assert (made.token.name, made.token.actor, made.token.scopes) == (
        "月报 程序", "财务丙", ("ledger.list", "ledger.see"),
    )  # fmt: skip
    assert 30 == round(
        (made.token.expires_at - made.token.created_at).total_seconds() / 86_400
    )
    assert made.secret not in repr(made)
    with memory.transaction() as conn:
        (row,) = conn.execute("select * from api_token").fetchall()
        audits = conn.execute(
            "select actor, verb, object, before, after from audit where object = %s",
            (made.token.id,),
        ).fetchall()
    cells = [bytes(c) if isinstance(c, (bytes, memoryview)) else c for c in row]
    assert hashlib.sha256(made.secret.encode()).digest() in cells
    bare = made.secret.removeprefix(PREFIX)
    assert bare not in str(row)
    assert bare not in str(audits)
    until = made.token.expires_at.date().isoformat()
    assert audits == [
        ("财务丙", "token.make", made.token.id, "",
         ('{"name": "月报 程序", "scopes": ["ledger.list", "ledger.see"],'
          f' "until": "{until}"}}')),
    ]  # fmt: skip


def test_holder_of_a_token_is_its_user_with_less(memory: Memory) -> None:
    made = make(by(memory, FIRM), "a", ["entitlement.list"], 1)

    found = holder(memory, made.secret)

    assert found is not None
    token, who = found
    assert token.id == made.token.id
    assert who == Caller(
        FIRM, ("firm",), code(1), scopes=frozenset({"entitlement.list"})
    )


def test_last_use_is_written_down_once_a_minute(memory: Memory) -> None:
    made = make(by(memory, FIRM), "a", ["entitlement.list"], 1)

    def used() -> object:
        with memory.transaction() as conn:
            return tokens(conn)[0].used_at

    assert used() is None
    holder(memory, made.secret)
    first = used()
    holder(memory, made.secret)
    assert first is not None
    assert used() == first
    with memory.transaction() as conn:
        conn.execute("update api_token set used_at = used_at - interval '61 seconds'")
    holder(memory, made.secret)
    assert used() >= first  # type: ignore[operator]


@pytest.mark.parametrize(
    "statement",
    [
        "update api_token set expires_at = now()",
        "update api_token set revoked_at = now()",
        "update office_user set active = false where name = '企业甲'",
        "delete from office_user where name = '企业甲'",
        "delete from api_token",
    ],
)
def test_token_that_does_not_count_opens_nothing(
    memory: Memory, statement: str
) -> None:
    made = make(by(memory, FIRM), "a", ["entitlement.list"], 1)
    assert holder(memory, made.secret) is not None

    with memory.transaction() as conn:
        conn.execute(statement.encode())

    assert holder(memory, made.secret) is None


@pytest.mark.parametrize(
    "said",
    ["", "cy_", "cy_" + "a" * 42, "cy_" + "a" * 44, "xx_" + "a" * 43,
     "cy_" + "a" * 43, "cy_" + "a" * 42 + "\n", "cy_" + "甲" * 43, "cy_" + "a" * 42 + "\x00"],
)  # fmt: skip
def test_what_is_no_token_opens_nothing(memory: Memory, said: str) -> None:
    make(by(memory, FIRM), "a", ["entitlement.list"], 1)

    assert holder(memory, said) is None


def test_whoever_loses_a_role_loses_it_in_his_tokens(memory: Memory) -> None:
    made = make(by(memory, "财务丙"), "a", ["ledger.list"], 1)

    set_user(memory, "财务丙", ["analyst"], organisation="市科委")

    found = holder(memory, made.secret)
    assert found is not None
    assert found[1].roles == ("analyst",)


@pytest.mark.parametrize(
    ("actor", "scopes"),
    [
        (FIRM, ["ledger.list"]),
        (FIRM, ["entitlement.list", "entitlement.approve"]),
        (FIRM, ["entitlement.*"]),
        (FIRM, ["*"]),
        (FIRM, ["nothing"]),
        ("财务丙", ["user.set"]),
        ("谁也不是", ["policy.list"]),
    ],
)
def test_nobody_gives_a_token_what_he_may_not_himself(
    memory: Memory, actor: str, scopes: list[str]
) -> None:
    with pytest.raises(NotAllowed):
        make(by(memory, actor), "a", scopes, 1)

    with memory.transaction() as conn:
        assert tokens(conn) == []


def test_who_acts_for_another_makes_and_revokes_none(memory: Memory) -> None:
    made = make(by(memory, FIRM), "a", ["entitlement.list"], 1)
    with memory.transaction() as conn:
        conn.execute(
            "insert into delegation (organisation, delegate, since, reason, actor)"
            " values (%s, '财务丙', '2020-01-01', '', '')",
            (code(1),),
        )

    with acting_for(code(1)):
        with pytest.raises(NotAllowed):
            make(by(memory, "财务丙"), "a", ["entitlement.list"], 1)
        with pytest.raises(NotAllowed):
            revoke(by(memory, "财务丙"), made.token.id)

    assert holder(memory, made.secret) is not None


@pytest.mark.parametrize(
    ("name", "scopes", "days"),
    [
        ("", ["policy.list"], 1),
        (" \t", ["policy.list"], 1),
        ("长" * (LONGEST_NAME + 1), ["policy.list"], 1),
        ("a\x00", ["policy.list"], 1),
        ("a", [], 1),
        ("a", ["policy.list"], 0),
        ("a", ["policy.list"], LONGEST + 1),
    ],
)
def test_token_has_a_name_a_scope_and_days_within_bounds(
    memory: Memory, name: str, scopes: list[str], days: int
) -> None:
    with pytest.raises(UsageError):
        make(by(memory, FIRM), name, scopes, days)


def test_one_user_has_so_many_tokens_and_no_more(memory: Memory) -> None:
    made = [make(by(memory, FIRM), f"{n}", ["policy.list"], 1) for n in range(MOST)]

    with pytest.raises(UsageError):
        make(by(memory, FIRM), "one more", ["policy.list"], 1)
    make(by(memory, "财务丙"), "of another", ["policy.list"], 1)
    revoke(by(memory, FIRM), made[0].token.id)
    make(by(memory, FIRM), "one more", ["policy.list"], 1)


def test_token_is_revoked_by_its_user_or_an_administrator(memory: Memory) -> None:
    one, other = (make(by(memory, FIRM), n, ["policy.list"], 1) for n in "ab")

    with pytest.raises(NotAllowed):
        revoke(by(memory, "财务丙"), one.token.id)
    revoke(by(memory, FIRM), one.token.id)
    revoke(memory, other.token.id, reason="钥匙丢了")
    again = revoke(memory, other.token.id)

    assert again.revoked_at is not None
    assert holder(memory, one.secret) is None
    assert holder(memory, other.secret) is None
    with memory.transaction() as conn:
        said = conn.execute(
            "select actor, object, reason from audit where verb = 'token.revoke'"
            " order by seq"
        ).fetchall()
    assert said == [
        (FIRM, one.token.id, ""),
        ("管理员", other.token.id, "钥匙丢了"),
    ]
    with pytest.raises(UsageError):
        revoke(memory, "t0")
