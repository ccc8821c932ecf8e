# SPDX-License-Identifier: Apache-2.0
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceyuan.declarations.facts import Code
from ceyuan.declarations.record_types import Attribute, RecordType
from ceyuan.facts.store.columns import BASE, MARK, column_type, hashes, whole
from ceyuan.facts.store.kinds import Kind
from ceyuan.facts.store.salts import salt_of, salted
from ceyuan.facts.store.texts import frame_of, said_by, split_text
from ceyuan.kernel import CeyuanError

CODES = {"a": Code(zh="甲", en="a"), "b": Code(zh="乙", en="b")}
ATTRIBUTES = {
    "answer": Attribute(zh="答", en="answer", kind="flag"),
    "born": Attribute(zh="生", en="born", kind="date"),
    "choice": Attribute(zh="选", en="choice", kind="code", codes=CODES),
    "kinds": Attribute(zh="类", en="kinds", kind="codes", codes=CODES),
    "money": Attribute(zh="钱", en="money", kind="number", unit="元"),
    "secret": Attribute(zh="密", en="secret", kind="text", sensitivity="personal"),
    "words": Attribute(zh="字", en="words", kind="text"),
}
KIND = Kind("thing", RecordType(zh="物", en="thing"), ATTRIBUTES)
TYPES = {n: t for n, t in BASE.items() if n != "sha"} | {
    n: column_type(a, personal=n == "secret") for n, a in ATTRIBUTES.items()
}
WHOLE = st.integers(-(2**63), 2**63 - 1)
WORD = st.text(max_size=12).filter(lambda t: MARK not in t)
MAYBE = {
    "org": WHOLE,
    "code": WORD,
    "name": WORD,
    "key": st.lists(WORD.filter(lambda t: "=" not in t), max_size=3).map(MARK.join),
    "year": st.integers(1900, 2100),
    "valid_to": st.dates(),
    "exact": st.just('{"money": "1/3"}'),
    "void": st.just(["money", "words"]),
    "known_at": st.datetimes(
        min_value=datetime(1960, 1, 1), max_value=datetime(2100, 1, 1),  # noqa: DTZ001
        timezones=st.just(UTC),
    ),
    "file": st.integers(0, 9),
    "row": st.integers(1, 9999),
    "answer": st.booleans(),
    "born": st.dates(),
    "choice": st.sampled_from(["a", "b"]),
    "kinds": st.lists(st.sampled_from(["a", "b"]), unique=True),
    "money": WHOLE,
    "secret": st.binary(max_size=40),
    "words": WORD,
}  # fmt: skip
ROW = st.fixed_dictionaries({"valid_from": st.dates()}, optional=MAYBE)


@given(st.lists(ROW, min_size=1, max_size=4))
def test_text_of_a_stored_row_is_what_was_hashed_and_reads_back(rows):
    held = [{name: row.get(name) for name in TYPES} for row in rows]
    stored = whole(pl.DataFrame(held, schema=TYPES))
    marks = hashes(stored, "thing", "tax")

    texts = [said_by(row, "thing", "tax") for row in stored.iter_rows(named=True)]

    assert marks.to_list() == [
        salted(salt_of(b"", t.encode()), t.encode()) for t in texts
    ]
    read = [split_text(text) for text in texts]
    assert [("thing", "tax")] * len(rows) == [one[:2] for one in read]
    back = frame_of([one[2] for one in read], KIND, more=ATTRIBUTES)
    assert (
        stored.drop("file", "row")
        .select(sorted(back.columns))
        .equals(back.select(sorted(back.columns)))
    )


def test_text_of_a_row_without_a_column_is_that_of_one_with_it_empty():
    row = {"valid_from": date(2025, 1, 1), "money": 5, "key": ""}

    text = said_by(row, "thing", "tax")

    assert "thing\x1ftax\x1fmoney=5\x1fvalid_from=2025-01-01" == text
    assert text == said_by(row | {"words": None, "file": 3}, "thing", "tax")
    assert ["key", "valid_from", "money"] == [
        name
        for name in ("key", "valid_from", "money", "words")
        if name in frame_of([split_text(text)[2]], KIND).columns
    ]


def test_text_with_a_moment_counts_microseconds():
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=2, microseconds=3)

    assert "thing\x1ftax\x1fknown_at=2000003" == said_by(
        {"known_at": at}, "thing", "tax"
    )


def test_value_that_would_read_as_two_columns_is_refused():
    with pytest.raises(CeyuanError, match="分隔符"):
        said_by({"key": "a\x1fmoney=6", "valid_from": None}, "thing", "tax")


@pytest.mark.parametrize("text", ["thing", "thing\x1ftax\x1fno column"])
def test_text_that_is_none_is_refused(text):
    with pytest.raises(ValueError, match=r"canonical|unpack"):
        split_text(text)
