# SPDX-License-Identifier: Apache-2.0
"""A file read by columns gives what it gives when it is read cell by cell."""

import csv
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import polars as pl
import pytest

from ceyuan.facts.intake.asked import Asked
from ceyuan.facts.intake.raw import ParquetFile, TextFile
from ceyuan.facts.intake.reading import Blocks, read_book, whole
from ceyuan.facts.intake.stream import Batches
from ceyuan.sheets import read_tables
from ceyuan.sheets.problems import ProblemLog
from tests.facts.intake.conftest import AS_OF

CODES = ("91310000MA1FL1234Q", "91310115MA1K35XT0N", "91310000MA1FL1234X", "")
ODD_CODES = (
    "９１３１００００MA1FL1234Q",
    "310000123456789",
    "-",
    "9131000",
    "9.131E+17",
)
NAMES = (
    "上海虚构甲科技有限公司",
    "上海虚构乙（集团）有限公司",
    "虚构丙",
    " 上海虚构丁 有限公司",
    "",
    "合计",
    "-",
    "总部虚构戊有限公司",
)
MONEY = ("1200", "1,234.50", "300.25", "0.001", "88.1234567", "-20", "500", "760.00")
ODD_MONEY = ("约300", "1.2亿", "无", "12,34", "abc", "", " ", "5,000", "９００", "#N/A",
             "(300)", "1e5", "12000000000000000000", "300-500", "—", "30元", "+7", "4.")  # fmt: skip
HEADS = ("12", "300", "1", "45", "7.5", "1,200")
ODD_HEADS = ("", "约20", "无", "-3", "5人", "12.345", "3万元")
SHARES = ("25", "33.3", "60", "47.12", "0.3", "105", "12%", "25.1234567", "")
DAYS = ("2019-03-05", "2020-02-30", "2019/3/5", "2019年3月5日", "43586", "2019", "2031-01-01",
        "", "5/6/2019", "1900-01-01", "2021-12-31", "20210301")  # fmt: skip
FLAGS = ("是", "否", "有", "√", "", "maybe", "1", "N")
YEARS = ("2023", "2024年", "2025", "2026", "", "去年", "1988")
HEADING = (
    "企业名称", "统一社会信用代码", "年度", "营业收入（万元）", "研发费用（万元）", "职工总数",
    "资产负债率（%）", "成立日期", "是否上市", "所属区", "没人认识的列",
)  # fmt: skip


def row(draw):
    def mostly(usual, odd):
        return draw.choice(odd if draw.random() < 0.25 else usual)

    return (
        mostly(NAMES[:3], NAMES),
        mostly(CODES, ODD_CODES),
        mostly(YEARS[:3], YEARS),
        mostly(MONEY, ODD_MONEY),
        mostly(MONEY, ODD_MONEY),
        mostly(HEADS, ODD_HEADS),
        draw.choice(SHARES),
        draw.choice(DAYS),
        draw.choice(FLAGS),
        draw.choice(("徐汇区", " 浦东新区 ", "", "-")),
        draw.choice(("", "x")),
    )


@pytest.fixture(scope="module")
def asked(facts, records):
    return Asked(records.type("firm"), facts, AS_OF)


def both(path, asked, *, block):
    """Return the answers of both ways."""
    make = ParquetFile if path.suffix == ".parquet" else TextFile
    file = make(path, ProblemLog(path.name), sampled=10**6, block=block)
    return read_book(read_tables(path), asked), whole(Blocks(file, asked))


def places(problems):
    return sorted((p.code, p.row or 0, p.column, p.message) for p in problems)


def same(one, other):
    assert one.frame.to_dicts() == other.frame.to_dicts()
    assert one.frame.schema == other.frame.schema
    assert places(one.problems) == places(other.problems)
    assert places(one.notes) == places(other.notes)
    assert (one.seen, one.rejected) == (other.seen, other.rejected)
    assert one.columns == other.columns


@pytest.mark.slow
@pytest.mark.parametrize("block", [150, 900, 10**6])
@pytest.mark.parametrize("seed", range(6))
def test_random_csv_reads_the_same_both_ways(tmp_path, asked, seed, block):
    draw = Random(seed * 10 + block)
    path = tmp_path / "企业.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [HEADING, *(row(draw) for _ in range(draw.randint(1, 60)))]
        )
    one, other = both(path, asked, block=block)
    same(one, other)
    file = TextFile(path, ProblemLog(path.name), sampled=10**6, block=block)
    batches = Batches(Blocks(file, asked))
    frames = list(batches)
    rest = batches.rest
    rest.frame = pl.concat(frames, how="diagonal_relaxed")
    assert in_order(one.frame) == in_order(rest.frame)
    rest.frame = one.frame
    same(one, rest)


def in_order(frame):
    return sorted(map(repr, frame.select(sorted(frame.columns)).rows()))


def typed(draw):
    day = date(1899, 12, 30) + timedelta(days=draw.randint(0, 48_000))
    money = draw.choice(
        (draw.random() * 10**6, round(draw.random() * 5000, 2), -3.0, 1e16, 1e-9,
         float("nan"), float("inf"), 5000.0)
    )  # fmt: skip
    made = (
        draw.choice(NAMES[:5]),
        draw.choice(CODES),
        draw.randint(1989, 2027),
        money,
        draw.choice((draw.randint(-1000, 10**4), 10**18, 0)),
        draw.randint(-2, 10**4),
        Decimal(draw.randint(-(10**4), 10**6)).scaleb(-4),
        day,
        draw.random() < 0.5,
    )
    return [None if draw.random() < 0.1 else cell for cell in made]


KINDS: dict[str, Any] = {
    "企业名称": pl.String, "统一社会信用代码": pl.String, "年度": pl.Int32,
    "营业收入（万元）": pl.Float64, "研发费用（万元）": pl.Int64, "职工总数": pl.Int16,
    "资产负债率（%）": pl.Decimal(12, 4), "成立日期": pl.Date, "是否上市": pl.Boolean,
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("block", [3, 1000])
@pytest.mark.parametrize("seed", range(6))
def test_random_parquet_reads_the_same_both_ways(tmp_path, asked, seed, block):
    draw = Random(seed * 10 + block)
    path = tmp_path / "企业.parquet"
    rows = [typed(draw) for _ in range(draw.randint(1, 50))]
    pl.DataFrame(rows, schema=KINDS, orient="row").write_parquet(path)
    same(*both(path, asked, block=block))


def test_decimal_places_of_parquet_are_kept_exactly(tmp_path, asked):
    path = tmp_path / "企业.parquet"
    pl.DataFrame(
        {
            "企业名称": ["上海虚构甲科技有限公司", "上海虚构乙科技有限公司"],
            "年度": [2024, 2024],
            "营业收入（元）": [Decimal("1234567.89"), Decimal("0.10")],
        },
        schema_overrides={"营业收入（元）": pl.Decimal(20, 2)},
    ).write_parquet(path)
    one, other = both(path, asked, block=10)
    assert [123456789, 10] == other.frame["revenue"].to_list()
    same(one, other)
