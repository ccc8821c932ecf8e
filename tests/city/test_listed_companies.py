# SPDX-License-Identifier: Apache-2.0
"""The shipped figures of listed firms are whole and agree with themselves."""

import csv
from decimal import Decimal
from importlib.resources import files

import pytest


@pytest.fixture(scope="module")
def rows():
    text = (files("ceyuan") / "samples" / "listed_companies.csv").read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


def test_listed_companies_are_forty_different_firms_with_a_source(rows):
    assert 40 == len({row["stock_code"] for row in rows}) == len(rows)
    assert all(row["source"].startswith("github.com/MetaGLM/FinGLM") for row in rows)


def test_listed_companies_only_the_unclear_date_is_left_out(rows):
    empty = {(r["short_name"], column) for r in rows for column in r if not r[column]}

    assert {("东来技术", "report_date")} == empty


def test_listed_companies_one_row_as_in_the_annual_report(rows):
    row = next(row for row in rows if row["stock_code"] == "688123")

    assert {
        "name": "聚辰半导体股份有限公司",
        "year": "2021",
        "revenue_yuan": "544053914.82",
        "rd_expense_yuan": "74299444.81",
        "total_cost_yuan": "456457635.06",
        "employees": "170",
        "rd_staff": "73",
        "rd_staff_share_pct_stated": "42.94",
    } == {
        column: row[column]
        for column in row
        if column
        not in {
            "short_name",
            "stock_code",
            "registered_address",
            "report_date",
            "source",
        }
    }


def test_listed_companies_stated_share_is_that_of_the_two_counts(rows):
    for row in rows:
        share = Decimal(row["rd_staff"]) / Decimal(row["employees"]) * 100
        stated = Decimal(row["rd_staff_share_pct_stated"])
        assert abs(share - stated) < Decimal("0.05"), row["name"]


def test_listed_companies_report_follows_its_year(rows):
    for row in rows:
        if row["report_date"]:
            assert int(row["report_date"][:4]) == int(row["year"]) + 1, row["name"]
