# SPDX-License-Identifier: Apache-2.0
"""What is kept of the world: record types, their attributes, and who may state them.

A record type is the shape of one kind of row that lasts: a certificate, a loan, a
paper. Its attributes are facts with three things more: how sensitive they are, what
they may be used for, and which sources are believed first. The one hard idea is that
a firm's attributes are not declared again: `facts_of` makes every fact of the
dictionary an attribute, so that policies and records can never name two things.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ceyuan.declarations.facts import Fact, Field, Headings
from ceyuan.declarations.parts import Part, Text

if TYPE_CHECKING:
    from collections.abc import Mapping

Sensitivity = Literal["public", "internal", "personal"]

RESERVED = (
    "org",
    "code",
    "name",
    "key",
    "year",
    "valid_from",
    "valid_to",
    "exact",
    "file",
    "row",
    "sha",
)
"""Columns that every batch has; no attribute can take their names."""


class SourceSaid(Part):
    """A source of records; the order of the file says which is believed first.

    Args:
        zh: Chinese name.
        en: English name.
        meaning: Whose word it is.
        public: It publishes what it states: of attributes that are public, everybody
            may know what it says of a firm.
    """

    zh: str
    en: str
    meaning: Text | None = None
    public: bool = False


class Attribute(Fact):
    """One attribute of a record.

    Args:
        sensitivity: Whom it may be shown to; `personal` is kept encrypted.
        purpose: What it may be used for, ids of declared purposes.
        sources: Who is believed first for it; empty: as the type says.
    """

    sensitivity: Sensitivity = "internal"
    purpose: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


class Authority(Part):
    """Who is believed first for several attributes of a type."""

    sources: tuple[str, ...]
    attributes: tuple[str, ...]


class Role(Part):
    """What the organisation of a record is in it (a seller, a holder).

    Args:
        id: The role's name.
        zh: Chinese name.
        en: English name.
        headings: How the column of its name or code is headed.
    """

    id: str
    zh: str
    en: str
    headings: Headings = Headings()


class RecordType(Part):
    """One kind of record.

    Args:
        zh: Chinese name.
        en: English name.
        meaning: What one record stands for.
        organisation: Whether a record belongs to an organisation.
        role: What that organisation is in the record.
        key: Attributes that tell the records of one organisation apart; `year`
            may be among them. Empty: one record per organisation (and year).
        key_may_lack: Parts of the key that a list may leave out (a published list
            without dates); records that lack them alike are one record.
        facts_of: Subject whose dictionary facts are attributes too.
        feeds: Record fact of the dictionary that these records make up; its fields
            are attributes too.
        attributes: Its own attributes.
        links: Type that an attribute's value names a record of; a type without
            a key is named by its organisation's credit code or name.
        sources: Who is believed first; empty: the order of the sources' file.
        authority: The same for some attributes, those of `facts_of` included.
        person: Attribute that tells whose data the personal attributes are.
        sensitivity: Of the attributes that come from `facts_of`.
        purpose: The same; and of own attributes that say none.
        valid_from: Date attribute from which a record holds in the world.
        valid_to: Date attribute until which it holds.
        withdrawn: Date attribute from which it counts no more, whatever else it says.
    """

    zh: str
    en: str
    meaning: Text | None = None
    organisation: bool = True
    role: Role | None = None
    key: tuple[str, ...] = ()
    key_may_lack: tuple[str, ...] = ()
    facts_of: str = ""
    feeds: str = ""
    attributes: dict[str, Attribute] = {}
    links: dict[str, str] = {}
    sources: tuple[str, ...] = ()
    authority: tuple[Authority, ...] = ()
    person: str = ""
    sensitivity: Sensitivity = "internal"
    purpose: tuple[str, ...] = ()
    valid_from: str = ""
    valid_to: str = ""
    withdrawn: str = ""

    def all_attributes(self, facts: Mapping[str, Fact]) -> dict[str, Attribute]:
        """Return own attributes and inherited ones, each with all that it inherits.

        Facts that are lists of records have a type of their own and are left out.
        """
        first = {n: one.sources for one in self.authority for n in one.attributes}
        found = {
            name: _as_attribute(fact, self)
            for name, fact in facts.items()
            if self.facts_of and self.facts_of in fact.subject
            if fact.kind != "records"
        }
        if self.feeds in facts:
            fields = facts[self.feeds].fields
            found |= {n: _as_attribute(field, self) for n, field in fields.items()}
        found |= {
            n: a.model_copy(update={"headings": _headed(a)})
            for n, a in self.attributes.items()
        }
        return {
            name: attribute.model_copy(
                update={
                    "sources": attribute.sources or first.get(name) or self.sources,
                    "purpose": attribute.purpose or self.purpose,
                }
            )
            for name, attribute in found.items()
        }


class RecordFile(Part):
    """One file of record types.

    Args:
        records: Types by id.
        authority: For a type of a parent region, who is believed first for
            attributes that come from this region's own facts.
    """

    records: dict[str, RecordType] = {}
    authority: dict[str, tuple[Authority, ...]] = {}


class SourceFile(Part):
    """`sources.yaml`: who states records, and what they may be used for."""

    sources: dict[str, SourceSaid] = {}
    purposes: dict[str, Text] = {}


def _as_attribute(fact: Fact | Field, of: RecordType) -> Attribute:
    said = {name: getattr(fact, name) for name in type(fact).model_fields}
    return Attribute.model_construct(
        **said, sensitivity=of.sensitivity, purpose=of.purpose, sources=()
    )


def _headed(attribute: Attribute) -> Headings:
    """Return the headings with the attribute's own names among them."""
    zh, en = attribute.headings.zh, attribute.headings.en
    return Headings(
        zh=zh if attribute.zh in zh else (attribute.zh, *zh),
        en=en if attribute.en in en else (attribute.en, *en),
    )
