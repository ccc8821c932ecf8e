# SPDX-License-Identifier: Apache-2.0
"""The column map: read strictly, dumped to be read again."""

import pytest

from ceyuan.facts import Choice, ColumnMap, SheetMap, parse_columns, read_columns
from ceyuan.kernel import UsageError

TEXT = """\
sheet: 企业
header_row: 4
year: 2025
columns:
  B: uscc
  F: {fact: revenue, unit: 万元, year: 2024}
  G: ignore
files:
  高企名单.xlsx: {complete: true, kind: hnte}
"""


def test_map_is_read(dictionary):
    assert parse_columns(TEXT, name="MAP.yaml", dictionary=dictionary) == ColumnMap(
        sheet="企业",
        header_row=4,
        year=2025,
        columns={
            "B": Choice(fact="uscc"),
            "F": Choice(fact="revenue", unit="万元", year=2024),
            "G": Choice(fact="ignore"),
        },
        files={"高企名单.xlsx": SheetMap(complete=True, kind="hnte")},
    )


def test_map_is_dumped_and_read_again(dictionary):
    made = parse_columns(TEXT, name="MAP.yaml", dictionary=dictionary)

    assert parse_columns(made.dump(), name="again", dictionary=dictionary) == made


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("sheet: 企业\nheaderrow: 4\n", 2, "header_row"),
        ("columns:\n  F: {fact: revenue, units: 万元}\n", 2, "unit"),
        ("year: 2025\ncolumns:\n  F: revenu\n", 3, "revenue"),
        ("columns:\n  F: {fact: revenue, unit: 万两}\n", 2, ""),
        ("columns:\n  F: {fact: revenue, unit: 人}\n", 2, ""),
        ("columns:\n  第六列: revenue\n", 1, ""),
        ("year: 二〇二五\n", 1, ""),
        ("columns: [\n", 2, ""),
        ("year: 2024\nyear: 2025\n", 2, ""),
    ],
)
def test_map_that_is_wrong_names_its_line_and_the_near_miss(
    dictionary, text, line, words
):
    with pytest.raises(UsageError) as raised:
        parse_columns(text, name="MAP.yaml", dictionary=dictionary)

    assert f"MAP.yaml:{line}" in raised.value.message
    assert words in raised.value.hint


def test_map_that_is_not_there_is_wrong_use(dictionary, tmp_path):
    with pytest.raises(UsageError):
        read_columns(tmp_path / "none.yaml", dictionary=dictionary)


def test_guessed_map_gives_the_same_facts_again(dictionary, read):
    rows = [
        ["企业名称", "统一社会信用代码", "2024年营业收入（万元）", "职工总数"],
        ["甲公司", "91319999MA00000X2E", 5000, 100],
        ["乙公司", "91319999MA00000Y3J", 700, 20],
    ]
    first = read(*rows)
    text = first.columns_guessed.dump()

    again = read(*rows, columns=parse_columns(text, name="MAP", dictionary=dictionary))

    assert {k: c.values for k, c in first.columns.items()} == {
        k: c.values for k, c in again.columns.items()
    }
    assert first.columns_guessed == again.columns_guessed
