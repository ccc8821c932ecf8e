# SPDX-License-Identifier: Apache-2.0
"""What entries, accounts and payments look like; amounts in the smallest unit."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import Field

from ceyuan.web.api.shapes import Page, Shape


class Entry(Shape):
    """An entry of the book: debit, credit, amount in the commodity's smallest unit."""

    seq: int
    id: str
    kind: str = Field(
        description="`transfer`, `hold`, `post`, `void`, `expire`, `reverse`."
    )
    debit: str
    credit: str
    amount: int
    commodity: str
    code: str
    cause: str
    effective: date
    of: str = Field(description="What it ended or took back; may be empty.")
    expires: date | None
    link: str
    actor: str
    known_at: datetime
    sha: str


class Account(Shape):
    """An account, and what it has."""

    path: str
    commodity: str
    side: str
    debits: int
    credits: int
    debits_held: int
    credits_held: int
    has: int
    going: int
    coming: int
    available: int
    floor: int | None = Field(description="Null: none.")
    ceiling: int | None = Field(description="Null: none.")
    closed: date | None


class AccountList(Page):
    """Accounts, in the order of their paths."""

    items: list[Account]


class Payment(Shape):
    """A payment as it stands; the account by its last four figures."""

    id: str
    batch: str
    line: int
    day: date
    entitlement: str
    party: str
    holder: str
    bank: str
    account: str
    amount_fen: int
    state: str
    reason: str
    returned_on: date | None


def entry_of(one: Any) -> dict[str, Any]:
    """Return an entry as it is told."""
    said = {name: getattr(one, name) for name in Entry.model_fields if name != "sha"}
    return {**said, "sha": one.sha.hex()}


def account_of(one: Any) -> dict[str, Any]:
    """Return an account as it is told."""
    return {name: getattr(one, name) for name in Account.model_fields}


def payment_of(one: Any) -> dict[str, Any]:
    """Return a payment as it is told."""
    said = {
        name: getattr(one, name)
        for name in Payment.model_fields
        if name != "amount_fen"
    }
    return {**said, "amount_fen": one.amount}
