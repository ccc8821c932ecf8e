# SPDX-License-Identifier: Apache-2.0
"""Drawings that were looked at, on screen and in greyscale, and found handsome.

After a change that is meant, draw them anew, look at each, and keep them:
`python -m tests.web.charts.test_golden`.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.web.charts.drawn import samples

GOLDEN = Path(__file__).parent / "golden"
KEPT = (
    ("columns", "wide"),
    ("rows", "narrow"),
    ("lines", "wide"),
    ("stacks", "wide"),
    ("ranges", "narrow"),
    ("ladder", "wide"),
    ("histogram", "narrow"),
    ("flow", "wide"),
)


def drawing(kind: str, side: str) -> str:
    """Return a drawing as it is served, one element a line so that changes show."""
    found = re.search(
        rf'<svg(?:(?!<svg).)*?class="ch-{side}".*?</svg>', samples()[kind], re.DOTALL
    )
    assert found
    return found[0].replace("><", ">\n<") + "\n"


@pytest.mark.parametrize(("kind", "side"), KEPT)
def test_drawing_is_the_one_that_was_looked_at(kind, side):
    kept = (GOLDEN / f"{kind}-{side}.svg").read_text(encoding="utf-8")

    assert kept == drawing(kind, side)


if __name__ == "__main__":
    for one in KEPT:
        (GOLDEN / f"{one[0]}-{one[1]}.svg").write_text(drawing(*one), encoding="utf-8")
