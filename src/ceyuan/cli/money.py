# SPDX-License-Identifier: Apache-2.0
"""What the commands about money have in common: days, questions, amounts."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import typer

from ceyuan.cli.checking import read_day
from ceyuan.cli.opened import say
from ceyuan.declarations.instrument import shown
from ceyuan.kernel import UsageError, show_money

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ceyuan.declarations.instrument_parts import Commodity
    from ceyuan.kernel import Problem
    from ceyuan.office.memory import Memory

KINDS: Mapping[str, str] = {
    "transfer": "转账",
    "hold": "冻结",
    "post": "入账",
    "void": "作废",
    "expire": "到期",
    "reverse": "冲正",
}


def day_said(text: str, option: str = "--on") -> date:
    """Return a day as typed; today when nothing was.

    Raises:
        UsageError: It is no date.
    """
    if not text:
        return read_day("")
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        msg = f"`{option} {text}` 不是日期 (not a date)"
        raise UsageError(msg, hint="写成 2026-11-21") from error


def somebody_or_yes(*, yes: bool, dry_run: bool, as_json: bool) -> None:
    """See that somebody can be asked before money is written.

    Raises:
        UsageError: Nobody is there.
    """
    if dry_run or yes or (sys.stdin.isatty() and not as_json):
        return
    msg = "记账之前要问，这里没有人可问 (nobody is there to ask)"
    raise UsageError(msg, hint="加上 --yes，或用 --dry-run 只看会记什么")


def agreed(question: str) -> bool:
    """Ask on stderr; say that nothing was done where the answer is no."""
    sys.stdout.flush()
    if typer.confirm(question, err=True):
        return True
    say("没有记账 (nothing was written)")
    return False


@dataclass(frozen=True, slots=True)
class Amounts:
    """How the amounts of one table are shown: one unit, in the heading, where it can.

    Args:
        commodities: The region's commodities.
        used: Those that the table counts.
    """

    commodities: Mapping[str, Commodity]
    used: frozenset[str]

    @classmethod
    def of(cls, memory: Memory, used: Iterable[str]) -> Amounts:
        """Return how amounts of these commodities are shown in one table."""
        return cls(memory.declared.instruments.commodities, frozenset(used))

    def head(self, word: str) -> str:
        """Return a heading, with the unit where every cell has the same."""
        return f"{word}（元）" if self.used <= {"CNY"} else word

    def cell(self, smallest: int | None, commodity: str) -> str:
        """Return an amount, to the last fen; what there is none of is empty."""
        if smallest is None:
            return ""
        if commodity == "CNY":
            return show_money(smallest, unit="元", with_unit=not self.used <= {"CNY"})
        if commodity in self.commodities:
            return shown(smallest, self.commodities[commodity])
        return f"{smallest:,} {commodity}"


def in_words(memory: Memory, smallest: int, commodity: str) -> str:
    """Return an amount in a sentence: money in the unit that suits its size."""
    if commodity == "CNY":
        return show_money(smallest)
    return Amounts.of(memory, {commodity, ""}).cell(smallest, commodity)


def say_problems(problems: Sequence[Problem], *, most: int = 20) -> None:
    """Say what is wrong, with place and mend; beyond so many only how many."""
    for one in problems[:most]:
        place = f"（{one.place}）" if one.place else ""
        code = "" if one.message.startswith("[") else f"[{one.code}] "
        say(f"！{code}{one.message}{place}")
        if one.mend:
            say(f"    {one.mend}")
    if len(problems) > most:
        say(f"！另有 {len(problems) - most:,} 个问题，--json 列出全部 (and more)")


def problem_json(one: Problem) -> dict[str, object]:
    """Return a problem as JSON."""
    return {
        "code": one.code,
        "message": one.message,
        "mend": one.mend,
        "file": one.file,
        "row": one.row,
    }
