# SPDX-License-Identifier: Apache-2.0
"""Whether a receipt holds: checked from itself, without a database or our files.

First what it proves (`proved`), then the decision is made again (`redeciding`) under
the declarations whose hash the run cites. A step that fails does not stop the others;
what rests on it is said not to be possible.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from ceyuan.kernel import CeyuanError
from ceyuan.office import proved, redeciding

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

State = Literal["ok", "failed", "not_possible"]
_TORN = (
    KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError, RecursionError, StopIteration,
    pl.exceptions.PolarsError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    Args:
        name: Which.
        state: `ok`, `failed`, or `not_possible` with what is at hand.
        zh: What was found, in Chinese.
        en: The same in English.
    """

    name: str
    state: State
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Verified:
    """What came of it.

    Args:
        checks: Everything that was looked at, in order.
    """

    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Return whether nothing failed; some may not have been possible."""
        return not self.failed

    @property
    def whole(self) -> bool:
        """Return whether everything was looked at, and holds."""
        return all(check.state == "ok" for check in self.checks)

    @property
    def failed(self) -> tuple[Check, ...]:
        """Return what does not fit."""
        return tuple(check for check in self.checks if check.state == "failed")

    def state(self, name: str) -> State:
        """Return the state of one check."""
        return next(check.state for check in self.checks if check.name == name)


def verify(
    receipt: Mapping[str, Any], *, declarations: Path | None = None, root: str = ""
) -> Verified:
    """Check a receipt.

    Args:
        receipt: As it was read from its JSON.
        declarations: Archive of the declarations that the run cites; the installed
            ones by default.
        root: What the office published of the run: its seal or its root.
    """
    checks: list[Check] = []
    held = proved.Held(receipt, [])
    steps: tuple[tuple[str, Callable[[], tuple[str, str]]], ...] = (
        ("form", lambda: proved.check_form(held)),
        ("checksum", lambda: proved.check_checksum(held)),
        ("run", lambda: proved.check_run(held)),
        ("published", lambda: proved.check_published(held, root)),
        ("snapshot", lambda: proved.check_snapshot(held)),
        ("identity", lambda: proved.check_identity(held)),
        ("records", lambda: proved.check_records(held)),
        ("subject", lambda: proved.check_subject(held)),
        ("decision", lambda: redeciding.check_decision(held)),
        ("told", lambda: redeciding.check_told(held)),
        ("declarations", lambda: redeciding.check_declarations(held, declarations)),
        ("recomputation", lambda: redeciding.check_recomputed(held)),
    )
    for name, step in steps:
        state: State = "ok"
        try:
            zh, en = step()
        except proved.Wrong as wrong:
            state, (zh, en) = "failed", wrong.args
        except proved.Beyond as beyond:
            state, (zh, en) = "not_possible", beyond.args
        except CeyuanError as error:
            state, zh, en = "failed", str(error), str(error)
        except _TORN as error:
            what = f"{type(error).__name__}: {error}"[:120]
            state = "failed"
            zh, en = (
                f"回执的这一部分读不通（{what}）",
                f"this part cannot be read ({what})",
            )
        checks.append(Check(name, state, zh, en))
        if name == "form" and state == "failed":
            break
    return Verified(tuple(checks))
