# SPDX-License-Identifier: Apache-2.0
"""Credit codes checked a column at a time agree with those checked one by one."""

from random import Random

import polars as pl

from ceyuan.facts.intake.codes import surely_sound
from ceyuan.kernel import code_fault

SOUND = "91310000MA1FL1234Q"
LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def test_codes_of_a_column_are_sound_where_each_is():
    draw = Random(3)
    codes = [SOUND]
    for _ in range(20_000):
        at = draw.randrange(18)
        codes.append(SOUND[:at] + draw.choice(LETTERS) + SOUND[at + 1 :])
    assert [code_fault(c) == "" for c in codes] == surely_sound(
        pl.Series(codes)
    ).to_list()


def test_what_is_no_clean_code_is_not_surely_sound():
    cells = pl.Series(
        [None, "", SOUND.lower(), f" {SOUND}", SOUND[:17], SOUND + "0", "企"]
    )
    assert [False] * 7 == surely_sound(cells).to_list()
