# SPDX-License-Identifier: Apache-2.0
"""What was written to the book is closed under a seal, by whoever wrote it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ceyuan.ledger import seal_now

if TYPE_CHECKING:
    from ceyuan.office.memory import Memory


def seal_book(memory: Memory) -> None:
    """Close under a seal what has been written up to now."""
    with memory.database.connect() as conn:
        seal_now(conn)
