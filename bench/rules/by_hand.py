# SPDX-License-Identifier: Apache-2.0
"""The tech-SME rule as a good engineer writes it in Polars, for this rule alone.

Complete facts, outcome and score; exact, for it multiplies across instead of
dividing. One lazy query over the whole frame; Polars spreads it over the threads.
"""

from __future__ import annotations

import polars as pl

from bench.data import YEAR, tech_firms, tech_frame
from bench.measure import best, rate, rows_asked, tell
from bench.rules.oracle import wrong
from ceyuan.declarations import read_region


def query(frame: pl.DataFrame) -> pl.LazyFrame:
    """Return the query over the frame that `data.tech_frame` makes."""
    staff_all, staff = pl.col(f"employees@{YEAR}"), pl.col(f"tech_staff@{YEAR}")
    sales, assets = pl.col(f"revenue@{YEAR}"), pl.col(f"assets@{YEAR}")
    spent, cost = pl.col(f"rd_expense@{YEAR}") * 100, pl.col(f"cost_expense@{YEAR}")
    first, second = pl.col("ip_class1"), pl.col("ip_class2")
    points_staff = _steps(
        (20, staff * 100 >= staff_all * 30),
        (16, staff * 100 >= staff_all * 25),
        (12, staff * 100 >= staff_all * 20),
        (8, staff * 100 >= staff_all * 15),
        (4, staff * 100 >= staff_all * 10),
    )
    by_sales = _steps(
        (50, spent >= sales * 6),
        (40, spent >= sales * 5),
        (30, spent >= sales * 4),
        (20, spent >= sales * 3),
        (10, spent >= sales * 2),
    )
    by_cost = _steps(
        (50, spent >= cost * 30),
        (40, spent >= cost * 25),
        (30, spent >= cost * 20),
        (20, spent >= cost * 15),
        (10, spent >= cost * 10),
    )
    points_first = _steps((30, first >= 1))
    points_second = _steps(
        (24, second >= 4), (18, second >= 3), (12, second >= 2), (6, second >= 1)
    )
    return (
        frame.lazy()
        .select(
            staff=points_staff,
            score=points_staff
            + pl.max_horizontal(by_sales, by_cost)
            + pl.max_horizontal(points_first, points_second),
            may=pl.col("is_cn_resident")
            & (staff_all <= 50_000)
            & (sales <= 20_000_000_000)
            & (assets <= 20_000_000_000)
            & ~pl.col("prohibited_product")
            & ~pl.col("violation_or_accident")
            & ~pl.col("abnormal_or_dishonest"),
            direct=pl.col("hnte_valid") | (pl.col("tech_sme_direct") != "none"),
        )
        .select(
            outcome=pl.when(
                pl.col("may")
                & (pl.col("direct") | ((pl.col("score") >= 60) & (pl.col("staff") > 0)))
            )
            .then(pl.lit(0, pl.UInt8))
            .otherwise(pl.lit(3, pl.UInt8)),
            score="score",
        )
    )


def _steps(*rows: tuple[int, pl.Expr]) -> pl.Expr:
    chain = pl.when(rows[0][1]).then(pl.lit(rows[0][0], pl.Int16))
    for points, test in rows[1:]:
        chain = chain.when(test).then(pl.lit(points, pl.Int16))
    return chain.otherwise(pl.lit(0, pl.Int16))


def main() -> None:
    """Measure the query on complete facts."""
    rows = rows_asked()
    columns = tech_firms(rows)
    frame = tech_frame(columns, read_region().rule("tech_sme_2017").scope.facts)
    seconds, found = best(lambda: query(frame).collect())
    faults = wrong(columns, found["outcome"].to_numpy(), found["score"].to_numpy())
    tell("polars_by_hand", **rate(rows, seconds), **faults)


if __name__ == "__main__":
    main()
