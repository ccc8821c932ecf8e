# SPDX-License-Identifier: Apache-2.0
"""What the town has published of its firms: a park's check is filled in with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ceyuan.facts.store import batches
from ceyuan.office.memory import open_memory
from ceyuan.office.withdrawing import withdraw

if TYPE_CHECKING:
    from tests.town import Town


def publish_nothing(town: Town) -> None:
    """Withdraw every published list, so that nothing is public of any firm."""
    with open_memory(town.folder, actor="管理员", url=town.url) as memory:
        with memory.transaction() as conn:
            lists = [b for b in batches(conn) if b.record in ("certificate", "patent")]
        assert lists
        for one in lists:
            withdraw(memory, one.id, reason="测试")
