# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: DTZ001 - the times of a sheet have no zone
"""Typed tables become cells."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ceyuan.kernel import InputRejected
from ceyuan.sheets import CellError, read_tables


def test_read_parquet_gives_names_then_values(tmp_path):
    path = tmp_path / "名单.parquet"
    table = pa.table(
        {
            "名称": ["示例甲", None, ""],
            "收入": [0.1, float("nan"), float("-inf")],
            "人数": [5, None, 2**60],
            "金额": pa.array([Decimal("1.50"), Decimal("2.00"), None]),
            "日": [date(2025, 1, 2), None, None],
            "时": pa.array([datetime(2025, 1, 2, 3), None, None], pa.timestamp("ns")),
            "是": [True, False, None],
        }
    )
    pq.write_table(table, path)

    book = read_tables(path)

    assert ("parquet", ()) == (book.kind, book.problems)
    assert [
        ["名称", "收入", "人数", "金额", "日", "时", "是"],
        [
            "示例甲",
            Decimal("0.1"),
            5,
            Decimal("1.50"),
            date(2025, 1, 2),
            datetime(2025, 1, 2, 3),
            True,
        ],
        [None, CellError("NaN"), None, 2, None, None, False],
        [None, CellError("-Inf"), 2**60, None, None, None, None],
    ] == book.sheets[0].rows


def test_read_damaged_parquet_is_refused(tmp_path):
    path = tmp_path / "a.parquet"
    path.write_bytes(b"PAR1" + b"\0" * 100 + b"PAR1")

    with pytest.raises(InputRejected) as error:
        read_tables(path)

    assert "R106" == error.value.problems[-1].code
