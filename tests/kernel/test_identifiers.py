# SPDX-License-Identifier: Apache-2.0
"""The unified credit code; the codes are invented, in the region 9999."""

from __future__ import annotations

import pytest

from ceyuan.kernel import clean_code, code_fault

GOOD = "91319999MA00000X2E"


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        "91319999ma00000x2e",
        " 9131 9999 MA00000X2E ",
        "91319999-MA00000X-2E",
        "９１３１９９９９ＭＡ０００００Ｘ２Ｅ",
        "91319999MA00000X2E\u3000\t",
    ],
)
def test_code_in_any_dress_is_cleaned(text):
    assert GOOD == clean_code(text)


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        (GOOD, ""),
        (GOOD[:-1], "有 17 位，应为 18 位"),
        (GOOD + "0", "有 19 位，应为 18 位"),
        ("", "有 0 位，应为 18 位"),
        (GOOD[:-1] + "F", "末位校验码应为 E，写的是 F"),
        ("I" + GOOD[1:], "含有统一社会信用代码不允许的字符或类别"),
        ("企" * 18, "含有统一社会信用代码不允许的字符或类别"),
    ],
)
def test_fault_of_a_code_is_named(code, fault):
    assert fault == code_fault(code)
