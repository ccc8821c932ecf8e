# SPDX-License-Identifier: Apache-2.0
"""Worked stories of instruments, played against a real book and taken back.

Each step is a move as an officer makes it; what it writes is compared whole, entry by
entry, and at the end what the accounts have. Nothing of it stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ceyuan.declarations.instrument import shown
from ceyuan.declarations.instrument_cases import read_stories
from ceyuan.declarations.region import REGIONS
from ceyuan.kernel import CeyuanError, UsageError
from ceyuan.ledger.look import BookLook
from ceyuan.ledger.moves import outputs
from ceyuan.ledger.posting import expire_holds
from ceyuan.ledger.refusals import Refused
from ceyuan.office.moving import move_within
from ceyuan.office.moving_typed import (
    settings_from,
    typed_amount,
    typed_inputs,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import psycopg

    from ceyuan.declarations.instrument import Instrument
    from ceyuan.declarations.instrument_cases import Step, Story, Typed
    from ceyuan.declarations.instruments import Instruments
    from ceyuan.ledger.legs import Line
    from ceyuan.ledger.model import Balance

_ACTOR = "worked case"


@dataclass(frozen=True, slots=True)
class Played:
    """A story that was played.

    Args:
        instrument: Id of the instrument.
        story: Id of the story.
        zh: What it is about.
        faults: Where the book says something else; empty: it is right.
    """

    instrument: str
    story: str
    zh: str
    faults: tuple[str, ...]


def cases_path(instrument: Instrument, root: Path = REGIONS) -> Path:
    """Return where the stories of an instrument stand: beside its file."""
    return root / instrument.file.replace(".yaml", ".cases.yaml")


def play_all(
    conn: psycopg.Connection, loaded: Instruments, names: tuple[str, ...] = ()
) -> Iterator[Played]:
    """Play the stories of instruments; nothing of them stays in the book.

    Raises:
        RuleError: A file of stories is wrong.
        UsageError: There is no such instrument, or it has no stories.
    """
    for name in names or tuple(loaded.instruments):
        instrument = loaded.instrument(name)
        path = cases_path(instrument)
        if not path.is_file():
            msg = f"`{name}` 旁边没有算例 `{path.name}` (it has no worked cases)"
            raise UsageError(msg)
        for story, said in read_stories(path).stories.items():
            yield play(conn, instrument, story, said)


def play(
    conn: psycopg.Connection, instrument: Instrument, name: str, story: Story
) -> Played:
    """Play one story and take it back."""
    faults: list[str] = []
    with conn.transaction(force_rollback=True):
        for place, step in enumerate(story.steps, 1):
            faults += [
                f"第{place}步 {step.move or '到期'}：{f}"
                for f in _step(conn, instrument, story, step)
            ]
        faults += _end(conn, instrument, story)
    return Played(instrument.id, name, story.zh, tuple(faults))


def _step(
    conn: psycopg.Connection, instrument: Instrument, story: Story, step: Step
) -> list[str]:
    if step.expire is not None:
        expire_holds(conn, step.expire, actor=_ACTOR)
        return []
    assert step.on is not None
    try:
        made = move_within(
            conn,
            instrument,
            step.move,
            keys={name: str(value) for name, value in step.keys.items()},
            inputs=typed_inputs(instrument, step.inputs),
            effective=step.on,
            settings=settings_from(instrument, story.parameters),
            actor=_ACTOR,
            reason=story.zh,
        )
    except Refused as refused:
        if refused.code == step.refused:
            return []
        return [f"被拒绝：{refused}"]
    except CeyuanError as error:
        return [str(error)]
    if step.refused:
        return [f"应被拒绝（{step.refused}），却记上了"]
    faults = list(_compared(instrument, step.expect or {}, made.plan.lines))
    if made.fresh is not step.fresh:
        faults.append("账上已有这些分录" if step.fresh else "账上本应已有这些分录")
    return faults


def _compared(
    instrument: Instrument, expect: Mapping[str, Typed], lines: Sequence[Line]
) -> Iterator[str]:
    """Yield where the entries are others than the expected ones."""
    found = {_entry(line.kind, line.debit, line.credit): line for line in lines}
    if len(found) != len(lines):
        yield "两笔分录的科目相同，算例里分不开"
    for entry, value in expect.items():
        if entry not in found:
            yield f"没有 {entry}"
            continue
        line = found[entry]
        counted = instrument.commodities[line.commodity]
        if line.amount != typed_amount(value, counted, of=entry):
            yield f"{entry}：应为 {value}，实为 {line.amount}"
    for entry in found.keys() - expect.keys():
        yield f"多出 {entry}：{found[entry].amount}"


def _entry(kind: str, debit: str, credit: str) -> str:
    entry = f"{debit} > {credit}"
    return entry if kind == "transfer" else f"{kind} {entry}"


def _end(
    conn: psycopg.Connection, instrument: Instrument, story: Story
) -> Iterator[str]:
    look = BookLook(conn)
    for word, said in (("余额", story.balances), ("可用", story.available)):
        for path, value in said.items():
            there = look.balance(path)
            if there is None:
                yield f"{word} {path}：没有开户"
                continue
            counted = instrument.commodities[there.commodity]
            has = _has(there, word)
            if has != typed_amount(value, counted, of=path):
                yield f"{word} {path}：应为 {value}，实为 {shown(has, counted)}"
    if not story.outputs:
        return
    last = next(step for step in reversed(story.steps) if step.move)
    assert last.on is not None
    found = outputs(
        instrument,
        keys={name: str(value) for name, value in last.keys.items()},
        day=last.on,
        look=look,
        settings=settings_from(instrument, story.parameters),
    )
    for name, text in story.outputs.items():
        if found.get(name) != str(text):
            yield f"输出 {name}：应为 {text}，实为 {found.get(name)}"


def _has(there: Balance, word: str) -> int:
    return there.has if word == "余额" else there.available
