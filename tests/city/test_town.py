# SPDX-License-Identifier: Apache-2.0
"""The files of a town: said to be synthetic, complete, exact, the same every time."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ruamel.yaml import YAML

from ceyuan.city import make_town
from ceyuan.city.town import attributes_read, plan_sheets
from ceyuan.city.town_files import Written, columns
from ceyuan.city.town_model import Cells
from ceyuan.declarations import load_region
from ceyuan.declarations.records import load_records
from ceyuan.facts import parse_columns
from ceyuan.facts.intake import read_rows
from ceyuan.kernel import UsageError, code_fault, unit
from ceyuan.sheets.model import column_letter

CODE = "统一社会信用代码"
FIRMS = 1500


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    return make_town(tmp_path_factory.mktemp("town"), firms=FIRMS, seed=7)


@pytest.fixture(scope="module")
def said(town):
    return YAML(typ="safe").load(town.manifest.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def tables(town):
    return {f["path"]: pl.read_parquet(town.folder / f["path"]) for f in town.files}


def of(tables, name):
    return tables[f"合成_{name}.parquet"]


def test_make_town_twice_writes_the_same_bytes(tmp_path):
    one = make_town(tmp_path / "a", firms=300, seed=5)
    two = make_town(tmp_path / "b", firms=300, seed=5)

    assert [f["sha256"] for f in one.files] == [f["sha256"] for f in two.files]
    assert one.manifest.read_bytes() == two.manifest.read_bytes()


def test_make_town_of_another_seed_differs(tmp_path):
    one = make_town(tmp_path / "a", firms=50, seed=5)
    two = make_town(tmp_path / "b", firms=50, seed=6)

    assert one.files[0]["sha256"] != two.files[0]["sha256"]


def test_first_firms_of_a_larger_town_are_those_of_a_smaller_one(tmp_path, tables):
    small = make_town(tmp_path, firms=500, seed=7)
    own = of(tables, "企业登记")[CODE].head(500).to_list()

    for file in small.files:
        wanted = pl.read_parquet(tmp_path / file["path"])
        found = tables[file["path"]].filter(pl.col(CODE).is_in(own))
        assert wanted.equals(found), file["path"]


def test_every_file_says_that_it_is_synthetic(town, said):
    assert said["synthetic"] is True
    assert (7, FIRMS, "shanghai") == (said["seed"], said["firms"], said["region"])
    for file in said["files"]:
        path = town.folder / file["path"]
        assert path.name.startswith("合成_")
        assert (
            "虚构合成数据"
            in pq.read_schema(path).metadata[b"ceyuan.synthetic"].decode()
        )


def test_manifest_names_every_column_and_its_unit(said, tables):
    attributes = load_records().attributes
    for file in said["files"]:
        keys = [file["code"], file["name"]]
        keys += [file["year_column"]] if "year" in file else []
        assert [*keys, *file["columns"]] == tables[file["path"]].columns
        assert file["rows"] == tables[file["path"]].height
        for place, (heading, column) in enumerate(file["columns"].items()):
            fact = attributes[file["record_type"]][column["attribute"]]
            assert column_letter(len(keys) + place + 1) == column["letter"]
            if fact.kind == "number" and fact.unit != "1":
                assert heading.rstrip("）").endswith(column["unit"])
                assert unit(column["unit"]).like(fact.measure)
            else:
                assert "unit" not in column


def test_every_attribute_that_policies_read_is_in_some_file(said):
    written = {
        (file["record_type"], column["attribute"])
        for file in said["files"]
        for column in file["columns"].values()
    }
    region, attributes = load_region(), load_records().attributes
    types = {file["record_type"] for file in said["files"]}

    missing = [
        (name, subject)
        for name in attributes_read(region)
        for subject in region.facts[name].subject
        if subject in types and name in attributes[subject]
        if (subject, name) not in written
    ]

    assert [] == missing
    assert {"firm", "org", "certificate", "patent", "loan", "order"} <= types
    assert {"contract", "project", "achievement", "instrument", "incubator"} <= types


def test_attributes_read_leave_out_what_is_derived_or_chosen():
    read = attributes_read(load_region())

    assert {"revenue", "reg_date", "rd_domestic", "loan_amount"} <= read
    assert read.isdisjoint({"rd_3y", "debt_ratio", "unicorn_standard", "certificates"})


def test_every_cell_is_read_by_some_code_list_or_bound(said, tables):
    """A code is one of the dictionary's words, a number keeps to its bounds."""
    attributes = load_records().attributes
    for file in said["files"]:
        for heading, column in file["columns"].items():
            fact = attributes[file["record_type"]][column["attribute"]]
            values = tables[file["path"]][heading].drop_nulls()
            if fact.kind in {"code", "codes"}:
                assert set(values) <= {c.zh for c in fact.codes.values()}, heading
            if fact.kind == "number" and len(values):
                scale = unit(column.get("unit", "1")).scale / fact.measure.scale
                if fact.min is not None:
                    assert Fraction(values.min()) * scale >= fact.min, heading
                if fact.max is not None:
                    assert Fraction(values.max()) * scale <= fact.max, heading


