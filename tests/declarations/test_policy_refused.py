# SPDX-License-Identifier: Apache-2.0
"""A policy with one thing wrong: what is told, where, why, how to mend it."""

from __future__ import annotations

import pytest

from ceyuan.declarations import read_region
from ceyuan.kernel import RuleError
from tests.declarations.drafts import DRAFT, load, spoiled, told

WRONG = [
    pytest.param(
        [("test: sales >= sales_min", "test: salse >= sales_min")],
        (
            "D210",
            "draft.yaml",
            44,
            "clauses.large",
            "`salse` is no fact, parameter, definition or clause",
            "did you mean `sales`?",
        ),
        id="unknown name",
    ),
    pytest.param(
        [("test: sales >= sales_min", "test: zzzzqq >= sales_min")],
        (
            "D210",
            "draft.yaml",
            44,
            "clauses.large",
            "`zzzzqq` is no fact, parameter, definition or clause",
            "declare it first",
        ),
        id="unknown far",
    ),
    pytest.param(
        [("expr: cost / sales", "expr: points / points")],
        (
            "D211",
            "draft.yaml",
            41,
            "let.share",
            "`share` is defined by itself: share → points → share",
            "break the circle",
        ),
        id="cycle",
    ),
    pytest.param(
        [
            ("test: sales >= sales_min", "test: spends"),
            ("test: share >= share_min", "test: large"),
        ],
        (
            "D211",
            "draft.yaml",
            44,
            "clauses.large",
            "`large` is defined by itself: large → spends → large",
            "break the circle",
        ),
        id="cycle clause",
    ),
    pytest.param(
        [("test: sales >= sales_min", "test: staff >= sales_min")],
        (
            "D213",
            "draft.yaml",
            44,
            "clauses.large",
            "人 meets fen in `staff >= sales_min`",
            "both sides of a comparison or a sum need one unit",
        ),
        id="units",
    ),
    pytest.param(
        [("expr: cost / sales", "expr: cost / (sales + staff)")],
        (
            "D213",
            "draft.yaml",
            41,
            "let.share",
            "fen meets 人 in `sales + staff`",
            "both sides of a comparison or a sum need one unit",
        ),
        id="unit sum",
    ),
    pytest.param(
        [("en: points, unit: 分", "en: points, unit: 人")],
        (
            "D213",
            "draft.yaml",
            42,
            "let.points",
            "`points` is said to be in 人, its expression gives 分",
            "mend the unit or the expression",
        ),
        id="let unit",
    ),
    pytest.param(
        [("en: score, unit: 分", "en: score, unit: 元")],
        (
            "D213",
            "draft.yaml",
            48,
            "outputs.score",
            "`score` is said to be in 元, its expression gives 分",
            "mend the unit or the expression",
        ),
        id="output unit",
    ),
    pytest.param(
        [("  spends: {article", "  large: {article")],
        (
            "D102",
            "draft.yaml",
            45,
            "clauses",
            "`large` stands twice in one mapping",
            "keep one of the two, or give the other a name of its own",
        ),
        id="dup key",
    ),
    pytest.param(
        [("  share: {zh: 占比, en: share", "  sales: {zh: 占比, en: share")],
        (
            "D220",
            "draft.yaml",
            41,
            "let.sales",
            "`sales` is already a name in facts",
            "give it a name of its own",
        ),
        id="dup name",
    ),
    pytest.param(
        [("  clean: {article", "  listed: {article")],
        (
            "D220",
            "draft.yaml",
            46,
            "clauses.listed",
            "`listed` is already a name in facts",
            "give it a name of its own",
        ),
        id="name as fact clause",
    ),
    pytest.param(
        [("until: 2024-12-31, article", "until: 2025-01-01, article")],
        (
            "D223",
            "draft.yaml",
            17,
            "parameters.share_min",
            "values 1 and 2 are both in force on 2025-01-01",
            "end the older one the day before",
        ),
        id="overlap",
    ),
    pytest.param(
        [("until: 2024-12-31, article", "article")],
        (
            "D223",
            "draft.yaml",
            17,
            "parameters.share_min",
            "values 1 and 2 are both in force on 2025-01-01",
            "end the older one the day before",
        ),
        id="open overlap",
    ),
    pytest.param(
        [
            (
                "{value: 6, from: 2025-01-01,",
                "{value: 6, from: 2025-01-01, until: 2024-12-31,",
            )
        ],
        (
            "D103",
            "draft.yaml",
            23,
            "parameters.share_min.values.1",
            "Value error, ends (2024-12-31) before it begins (2025-01-01)",
            "compare with the format in docs/policy-format.md",
        ),
        id="ends before",
    ),
    pytest.param(
        [("large: {article: art1", "large: {article: art9")],
        (
            "D222",
            "draft.yaml",
            44,
            "clauses.large",
            "article `art9` is not in this file",
            "add it under `articles`",
        ),
        id="missing article",
    ),
    pytest.param(
        [
            (
                "value: 6, from: 2025-01-01, article: art1",
                "value: 6, from: 2025-01-01, article: art7",
            )
        ],
        (
            "D222",
            "draft.yaml",
            23,
            "parameters.share_min.values.1",
            "article `art7` is not in this file",
            "add it under `articles`",
        ),
        id="missing article value",
    ),
    pytest.param(
        [("mode: down, article: art2", "mode: down, article: art8")],
        (
            "D222",
            "draft.yaml",
            53,
            "amount.round",
            "article `art8` is not in this file",
            "add it under `articles`",
        ),
        id="missing article round",
    ),
    pytest.param(
        [("art2: {document: rule", "art2: {document: rules")],
        (
            "D222",
            "draft.yaml",
            13,
            "articles.art2",
            "document `rules` is not in this file",
            "add it under `documents`",
        ),
        id="missing doc",
    ),
    pytest.param(
        [("test: sales >= sales_min", "test: \"__import__('os').system('x') >= 1\"")],
        (
            "D202",
            "draft.yaml",
            44,
            "clauses.large",
            "dot is not part of the language: `__IMPORT__('os').system('x')`",
            "see docs/language.md for what can be written",
        ),
        id="injected",
    ),
    pytest.param(
        [("test: sales >= sales_min", 'test: "sales >= (SELECT 1)"')],
        (
            "D202",
            "draft.yaml",
            44,
            "clauses.large",
            "subquery is not part of the language: `(SELECT 1)`",
            "see docs/language.md for what can be written",
        ),
        id="subquery",
    ),
    pytest.param(
        [("test: sales >= sales_min", 'test: "listed; DROP TABLE x"')],
        (
            "D201",
            "draft.yaml",
            44,
            "clauses.large",
            "one expression is asked, 2 found in `listed; DROP TABLE x`",
            "see docs/language.md for what can be written",
        ),
        id="semicolon",
    ),
    pytest.param(
        [("test: sales >= sales_min", "test: sales >= 1e400")],
        (
            "D202",
            "draft.yaml",
            44,
            "clauses.large",
            "not an exact number: `1e400`",
            "see docs/language.md for what can be written",
        ),
        id="float",
    ),
    pytest.param(
        [("expr: cost / sales", "expr: CASE WHEN listed THEN cost / sales END")],
        (
            "D202",
            "draft.yaml",
            41,
            "let.share",
            "CASE needs its ELSE: what is left out would be a NULL: `CASE WHEN listed THEN cost / sales END`",
            "see docs/language.md for what can be written",
        ),
        id="case no else",
    ),
    pytest.param(
        [("absent: false\nparameters", "parameters")],
        (
            "D214",
            "draft.yaml",
            43,
            "clauses.large",
            "something in `sales >= sales_min` may be absent (no such year, or nothing to divide by), and nothing says what that counts as",
            "add `absent: false` or `absent: true`",
        ),
        id="absent not said",
    ),
    pytest.param(
        [("        absent: 0\n", "")],
        (
            "D214",
            "draft.yaml",
            24,
            "let.points",
            "`cost_steps` does not say what an absent value gives",
            "add `absent: 0` beside its steps",
        ),
        id="absent steps",
    ),
    pytest.param(
        [("marginal(if_absent(cost, 0), rates)", "marginal(cost, rates)")],
        (
            "D214",
            "draft.yaml",
            49,
            "amount",
            "the amount may be absent; say `if_absent(…, 0)`",
            "",
        ),
        id="amount absent",
    ),
    pytest.param(
        [("{from: 10, gives: [5, 10]}", "{from: 4, gives: [5, 10]}")],
        (
            "D224",
            "draft.yaml",
            24,
            "parameters.cost_steps",
            "steps are written from the highest bound down",
            "",
        ),
        id="steps order",
    ),
    pytest.param(
        [("          - {else: true, gives: 0}\n", "")],
        (
            "D224",
            "draft.yaml",
            24,
            "parameters.cost_steps",
            "the last row of steps is `else: true`",
            "",
        ),
        id="steps no else",
    ),
    pytest.param(
        [("{else: true, gives: 0}", "{else: true, gives: 7}")],
        (
            "D224",
            "draft.yaml",
            24,
            "parameters.cost_steps",
            "points must rise or fall with the value",
            "",
        ),
        id="steps not monotone",
    ),
    pytest.param(
        [("{above: 5, gives: 5}", "{above: 5, from: 5, gives: 5}")],
        (
            "D103",
            "draft.yaml",
            37,
            "parameters.cost_steps.values.0.steps.1",
            "Value error, a row has exactly one of `from`, `above`, `else: true`",
            "compare with the format in docs/policy-format.md",
        ),
        id="steps two bounds",
    ),
    pytest.param(
        [("[{up_to: 100, rate: 10}, {rate: 5}]", "[{rate: 10}, {rate: 5}]")],
        (
            "D224",
            "draft.yaml",
            39,
            "parameters.rates",
            "brackets must rise; only the last has no end",
            "",
        ),
        id="brackets",
    ),
    pytest.param(
        [("{rate: 5}]", "{rate: -5}]")],
        ("D224", "draft.yaml", 39, "parameters.rates", "a rate is not below 0", ""),
        id="bracket rate",
    ),
    pytest.param(
        [("judged: mark", "judged: marc")],
        (
            "D210",
            "draft.yaml",
            24,
            "parameters.cost_steps",
            "`marc` is no fact",
            "did you mean `mark`?",
        ),
        id="judged unknown",
    ),
    pytest.param(
        [("judged: mark", "judged: debt")],
        (
            "D212",
            "draft.yaml",
            24,
            "parameters.cost_steps",
            "`debt` is no judged number of the unit 分",
            "say `supplied_by: judge`",
        ),
        id="judged not judge",
    ),
    pytest.param(
        [("values: [{value: 100, article", "values: [{value: [a], article")],
        (
            "D224",
            "draft.yaml",
            16,
            "parameters.sales_min",
            "a number parameter does not have such a value",
            "",
        ),
        id="wrong value kind",
    ),
    pytest.param(
        [("values: [{value: 100, article", "values: [{article")],
        (
            "D103",
            "draft.yaml",
            16,
            "parameters.sales_min.values.0",
            "Value error, exactly one of `value`, `steps`, `brackets` is asked",
            "compare with the format in docs/policy-format.md",
        ),
        id="no value",
    ),
    pytest.param(
        [("values: [{value: 100, article", "values: [{value: .inf, article")],
        (
            "D103",
            "draft.yaml",
            16,
            "parameters.sales_min.values.0.value.bool",
            "Input should be a valid boolean, unable to interpret input\n  also line 16 (parameters.sales_min.values.0.value.date): Input should be a valid date or datetime, input is too short\n  also line 16 (parameters.sales_min.values.0.value.function-before[_exact(), fraction]): Value error, `.inf` is no exact number: write 0.05, 12 or 1/3\n  also line 16 (parameters.sales_min.values.0.value.tuple[str, ...]): Input should be a valid tuple",
            "compare with the format in docs/policy-format.md",
        ),
        id="float value",
    ),
    pytest.param(
        [("values: [{value: 100, article", "values: [{value: true, article")],
        (
            "D224",
            "draft.yaml",
            16,
            "parameters.sales_min",
            "a number parameter does not have such a value",
            "",
        ),
        id="bool value",
    ),
    pytest.param(
        [("test: sales >= sales_min", "test: sales")],
        (
            "D212",
            "draft.yaml",
            44,
            "clauses.large",
            "a condition is asked, `large` is a number",
            "",
        ),
        id="clause not truth",
    ),
    pytest.param(
        [("kind: benefit", "kind: benefit\ncolour: red")],
        (
            "D103",
            "draft.yaml",
            3,
            "colour",
            "Extra inputs are not permitted",
            "compare with the format in docs/policy-format.md",
        ),
        id="unknown key",
    ),
    pytest.param(
        [("summary: {zh: 虚构, en: invented}\n", "")],
        (
            "D103",
            "draft.yaml",
            1,
            "summary",
            "Field required",
            "compare with the format in docs/policy-format.md",
        ),
        id="missing key",
    ),
    pytest.param(
        [("unit: 万元, values: [{value: 100", "unit: 万圆, values: [{value: 100")],
        (
            "D103",
            "draft.yaml",
            16,
            "parameters.sales_min.unit",
            "Value error, unit `万圆` is not known ('万圆' is no unit)",
            "compare with the format in docs/policy-format.md",
        ),
        id="bad unit",
    ),
    pytest.param(
        [("policy: draft", "policy: [draft")],
        (
            "D101",
            "draft.yaml",
            2,
            "",
            "not readable as YAML: did not find expected ',' or ']'",
            "mend the indentation or the quotes on that line",
        ),
        id="yaml",
    ),
    pytest.param(
        [("kind_of <> 'b'", "kind_of <> 'bb'")],
        (
            "D215",
            "draft.yaml",
            46,
            "clauses.clean",
            "'bb' is no code of it: `kind_of <> 'bb'`",
            "did you mean `b`?",
        ),
        id="bad code",
    ),
    pytest.param(
        [("kind_of <> 'b'", "kind_of > 'b'")],
        (
            "D212",
            "draft.yaml",
            46,
            "clauses.clean",
            "codes and flags have no order: `kind_of > 'b'`",
            "use = or <>",
        ),
        id="code order",
    ),
    pytest.param(
        [("test: share >= share_min", "test: swing + 1 >= share_min")],
        (
            "D212",
            "draft.yaml",
            45,
            "clauses.spends",
            "compound growth can only be compared: `swing + 1`",
            "",
        ),
        id="root unit",
    ),
    pytest.param(
        [("test: share >= share_min", "test: swing >= share")],
        (
            "D212",
            "draft.yaml",
            45,
            "clauses.spends",
            "compound growth is compared with a parameter: `swing >= share`",
            "",
        ),
        id="root vs fact",
    ),
    pytest.param(
        [("outputs:\n", "decide: large AND spends\noutputs:\n")],
        (
            "D221",
            "draft.yaml",
            47,
            "decide",
            "`decide` leaves out the clauses clean",
            "use them, or make them outputs",
        ),
        id="decide leaves out",
    ),
    pytest.param(
        [("outputs:\n", "decide: large AND spends AND clean AND cleen\noutputs:\n")],
        (
            "D210",
            "draft.yaml",
            47,
            "decide",
            "`cleen` is no fact, parameter, definition or clause",
            "did you mean `clean`?",
        ),
        id="decide unknown",
    ),
    pytest.param(
        [("outputs:\n", "variants: {fact: kind_off, order: [a]}\noutputs:\n")],
        (
            "D210",
            "draft.yaml",
            47,
            "variants",
            "`kind_off` is no fact",
            "did you mean `kind_of`?",
        ),
        id="variants fact",
    ),
    pytest.param(
        [("outputs:\n", "variants: {fact: kind_of, order: [c]}\noutputs:\n")],
        (
            "D210",
            "draft.yaml",
            47,
            "variants",
            "`c` is no code of kind_of",
            "declare it first",
        ),
        id="variants code",
    ),
    pytest.param(
        [("expr: cost / sales", "expr: as_of - reg_date")],
        (
            "D212",
            "draft.yaml",
            41,
            "let.share",
            "`as_of` is a date, not a number",
            "use days_between, years_between",
        ),
        id="date sum",
    ),
    pytest.param(
        [("expr: cost / sales", "expr: \"count_where(patents, typ = 'x')\"")],
        (
            "D210",
            "draft.yaml",
            41,
            "let.share",
            "`typ` is no field of the record",
            "did you mean `type`?",
        ),
        id="count field",
    ),
    pytest.param(
        [("steps(share, cost_steps)", "steps(share, share_min)")],
        (
            "D212",
            "draft.yaml",
            42,
            "let.points",
            "`share_min` is no steps parameter",
            "",
        ),
        id="steps no param",
    ),
    pytest.param(
        [("expr: cost / sales", "expr: CASE WHEN listed THEN cost ELSE staff END")],
        (
            "D213",
            "draft.yaml",
            41,
            "let.share",
            "fen meets 人 in `CASE WHEN listed THEN cost ELSE staff END`",
            "both sides of a comparison or a sum need one unit",
        ),
        id="case mixed",
    ),
    pytest.param(
        [("expr: cost / sales", "expr: CASE WHEN listed THEN 'a' ELSE 'b' END")],
        (
            "D212",
            "draft.yaml",
            41,
            "let.share",
            "CASE gives numbers or truths: `CASE WHEN listed THEN 'a' ELSE 'b' END`",
            "",
        ),
        id="case of codes",
    ),
    pytest.param(
        [("test: share >= share_min", "test: listed >= share_min")],
        (
            "D212",
            "draft.yaml",
            45,
            "clauses.spends",
            "truth meets number in `listed >= share_min`",
            "compare like with like",
        ),
        id="mix types",
    ),
    pytest.param(
        [("test: share >= share_min", "test: \"held('x')\"")],
        (
            "D212",
            "draft.yaml",
            45,
            "clauses.spends",
            "`held` takes the code of a certificate: `held('x')`",
            "",
        ),
        id="held without",
    ),
    pytest.param(
        [("test: share >= share_min", "test: \"has_any(kind_of, 'a')\"")],
        (
            "D212",
            "draft.yaml",
            45,
            "clauses.spends",
            "a codes is asked, `kind_of` is a code",
            "",
        ),
        id="has_any",
    ),
    pytest.param(
        [("test: share >= share_min", 'test: "add_years(reg_date, staff) > as_of"')],
        (
            "D212",
            "draft.yaml",
            45,
            "clauses.spends",
            "`add_years` adds a fixed number of years: `add_years(reg_date, staff)`",
            "",
        ),
        id="add_years by fact",
    ),
    pytest.param(
        [("expr: cost / sales", 'expr: "prev(debt, 1) / sales"')],
        (
            "D212",
            "draft.yaml",
            41,
            "let.share",
            "`prev` takes a yearly fact: `prev(debt, 1)`",
            "",
        ),
        id="fact without years",
    ),
    pytest.param(
        [("expr: cost / sales", 'expr: "prev(sales, 11) / sales"')],
        (
            "D212",
            "draft.yaml",
            41,
            "let.share",
            "a number of years from 1 to 10: `prev(sales, 11)`",
            "",
        ),
        id="too many years",
    ),
    pytest.param(
        [("test: share >= share_min", 'test: "listed IN (1, 2)"')],
        (
            "D212",
            "draft.yaml",
            45,
            "clauses.spends",
            "truth IN number: `listed IN (1, 2)`",
            "",
        ),
        id="set of numbers for a flag",
    ),
    pytest.param(
        [("test: share >= share_min", 'test: "swing IN (0, 1)"')],
        ("D212", "draft.yaml", 45, "clauses.spends", "compound growth has no set", ""),
        id="growth in a set",
    ),
    pytest.param(
        [("test: share >= share_min", 'test: "share_min <= swing"')],
        (
            "D212",
            "draft.yaml",
            45,
            "clauses.spends",
            "write compound growth on the left: `share_min <= swing`",
            "",
        ),
        id="growth on the right",
    ),
    pytest.param(
        [("test: share >= share_min", 'test: "prev(swing, 1) > 0"')],
        (
            "D212",
            "draft.yaml",
            45,
            "clauses.spends",
            "`prev` takes a yearly fact: `prev(swing, 1)`",
            "",
        ),
        id="growth over years of growth",
    ),
    pytest.param(
        [("expr: cost / sales", 'expr: "count_where(listed, listed)"')],
        (
            "D212",
            "draft.yaml",
            41,
            "let.share",
            "`count_where` counts linked records: `count_where(listed, listed)`",
            "",
        ),
        id="count of no records",
    ),
    pytest.param(
        [("test: share >= share_min", 'test: "has_any(year(as_of), 1)"')],
        (
            "D212",
            "draft.yaml",
            45,
            "clauses.spends",
            "a codes is asked, `year(as_of)` is a number",
            "",
        ),
        id="has_any of a call",
    ),
    pytest.param(
        [("test: NOT listed AND", "test: NOT sales AND")],
        (
            "D212",
            "draft.yaml",
            46,
            "clauses.clean",
            "a truth is asked, `sales` is a number",
            "",
        ),
        id="condition of numbers",
    ),
    pytest.param(
        [("expr: cost / sales", 'expr: "marginal(swing, rates)"')],
        (
            "D213",
            "draft.yaml",
            41,
            "let.share",
            "1 meets fen in `marginal(swing, rates)`",
            "both sides of a comparison or a sum need one unit",
        ),
        id="marginal of growth",
    ),
    pytest.param(
        [("expr: cost / sales", 'expr: "least(as_of, reg_date)"')],
        (
            "D212",
            "draft.yaml",
            41,
            "let.share",
            "a number is asked, `as_of` is a date",
            "",
        ),
        id="least of dates",
    ),
    pytest.param(
        [("values: [{value: 100, article", "values: [{value: hundred, article")],
        (
            "D103",
            "draft.yaml",
            16,
            "parameters.sales_min.values.0.value.bool",
            "Input should be a valid boolean, unable to interpret input\n  also line 16 (parameters.sales_min.values.0.value.date): Input should be a valid date or datetime, input is too short\n  also line 16 (parameters.sales_min.values.0.value.function-before[_exact(), fraction]): Value error, `hundred` is no exact number: write 0.05, 12 or 1/3\n  also line 16 (parameters.sales_min.values.0.value.tuple[str, ...]): Input should be a valid tuple",
            "compare with the format in docs/policy-format.md",
        ),
        id="text as a number",
    ),
    pytest.param(
        [("values: [{value: 100, article", "values: [{value: 2020-01-01, article")],
        (
            "D224",
            "draft.yaml",
            16,
            "parameters.sales_min",
            "a number parameter does not have such a value",
            "",
        ),
        id="value that is a date",
    ),
    pytest.param(
        [("outputs:\n", "decide: large AND (spends\noutputs:\n")],
        (
            "D201",
            "draft.yaml",
            47,
            "decide",
            "not an expression: Expecting ). Line 1, Col: 17.; text `large AND (spends`",
            "see docs/language.md for what can be written",
        ),
        id="decide with a wrong expression",
    ),
]


def test_draft_that_nothing_is_wrong_with_loads():
    rule = load()

    assert ("large", "spends", "clean") == rule.clauses


@pytest.mark.parametrize(("changes", "expected"), WRONG)
def test_policy_with_one_thing_wrong_is_refused_with_place_and_mend(changes, expected):
    with pytest.raises(RuleError) as caught:
        load(spoiled(*changes))

    assert expected == told(caught.value)


def test_policy_in_a_file_of_another_name_is_refused(tmp_path):
    path = tmp_path / "other.yaml"
    path.write_text(DRAFT, "utf-8")
    errors = read_region("china", extra=[path]).errors

    assert [
        (
            "D225",
            "other.yaml",
            1,
            "",
            "the policy `draft` stands in `other.yaml`",
            "one policy is one file of its own name",
        )
    ] == [(e.code, e.file, e.line, e.clause, e.message, e.hint) for e in errors]
