# SPDX-License-Identifier: Apache-2.0
"""What both clocks mean, in plain Python: slow, and short enough to be believed.

A world is a list of things said; a question is a day, a moment of knowing, and what
is asked. The answer is found by looking at everything.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ceyuan.kernel import UNKNOWN
from ceyuan.language import column_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from ceyuan.declarations.record_types import Attribute
    from ceyuan.language import FactKey


@dataclass(frozen=True, kw_only=True)
class Said:
    """One record of one source: what it states, when in the world, when to us.

    `place` tells records apart that became known together. A value is in base units;
    UNKNOWN: it is stated that nobody knows.
    """

    source: str
    handle: int
    year: int | None
    valid_from: date
    valid_to: date | None
    values: Mapping[str, Any]
    known_at: datetime
    place: int = 0
    withdrawn_at: datetime | None = None

    def counts(self, as_of: date, known_at: datetime) -> bool:
        return (
            self.known_at <= known_at
            and (self.withdrawn_at is None or self.withdrawn_at > known_at)
            and self.valid_from <= as_of
            and (self.valid_to is None or as_of <= self.valid_to)
        )


@dataclass(frozen=True, kw_only=True)
class Event:
    """Two handles that were always one (`recode`), or are one from a day (`merge`)."""

    kind: str
    org: int
    other: int
    valid_from: date
    known_at: datetime
    undone_at: datetime | None = None


@dataclass
class World:
    said: list[Said]
    events: list[Event]

    def entity(self, handle: int, known_at: datetime) -> int:
        """Return whose handle it is, mergers aside."""
        return self._last(
            handle,
            {
                e.other: e.org
                for e in self.events
                if e.kind == "recode"
                and e.known_at <= known_at
                and (e.undone_at is None or e.undone_at > known_at)
            },
        )

    def who(self, handle: int, as_of: date, known_at: datetime) -> int:
        known = [
            e
            for e in self.events
            if e.known_at <= known_at
            and (e.undone_at is None or e.undone_at > known_at)
        ]
        recodes = {e.other: e.org for e in known if e.kind == "recode"}
        merges = {
            self._last(e.other, recodes): self._last(e.org, recodes)
            for e in known
            if e.kind == "merge" and e.valid_from <= as_of
        }
        return self._last(self._last(handle, recodes), merges)

    @staticmethod
    def _last(handle: int, steps: Mapping[int, int]) -> int:
        while handle in steps:
            handle = steps[handle]
        return handle

    def view(
        self,
        keys: Sequence[FactKey],
        attributes: Mapping[str, Attribute],
        as_of: date,
        known_at: datetime,
    ) -> tuple[dict[int, dict[str, Any]], set[tuple[Any, ...]]]:
        """Return per organisation the known values by column, and what differs."""
        mine: dict[int, list[Said]] = {}
        for one in self.said:
            if one.counts(as_of, known_at):
                org = self.who(one.handle, as_of, known_at)
                mine.setdefault(org, []).append(one)
        held: dict[int, dict[str, Any]] = {}
        differ: set[tuple[Any, ...]] = set()
        for org, said in mine.items():
            held[org] = {}
            for name, year in keys:
                order = attributes[name].sources
                # What is stated of the organisation itself, and of absorbed ones.
                own: dict[bool, dict[str, Any]] = {True: {}, False: {}}
                for one in sorted(
                    said, key=lambda s: (s.valid_from, s.known_at, s.place)
                ):
                    if name in one.values and (year is None or one.year == year):
                        mine_ = self.entity(one.handle, known_at) == org
                        own[mine_][one.source] = one.values[name]
                last = own[True] or own[False]
                if not last:
                    continue
                best = min(last, key=order.index)
                column = column_name(name, year)
                if last[best] is UNKNOWN:
                    continue
                held[org][column] = last[best]
                if best == "ruling":
                    continue
                for source, value in last.items():
                    if value is not UNKNOWN and unlike(
                        last[best], value, attributes[name]
                    ):
                        differ.add((org, column, best, source, last[best], value))
        return held, differ


def unlike(one: Any, two: Any, attribute: Attribute) -> bool:
    """Return whether values differ, the rounding of amounts of money aside."""
    if one == two:
        return False
    if attribute.measure.is_money and attribute.kind == "number":
        whole = [Fraction(v) for v in (one, two)]
        if all(v.denominator == 1 and abs(v) < 2**63 for v in whole):
            zeros = [z for z in range(2, 7) if any(v % 10**z == 0 and v for v in whole)]
            return bool(abs(whole[0] - whole[1]) >= 10 ** max(zeros, default=0))
    return True