def test_codes_are_sound_and_every_firm_is_registered_once(tables):
    own = of(tables, "企业登记")[CODE].to_list()

    assert FIRMS == len(set(own))
    assert not any(map(code_fault, own))
    for table in tables.values():
        assert set(table[CODE]) <= set(own)


def test_numbers_of_records_are_given_once(said, tables):
    for file in said["files"]:
        for heading, column in file["columns"].items():
            if column["attribute"].endswith("_number"):
                values = tables[file["path"]][heading]
                assert len(values) == len(values.unique())
                assert 0 == values.null_count()


def test_dates_lie_before_the_day_of_the_statement(said, tables):
    later = {"valid_until", "due_on", "repayment_date"}
    for file in said["files"]:
        assert isinstance(file["as_stated"], date)
        for heading, column in file["columns"].items():
            values = tables[file["path"]][heading]
            if values.dtype == pl.Date and column["attribute"] not in later:
                most = values.max()
                assert most is None or most < file["as_stated"], heading


def test_no_year_has_rows_of_firms_before_birth_or_after_death(tables):
    lives = of(tables, "机构登记").select(
        CODE,
        born=pl.col("机构设立日期").dt.year(),
        died=pl.col("机构注销日期").dt.year().fill_null(9999),
    )
    for year in range(2021, 2026):
        rows = of(tables, f"税务_企业所得税_{year}").join(lives, on=CODE)
        assert rows.filter(
            (pl.col("born") > year) | (pl.col("died") <= year)
        ).is_empty()
        assert rows.height > FIRMS // 2


def test_tax_and_statistics_disagree_now_and_then(tables):
    share = []
    for year in range(2021, 2026):
        tax = of(tables, f"税务_企业所得税_{year}").select(CODE, tax="营业收入（元）")
        both = of(tables, f"统计_年报_{year}").join(tax, on=CODE).drop_nulls()
        off = (both["营业收入（千元）"] * 1000 - both["tax"]).abs()
        share += (off > 501).to_list()

    assert 0.01 < sum(share) / len(share) < 0.03


def test_firms_drop_what_is_less_than_a_hundredth(tables):
    tax = of(tables, "税务_企业所得税_2025").select(CODE, tax="营业收入（元）")
    own = of(tables, "企业自报_2025").select(CODE, own="营业收入（万元）")
    both = own.join(tax, on=CODE).drop_nulls()
    less = both["tax"] - both["own"] * 10_000

    assert 0.9 < less.cast(pl.Float64).is_between(0, 99.999).mean() < 1
    # Who stands on a threshold knows it to the fen.
    cut = both["own"].cast(pl.String).str.ends_with("0000")
    assert 0.98 < cut.mean() < 1


def test_parks_know_the_staff_of_the_year_before(tables):
    park = of(tables, "园区_企业表").select(CODE, park="职工总数（人）")
    then = of(tables, "企业自报_2024").select(CODE, then="职工总数（人）")
    both = park.join(then, on=CODE).drop_nulls()

    assert 0.4 < (both["park"] == both["then"]).mean() < 0.9


