# SPDX-License-Identifier: Apache-2.0
"""The style sheet: every class is styled, colours can be seen, print shows all."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from ceyuan.web.charts import sparkline
from tests.web.charts.drawn import FIRMS, points, samples

CSS = (files("ceyuan.web") / "static" / "charts.css").read_text(encoding="utf-8")
RULES = re.sub(r"/\*.*?\*/", "", CSS, flags=re.DOTALL)
WHITE = "#ffffff"
# Decoration: what it shows is told by something else as well.
FAINT = {"ch-grid", "ch-hit"}
# Named so that a place can be found; they need no look of their own.
PLAIN = {"ch-bars", "ch-lines", "ch-stacks", "ch-ranges", "ch-ladder", "ch-histogram",
         "ch-flow", "ch-text", "ch-tiny", "ch-part1", "ch-fill2", "ch-fill3", "ch-fill4"}  # fmt: skip


def luminance(colour: str) -> float:
    digits = colour.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(2 * digit for digit in digits)
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [
        p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def colours(selector: str, name: str) -> list[str]:
    """Return the colours a property has in rules that name a class."""
    found = []
    for heads, body in re.findall(r"([^{}]+)\{([^{}]*)\}", RULES):
        if re.search(rf"\.{selector}(?![\w-])", heads):
            found += re.findall(
                rf"(?<![\w-]){name}: (?:var\([^,]+, )?(#[0-9a-f]{{3,6}})\)?", body
            )
    return found


def test_contrast_is_computed_as_the_guideline_says():
    assert 21 == contrast("#000000", WHITE)
    assert 7.2 == round(contrast("#0b57a4", WHITE), 1)


def test_every_class_of_a_chart_has_a_rule_or_is_plain():
    whole = "".join(samples().values())
    whole += sparkline(points(1, 2), name="s", title="t", measure=FIRMS)
    used = {
        name
        for group in re.findall(r'class="([^"]+)"', whole)
        for name in group.split()
        if name.startswith("ch-")
    }

    known = set(re.findall(r"\.(ch-[\w-]+)", RULES))
    assert set() == used - known - PLAIN


@pytest.mark.parametrize(
    "name",
    ["ch-note", "ch-tick", "ch-key", "ch-gap", *(f"ch-name{i}" for i in range(1, 5))],
)
def test_text_can_be_read_on_white(name):
    found = colours(name, "fill")

    assert found
    assert min(contrast(colour, WHITE) for colour in found) >= 4.5


@pytest.mark.parametrize("series", [2, 3, 4])
def test_ink_can_be_read_on_the_ground_of_a_pattern(series):
    (ground,) = colours(f"ch-ground{series}", "fill")

    assert contrast("#1b2330", ground) >= 4.5


def test_white_can_be_read_on_the_solid_fill():
    assert contrast(WHITE, colours("ch-fill1", "fill")[0]) >= 4.5


@pytest.mark.parametrize(
    ("name", "property_"),
    [
        ("ch-fill1", "fill"),
        ("ch-part2", "stroke"),
        ("ch-part3", "stroke"),
        ("ch-part4", "stroke"),
        ("ch-hatch2", "stroke"),
        ("ch-dot3", "fill"),
        ("ch-hatch4", "stroke"),
        ("ch-line1", "stroke"),
        ("ch-line2", "stroke"),
        ("ch-line3", "stroke"),
        ("ch-line4", "stroke"),
        ("ch-range", "stroke"),
        ("ch-stop", "stroke"),
        ("ch-band", "stroke"),
        ("ch-band-back", "stroke"),
        ("ch-band-open", "stroke"),
        ("ch-node", "fill"),
        ("ch-empty", "stroke"),
        ("ch-limit", "stroke"),
        ("ch-leader", "stroke"),
        ("ch-arrow", "stroke"),
        ("ch-zero", "stroke"),
    ],
)
def test_mark_can_be_seen_on_white(name, property_):
    found = colours(name, property_)

    assert found
    assert max(contrast(colour, WHITE) for colour in found) >= 3


def test_lines_differ_by_dash_as_well_as_by_colour():
    dashes = []
    for series in range(1, 5):
        match = re.search(
            rf"^\.ch-line{series} \{{([^}}]*)\}}", RULES, flags=re.MULTILINE
        )
        assert match
        found = re.findall(r"stroke-dasharray: ([\d ]+)", match[1])
        dashes.append(found[0] if found else "solid")

    assert 4 == len(set(dashes))
    assert "solid" == dashes[0]


def test_one_drawing_is_shown_and_the_other_is_out_of_reach():
    assert re.search(r"svg\.ch-narrow \{ display: none;", RULES)
    screen = RULES[RULES.index("@media screen and (max-width: 759.98px)") :]
    assert screen.index("svg.ch-wide { display: none; }") < screen.index("@media print")


def test_print_shows_the_wide_drawing_and_the_table_of_closed_details():
    sheet = RULES[RULES.index("@media print") :]

    assert "svg.ch-wide { display: block; }" in sheet
    assert "svg.ch-narrow { display: none; }" in sheet
    assert "::details-content { content-visibility: visible" in sheet


def test_number_and_heading_do_not_wrap_and_row_names_do_not_fall_apart():
    assert re.search(r"\.ch-table \.number \{[^}]*white-space: nowrap", RULES)
    assert re.search(r"\.ch-table thead th \{ white-space: nowrap", RULES)
    assert re.search(r"\.ch-table tbody th \{[^}]*word-break: keep-all", RULES)


def test_style_sheet_is_small_and_loads_nothing():
    assert len(CSS.encode()) < 10_000
    assert "@import" not in CSS
    assert "url(" not in CSS
    assert "http" not in CSS
