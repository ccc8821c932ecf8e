# SPDX-License-Identifier: Apache-2.0
"""The simplest facts: a mapping, for one subject."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ceyuan.kernel import UNKNOWN, State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ceyuan.language.interpret import Complete, Known, Record
    from ceyuan.language.scope import FactKey


@dataclass(frozen=True, slots=True)
class Fixed:
    """Facts of one subject, held in memory.

    Args:
        values: Known values (or ABSENT) by name and year, in base units.
        linked: Linked records by name, each with whether they are all: True,
            False, or the codes of which they are all.
    """

    values: Mapping[FactKey, Known | State]
    linked: Mapping[str, tuple[tuple[Record, ...], Complete]] = field(
        default_factory=dict
    )

    def value(self, name: str, year: int | None) -> Known | State:
        """Return a fact's value, UNKNOWN or ABSENT."""
        return self.values.get((name, year), UNKNOWN)

    def records(self, name: str) -> tuple[tuple[Record, ...], Complete] | None:
        """Return linked records and how far they are all."""
        return self.linked.get(name)

    def with_values(self, changed: Mapping[FactKey, Known | State]) -> Fixed:
        """Return the same facts with some changed."""
        return Fixed({**self.values, **changed}, self.linked)