def test_certificates_say_of_which_kinds_they_are_all(said, tables):
    file = next(f for f in said["files"] if f["record_type"] == "certificate")
    rows = tables[file["path"]]

    assert ["hnte", "tech_sme", "innovative_sme", "zjtx", "xjr"] == file["complete"]
    assert (rows["有效期至"] > rows["发证日期"]).all()
    assert rows.select(CODE, "资质", "发证日期").is_unique().all()
    held = rows.filter(pl.col("有效期至") > date(2026, 6, 30))["资质"].unique()
    assert {"高新技术企业", "科技型中小企业", "专精特新中小企业"} <= set(held)
    # Titles come and go: some are held no more, some were held before.
    assert rows.filter(pl.col("有效期至") < date(2025, 1, 1)).height > 50


def test_shares_of_a_loan_add_up_but_for_a_few(tables):
    loans = of(tables, "贷款_融资担保与保费").drop_nulls()
    parts = ("银行", "融担基金", "省级再担保", "担保机构")
    total = sum(loans[f"{part}分险比例（%）"] for part in parts)

    assert (total == Decimal(100)).mean() > 0.9


def test_cells_are_missing_here_and_there(tables):
    own = of(tables, "企业自报_2025")

    assert 0.001 < own["科技人员数（人）"].null_count() / own.height < 0.05


def test_a_last_year_before_moves_every_file(tmp_path):
    town = make_town(tmp_path, firms=40, seed=1, last_year=2023)

    assert {2019, 2020, 2021, 2022, 2023} == {
        f["year"] for f in town.files if "year" in f
    }


def test_make_town_tells_how_far_it_is(tmp_path):
    steps = []

    make_town(tmp_path, firms=40, seed=1, progress=lambda *at: steps.append(at))

    assert [(40, 40)] == steps


@pytest.mark.parametrize("firms", [0, -3, 1_000_001])
def test_make_town_of_too_few_or_too_many_is_refused(tmp_path, firms):
    with pytest.raises(UsageError, match="1000000"):
        make_town(tmp_path, firms=firms, seed=1)


@pytest.mark.slow
def test_every_file_is_read_whole_as_the_manifest_says(town, said):
    """The reader of records takes every row, and finds no column to ask about."""
    facts, records = load_region().facts, load_records()
    for file in said["files"]:
        fixed = "".join(
            f"  {c['letter']}: {{fact: {c['attribute']}, unit: '{c['unit']}'}}\n"
            if "unit" in c
            else f"  {c['letter']}: {c['attribute']}\n"
            for c in file["columns"].values()
        )
        found = read_rows(
            town.folder / file["path"],
            records.types[file["record_type"]],
            facts=facts,
            as_of=file["as_stated"],
            columns=parse_columns(
                f"columns:\n{fixed}",
                name="town",
                dictionary=records.attributes[file["record_type"]],
            ),
            year=file.get("year"),
        )

        assert (0, []) == (found.rejected, found.questions), file["path"]
        assert file["rows"] == found.seen
        assert len(found.problems) <= file["rows"] // 200
        attributes = {c["attribute"] for c in file["columns"].values()}
        assert attributes <= set(found.frame.columns), file["path"]


def written(attribute, money, keeps):
    region, attributes = load_region(), load_records().attributes
    sheet = next(
        s
        for s in plan_sheets(region, attributes, 2025)
        if s.money == money and s.keeps == keeps and attribute in s.attributes
    )
    found = columns(sheet, attributes["firm"])
    return next(c for c in found if c.attribute == attribute)


@pytest.mark.parametrize(
    ("money", "keeps", "heading", "cells"),
    [
        # 1,234,567.89 yuan and a loss of 5 fen, in fen.
        ("元", None, "营业收入（元）", ["1234567.89", "-0.05", None]),
        ("万元", 0, "营业收入（万元）", ["123", "0", None]),
        ("万元", None, "营业收入（万元）", ["123.456789", "-0.000005", None]),
        ("千元", 0, "营业收入（千元）", ["1235", "0", None]),
    ],
)
def test_amounts_are_written_exactly_in_the_unit_of_the_office(
    money, keeps, heading, cells
):
    column: Written = written("revenue", money, keeps)
    values = np.array([123_456_789, -5, 7], dtype=np.int64)
    known = np.array([True, True, False])

    found = column.array(Cells(values, known))

    assert heading == column.heading
    assert cells == [None if v is None else str(v) for v in found.to_pylist()]
    assert pa.types.is_decimal(found.type) or pa.types.is_integer(found.type)
