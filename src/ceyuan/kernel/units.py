# SPDX-License-Identifier: Apache-2.0
"""Units: what a number counts, and how many of the base it stands for.

A unit is a product of dimensions and a scale to the base of that product. The
base of money is the fen, so `万元` has the scale 1,000,000 and the dimension
money. Adding or comparing asks for equal dimensions; multiplying adds the
exponents. `%` is a pure number of the scale 1/100.

>>> (unit("万元") / unit("人")).name
'fen/人'
>>> unit("万元").scale
Fraction(1000000, 1)
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from ceyuan.kernel.errors import UsageError

_BASES: dict[str, dict[str, Fraction | int]] = {
    "fen": {
        "fen": 1,
        "元": 100,
        "千元": 10**5,
        "万元": 10**6,
        "百万元": 10**8,
        "千万元": 10**9,
        "亿元": 10**10,
    },
    "cent": {
        "cent": 1,
        "美元": 100,
        "万美元": 10**6,
        "百万美元": 10**8,
        "亿美元": 10**10,
        "十亿美元": 10**11,
    },
    "人": {"人": 1},
    "件": {"件": 1, "项": 1, "个": 1, "家": 1, "次": 1, "名": 1},
    "分": {"分": 1},
    "天": {"天": 1, "日": 1, "工作日": 1},
    "年": {"年": 1},
    "月": {"月": 1},
    "平方米": {"平方米": 1, "㎡": 1},
    "小时": {"小时": 1},
}
_PURE: dict[str, Fraction] = {
    "1": Fraction(1),
    "%": Fraction(1, 100),
    "‰": Fraction(1, 1000),
    "倍": Fraction(1),
}


@dataclass(frozen=True, slots=True)
class Unit:
    """A product of dimensions with a scale to its base.

    Args:
        dims: Pairs of base name and exponent, sorted, without zeros.
        scale: How many bases one of this unit is.
    """

    dims: tuple[tuple[str, int], ...]
    scale: Fraction = Fraction(1)

    @property
    def name(self) -> str:
        """Return the name of the base product, e.g. `fen/人`; `1` if pure."""
        up = "·".join(_power(b, e) for b, e in self.dims if e > 0)
        down = "".join(f"/{_power(b, -e)}" for b, e in self.dims if e < 0)
        return (up or "1") + down

    @property
    def is_money(self) -> bool:
        """Return whether it counts fen."""
        return self.dims == (("fen", 1),)

    @property
    def is_pure(self) -> bool:
        """Return whether it is a number without dimension."""
        return not self.dims

    @property
    def base(self) -> Unit:
        """Return the base of the same dimensions (scale 1)."""
        return Unit(self.dims)

    def like(self, other: Unit) -> bool:
        """Return whether both count the same thing."""
        return self.dims == other.dims

    def __mul__(self, other: Unit) -> Unit:
        return Unit(_merge(self.dims, other.dims, 1), self.scale * other.scale)

    def __truediv__(self, other: Unit) -> Unit:
        return Unit(_merge(self.dims, other.dims, -1), self.scale / other.scale)


def _power(base: str, exponent: int) -> str:
    return base if exponent == 1 else f"{base}^{exponent}"


def _merge(
    a: tuple[tuple[str, int], ...], b: tuple[tuple[str, int], ...], sign: int
) -> tuple[tuple[str, int], ...]:
    total = dict(a)
    for base, exponent in b:
        total[base] = total.get(base, 0) + sign * exponent
    return tuple(sorted((b, e) for b, e in total.items() if e))


@cache
def unit(name: str) -> Unit:
    """Return the unit of that name; products are written `元/平方米`, `元·人`.

    Raises:
        UsageError: A part of the name is not known.
    """
    result = Unit(())
    for position, quotient in enumerate(name.replace(" ", "").split("/")):
        for part in quotient.split("·"):
            one = _single(part, name)
            result = result * one if position == 0 else result / one
    return result


def _single(part: str, whole: str) -> Unit:
    if part in _PURE:
        return Unit((), _PURE[part])
    for base, names in _BASES.items():
        if part in names:
            return Unit(((base, 1),), Fraction(names[part]))
    msg = f"unit `{whole}` is not known ({part!r} is no unit)"
    raise UsageError(msg, hint=f"known units: {', '.join(unit_names())}")


def unit_names() -> tuple[str, ...]:
    """Return every simple unit name."""
    return (*_PURE, *(name for names in _BASES.values() for name in names))


PURE = Unit(())
MONEY = Unit((("fen", 1),))
