# SPDX-License-Identifier: Apache-2.0
"""Exact numbers as people write them: bounded in length, so that reading one is cheap.

`1e999999999` takes eleven characters to write and a gigabyte to hold; it is no number
here, as it is none in an expression.

>>> exact("0.05"), exact("1/3"), exact(" -12 ")
(Fraction(1, 20), Fraction(1, 3), Fraction(-12, 1))
"""

from __future__ import annotations

import re
from fractions import Fraction

MOST_SIGNS = 60
"""Characters of a number; all the money there is takes eighteen."""
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:/\d+)?\Z")


def exact(text: str) -> Fraction:
    """Return a number: an integer, a decimal, or a quotient such as `1/3`.

    Raises:
        ValueError: It is none, divides by zero, or is longer than anybody counts.
    """
    plain = text.strip()
    if len(plain) > MOST_SIGNS:
        msg = f"a number of {len(plain):,} characters; at most {MOST_SIGNS}"
        raise ValueError(msg)
    if not _NUMBER.match(plain):
        msg = f"`{plain}` is no exact number: write 0.05, 12 or 1/3"
        raise ValueError(msg)
    top, _, bottom = plain.partition("/")
    if bottom and not int(bottom):
        msg = f"`{plain}` divides by zero"
        raise ValueError(msg)
    return Fraction(top) / int(bottom or 1)
