# SPDX-License-Identifier: Apache-2.0
"""Draws for many firms: the published mixer, whole numbers, one firm at a time."""

from datetime import date
from hashlib import blake2b

import numpy as np
import pytest

from ceyuan.city.codes import credit_code, patent_number
from ceyuan.city.town_draws import Lots, mixed, read
from ceyuan.city.town_lists import _numbers
from ceyuan.city.town_names import MOST_FIRMS, TRADES, codes, names
from ceyuan.kernel import code_fault

ALL = 2**64 - 1
STRIDE = 0x9E3779B97F4A7C15


def numbers(*given):
    return np.array(given, dtype=np.int64)


def test_mixed_gives_the_published_outputs_of_splitmix64():
    # The reference generator, seeded with 1234567.
    states = [(1234567 + n * STRIDE) & ALL for n in (1, 2, 3)]

    assert [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
    ] == mixed(np.array(states, dtype=np.uint64)).tolist()


def test_bits_are_a_counter_from_a_start_that_the_label_gives():
    start = int.from_bytes(blake2b(b"7/part/what", digest_size=8).digest())
    lots = Lots(7, numbers(0, 41)).of("part")
    states = [(start + n * STRIDE) & ALL for n in (1, 42)]

    wanted = mixed(np.array(states, dtype=np.uint64)).tolist()

    assert wanted == lots.bits("what").tolist()


def test_below_of_one_firm_is_the_same_among_others():
    alone = Lots(7, numbers(12)).below(1000, "x")
    among = Lots(7, np.arange(100)).below(1000, "x")

    assert alone[0] == among[12]
    assert among.min() >= 0
    assert among.max() < 1000


def test_below_of_another_seed_or_label_differs():
    lots = Lots(7, np.arange(50))

    assert lots.below(10**6, "x").tolist() != lots.below(10**6, "y").tolist()
    assert (
        lots.below(10**6, "x").tolist()
        != Lots(8, np.arange(50)).below(10**6, "x").tolist()
    )


def test_read_between_the_points_worked_by_hand():
    shape = ((0, 10), (500_000, 20), (1_000_000, 120))

    # 250,000 is half of the first stretch: 15; 750,000 half of the second: 70.
    found = read(shape, numbers(0, 250_000, 500_000, 750_000, 999_999))

    assert [10, 15, 20, 70, 119] == found.tolist()


def test_chance_comes_true_as_often_as_it_says():
    share = Lots(3, np.arange(100_000)).chance(2500, "x").mean()

    assert 0.24 < share < 0.26


def test_weighed_falls_on_each_place_by_its_weight():
    found = Lots(3, np.arange(100_000)).weighed((1, 0, 3), "x")

    counts = np.bincount(found, minlength=3)
    assert 0 == counts[1]
    assert 2.8 < counts[2] / counts[0] < 3.2


@pytest.mark.parametrize("number", [0, 1, 30, 7919, 65_536, 999_999])
def test_codes_are_those_of_the_sample_park_and_sound(number):
    code = codes(numbers(number))[0].as_py()

    assert credit_code(number) == code
    assert not code_fault(code)


def test_codes_and_names_of_a_million_firms_differ():
    lots = Lots(1, np.arange(MOST_FIRMS, dtype=np.int64))
    trades = lots.below(len(TRADES), "trade")

    called = names(lots, trades, share_form=lots.chance(500, "form"))

    assert MOST_FIRMS == len(called.unique())
    assert MOST_FIRMS == len(codes(lots.numbers).unique())
    assert all("（虚构）" in n or "（样例）" in n for n in called[:2000].to_pylist())


def test_patent_numbers_are_those_of_the_sample_park():
    wanted = [
        patent_number(2, date(2021, 5, 4), 5_000_007 - 9_900_000),
        patent_number(2, date(2013, 5, 4), 9_999_999 - 9_900_000),
    ]

    found = _numbers(1, numbers(2021, 2013), numbers(5_000_007, 9_999_999))

    assert wanted == found.to_pylist()
