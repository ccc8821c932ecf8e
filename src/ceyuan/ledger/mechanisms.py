# SPDX-License-Identifier: Apache-2.0
"""How an amount is divided: by shares, by holdings, by layers. Pure and exact.

Whole numbers go in and come out, and what comes out always sums to what went in: a
fen that a division leaves over goes to somebody, by a rule that stands here.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from ceyuan.ledger.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ceyuan.declarations.policy import Rounding


def rounded(value: Fraction, mode: Rounding) -> int:
    """Return a whole number; a half goes up, towards the greater number.

    >>> rounded(Fraction(5, 2), "half_up"), rounded(Fraction(5, 2), "down")
    (3, 2)
    """
    if mode == "down":
        return value.numerator // value.denominator
    if mode == "up":
        return -(-value.numerator // value.denominator)
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def split(
    amount: int, shares: Mapping[str, Fraction], remainder: str
) -> dict[str, int]:
    """Return what each party takes: its share rounded down, the rest to one of them.

    Args:
        amount: What is split, in smallest units.
        shares: Each party's share; none below 0, all together exactly 1.
        remainder: The party that takes what the rounding leaves.

    Returns:
        The parts, in the order of the shares; they sum to the amount.

    Raises:
        Refused: L121, the shares do not sum to 1 or one is below 0.

    >>> split(100, {"bank": Fraction(1, 3), "fund": Fraction(2, 3)}, "fund")
    {'bank': 33, 'fund': 67}
    """
    total = sum(shares.values(), Fraction(0))
    if total != 1 or remainder not in shares or any(s < 0 for s in shares.values()):
        told = "、".join(f"{name} {share}" for name, share in shares.items())
        raise Refused("L121", {"shares": told, "total": str(total)})
    parts = {name: rounded(amount * share, "down") for name, share in shares.items()}
    parts[remainder] += amount - sum(parts.values())
    return parts


def by_holdings(amount: int, holdings: Mapping[str, int]) -> dict[str, int]:
    """Return what each holder takes, in proportion to what everybody has.

    Each part is rounded down; the units left over, fewer than there are holders, go
    one each to those whose part lost most by the rounding, and among equals to the
    one whose name comes first. So the answer hangs on nothing but the holdings.

    Args:
        amount: What is split, in smallest units.
        holdings: What each has; those with nothing get nothing.

    Returns:
        The parts, by name; they sum to the amount.

    Raises:
        Refused: L121, nobody has anything, or one has less than nothing.

    >>> by_holdings(100, {"b": 1, "a": 1, "c": 1})
    {'a': 34, 'b': 33, 'c': 33}
    """
    total = sum(holdings.values())
    if total <= 0 or any(has < 0 for has in holdings.values()):
        told = "、".join(f"{name} {has}" for name, has in sorted(holdings.items()))
        raise Refused("L121", {"shares": told or "—", "total": str(total)})
    names = sorted(name for name, has in holdings.items() if has)
    parts = {name: amount * holdings[name] // total for name in names}
    lost = {name: amount * holdings[name] % total for name in names}
    left = amount - sum(parts.values())
    for name in sorted(names, key=lambda n: (-lost[n], n))[:left]:
        parts[name] += 1
    return parts


def waterfall(amount: int, layers: Sequence[tuple[str, int | None]]) -> dict[str, int]:
    """Return what each layer takes: up to its cap, the next one the rest.

    Args:
        amount: What runs through, in smallest units.
        layers: Each layer's name and cap, the first one first; None: no cap.

    Returns:
        The parts, one for each layer, 0 included; they sum to the amount.

    Raises:
        Refused: L122, something is left that no layer takes.

    >>> waterfall(120, [("first", 100), ("second", None)])
    {'first': 100, 'second': 20}
    """
    parts: dict[str, int] = {}
    left = amount
    for name, cap in layers:
        taken = left if cap is None else max(0, min(left, cap))
        parts[name] = parts.get(name, 0) + taken
        left -= taken
    if left:
        raise Refused("L122", {"amount": amount, "left": left})
    return parts
