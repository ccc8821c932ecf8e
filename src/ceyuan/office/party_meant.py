# SPDX-License-Identifier: Apache-2.0
"""Whom somebody means who types a code, a name, or what the book calls a party."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from ceyuan.ledger.sealing import OFFICE_TIME
from ceyuan.office.firms import find_firm
from ceyuan.office.money_told import is_party

if TYPE_CHECKING:
    from ceyuan.office.memory import Memory


def party_meant(memory: Memory, said: str) -> str:
    """Return how a party is called in the book: as typed, or a firm by its code.

    Raises:
        UsageError: Neither the book nor the records know it, or several are meant.
    """
    with memory.transaction() as conn:
        if is_party(conn, said):
            return said
    firm = find_firm(memory.reading(datetime.now(OFFICE_TIME).date()), said)
    return firm.code or f"org{firm.org}"
