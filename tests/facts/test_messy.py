# SPDX-License-Identifier: Apache-2.0
"""Random parks: every value is the truth, or a listed problem or question.

The sheets come from a generator that shares no heading table with this room. What it
calls things is put in our words by the little table below, and nothing else.
"""

from collections import Counter

import pytest

from ceyuan.city import make_joined, make_tenants
from ceyuan.facts import join_facts, parse_columns, read_facts
from ceyuan.sheets import read_tables
from tests.facts.conftest import AS_OF
from tests.messy.generator import messy_workbook

WORDS = {
    "founded": "reg_date",
    "inventions": "invention_patents",
    "designs": "design_patents",
    "copyrights": "software_copyrights",
    "is_hnte": "hnte_valid",
    "total_cost": "cost_expense",
    "hitech_revenue": "hitech_income",
}


def _key(key):
    return WORDS.get(key[0], key[0]), key[1]


def _judge(table, rows, letters, known):
    """Return what is wrong, and how many values were right, listed, and blank."""
    at = {row.row: index for index, row in enumerate(table.rows)}
    places = {(p.row, p.column) for p in table.problems}
    columns = {p.column for p in table.problems if p.row is None}
    wrong: list[object] = []
    count: Counter[str] = Counter()
    for row in rows:
        for key, true in row.values.items():
            if _key(key)[0] not in known:
                continue
            got = table.value(at[row.row], *_key(key))
            letter = letters[key]
            if got == true and isinstance(got, bool) == isinstance(true, bool):
                count["right" if got is not None else "blank"] += 1
            elif got is None and ((row.row, letter) in places or letter in columns):
                count["listed"] += 1
            else:
                wrong.append((row.row, letter, key, true, got))
    return wrong, count


@pytest.mark.parametrize("seed", range(60))
def test_messy_sheet_is_read_truly_or_its_doubts_are_listed(tmp_path, dictionary, seed):
    truth = messy_workbook(tmp_path / "park", seed)
    letters = {c.key: c.letter for c in truth.columns if c.key}

    table = read_facts(
        read_tables(truth.path), dictionary=dictionary, as_of=truth.as_of
    )

    assert [row.row for row in truth.rows] == [row.row for row in table.rows]
    assert [row.name for row in truth.rows] == [row.name for row in table.rows]
    wrong, count = _judge(table, truth.rows, letters, dictionary)
    assert [] == wrong
    assert count["right"] > 10 * count["listed"] or table.questions
    asked = {q.problem.column for q in table.questions if q.problem.code == "R220"}
    assert set(truth.questions) == asked


@pytest.mark.parametrize("seed", [16, 46, *range(60, 80)])
def test_messy_sheet_read_with_its_own_map_gives_the_same(tmp_path, dictionary, seed):
    truth = messy_workbook(tmp_path / "park", seed)
    book = read_tables(truth.path)
    first = read_facts(book, dictionary=dictionary, as_of=truth.as_of)
    text = first.columns_guessed.dump()
    fixed = parse_columns(text, name="MAP.yaml", dictionary=dictionary)

    again = read_facts(book, dictionary=dictionary, as_of=truth.as_of, columns=fixed)

    assert {k: c.values for k, c in first.columns.items()} == {
        k: c.values for k, c in again.columns.items()
    }
    assert [q.problem.column for q in first.questions] == [
        q.problem.column for q in again.questions
    ]


@pytest.fixture(scope="module")
def tenants(tmp_path_factory):
    return make_tenants(tmp_path_factory.mktemp("park") / "tenants.xlsx")


def test_tenants_are_read_truly_or_their_defects_are_listed(tenants, dictionary):
    letters = {c.key: c.letter for c in tenants.columns if c.key}
    table = read_facts(read_tables(tenants.path), dictionary=dictionary, as_of=AS_OF)

    assert [row.row for row in tenants.rows] == [row.row for row in table.rows]
    wrong, count = _judge(table, tenants.rows, letters, dictionary)
    # A firm stands in two rows that disagree: said once, unknown in both. An average
    # headcount may have a half; the generator takes it for a slip.
    twice = {row.repeats for row in tenants.rows} - {None}
    halves = {d.row for d in tenants.defects if d.kind == "half_person"}
    assert [] == [w for w in wrong if w[0] not in twice | halves]
    assert count["right"] > 4000
    assert count["listed"] < 40


def test_every_defect_that_asks_for_a_problem_is_listed(tenants, dictionary):
    table = read_facts(read_tables(tenants.path), dictionary=dictionary, as_of=AS_OF)
    places = {(p.row, p.column) for p in table.problems}
    rows = {p.row for p in table.problems}
    read_letters = {c.column for c in table.columns.values()} | {"C", ""}

    missed = [
        defect
        for defect in tenants.defects
        if defect.expects in {"problem", "question"}
        and defect.kind != "half_person"
        and defect.column in read_letters
        and (defect.row, defect.column) not in places
        and not (defect.column == "" and defect.row in rows)
    ]

    assert [] == missed


def test_joined_files_add_what_they_say_and_nothing_else(tenants, dictionary, tmp_path):
    truth = make_joined(tmp_path, tenants)
    table = read_facts(read_tables(tenants.path), dictionary=dictionary, as_of=AS_OF)
    own = {key: list(column.values) for key, column in table.columns.items()}
    books = [read_tables(path) for path in sorted(tmp_path.iterdir())]

    join_facts(table, books, dictionary=dictionary, as_of=AS_OF)

    sound = {row.uscc: at for at, row in enumerate(table.rows) if row.sound}
    certificates = table.records["certificates"].records
    patents = table.records["patents"].records
    assert {"hnte"} == table.records["certificates"].complete_codes
    for code, at in sound.items():
        told = [r for r in certificates[at] or () if r["certificate"] == "hnte"]
        if code in truth.certificates:
            _, issued, expires = truth.certificates[code]
            assert [(issued, expires)] == [
                (r["issued_on"], r["valid_until"]) for r in told
            ]
        else:
            assert [] == told
        valid = Counter(
            r["patent_type"] for r in patents[at] or () if r["legal_status"] == "valid"
        )
        stated = truth.valid_patents.get(code, {})
        assert stated.get("发明专利", 0) == valid["invention"]
        assert stated.get("实用新型", 0) == valid["utility_model"]
    unread = []
    for code, figures in truth.yearly.items():
        for key, true in figures.items():
            name, year = _key(key)
            if code not in sound or name not in dictionary:
                continue
            at = sound[code]
            mine = own.get((name, year), [None] * len(table.rows))[at]
            got = table.value(at, name, year)
            if got is None:
                unread.append((code, key))
            else:
                assert (true if mine is None else mine) == got
    suspects = [p for p in table.problems if p.code == "R222"]
    assert len(unread) <= len(suspects)


def test_joined_list_that_is_not_complete_leaves_the_rest_unknown(
    tenants, dictionary, tmp_path
):
    make_joined(tmp_path, tenants, is_complete=False)
    table = read_facts(read_tables(tenants.path), dictionary=dictionary, as_of=AS_OF)
    books = [read_tables(path) for path in sorted(tmp_path.iterdir())]

    join_facts(table, books, dictionary=dictionary, as_of=AS_OF)

    records = table.records["certificates"]
    assert (frozenset(), False) == (records.complete_codes, records.complete)
