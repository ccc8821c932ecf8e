# SPDX-License-Identifier: Apache-2.0
"""A reform written out reads as the same data again."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ceyuan.declarations.source import parse_source
from ceyuan.office.reform_text import in_one_line, write_reform

WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")),
    max_size=20,
) | st.sampled_from(["true", "null", "~", "No", "2026-01-01", "1_000", "- a", "a: b",
                     "# x", "a\nb", "a\n b", "\n", "é\u3000x", "2/3", "*a", "&a", "|"])  # fmt: skip
PLAIN = (
    WORDS
    | st.integers(-(10**18), 10**18)
    | st.booleans()
    | st.none()
    | st.dates(date(1000, 1, 1))
    | st.decimals(-(10**9), 10**9, places=3).filter(lambda d: d.is_finite())
)
KEYS = st.text("abcdefgh_", min_size=1, max_size=8) | WORDS.filter(bool)
VALUES = st.recursive(
    PLAIN,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4)
    ),
    max_leaves=10,
)


@given(
    st.fixed_dictionaries(
        {
            "reform": WORDS,
            "note": WORDS,
            "change": st.lists(st.dictionaries(KEYS, VALUES, max_size=5), max_size=4),
        }
    )
)
def test_what_is_written_reads_as_the_same_data(data):
    assert parse_source(write_reform(data), name="x").data == data


def test_a_reform_is_written_as_a_person_would():
    written = write_reform(
        {
            "reform": "low",
            "zh": "降低",
            "en": "Low",
            "change": [
                {"policy": "tech_sme_2017", "parameter": "score_min",
                 "value": Decimal("55.5"), "from": date(2027, 1, 1)},
                {"policy": "tech_sme_2017", "parameter": "class1_steps",
                 "steps": [{"from": 1, "gives": 30}, {"else": True, "gives": 0}]},
                {"policy": "service_scale", "let": "line",
                 "expr": "CASE\nWHEN a\nEND\n"},
            ],
        }
    )  # fmt: skip

    assert (
        written
        == """\
reform: low
zh: "降低"
en: Low
change:
  - policy: tech_sme_2017
    parameter: score_min
    value: 55.5
    from: 2027-01-01
  - policy: tech_sme_2017
    parameter: class1_steps
    steps:
      - {from: 1, gives: 30}
      - {else: true, gives: 0}
  - policy: service_scale
    let: line
    expr: |
      CASE
      WHEN a
      END
"""
    )


def test_a_change_stands_on_one_line_without_its_policy():
    change = {"policy": "p", "parameter": "rate", "value": 10, "note": "a\nb"}

    assert in_one_line(change) == 'parameter: rate, value: 10, note: "a\\nb"'
