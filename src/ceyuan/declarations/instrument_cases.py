# SPDX-License-Identifier: Apache-2.0
"""Worked stories beside an instrument: what is done, and what the book then says.

A story is played against a real book in a transaction that is taken back. Its figures
are worked by hand and stand in a comment beside it.
"""

from __future__ import annotations

from datetime import date as Day  # noqa: N812 - `date` is a type of fields
from typing import TYPE_CHECKING

from pydantic import model_validator

from ceyuan.declarations.parts import Part, build
from ceyuan.declarations.source import read_source
from ceyuan.kernel import RuleError

if TYPE_CHECKING:
    from pathlib import Path

Typed = str | int | bool | Day
"""A value as a person types it: `10万元`, `90分钟`, `1/3`, true, a day, a code."""


class Step(Part):
    """One step of a story: a move, or the expiry of what is due.

    Args:
        move: The move.
        keys: Its keys.
        inputs: Its inputs, as typed.
        on: The day on which it counts.
        expire: Instead of a move, free the holds whose last day is before this one.
        expect: Entries, as `debit > credit` or `hold debit > credit`, each with its
            amount; all of them, in any order.
        refused: Instead of entries, the code with which it is refused.
        fresh: False where the book had it all already.
    """

    move: str = ""
    keys: dict[str, str | int] = {}
    inputs: dict[str, Typed] = {}
    on: Day | None = None
    expire: Day | None = None
    expect: dict[str, Typed] | None = None
    refused: str = ""
    fresh: bool = True

    @model_validator(mode="after")
    def _one(self) -> Step:
        if bool(self.move) == (self.expire is not None):
            msg = "a step is a `move`, or an `expire`"
            raise ValueError(msg)
        if self.move and (
            self.on is None or (self.expect is None) == (not self.refused)
        ):
            msg = "a move has a day (`on`), and `expect` or `refused`"
            raise ValueError(msg)
        return self


class Story(Part):
    """One story.

    Args:
        parameters: Parameters set by the office, as typed, by `OWNER.NAME`.
        steps: What is done.
        balances: What accounts have at the end, by path.
        available: What is left of them when holds are counted, by path.
        outputs: Outputs of the instrument at the end, by name; asked with the keys of
            the last move.
    """

    zh: str
    en: str
    parameters: dict[str, Typed] = {}
    steps: tuple[Step, ...]
    balances: dict[str, Typed] = {}
    available: dict[str, Typed] = {}
    outputs: dict[str, str | int] = {}


class InstrumentCases(Part):
    """`ID.cases.yaml`: the stories of one instrument."""

    instrument: str
    stories: dict[str, Story]


def read_stories(path: Path) -> InstrumentCases:
    """Return the stories of a file.

    Raises:
        RuleError: The file is not readable or has another form.
    """
    try:
        return build(InstrumentCases, read_source(path))
    except OSError as error:
        msg = f"not readable: {error}"
        raise RuleError(msg, code="D100", file=path.name) from error
