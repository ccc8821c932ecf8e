# SPDX-License-Identifier: Apache-2.0
"""What a run says of one firm, worked out in full: a *firm sheet*.

It holds all that a page about the firm needs: the facts that were decided on, who
states them, every policy's answer, the nearest steps with what they turn elsewhere. It
can always be made again from the run; it is kept because making it takes a thousand
times as long as reading it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from ceyuan.kernel import UNKNOWN, State

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from ceyuan.facts.store.statements import Value
    from ceyuan.kernel import Unknown
    from ceyuan.language import FactKey, Fixed
    from ceyuan.office.checkup import FirmCheck
    from ceyuan.office.holding import StatedBy
    from ceyuan.policies import Move


@dataclass(frozen=True, slots=True)
class Stated:
    """Who states an attribute of a firm.

    Args:
        by: What each source states last, the one that counts first; never empty.
        differs: Sources differ about it, rounding aside, and no ruling settled it.
    """

    by: tuple[StatedBy, ...]
    differs: bool = False

    @property
    def source(self) -> str:
        """Return the source that counts."""
        return self.by[0].source

    @property
    def value(self) -> Value | Unknown:
        """Return what counts; UNKNOWN: that source says that nobody knows."""
        return self.by[0].value

    @property
    def since(self) -> date:
        """Return the day from which it holds in the world."""
        return self.by[0].valid_from

    @property
    def others(self) -> tuple[StatedBy, ...]:
        """Return what the sources state that do not count."""
        return self.by[1:]


class DecidedOn(Protocol):
    """What reasons are told from: the facts of one subject, who states them, the day."""

    @property
    def as_of(self) -> date:
        """Return the day of the decisions."""

    @property
    def year(self) -> int:
        """Return the fiscal year that yearly facts mean."""

    @property
    def settings(self) -> tuple[str, ...]:
        """Return the parameters set by the office, as they were typed for the run."""

    @property
    def facts(self) -> Fixed:
        """Return what was decided on."""

    @property
    def stated(self) -> Mapping[FactKey, Stated]:
        """Return who states each attribute."""

    @property
    def lists(self) -> Mapping[str, tuple[str, ...]]:
        """Return the sources of the linked records, by the name of their fact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FirmSheet:
    """What a run says of one firm.

    Args:
        run: Id of the run.
        region: Region of its declarations.
        declarations: Their hash; `firm_sheets.region_of` gives them.
        as_of: Day of the decisions.
        settings: Parameters set by the office, as they were typed for the run.
        org: Number of the organisation.
        code: Its credit code; empty where none is known.
        name: Its name; empty where none is known.
        year: Fiscal year that yearly facts mean.
        facts: What was decided on: values, absences, linked records; exact.
        stated: Who states each attribute of the firm, those that no policy reads
            included; never a personal one.
        lists: Sources of the linked records, by the name of their fact.
        check: The answers of all policies about firms; `check.moves` are the first of
            `steps`.
        steps: Up to three smallest changes per policy that fails, lightest first, each
            with the policies that it would turn as well.
        synthetic: The facts are invented.
        revised: Number of the last ruling on this firm that was counted; 0 for none.
    """

    run: str
    region: str
    declarations: str
    as_of: date
    settings: tuple[str, ...]
    org: int
    code: str
    name: str
    year: int
    facts: Fixed
    stated: Mapping[FactKey, Stated]
    check: FirmCheck
    steps: Mapping[str, tuple[Move, ...]]
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    synthetic: bool = False
    revised: int = 0

    @property
    def policies(self) -> tuple[str, ...]:
        """Return the policies that were decided, in the order of the run."""
        return tuple(self.check.decisions)

    @property
    def known(self) -> int:
        """Return how many facts have a value."""
        return sum(not isinstance(v, State) for v in self.facts.values.values())

    @property
    def missing(self) -> frozenset[FactKey]:
        """Return the facts and parameters that leave an answer open."""
        return frozenset().union(*(d.missing for d in self.check.decisions.values()))

    def source_of(self, key: FactKey) -> str:
        """Return the source of a fact's value; empty where nobody states one."""
        stated = self.stated.get(key)
        return "" if stated is None or stated.value is UNKNOWN else stated.source
