# SPDX-License-Identifier: Apache-2.0
"""The verbs that join the rooms: check a file and give it back; remember, decide, prove.

Everything is imported when it is first asked for: whoever only opens the database need
not wait for what reads a spreadsheet.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ceyuan.office.checkup import Checkup, FirmCheck, check_table
    from ceyuan.office.climbing import climb
    from ceyuan.office.comparing import compare
    from ceyuan.office.correcting import claim, claims, rule_on
    from ceyuan.office.firms import find_firm
    from ceyuan.office.holding import held_of
    from ceyuan.office.importing import Said, import_files
    from ceyuan.office.memory import Memory, open_memory
    from ceyuan.office.receipts import make_receipt
    from ceyuan.office.replaying import replay
    from ceyuan.office.running import run
    from ceyuan.office.simulating import solve_for, trial, try_reform
    from ceyuan.office.verifying import verify
    from ceyuan.office.views import held_table
    from ceyuan.office.withdrawing import withdraw

__all__ = [
    "Checkup",
    "FirmCheck",
    "Memory",
    "Said",
    "check_table",
    "claim",
    "claims",
    "climb",
    "compare",
    "find_firm",
    "held_of",
    "held_table",
    "import_files",
    "make_receipt",
    "open_memory",
    "replay",
    "rule_on",
    "run",
    "solve_for",
    "trial",
    "try_reform",
    "verify",
    "withdraw",
]

_HOME = {
    "Checkup": "checkup",
    "FirmCheck": "checkup",
    "Memory": "memory",
    "Said": "importing",
    "check_table": "checkup",
    "claim": "correcting",
    "claims": "correcting",
    "climb": "climbing",
    "compare": "comparing",
    "find_firm": "firms",
    "held_of": "holding",
    "held_table": "views",
    "import_files": "importing",
    "make_receipt": "receipts",
    "open_memory": "memory",
    "replay": "replaying",
    "rule_on": "correcting",
    "run": "running",
    "solve_for": "simulating",
    "trial": "simulating",
    "try_reform": "simulating",
    "verify": "verifying",
    "withdraw": "withdrawing",
}


def __getattr__(name: str) -> object:
    if name in _HOME:
        return getattr(import_module(f"ceyuan.office.{_HOME[name]}"), name)
    msg = f"module 'ceyuan.office' has no attribute {name!r}"
    raise AttributeError(msg)
