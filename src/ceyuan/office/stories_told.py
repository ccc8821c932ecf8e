# SPDX-License-Identifier: Apache-2.0
"""Worked stories of an instrument, to be read: what is done, and what the book says.

They are the same stories that are played against a real book in the tests; here they
teach what each move does, with its entries and with what is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ceyuan.declarations.instrument_cases import read_stories
from ceyuan.office.moving_cases import cases_path
from ceyuan.office.moving_typed import typed_amount

if TYPE_CHECKING:
    from datetime import date

    from ceyuan.declarations.instrument import Instrument
    from ceyuan.declarations.instrument_cases import Step, Typed
    from ceyuan.declarations.instrument_parts import Input, Key
    from ceyuan.office.account_names import Names

_KINDS = ("hold", "post", "void", "expire", "reverse")


@dataclass(frozen=True, slots=True)
class EntryExpected:
    """An entry that a step writes; the amount in the commodity's smallest unit."""

    kind: str
    debit: str
    credit: str
    amount: int
    commodity: str


@dataclass(frozen=True, slots=True)
class Told:
    """What is told with a step: its name, and what was typed."""

    zh: str
    en: str
    value: str


@dataclass(frozen=True, slots=True)
class StepTold:
    """A step of a story.

    Args:
        on: On which day.
        zh: What is done.
        en: The same in English.
        said: What is told with it, name and value as typed.
        entries: What the book then says.
        refused: The code with which it is refused; empty: it is not.
    """

    on: date
    zh: str
    en: str
    said: tuple[Told, ...]
    entries: tuple[EntryExpected, ...]
    refused: str


@dataclass(frozen=True, slots=True)
class StoryTold:
    """A story."""

    zh: str
    en: str
    steps: tuple[StepTold, ...]


def stories(one: Instrument, names: Names) -> list[StoryTold]:
    """Return the stories of an instrument; none where none stand beside its file."""
    path = cases_path(one)
    if not path.is_file():
        return []
    return [
        StoryTold(
            story.zh,
            story.en,
            tuple(_step(one, names, step) for step in story.steps if step.on),
        )
        for story in read_stories(path).stories.values()
    ]


def _step(one: Instrument, names: Names, step: Step) -> StepTold:
    move = one.move(step.move)
    named: dict[str, Key | Input] = {**one.said.keys, **one.said.inputs}
    said = [
        Told(named[name].zh, named[name].en, str(value))
        for name, value in (*step.keys.items(), *step.inputs.items())
        if name in named
    ]
    assert step.on is not None
    return StepTold(
        step.on,
        move.zh,
        move.en,
        tuple(said),
        tuple(_entry(one, names, k, v) for k, v in (step.expect or {}).items()),
        step.refused,
    )


def _entry(one: Instrument, names: Names, text: str, value: Typed) -> EntryExpected:
    kind, _, rest = text.partition(" ")
    if kind not in _KINDS:
        kind, rest = "transfer", text
    debit, _, credit = (part.strip() for part in rest.partition(">"))
    commodity = _commodity(one, names, debit)
    counted = one.commodities[commodity]
    return EntryExpected(
        kind, debit, credit, typed_amount(value, counted, of=text), commodity
    )


def _commodity(one: Instrument, names: Names, path: str) -> str:
    named = names.of(path)
    if named.instrument == one.id:
        return one.said.accounts[named.account].commodity
    return "CNY"
