# SPDX-License-Identifier: Apache-2.0
"""A region of one's own: what is wrong with it is collected, the rest loads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ceyuan.declarations import load_region, read_region, region
from ceyuan.kernel import RuleError, UsageError
from tests.declarations.drafts import DRAFT, FACTS, spoiled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return an invented region of one policy."""
    monkeypatch.setattr(region, "REGIONS", tmp_path)
    load_region.cache_clear()
    for part in ("facts", "policies"):
        (tmp_path / "land" / part).mkdir(parents=True)
    _write(tmp_path / "land" / "region.yaml", "region: land\nzh: 某地\nen: Land\n")
    _write(tmp_path / "land" / "facts" / "firm.yaml", FACTS)
    _write(tmp_path / "land" / "policies" / "draft.yaml", DRAFT)
    yield tmp_path / "land"
    load_region.cache_clear()


def _write(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")


def _add(folder: Path, facts: str) -> None:
    _write(folder / "facts" / "more.yaml", f"facts:\n{facts}")


def _told(found: region.Region) -> list[tuple[str, str, int, str, str]]:
    return [(e.code, e.file, e.line, e.clause, e.message) for e in found.errors]


def test_region_without_fault_loads_its_facts_and_rules(folder):
    found = load_region("land")

    assert ("land", ["draft"], ()) == (found.id, list(found.rules), found.errors)
    assert "staff" in found.facts
    assert "draft" == found.rule("draft").id


def test_region_digest_changes_with_any_declaration(folder):
    before = read_region("land").digest
    _write(folder / "policies" / "draft.yaml", DRAFT + "# more\n")

    assert before == before.lower()
    assert before != read_region("land").digest


def test_region_standing_on_another_has_its_facts_and_rules(folder):
    city = folder.parent / "city"
    (city / "policies").mkdir(parents=True)
    _write(city / "region.yaml", "region: city\nzh: 某市\nen: City\nextends: land\n")
    _write(
        city / "policies" / "other.yaml", spoiled(("policy: draft", "policy: other"))
    )

    assert ["draft", "other"] == list(load_region("city").rules)


def test_region_that_is_not_there_is_named_with_those_that_are(folder):
    with pytest.raises(UsageError) as caught:
        read_region("sea")

    assert "there is no region `sea`" == caught.value.message
    assert "known regions: land" == caught.value.hint


@pytest.mark.parametrize(
    ("asked", "hint"),
    [("draff", "did you mean `draft`?"), ("qqq", "see `ceyuan policy list`")],
)
def test_policy_that_is_not_there_is_told_with_the_near_miss(folder, asked, hint):
    with pytest.raises(UsageError) as caught:
        load_region("land").rule(asked)

    assert (f"there is no policy `{asked}`", hint) == (
        caught.value.message,
        caught.value.hint,
    )


def test_region_with_one_wrong_policy_keeps_the_rest_and_says_which(folder):
    wrong = spoiled(
        ("policy: draft", "policy: wrong"), ("sales >= sales_min", "sale > 0")
    )
    _write(folder / "policies" / "wrong.yaml", wrong)
    found = read_region("land")

    assert ["draft"] == list(found.rules)
    assert [
        (
            "D210",
            "land/policies/wrong.yaml",
            44,
            "clauses.large",
            "`sale` is no fact, parameter, definition or clause",
        )
    ] == _told(found)
    with pytest.raises(RuleError, match="D210"):
        load_region("land")


def test_file_that_is_no_text_is_told_and_the_rest_loads(folder):
    (folder / "facts" / "bad.yaml").write_bytes(b"\xff\xfe\x00")
    (folder / "policies" / "bad.yaml").write_text("a: [", "utf-8")
    found = read_region("land")

    assert ["draft"] == list(found.rules)
    assert ["D100", "D101"] == [e.code for e in found.errors]


@pytest.mark.parametrize(
    ("fact", "code", "clause", "message"),
    [
        (
            "  staff: {zh: 人, en: staff, kind: flag}\n",
            "D220",
            "staff",
            "the fact `staff` is already in land/facts/firm.yaml",
        ),
        (
            "  x: {zh: 某, en: x, kind: number}\n",
            "D103",
            "facts.x",
            "Value error, a number needs a unit (`1` for a pure number)",
        ),
        (
            "  x: {zh: 某, en: x, kind: code}\n",
            "D103",
            "facts.x",
            "Value error, a code fact needs its list of codes",
        ),
        (
            "  x: {zh: 某, en: x, kind: records}\n",
            "D103",
            "facts.x",
            "Value error, a record fact needs its fields",
        ),
        (
            "  x: {zh: 某, en: x, kind: flag, yearly: true}\n",
            "D103",
            "facts.x",
            "Value error, only a number has a value per year",
        ),
        (
            "  x: {zh: 某, en: x, kind: number, unit: 元, min: true}\n",
            "D103",
            "facts.x.min",
            "Value error, a number is asked, not true or false",
        ),
        (
            "  x: {zh: 某, en: x, kind: number, unit: 人, derive: sales}\n",
            "D213",
            "x",
            "`x` is derived as a number fen",
        ),
        (
            "  x: {zh: 某, en: x, kind: flag, derive: sales}\n",
            "D213",
            "x",
            "`x` is derived as a number fen",
        ),
        (
            "  x: {zh: 某, en: x, kind: number, unit: 元, derive: saless}\n",
            "D210",
            "x",
            "`saless` is no fact, parameter, definition or clause",
        ),
        (
            "  x: {zh: 某, en: x, kind: number, unit: 元, derive: x + sales}\n",
            "D211",
            "x",
            "`x` is derived from itself: x → x",
        ),
    ],
)
def test_fact_with_one_thing_wrong_is_told(folder, fact, code, clause, message):
    _add(folder, fact)
    found = read_region("land")

    assert [(code, clause, message)] == [
        (e.code, e.clause, e.message) for e in found.errors
    ]
    assert [("land/facts/more.yaml", 2)] == [(e.file, e.line) for e in found.errors]


def test_facts_derived_from_each_other_are_told_both(folder):
    _add(
        folder,
        "  x: {zh: 某, en: x, kind: number, unit: 元, derive: y + sales}\n"
        "  y: {zh: 某, en: y, kind: number, unit: 元, derive: x - sales}\n",
    )

    assert {"x", "y"} == {e.clause for e in read_region("land").errors}
    assert {"D211"} == {e.code for e in read_region("land").errors}


def test_fact_whose_derivation_is_no_expression_is_told(folder):
    _add(folder, "  x: {zh: 某, en: x, kind: number, unit: 元, derive: sales +}\n")

    (error,) = read_region("land").errors
    assert ("D201", "land/facts/more.yaml", 2, "x") == (
        error.code,
        error.file,
        error.line,
        error.clause,
    )


def test_policy_on_a_fact_that_goes_round_in_a_circle_is_still_read(folder):
    _add(folder, "  x: {zh: 某, en: x, kind: number, unit: 元, derive: x + sales}\n")
    changed = spoiled(("sales >= sales_min", "x >= sales_min"))
    _write(folder / "policies" / "draft.yaml", changed)
    found = read_region("land")

    assert ["draft"] == list(found.rules)
    assert [("D211", "land/facts/more.yaml", 2, "x")] == [e[:4] for e in _told(found)]


def test_region_that_stands_on_itself_is_refused(folder):
    _write(folder / "region.yaml", "region: land\nzh: 某地\nen: Land\nextends: land\n")

    with pytest.raises(RuleError) as caught:
        read_region("land")

    assert "the region `land` stands on itself" == caught.value.message
