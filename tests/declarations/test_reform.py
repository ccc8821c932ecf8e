# SPDX-License-Identifier: Apache-2.0
"""Reforms: what they make of a policy, and how a wrong one is told."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

import ceyuan
from ceyuan.declarations import FactFile, Region, build, load_region, parse_source
from ceyuan.declarations.patch import number, recomposed, written
from ceyuan.declarations.reform import Reform, parse_reform, read_reform
from ceyuan.kernel import RuleError, UsageError
from tests.declarations.drafts import DRAFT, FACTS, load

OTHER = DRAFT.replace("policy: draft", "policy: other")
DECIDED = OTHER.replace("policy: other", "policy: decided").replace(
    "outputs:", "decide: large AND (spends OR clean)\noutputs:"
)


def region() -> Region:
    facts = build(FactFile, parse_source(FACTS, name="facts.yaml")).facts
    rules = {rule.id: rule for rule in map(load, (DRAFT, OTHER, DECIDED))}
    return Region("small", facts, rules, "")


HEAD = "reform: tried\nzh: 试\nen: tried\nchange:\n"


def read(*changes: str) -> Reform:
    return parse_reform(HEAD + "".join(f"  - {c}\n" for c in changes), region())


def values(reform: Reform, parameter: str) -> list[tuple[object, object, object]]:
    said = reform.changed["draft"].said.parameters[parameter]
    return [(v.value, v.from_, v.until) for v in said.values]


def test_empty_reform_touches_nothing():
    reform = parse_reform("reform: none\nzh: 空\nen: empty\n", region())
    assert (frozenset(), {}) == (reform.touched, dict(reform.changed))
    assert region().rules == reform.rules(region())


def test_value_without_days_replaces_all_of_them():
    reform = read("{policy: draft, parameter: share_min, value: 4}")
    assert [(Fraction(4), None, None)] == values(reform, "share_min")
    assert frozenset({"draft"}) == reform.touched
    assert frozenset({("draft", "share_min")}) == reform.values
    rule = reform.changed["draft"]
    # 5 % until 2024, 6 % from 2025 on: 4 % on every day now.
    for day in (date(2024, 6, 1), date(2026, 6, 1)):
        assert Fraction(4, 100) == rule.context(day).settings["share_min"]
    assert rule.digest != region().rules["draft"].digest
    assert region().rules["other"] is not rule
    assert list(region().rules) == list(reform.rules(region()))


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (
            "from: 2026-07-01",
            [
                (Fraction(5), None, date(2024, 12, 31)),
                (Fraction(6), date(2025, 1, 1), date(2026, 6, 30)),
                (Fraction(4), date(2026, 7, 1), None),
            ],
        ),
        (
            "from: 2024-07-01, until: 2025-06-30",
            [
                (Fraction(5), None, date(2024, 6, 30)),
                (Fraction(6), date(2025, 7, 1), None),
                (Fraction(4), date(2024, 7, 1), date(2025, 6, 30)),
            ],
        ),
        (
            "until: 2025-12-31",
            [
                (Fraction(6), date(2026, 1, 1), None),
                (Fraction(4), None, date(2025, 12, 31)),
            ],
        ),
        (
            "from: 2025-01-01",
            [
                (Fraction(5), None, date(2024, 12, 31)),
                (Fraction(4), date(2025, 1, 1), None),
            ],
        ),
    ],
)
def test_value_with_days_keeps_what_was_before_and_after(days, expected):
    reform = read(f"{{policy: draft, parameter: share_min, value: 4, {days}}}")
    assert expected == values(reform, "share_min")


def test_value_in_another_unit_is_turned_into_the_parameters():
    reform = read("{policy: draft, parameter: sales_min, value: 1234567, unit: 元}")
    assert [(Fraction("123.4567"), None, None)] == values(reform, "sales_min")
    third = read("{policy: draft, parameter: sales_min, value: 1, unit: 亿元}")
    assert [(Fraction(10000), None, None)] == values(third, "sales_min")


def test_table_is_replaced_as_a_whole():
    reform = read(
        "{policy: draft, parameter: cost_steps, absent: 0,"
        " steps: [{from: 20, gives: 9}, {else: true, gives: 1}]}"
    )
    (value,) = reform.changed["draft"].said.parameters["cost_steps"].values
    assert value.steps is not None
    assert [9, 1] == [row.gives for row in value.steps]


def test_clause_changed_added_and_dropped():
    reform = read(
        "{policy: draft, clause: large, test: sales > sales_min}",
        "{policy: draft, add_parameter: fewest, zh: 人数, en: staff, unit: 人, value: 3}",
        "{policy: draft, add_clause: staffed, test: staff >= fewest}",
        "{policy: draft, drop_clause: clean}",
    )
    said = reform.changed["draft"].said
    assert ("large", "spends", "staffed") == reform.changed["draft"].clauses
    assert ("sales > sales_min", "收入够") == (
        said.clauses["large"].test,
        said.clauses["large"].zh,
    )
    # what the reform puts in cites the reform, whose confidence is none
    assert "reform" == said.clauses["staffed"].article
    assert ("改革方案 tried", "U") == (
        said.articles["reform"].article,
        said.articles["reform"].confidence,
    )
    assert ("tried", "试") == (
        said.documents["reform"].number,
        said.documents["reform"].zh,
    )


def test_decide_let_amount_and_validity_are_changed():
    reform = read(
        "{policy: decided, drop_clause: clean}",
        "{policy: decided, decide: large AND spends}",
        "{policy: decided, let: share, expr: 2 * cost / sales}",
        '{policy: decided, amount: "2 * marginal(if_absent(cost, 0), rates)",'
        " round: {to: 10, mode: up}}",
        "{policy: decided, validity: {until: 2035-12-31}}",
    )
    said = reform.changed["decided"].said
    assert "large AND spends" == said.decide
    assert "2 * cost / sales" == said.let["share"].expr
    assert said.amount is not None
    assert (Fraction(10), "up", "reform") == (
        said.amount.round.to,
        said.amount.round.mode,
        said.amount.round.article,
    )
    assert (date(2020, 1, 1), date(2035, 12, 31)) == (
        said.validity.from_,
        said.validity.until,
    )


def test_repealed_policy_is_no_more():
    reform = read("{policy: other, repeal: true}")
    assert frozenset({"other"}) == reform.touched == reform.repealed
    assert ["draft", "decided"] == list(reform.rules(region()))


def test_added_policy_stands_beside_the_reform(tmp_path: Path):
    new = DRAFT.replace("policy: draft", "policy: fresh")
    (tmp_path / "fresh.yaml").write_text(new, encoding="utf-8")
    path = tmp_path / "REFORM.yaml"
    path.write_text(HEAD + "  - add_policy: fresh.yaml\n", encoding="utf-8")
    reform = read_reform(path, region())
    assert frozenset({"fresh"}) == reform.added == reform.touched
    assert ["draft", "other", "decided", "fresh"] == list(reform.rules(region()))
    assert "fresh.yaml" == reform.changed["fresh"].file


def test_digest_is_that_of_the_reform_and_what_it_adds(tmp_path: Path):
    digests = set()
    for cap in (1, 2):
        new = DRAFT.replace("policy: draft", "policy: fresh")
        new = new.replace("round: {to: 1,", f"round: {{to: {cap},")
        (tmp_path / "fresh.yaml").write_text(new, encoding="utf-8")
        path = tmp_path / "REFORM.yaml"
        path.write_text(HEAD + "  - add_policy: fresh.yaml\n", encoding="utf-8")
        digests.add(read_reform(path, region()).digest)
    assert 2 == len(digests)


def test_settings_of_the_office_give_way_to_what_the_reform_says():
    reform = read("{policy: draft, parameter: share_min, value: 4}")
    one, two = Fraction(1), Fraction(2)
    office = {
        "draft": {"share_min": one, "sales_min": two},
        "other": {"share_min": one},
    }
    assert {
        "draft": {"sales_min": two},
        "other": {"share_min": one},
    } == reform.settings(office)


def test_every_policy_of_the_region_is_the_same_when_rebuilt():
    for rule in load_region().rules.values():
        again = recomposed(rule)
        assert rule.source.data == again.source.data
        assert (rule.said, rule.scope, rule.decide) == (
            again.said,
            again.scope,
            again.decide,
        )


@pytest.mark.parametrize(
    "data",
    [
        {"a": [1, Decimal("0.050"), "5%", 'yes: no # "quoted"', None, True, []]},
        {"有效": {"else": True, "2": "2", "d": date(2026, 1, 1), "e": {}, "n": -3}},
        {"s": "a\nb\tc", "empty": "", "nested": [[1, [2]], {"x": ["true", "null"]}]},
    ],
)
def test_written_document_reads_as_itself(data):
    assert data == parse_source(written(data), name="again.yaml").data


def test_numbers_are_written_exactly():
    found = [number(Fraction(x)) for x in ("3", "1/8", "-7/2", "1/3")]
    assert [3, Decimal("0.125"), Decimal("-3.5"), "1/3"] == found


WRONG = [
    pytest.param(
        "{policy: drfat, parameter: share_min, value: 4}",
        ("D230", "there is no policy `drfat`", "did you mean `draft`?"),
        id="policy",
    ),
    pytest.param(
        "{policy: draft, parameter: shr_min, value: 4}",
        (
            "D230",
            "there is no parameter `shr_min` in `draft`",
            "did you mean `share_min`?",
        ),
        id="parameter",
    ),
    pytest.param(
        "{policy: draft, clause: clen, test: listed}",
        ("D230", "there is no clause `clen` in `draft`", "did you mean `clean`?"),
        id="clause",
    ),
    pytest.param(
        "{policy: draft, drop_clause: nothing}",
        (
            "D230",
            "there is no clause `nothing` in `draft`",
            "known: clean, large, spends",
        ),
        id="dropped",
    ),
    pytest.param(
        "{policy: draft, let: shares, expr: cost}",
        ("D230", "there is no let `shares` in `draft`", "did you mean `share`?"),
        id="let",
    ),
    pytest.param(
        "{policy: draft, parameter: share_min, vlaue: 4}",
        ("D230", "`vlaue` is no part of `parameter`", "did you mean `value`?"),
        id="key",
    ),
    pytest.param(
        "{policy: draft, paramter: share_min, value: 4}",
        (
            "D103",
            (
                "a change says exactly one of parameter, add_parameter, clause, "
                "add_clause, drop_clause, decide, let, amount, validity, repeal, "
                "add_policy"
            ),
            "did you mean `parameter`?",
        ),
        id="verb",
    ),
    pytest.param(
        "{policy: draft, parameter: share_min, unit: 元, value: 4}",
        ("D213", "the parameter is in %, the value in 元", "give it in %"),
        id="unit",
    ),
    pytest.param(
        "{policy: draft, parameter: share_min, value: true}",
        ("D224", "a number parameter does not have such a value", ""),
        id="type",
    ),
    pytest.param(
        "{policy: draft, clause: large, test: salse >= sales_min}",
        (
            "D210",
            "`salse` is no fact, parameter, definition or clause",
            "did you mean `sales`?",
        ),
        id="name",
    ),
    pytest.param(
        "{policy: draft, clause: large, test: staff >= sales_min}",
        (
            "D213",
            "人 meets fen in `staff >= sales_min`",
            "both sides of a comparison or a sum need one unit",
        ),
        id="units",
    ),
    pytest.param(
        "{policy: draft, add_clause: large, test: listed}",
        (
            "D220",
            "`large` is already a name in clauses of `draft`",
            "give it a name of its own",
        ),
        id="twice",
    ),
    pytest.param(
        "{policy: draft, repeal: false}",
        (
            "D103",
            "`repeal` is `true`, or the change is left out",
            "write `repeal: true`",
        ),
        id="repeal",
    ),
    pytest.param(
        "{policy: draft, parameter: share_min, value: 4, from: soon}",
        ("D103", "`from` is a day, not `soon`", "write it as 2027-01-01"),
        id="day",
    ),
    pytest.param(
        "{add_policy: fresh.yaml}",
        (
            "D230",
            "`fresh.yaml` is to be a file beside the reform",
            "put it in the reform's folder",
        ),
        id="file",
    ),
    pytest.param(
        "{policy: draft, clause: large}",
        (
            "D103",
            "nothing is said of what `large` becomes",
            "give its `test`, or another part",
        ),
        id="nothing",
    ),
    pytest.param(
        "{policy: draft, clause: large, test: sales >= sales_min, article: art9}",
        ("D222", "article `art9` is not in this file", "add it under `articles`"),
        id="article",
    ),
    pytest.param(
        "{policy: decided, drop_clause: clean}",
        (
            "D210",
            "`clean` is no fact, parameter, definition or clause",
            "declare it first",
        ),
        id="decide without its clause",
    ),
    pytest.param(
        "{policy: decided, add_clause: more, test: listed}",
        ("D221", None, None),
        id="clause without its place in decide",
    ),
]


@pytest.mark.parametrize(("change", "expected"), WRONG)
def test_wrong_change_is_told_with_the_reforms_line(change, expected):
    with pytest.raises(RuleError) as caught:
        read("{policy: other, parameter: share_min, value: 4}", change)
    error = caught.value
    # four lines of head, one change before it
    assert ("REFORM.yaml", 6) == (error.file, error.line)
    code, message, hint = expected
    assert code == error.code
    if message is not None:
        assert (message, hint) == (error.message, error.hint)


def test_repealed_and_changed_policy_is_refused():
    repeal = "{policy: draft, repeal: true}"
    value = "{policy: draft, parameter: share_min, value: 4}"
    for changes in ((repeal, value), (value, repeal)):
        with pytest.raises(RuleError, match="repealed and changed") as caught:
            read(*changes)
        assert ("D231", 6) == (caught.value.code, caught.value.line)


def test_shape_of_the_file_is_told_with_its_line():
    with pytest.raises(RuleError) as caught:
        parse_reform("reform: a\nzh: 甲\nen: a\nchanges: []\n", region())
    assert ("D103", "REFORM.yaml", 4) == (
        caught.value.code,
        caught.value.file,
        caught.value.line,
    )
    with pytest.raises(RuleError, match="is no id"):
        parse_reform("reform: a b\nzh: 甲\nen: a\n", region())


def test_added_policy_that_is_not_there_or_already_is_refused(tmp_path: Path):
    path = tmp_path / "REFORM.yaml"
    (tmp_path / "draft.yaml").write_text(DRAFT, encoding="utf-8")
    path.write_text(HEAD + "  - add_policy: drft.yaml\n", encoding="utf-8")
    with pytest.raises(RuleError, match=r"no file `drft\.yaml`") as caught:
        read_reform(path, region())
    assert "did you mean `draft.yaml`?" == caught.value.hint
    path.write_text(HEAD + "  - add_policy: draft.yaml\n", encoding="utf-8")
    with pytest.raises(RuleError, match="already a policy `draft`") as caught:
        read_reform(path, region())
    assert ("D231", 5) == (caught.value.code, caught.value.line)


def test_file_that_is_not_there_is_wrong_use(tmp_path: Path):
    with pytest.raises(UsageError, match=r"`none\.yaml` is not readable"):
        read_reform(tmp_path / "none.yaml", region())


def test_error_inside_a_block_has_the_line_of_its_key():
    text = HEAD + (
        "  - policy: draft\n"
        "    clause: large\n"
        "    zh: 收入更高\n"
        "    test: sales >= zzz\n"
    )
    with pytest.raises(RuleError) as caught:
        parse_reform(text, region())
    assert "draft clauses.large" == caught.value.clause
    assert caught.value.line in (5, 8)


def test_example_of_the_page_loads():
    page = Path(__file__).parents[2] / "docs" / "reform.md"
    example = re.findall(
        r"```yaml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL
    )[0]
    assert {"tech_sme_2017", "rd_super_2023", "xjr_2026", "service_scale"} == set(
        parse_reform(example, load_region()).touched
    )


def test_sample_reform_loads():
    path = Path(ceyuan.__file__).parent / "samples" / "reform.yaml"
    reform = read_reform(path, load_region())
    assert {"rd_super_2023", "tech_sme_2017"} == set(reform.touched)
