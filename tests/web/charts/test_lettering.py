# SPDX-License-Identifier: Apache-2.0
"""How text is broken and cut."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceyuan.web.charts.lettering import CUT, held, text_width, wrap

CHINESE = st.text("浦东新区技术合同，（）“”2025年12家 ab-c.", min_size=1, max_size=40)


def lines(text: str, ems: float, most: int = 9) -> tuple[str, ...]:
    return wrap(text, size=10, width=ems * 10, most=most).lines


def test_chinese_character_is_one_em_and_a_digit_is_at_most_0_6():
    assert 40 == text_width("浦东新区", 10)
    assert 24 == text_width("2025", 10)
    assert 0 == text_width("\u0301", 10)


@pytest.mark.parametrize(
    ("text", "ems", "expected"),
    [
        ("浦东新区", 4, ("浦东新区",)),
        ("浦东新区", 2, ("浦东", "新区")),
        # Lines are evened out: not 浦东新 and 区.
        ("浦东新区", 3, ("浦东", "新区")),
        ("新认定高企", 4, ("新认定", "高企")),
        # No line begins with a closing mark or ends with an opening one.
        ("浦东，新区", 2, ("浦", "东，", "新区")),
        ("浦东（新区）", 3, ("浦东", "（新", "区）")),
        # A number stays with its unit, with or without a space between.
        ("共有12家企业", 3, ("共有", "12家", "企业")),
        ("共有 12 家企业", 3, ("共有", "12 家", "企业")),
        ("成交6亿元", 3, ("成交", "6亿元")),
        ("成交 6.5\xa0亿元", 5, ("成交", "6.5\xa0亿元")),
        # Latin words break at spaces.
        ("small and medium", 6, ("small and", "medium")),
        ("  two   spaces ", 9, ("two spaces",)),
        ("", 3, ("",)),
    ],
)
def test_text_breaks_where_it_may(text, ems, expected):
    assert expected == lines(text, ems)


def test_what_is_too_much_is_cut_and_all_of_it_is_kept_beside():
    broken = wrap("中国上海自由贸易试验区", size=10, width=50, most=2)

    assert ("中国上海自", f"由贸易试{CUT}") == broken.lines
    assert broken.is_cut
    assert "中国上海自由贸易试验区" == broken.full


def test_word_longer_than_a_line_is_cut():
    broken = wrap("incomprehensibilities", size=10, width=40, most=2)

    assert broken.is_cut
    assert text_width(broken.lines[0], 10) <= 40


def test_text_that_ends_in_dots_of_its_own_is_not_cut():
    assert not wrap("等等…", size=10, width=50, most=1).is_cut


@given(CHINESE, st.integers(4, 20), st.integers(1, 4))
def test_no_line_is_wider_than_asked_and_nothing_is_lost_unsaid(text, ems, most):
    broken = wrap(text, size=10, width=ems * 10, most=most)

    assert len(broken.lines) <= most
    assert all(text_width(line, 10) <= ems * 10 for line in broken.lines)
    if not broken.is_cut:
        plain = re.sub(r"\s", "", text)
        assert plain == re.sub(r"\s", "", "".join(broken.lines))


@given(CHINESE)
def test_line_never_begins_with_what_closes(text):
    plain = text.lstrip("，）”.- ")

    broken = wrap(plain, size=10, width=80, most=99)

    for line in broken.lines[1:]:
        assert line[:1] not in set("，）”.")


def test_sentence_holds_numbers_to_units_and_leaves_other_spaces():
    assert "共 12\xa0家，成交 6.5\xa0亿元，见 2025 页" == held(
        "共 12 家，成交 6.5 亿元，见 2025 页"
    )
