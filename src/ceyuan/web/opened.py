# SPDX-License-Identifier: Apache-2.0
"""The office's memory, open once in each process, and lent to each page.

A page reads and writes through the same verbs as every other face; what differs is
only who asks. `memory_for` gives the memory with that name on it.
"""

from __future__ import annotations

import threading
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from django.conf import settings as django

from ceyuan.office.memory import Memory, open_memory

if TYPE_CHECKING:
    from pathlib import Path

_LOCK = threading.Lock()
_OPEN: dict[tuple[Path, str], Memory] = {}
_STACK = ExitStack()


def memory(actor: str = "") -> Memory:
    """Return the office's memory, asked by somebody; opened at the first asking."""
    said = django.CEYUAN
    key = (said.folder, said.database_url)
    if key not in _OPEN:
        with _LOCK:
            if key not in _OPEN:
                _OPEN[key] = _STACK.enter_context(
                    open_memory(
                        said.folder,
                        region=said.region,
                        actor="portal",
                        url=said.database_url,
                    )
                )
    return replace(_OPEN[key], actor=actor) if actor else _OPEN[key]


def close() -> None:
    """Close what is open; for tests and the end of a process."""
    _OPEN.clear()
    _STACK.close()
