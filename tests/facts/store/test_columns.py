# SPDX-License-Identifier: Apache-2.0
"""What a record's hash is taken of, and how statements become records."""

from __future__ import annotations

from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

import polars as pl

from ceyuan.declarations.archive import load_declared
from ceyuan.facts.store import Statement, kinds
from ceyuan.facts.store.columns import BASE, canonical, column_type, hashes, whole
from ceyuan.facts.store.salts import salt_of, salted
from ceyuan.facts.store.statements import (
    as_frame,
    as_json,
    from_json,
    held_value,
)
from ceyuan.kernel import UNKNOWN

DECLARED = load_declared("shanghai")
FIRM = kinds(DECLARED.records, DECLARED.region.facts)["firm"]
LOAN = kinds(DECLARED.records, DECLARED.region.facts)["loan"]
MOMENT = datetime(2026, 3, 1, 8, 30, 0, 7, tzinfo=UTC)


def test_canonical_text_names_every_column_that_says_something_in_order() -> None:
    said = {
        "org": -5,
        "year": 2025,
        "key": "",
        "valid_from": date(2025, 1, 1),
        "valid_to": None,
        "revenue": 120,
        "is_listed": False,
        "classes": ["b", "a"],
        "secret": b"\x00\xff",
        "file": 3,
        "row": 9,
        "sha": b"x",
        "known_at": datetime(1970, 1, 1, 0, 0, 1, 2, tzinfo=UTC),
    }

    assert canonical(said, "firm", "tax").split("\x1f") == [
        "firm",
        "tax",
        "classes=b,a",
        "is_listed=false",
        "known_at=1000002",
        "org=-5",
        "revenue=120",
        "secret=00ff",
        "valid_from=2025-01-01",
        "year=2025",
    ]


def test_hashes_are_those_of_the_canonical_texts() -> None:
    frame = whole(
        pl.DataFrame(
            {
                "org": [1, 2, None],
                "key": ["", "a\x1fb", None],
                "year": [2025, None, None],
                "valid_from": [date(2025, 1, 1)] * 3,
                "known_at": [MOMENT, MOMENT, None],
                "is_listed": [True, None, False],
                "classes": [["x", "y"], [], None],
                "secret": [b"\x01", None, b""],
                "text": ["名称", "", None],
                "exact": ['{"revenue": "1/3"}', None, None],
                "void": [["revenue"], None, None],
            },
            schema_overrides={"known_at": pl.Datetime("us", "UTC")},
        )
    )

    made = hashes(frame, "firm", "tax")

    assert made.to_list() == [
        salted(salt_of(b"", said), said)
        for row in frame.iter_rows(named=True)
        for said in [canonical(row, "firm", "tax").encode()]
    ]
    assert len(set(made)) == 3


def test_hashes_do_not_change_with_an_empty_column_or_the_place_in_a_file() -> None:
    frame = pl.DataFrame({"org": [1], "valid_from": [date(2025, 1, 1)], "text": ["x"]})
    more = frame.with_columns(
        pl.lit(None, dtype=pl.Int64).alias("revenue"), row=pl.lit(7), file=pl.lit(1)
    )

    one, two = (hashes(whole(f), "firm", "tax") for f in (frame, more))

    assert one.equals(two)
    assert not one.equals(hashes(whole(frame), "firm", "park"))
    assert not one.equals(hashes(whole(frame), "loan", "tax"))


def test_whole_of_a_frame_without_rows_has_all_columns() -> None:
    frame = whole(pl.DataFrame(schema={"org": pl.Int64, "revenue": pl.Int64}))

    assert dict(frame.schema) == {
        **{n: BASE[n] for n in ("org", "code", "name", "key", "year")},
        "valid_from": pl.Date,
        "valid_to": pl.Date,
        "revenue": pl.Int64,
        **{n: BASE[n] for n in ("exact", "void", "file", "row")},
    }


def test_column_type_of_each_kind_of_attribute() -> None:
    types = {
        n: column_type(FIRM.attributes[n])
        for n in ("revenue", "is_listed", "reg_date", "gb_section", "district")
    }

    assert types == {
        "revenue": pl.Int64,
        "is_listed": pl.Boolean,
        "reg_date": pl.Date,
        "gb_section": pl.String,
        "district": pl.String,
    }
    codes = LOAN.attributes["enterprise_classes"]
    assert column_type(codes) == pl.List(pl.String)
    assert column_type(codes, personal=True) == pl.Binary


def test_held_value_fits_the_column_or_is_exact_text() -> None:
    revenue, staff = FIRM.attributes["revenue"], FIRM.attributes["employees"]

    assert held_value(revenue, Fraction(7)) == (7, "")
    assert held_value(revenue, Fraction(22, 7)) == (None, "22/7")
    assert held_value(revenue, 2**63 - 1) == (2**63 - 1, "")
    assert held_value(revenue, 2**63) == (None, str(2**63))
    assert held_value(revenue, -(2**63)) == (None, str(-(2**63)))
    assert held_value(staff, Fraction(1, 2)) == (50, "")
    assert held_value(staff, Fraction(1, 3)) == (None, "1/3")
    codes = LOAN.attributes["enterprise_classes"]
    assert held_value(codes, frozenset({"hnte", "a"})) == (["a", "hnte"], "")


def test_json_of_a_value_reads_back_as_the_value() -> None:
    values: dict[str, Any] = {
        "revenue": Fraction(22, 7),
        "employees": Fraction(5),
        "is_listed": False,
        "reg_date": date(2015, 2, 28),
        "gb_section": "M",
        "district": "浦东新区\t'",
    }

    read = {n: from_json(as_json(v), FIRM.attributes[n]) for n, v in values.items()}

    assert read == values
    assert from_json(None, FIRM.attributes["revenue"]) is UNKNOWN
    codes = LOAN.attributes["enterprise_classes"]
    both = frozenset({"hnte", "tech_sme"})
    assert from_json(as_json(both), codes) == both


def test_statements_become_records_one_by_one() -> None:
    def said(attribute, value, number):
        return Statement(
            record="firm",
            source="ruling",
            org=5,
            attribute=attribute,
            value=value,
            year=2025,
            valid_from=date(2025, 1, 1),
            actor="a",
            reason="b",
            known_at=MOMENT,
            id=number,
        )

    frame = as_frame(
        [
            said("revenue", Fraction(8), 1),
            said("revenue", UNKNOWN, 2),
            said("assets", Fraction(1, 3), 3),
        ],
        FIRM.attributes,
    )

    held = frame.select("org", "revenue", "assets", "void", "exact", "row", "known_at")
    assert held.rows() == [
        (5, 8, None, None, None, 1, MOMENT),
        (5, None, None, ["revenue"], None, 2, MOMENT),
        (5, None, None, None, '{"assets": "1/3"}', 3, MOMENT),
    ]
