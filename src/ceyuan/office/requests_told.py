# SPDX-License-Identifier: Apache-2.0
"""How the firms are called that told the office something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ceyuan.facts.store.handles import handle_of_code
from ceyuan.kernel import clean_code, code_fault
from ceyuan.office.firms import FIRM, labels

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from ceyuan.office.memory import Memory


def names_of(memory: Memory, codes: Sequence[str], on: date) -> dict[str, str]:
    """Return the names of firms by their credit codes; those that are known on a day."""
    sound = {code for code in codes if not code_fault(clean_code(code))}
    if not sound:
        return {}
    reading = memory.reading(on)
    moved = dict(reading.aliases.select("handle", "org").iter_rows())
    orgs = {}
    for code in sound:
        handle = handle_of_code(clean_code(code))
        orgs[code] = moved.get(handle, handle)
    called = labels(reading, FIRM, list(orgs.values()))
    return {code: called[org].name for code, org in orgs.items() if org in called}
