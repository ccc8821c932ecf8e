# SPDX-License-Identifier: Apache-2.0
"""The fact dictionary as data: what `ceyuan facts list --json` prints.

Every name that a policy reads or a result shows is one of these names; whoever
builds a sheet for us starts here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ceyuan.declarations.facts import Code, Fact


class HeadingsEntry(TypedDict):
    """Column headings, the main form first."""

    zh: list[str]
    en: list[str]


class TextEntry(TypedDict):
    """A text in both languages."""

    zh: str
    en: str


class FactEntry(TypedDict):
    """One fact of the dictionary."""

    name: str
    zh: str
    en: str
    kind: str
    unit: str | None
    yearly: bool
    headings: HeadingsEntry
    meaning: TextEntry | None
    by: str
    question: TextEntry | None
    codes: dict[str, TextEntry]
    fields: list[str]
    subject: list[str]


def dictionary_json(dictionary: Mapping[str, Fact]) -> list[FactEntry]:
    """Return the dictionary in its own order, ready for `json.dumps`."""
    return [_entry(name, fact) for name, fact in dictionary.items()]


def _entry(name: str, fact: Fact) -> FactEntry:
    return {
        "name": name,
        "zh": fact.zh,
        "en": fact.en,
        "kind": fact.kind,
        "unit": fact.unit,
        "yearly": fact.yearly,
        "headings": {
            "zh": list(dict.fromkeys((fact.zh, *fact.headings.zh))),
            "en": list(dict.fromkeys((fact.en, *fact.headings.en))),
        },
        "meaning": _text(fact.meaning),
        "by": fact.supplied_by,
        "question": _text(fact.question),
        "codes": _codes(fact.codes),
        "fields": list(fact.fields),
        "subject": list(fact.subject),
    }


def _text(text: object) -> TextEntry | None:
    zh, en = getattr(text, "zh", None), getattr(text, "en", None)
    return {"zh": zh, "en": en} if zh and en else None


def _codes(codes: Mapping[str, Code]) -> dict[str, TextEntry]:
    return {code: {"zh": c.zh, "en": c.en} for code, c in codes.items()}
