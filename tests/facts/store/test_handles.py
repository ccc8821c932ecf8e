# SPDX-License-Identifier: Apache-2.0
import hashlib

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceyuan.facts.identity import name_key
from ceyuan.facts.store.handles import (
    handle_of_code,
    handle_of_name,
    handles,
    name_keys,
)
from ceyuan.kernel import UsageError, clean_code

# printf 'uscc:91319999MA00000X2E' | sha256sum, its first 16 places
CODE_HEX = "3edad62700a5d7d4"
# printf 'name:上海甲科技(集团)有限公司' | sha256sum
NAME_HEX = "34a8014bfeb76f0b"

texts = st.one_of(
    st.none(),
    st.text(max_size=8),
    st.sampled_from(
        ["", " ", "甲（上海）公司", "甲(上海)公司", "ＡＢ·c", "Straße", "İ"]
    ),
)


def signed(hex16: str) -> int:
    number = int(hex16, 16)
    return number - 2**64 if number >= 2**63 else number


def test_handle_of_code_is_first_eight_bytes_of_its_hash():
    assert signed(CODE_HEX) == handle_of_code("91319999MA00000X2E")
    assert signed(CODE_HEX) == handle_of_code("９１３１９９９９ma00000x2e ")


def test_handle_of_name_ignores_brackets_width_and_blanks():
    assert signed(NAME_HEX) == handle_of_name("上海甲科技(集团)有限公司")
    assert signed(NAME_HEX) == handle_of_name("上海 甲科技（集团）有限公司 ")


@pytest.mark.parametrize("empty", ["", " ", "\u3000"])
def test_handle_of_nothing_is_refused(empty):
    with pytest.raises(UsageError):
        handle_of_code(empty)
    with pytest.raises(UsageError):
        handle_of_name(empty)


def test_handles_of_many_take_code_then_name_then_nothing():
    codes = pl.Series(["91319999MA00000X2E", None, "", None, "91319999ma00000x2e"])
    names = pl.Series(["甲", "上海甲科技（集团）有限公司", "乙", None, None])

    answer = handles(codes, names)

    assert [
        signed(CODE_HEX),
        signed(NAME_HEX),
        handle_of_name("乙"),
        None,
        signed(CODE_HEX),
    ] == answer.to_list()
    assert pl.Int64() == answer.dtype
    assert "org" == answer.name


def test_handles_of_series_of_other_length_are_refused():
    with pytest.raises(UsageError, match="as many names as codes"):
        handles(pl.Series(["A"]), pl.Series(["A", "B"]))


def test_handles_of_no_records_are_none():
    nothing = pl.Series([], dtype=pl.String)

    assert [] == handles(nothing, nothing).to_list()


@given(st.lists(texts, max_size=12))
def test_name_keys_of_many_are_the_key_of_each(names):
    expected = [
        (name_key(name) or None) if name is not None else None for name in names
    ]

    assert expected == name_keys(pl.Series(names, dtype=pl.String)).to_list()


@given(st.lists(st.tuples(texts, texts), max_size=12))
def test_handles_of_many_are_the_handle_of_each(pairs):
    def one(code: str | None, name: str | None) -> int | None:
        for text, start in ((code, "uscc:"), (name, "name:")):
            if text:
                key = name_key(text) if start == "name:" else clean_code(text)
                if not key:
                    continue
                digest = hashlib.sha256((start + key).encode()).digest()
                return int.from_bytes(digest[:8], "big", signed=True)
        return None

    codes = pl.Series([c for c, _ in pairs], dtype=pl.String)
    names = pl.Series([n for _, n in pairs], dtype=pl.String)

    assert [one(c, n) for c, n in pairs] == handles(codes, names).to_list()
