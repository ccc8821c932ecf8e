# SPDX-License-Identifier: Apache-2.0
"""Units: what may be added to what, and how many of the base one is."""

from __future__ import annotations

from fractions import Fraction

import pytest

from ceyuan.kernel import MONEY, PURE, Unit, UsageError, unit, unit_names


@pytest.mark.parametrize(
    ("name", "base", "scale"),
    [
        ("元", "fen", 100),
        ("千元", "fen", 10**5),
        ("万元", "fen", 10**6),
        ("百万元", "fen", 10**8),
        ("亿元", "fen", 10**10),
        ("万美元", "cent", 10**6),
        ("人", "人", 1),
        ("项", "件", 1),
        ("%", "1", Fraction(1, 100)),
        ("‰", "1", Fraction(1, 1000)),
        ("1", "1", 1),
        ("元/人", "fen/人", 100),
        ("万元/平方米", "fen/平方米", 10**6),
        ("元/平方米/天", "fen/天/平方米", 100),
        ("元·人", "fen·人", 100),
        (" 元 / 人 ", "fen/人", 100),
        ("元/元", "1", 1),
        ("元/万元", "1", Fraction(1, 10**4)),
        ("1/年", "1/年", 1),
        ("平方米·平方米", "平方米^2", 1),
        ("人/平方米/平方米", "人/平方米^2", 1),
    ],
)
def test_unit_has_its_base_and_scale(name, base, scale):
    found = unit(name)

    assert (base, Fraction(scale)) == (found.name, found.scale)


def test_units_of_one_dimension_are_alike_whatever_their_scale():
    assert unit("元").like(unit("亿元"))
    assert not unit("元").like(unit("美元"))
    assert not unit("人").like(unit("件"))
    assert not unit("天").like(unit("年"))


def test_money_and_pure_numbers_know_themselves():
    assert (True, False) == (unit("万元").is_money, unit("万元").is_pure)
    assert (False, True) == (unit("%").is_money, unit("%").is_pure)
    assert not unit("元/人").is_money
    assert unit("元").base == MONEY
    assert unit("倍") == PURE


def test_product_and_quotient_of_units_undo_each_other():
    each = unit("元") / unit("人")

    assert unit("元") == each * unit("人")
    assert Unit((), Fraction(1)) == each / each


@pytest.mark.parametrize(
    ("name", "part"), [("圆", "圆"), ("", ""), ("元/圆", "圆"), ("元//人", "")]
)
def test_unit_that_is_not_known_is_refused_with_what_is_known(name, part):
    with pytest.raises(UsageError) as caught:
        unit(name)

    assert f"unit `{name}` is not known ({part!r} is no unit)" == caught.value.message
    assert f"known units: {', '.join(unit_names())}" == caught.value.hint


def test_every_unit_name_is_a_unit():
    names = [unit(name).name for name in unit_names()]

    assert len(unit_names()) == len(names)
    assert {
        "1",
        "fen",
        "cent",
        "人",
        "件",
        "分",
        "天",
        "年",
        "月",
        "平方米",
        "小时",
    } == set(names)
