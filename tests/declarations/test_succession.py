# SPDX-License-Identifier: Apache-2.0
"""Which policy replaces which: lines of versions, and everything wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ceyuan.declarations import (
    Rule,
    build,
    check_succession,
    compose,
    fact_symbols,
    line_of,
    load_region,
    parse_source,
    read_region,
)
from ceyuan.declarations.facts import FactFile
from ceyuan.declarations.policy import Policy
from ceyuan.declarations.reform import parse_reform, read_reform
from ceyuan.kernel import RuleError
from ceyuan.office.library import linted
from tests.declarations.drafts import FACTS, spoiled

if TYPE_CHECKING:
    from pathlib import Path

SYMBOLS = fact_symbols(build(FactFile, parse_source(FACTS, name="facts.yaml")).facts)
_DAYS = "validity: {from: 2020-01-01, until: 2029-12-31}"
FORK = "a line of versions does not fork: keep one of the two"
CIRCLE = "the newer policy names the earlier one, and not the other way round"


def text(policy: str, days: str, replaces: str = "") -> str:
    said = f"validity: {{{days}}}"
    if replaces:
        said += f"\nreplaces: {{policy: {replaces}}}"
    return spoiled(("policy: draft", f"policy: {policy}"), (_DAYS, said))


def rules(*said: tuple[str, ...]) -> dict[str, Rule]:
    """Return policies: id, days, whom it replaces (and what else it says of that)."""
    found = {}
    for policy, *rest in said:
        source = parse_source(text(policy, *rest), name=f"{policy}.yaml")
        found[policy] = compose(build(Policy, source), SYMBOLS, source)
    return found


def told(found: list[tuple[Rule, RuleError]]) -> list[tuple[str, str, str, str]]:
    assert all((e.line, e.clause) == (9, "replaces") for _, e in found)
    assert all(e.file == f"{rule.id}.yaml" for rule, e in found)
    return [(rule.id, e.code, e.message, e.hint) for rule, e in found]


OLD = ("old", "from: 2020-01-01, until: 2024-12-31")


def test_a_line_is_the_same_from_each_of_its_versions() -> None:
    known = rules(
        ("last", "from: 2027-01-01", "middle"),
        OLD,
        ("other_2020", "from: 2020-01-01"),
        ("middle", "from: 2025-01-01, until: 2026-12-31", "old"),
        ("other_2025", "from: 2025-01-01"),
    )

    assert [] == check_succession(known)
    assert {
        "last": ["old", "middle", "last"],
        "old": ["old", "middle", "last"],
        "middle": ["old", "middle", "last"],
        # What ids look like says nothing.
        "other_2020": ["other_2020"],
        "other_2025": ["other_2025"],
    } == {name: [one.id for one in line_of(known, name)] for name in known}


def test_a_line_begins_with_what_is_known() -> None:
    known = rules(("new", "from: 2025-01-01", "gone"))

    assert ["new"] == [one.id for one in line_of(known, "new")]
    assert [] == check_succession(known, unread={"gone"})


@pytest.mark.parametrize(
    ("old", "new"),
    [
        # The day after, and two years on which none holds.
        ("until: 2024-12-31", ("from: 2025-01-01", "old")),
        ("until: 2022-12-31", ("from: 2025-01-01", "old")),
        # Both hold on one day, by an article.
        ("until: 2025-01-01", ("from: 2025-01-01", "old, beside: art1")),
        ("until: 2026-12-31", ("from: 2025-01-01", "old, beside: art1")),
    ],
)
def test_days_that_fit_are_taken(old: str, new: tuple[str, str]) -> None:
    known = rules(("old", f"from: 2020-01-01, {old}"), ("new", *new))

    assert [] == check_succession(known)


_MEND = (
    "end `old` the day before 2025-01-01; where the text lets both hold, "
    "name its article: `beside: ARTICLE`"
)


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        (
            "from: 2020-01-01, until: 2025-01-01", ("from: 2025-01-01", "old"),
            (
                "`old` holds until 2025-01-01, this one from 2025-01-01: both on one day",
                _MEND,
            ),
        ),
        (
            "from: 2020-01-01", ("from: 2025-01-01", "old"),
            (
                "`old` holds with no end, this one from 2025-01-01: both on one day",
                _MEND,
            ),
        ),
        (
            "from: 2025-01-01, until: 2025-12-31", ("from: 2025-01-01", "old"),
            (
                "it holds from 2025-01-01, and `old` only from 2025-01-01",
                "what replaces another begins after it",
            ),
        ),
        (
            "from: 2020-01-01", ("from: 2025-01-01", "old, beside: art1"),
            (
                "`old` goes on beside this one with no end",
                "say in `old` until when: `validity: {from: …, until: …}`",
            ),
        ),
        (
            "from: 2020-01-01, until: 2024-12-31",
            ("from: 2025-01-01", "old, beside: art1"),
            (
                "`old` ended on 2024-12-31: there is no day on which both hold",
                "take `beside` away, or mend the days",
            ),
        ),
    ],
)  # fmt: skip
def test_days_that_do_not_fit_are_told_with_the_mend(
    old: str, new: tuple[str, str], wanted: tuple[str, str]
) -> None:
    known = rules(("old", old), ("new", *new))

    assert [("new", "D227", *wanted)] == told(check_succession(known))


def test_a_policy_that_is_not_there_is_told_with_the_nearest() -> None:
    known = rules(("old_rule", OLD[1]), ("new", "from: 2025-01-01", "old_rul"))
    far = rules(("new", "from: 2025-01-01", "qqqqqq"))

    assert [
        (
            "new", "D226", "there is no policy `old_rul` that could be replaced",
            "did you mean `old_rule`?",
        )
    ] == told(check_succession(known))  # fmt: skip
    assert ["see `ceyuan policy list`"] == [e.hint for _, e in check_succession(far)]


def test_a_line_does_not_fork() -> None:
    known = rules(
        OLD, ("one", "from: 2025-01-01", "old"), ("two", "from: 2026-01-01", "old")
    )

    assert [("two", "D226", "`old` is already replaced by `one`", FORK)] == told(
        check_succession(known)
    )


def test_a_circle_is_told_by_each_of_it_and_by_no_other() -> None:
    known = rules(
        ("a", "from: 2020-01-01", "c"),
        ("b", "from: 2022-01-01", "a"),
        ("c", "from: 2024-01-01", "b"),
        ("own", "from: 2024-01-01", "own"),
        ("d", "from: 2030-01-01", "own"),
    )

    assert [
        ("a", "D226", "`a` replaces itself: a → c → b → a", CIRCLE),
        ("b", "D226", "`b` replaces itself: b → a → c → b", CIRCLE),
        ("c", "D226", "`c` replaces itself: c → b → a → c", CIRCLE),
        ("own", "D226", "`own` replaces itself: own → own", CIRCLE),
        ("d", "D226", "`own` is already replaced by `own`", FORK),
    ] == told(check_succession(known))
    # Nobody asks for the line of such a region; it ends all the same.
    assert {"a", "b", "c"} == {one.id for one in line_of(known, "b")}


def test_the_article_of_two_that_hold_is_one_of_the_file() -> None:
    with pytest.raises(RuleError) as caught:
        rules(("new", "from: 2025-01-01", "old, beside: art9"))

    assert ("D222", 9, "replaces.beside", "article `art9` is not in this file") == (
        caught.value.code,
        caught.value.line,
        caught.value.clause,
        caught.value.message,
    )


def test_a_region_tells_it_and_not_of_an_old_one_whose_file_is_wrong(
    tmp_path: Path,
) -> None:
    policies = tmp_path / "land" / "policies"
    policies.mkdir(parents=True)
    (tmp_path / "land" / "facts").mkdir()
    (tmp_path / "land" / "region.yaml").write_text("region: land\nzh: 某地\nen: L\n")
    (tmp_path / "land" / "facts" / "firm.yaml").write_text(FACTS, "utf-8")
    (policies / "new.yaml").write_text(text("new", "from: 2025-01-01", "old"), "utf-8")

    def codes() -> list[tuple[str, str]]:
        found = read_region("land", root=tmp_path)
        return [(e.code, e.file) for e in found.errors]

    assert [("D226", "land/policies/new.yaml")] == codes()
    (policies / "old.yaml").write_text(text("old", "from: 2020-01-01"), "utf-8")
    assert [("D227", "land/policies/new.yaml")] == codes()
    (policies / "old.yaml").write_text("policy: old\n", "utf-8")
    assert [("D103", "land/policies/old.yaml")] == codes()


def test_a_draft_is_linted_against_the_line_that_it_would_stand_in(
    tmp_path: Path,
) -> None:
    rule = load_region().rule("rd_super_2018")
    draft = tmp_path / "rd_super_2018.yaml"
    draft.write_text(rule.source.text.replace("until: 2022-12-31, ", ""), "utf-8")

    _, errors = linted("shanghai", [draft])

    assert [("D227", "china/policies/rd_super_2023.yaml")] == [
        (e.code, e.file) for e in errors
    ]


def test_a_reform_cannot_let_two_versions_hold_on_one_day(tmp_path: Path) -> None:
    head = "reform: longer\nzh: 延长\nen: longer\nchange:\n"
    longer = "  - {policy: rd_super_2018, validity: {until: 2023-12-31}}\n"

    with pytest.raises(RuleError) as caught:
        parse_reform(head + longer, load_region())

    error = caught.value
    assert ("D227", "REFORM.yaml", 5, "change.0.validity") == (
        error.code,
        error.file,
        error.line,
        error.clause,
    )
    assert (
        "`rd_super_2023`: `rd_super_2018` holds until 2023-12-31, this one from "
        "2023-01-01: both on one day"
    ) == error.message
    for mend in (
        "  - {policy: rd_super_2023, validity: {from: 2024-01-01}}\n",
        "  - {policy: rd_super_2023, repeal: true}\n",
    ):
        assert "longer" == parse_reform(head + longer + mend, load_region()).id


def test_a_policy_that_a_reform_adds_stands_in_the_line(tmp_path: Path) -> None:
    old = load_region().rule("hnte_2016").source.text
    said = old.replace("policy: hnte_2016", "policy: fresh", 1).replace(
        "\nvalidity: {from: 2016-01-01}",
        "\nvalidity: {from: 2030-01-01}\nreplaces: {policy: hnte_2016}",
    )
    (tmp_path / "fresh.yaml").write_text(said, "utf-8")
    path = tmp_path / "reform.yaml"
    head = "reform: fresh_rule\nzh: 新\nen: new\nchange:\n  - add_policy: fresh.yaml\n"
    path.write_text(head, "utf-8")

    with pytest.raises(RuleError) as caught:
        read_reform(path, load_region())
    path.write_text(
        head + "  - {policy: hnte_2016, validity: {until: 2029-12-31}}\n", "utf-8"
    )
    reform = read_reform(path, load_region())

    assert ("D227", "fresh.yaml", "replaces") == (
        caught.value.code,
        caught.value.file,
        caught.value.clause,
    )
    assert ["hnte_2016", "fresh"] == [
        one.id for one in line_of(reform.rules(load_region()), "hnte_2016")
    ]
