# SPDX-License-Identifier: Apache-2.0
"""Values of facts as JSON and back, exactly: what a firm sheet is written in.

A whole number stands as a number, a fraction as `{"number": "7/3"}`, a day as
`{"day": …}`, a set as `{"set": …}`, and what has no value as `{"state": …}`: so that a
text, a day, unknown and absent are never taken for each other.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ceyuan.kernel import State

if TYPE_CHECKING:
    from ceyuan.language import FactKey, Known


def key_text(key: FactKey) -> str:
    """Return a fact and its year as text: `revenue@2025`, `reg_date`."""
    name, year = key
    return name if year is None else f"{name}@{year}"


def read_key(text: str) -> FactKey:
    """Return the fact and the year that a text names."""
    name, _, year = text.partition("@")
    return name, int(year) if year else None


def encode_known(value: Known | State | None) -> object:
    """Return a value: known, unknown, absent, or (None) not told."""
    match value:
        case None | bool() | str():
            return value
        case int() | Fraction():
            whole = number(value)
            return whole if isinstance(whole, int) else {"number": whole}
        case date():
            return {"day": value.isoformat()}
        case frozenset():
            return {"set": sorted(value)}
        case _:
            return {"state": value.value}


def decode_known(found: Any) -> Any:  # noqa: ANN401 - JSON in, one of six kinds out
    """Return the value that `encode_known` wrote."""
    if not isinstance(found, dict):
        return found
    ((kind, held),) = found.items()
    match kind:
        case "number":
            return Fraction(held)
        case "day":
            return date.fromisoformat(held)
        case "set":
            return frozenset(held)
        case _:
            return State(held)


def number(value: Fraction | int) -> int | str:
    """Return a number: whole as it is, a fraction as text."""
    return int(value) if value.denominator == 1 else str(value)


def read_number(found: int | str) -> Fraction | int:
    """Return the number that `number` wrote."""
    return found if isinstance(found, int) else Fraction(found)
