# SPDX-License-Identifier: Apache-2.0
"""Known, unknown, absent: three different things.

A fact is *known* (it has a value), *unknown* (it exists, we were not told) or
*absent* (it does not exist: a year before the firm was founded). Neither is 0
and neither is `None`.
"""

from __future__ import annotations

from enum import Enum
from typing import Final, Literal, TypeAlias


class State(Enum):
    """The two states of a fact that has no value."""

    UNKNOWN = "unknown"
    ABSENT = "absent"

    def __bool__(self) -> bool:
        msg = f"{self.value} is neither true nor false; compare with `is`"
        raise TypeError(msg)

    def __repr__(self) -> str:
        return self.name


UNKNOWN: Final = State.UNKNOWN
ABSENT: Final = State.ABSENT
Unknown: TypeAlias = Literal[State.UNKNOWN]
Absent: TypeAlias = Literal[State.ABSENT]
