# SPDX-License-Identifier: Apache-2.0
"""Credit codes and names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc

from ceyuan.facts.identity import _surely_sound, name_key, read_code, read_name
from ceyuan.kernel import code_fault
from ceyuan.sheets import CellError

GOOD = "91319999MA00000X2E"
LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@pytest.mark.parametrize(
    "cell",
    [
        GOOD,
        " 9131 9999 MA00 000X 2E",
        "９１３１９９９９ma00000x2e",
        "91319999-MA00000X2-E",
    ],
)
def test_code_is_cleaned(cell):
    assert (GOOD, None) == read_code(cell)


@pytest.mark.parametrize("cell", [None, "", "-", "无", "不详"])
def test_code_that_is_blank_is_none(cell):
    assert ("", None) == read_code(cell)


def test_code_of_17_places_is_completed_in_the_mend():
    code, fault = read_code(GOOD[:-1])
    assert fault is not None

    assert GOOD[:-1] == code
    assert ("R203", "有 17 位，应为 18 位") == (fault.code, fault.why)
    assert GOOD in fault.mend


def test_code_with_a_wrong_check_character_names_the_right_one():
    _, fault = read_code(GOOD[:-1] + "8")
    assert fault is not None

    assert "R203" == fault.code
    assert "应为 E" in fault.why
    assert GOOD in fault.mend


def test_code_with_a_letter_that_codes_do_not_use_is_mended():
    _, fault = read_code(GOOD.replace("0", "O", 1))
    assert fault is not None

    assert GOOD in fault.mend


def test_code_with_one_place_lost_is_found_by_both_check_characters():
    # Organisation code 10000000-8 (GB 11714): 11 - 1 x 3 = 8.
    code = "91310104100000008Y"
    assert "" == code_fault(code)

    _, fault = read_code(code[:9] + code[10:])
    assert fault is not None

    assert code in fault.mend


@pytest.mark.parametrize("cell", [913199990000002000, "9.13E+17", "9.132E17"])
def test_code_stored_as_a_number_has_lost_its_digits(cell):
    code, fault = read_code(cell)
    assert fault is not None

    assert ("", "R204") == (code, fault.code)


def test_code_cell_with_an_error_is_a_fault():
    _, fault = read_code(CellError("#N/A"))
    assert fault is not None

    assert "R234" == fault.code


def test_old_registration_number_is_named():
    _, fault = read_code("310000000012345")
    assert fault is not None

    assert "工商注册号" in fault.mend


@given(st.text(LETTERS, min_size=18, max_size=18) | st.text(max_size=20))
def test_quick_check_never_passes_what_the_kernel_refuses(code):
    assert not _surely_sound(code) or code_fault(code) == ""


@given(
    st.text("0123456789", min_size=6, max_size=6),
    st.text(LETTERS, min_size=9, max_size=9),
)
def test_quick_check_passes_sound_codes(area, body):
    code = "91" + area + body
    code += uscc.calc_check_digit(code)

    assert _surely_sound(code) == (code_fault(code) == "")


def test_name_is_trimmed_and_blank_marks_are_no_name():
    assert "甲 公司" == read_name("\u3000甲  公司 ")
    assert "" == read_name(" - ")
    assert "" == read_name(None)


def test_names_are_compared_without_brackets_width_and_blanks():
    assert name_key("甲（上海）公司") == name_key("甲 (上海) 公司")
    assert name_key("甲公司") != name_key("乙公司")
