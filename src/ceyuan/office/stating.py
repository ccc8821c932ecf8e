# SPDX-License-Identifier: Apache-2.0
"""Values as they stand in columns, as JSON, and in words; one way for all verbs."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

import polars as pl

from ceyuan.facts.store.statements import from_json
from ceyuan.kernel import UNKNOWN
from ceyuan.office.phrases import english
from ceyuan.policies.words import show_known, show_number

if TYPE_CHECKING:
    from ceyuan.declarations.facts import Fact
    from ceyuan.facts.store.statements import Value
    from ceyuan.kernel import Unknown


def from_cell(cell: object, attribute: Fact) -> Value | Unknown:
    """Return what a cell of a column means, in base units."""
    if cell is None:
        return UNKNOWN
    if attribute.kind == "number":
        scale: int = 10**attribute.decimals
        return Fraction(str(cell)) / scale
    if isinstance(cell, pl.Series):
        cell = cell.to_list()
    if attribute.kind == "codes" and isinstance(cell, str):
        return frozenset(cell.split(","))
    if attribute.kind == "flag" and isinstance(cell, str):
        return cell == "true"
    if isinstance(cell, list):
        return frozenset(str(v) for v in cell)
    assert isinstance(cell, (str, bool, date))
    return from_json(cell.isoformat() if isinstance(cell, date) else cell, attribute)


def in_words(value: Value | Unknown, attribute: Fact, *, locale: str = "zh") -> str:
    """Return a value as a person reads it: with its unit, codes by their names."""
    if value is UNKNOWN:
        return "未知" if locale == "zh" else "unknown"
    if isinstance(value, (int, Fraction)) and not isinstance(value, bool):
        label = attribute.unit or ""
        if locale == "zh":
            return show_number(value, attribute.measure, label=label)
        return english(value, attribute.measure, label)
    return show_known(value, attribute, locale=locale)


def as_plain(value: Value | Unknown) -> object:
    """Return a value as JSON has it: exact; None where it is not known."""
    if value is UNKNOWN:
        return None
    if isinstance(value, bool):
        return value
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Fraction):
        return int(value) if value.denominator == 1 else str(value)
    return value
