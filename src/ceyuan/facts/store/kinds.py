# SPDX-License-Identifier: Apache-2.0
"""Record types as the store takes them: with every attribute, and who outranks whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ceyuan.kernel.kept import KeptFew

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ceyuan.declarations.facts import Fact
    from ceyuan.declarations.record_types import Attribute, RecordType
    from ceyuan.declarations.records import Records

RULING = "ruling"
"""What an office decided on evidence; it outranks every source, whatever is declared."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A record type, complete.

    Args:
        id: Its name.
        said: Its declaration.
        attributes: Its attributes, inherited ones included; `sources` of each holds
            every source, the best first.
        fields: Attributes that make up a record of the fact that it feeds.
    """

    id: str
    said: RecordType
    attributes: Mapping[str, Attribute]
    fields: tuple[str, ...] = ()

    @property
    def feeds(self) -> str:
        """Return the fact whose records these are; empty for none."""
        return self.said.feeds

    @property
    def personal(self) -> frozenset[str]:
        """Return the attributes that are kept encrypted."""
        return frozenset(
            n for n, a in self.attributes.items() if a.sensitivity == "personal"
        )

    @property
    def hidden(self) -> frozenset[str]:
        """Return the attributes whose plain values are never shown or kept."""
        return self.personal | ({self.said.person} if self.said.person else set())


_KEPT: KeptFew[Mapping[str, Kind]] = KeptFew(8)


def kinds(records: Records, facts: Mapping[str, Fact]) -> Mapping[str, Kind]:
    """Return all record types of a region; made once for the same declarations."""
    return _KEPT.get((records, facts), None, lambda: _made(records, facts))


def _made(records: Records, facts: Mapping[str, Fact]) -> dict[str, Kind]:
    return {
        name: Kind(
            name,
            said,
            {
                n: a.model_copy(update={"sources": _order(a, tuple(records.sources))})
                for n, a in said.all_attributes(facts).items()
            },
            tuple(facts[said.feeds].fields) if said.feeds in facts else (),
        )
        for name, said in records.types.items()
    }


def _order(attribute: Attribute, default: tuple[str, ...]) -> tuple[str, ...]:
    named = attribute.sources or default
    return tuple(dict.fromkeys((RULING, *named, *default)))
