# SPDX-License-Identifier: Apache-2.0
"""Groupings: what each may say, and what is refused with its file and line."""

from __future__ import annotations

import pytest

from ceyuan.declarations import load_region
from ceyuan.declarations.groupings import load_groupings
from ceyuan.kernel import RuleError
from tests.declarations.drafts import FACTS
from tests.declarations.lands import build_land

BANDS = """\
groupings:
  size:
    zh: 规模
    en: Size
    bands:
      few: {zh: 少, en: few, test: staff < 20}
      many:
        zh: 多
        en: many
        test: staff >= 20
"""
PLACE = "groupings:\n  place:\n    zh: 地点\n    en: Place\n    attribute: place\n"
TIER = "groupings:\n  tier: {zh: 阶梯, en: tier, ladder: true}\n"
ORDER = "  price: {zh: 价, en: price, kind: number, unit: 元, subject: [order]}\n"


def _load(tmp_path, text, *, facts=FACTS):
    root = build_land(tmp_path, facts=facts)
    (root / "land" / "groupings.yaml").write_text(text, encoding="utf-8")
    return load_groupings("land", root)


def _refused(tmp_path, text, **more):
    with pytest.raises(RuleError) as caught:
        _load(tmp_path, text, **more)
    error = caught.value
    return error.code, error.file, error.line, error.clause, error.message, error.hint


def test_city_groups_by_district_industry_size_and_tier():
    found = load_groupings()

    assert list(found) == ["district", "industry", "size", "tier"]
    assert [*found["size"].bands] == ["under_20", "under_100", "under_300", "from_300"]
    assert found["district"].attribute == "district"
    assert found["tier"].ladder


def test_bands_attribute_and_ladder_load_in_order(tmp_path):
    found = _load(tmp_path, BANDS + PLACE.partition("\n")[2] + TIER.partition("\n")[2])

    assert list(found) == ["size", "place", "tier"]
    assert {n: b.test for n, b in found["size"].bands.items()} == {
        "few": "staff < 20", "many": "staff >= 20",
    }  # fmt: skip


def test_region_without_groupings_has_none(tmp_path):
    assert load_groupings("land", build_land(tmp_path)) == {}


def test_regions_own_grouping_replaces_its_parents(tmp_path):
    root = build_land(tmp_path)
    (root / "land" / "groupings.yaml").write_text(BANDS + PLACE.partition("\n")[2])
    (root / "town").mkdir()
    (root / "town" / "region.yaml").write_text(
        "region: town\nzh: 镇\nen: Town\nextends: land\n"
    )
    (root / "town" / "groupings.yaml").write_text(
        "groupings:\n  place: {zh: 类别, en: kind, attribute: kind_of}\n"
    )

    found = load_groupings("town", root)

    assert {n: g.attribute for n, g in found.items()} == {
        "size": "", "place": "kind_of",
    }  # fmt: skip
    assert load_region("town", root).id == "town"


@pytest.mark.parametrize(
    ("test", "code", "message", "hint"),
    [
        ("stafff >= 20", "D210",
         "`stafff` is no fact, parameter, definition or clause",
         "did you mean `staff`?"),
        ("staff >=", "D201", None, None),
        ("sales >= 500", "D213", "fen meets 1 in `sales >= 500`",
         "both sides of a comparison or a sum need one unit"),
        ("kind_of = 'c'", "D215", "'c' is no code of it: `kind_of = 'c'`", ""),
        ("staff + 1", "D310", "`staff + 1` is a number, not a condition",
         "write what is true of the firms of the band"),
        ("price > 0", "D310", "`price` is no fact of a firm",
         "use a fact whose subject is firm"),
    ],
)  # fmt: skip
def test_wrong_test_of_a_band_is_refused_where_it_stands(
    tmp_path, test, code, message, hint
):
    text = BANDS.replace("test: staff >= 20", f"test: {test}")

    told = _refused(tmp_path, text, facts=FACTS + ORDER)

    assert told[1:4] == ("land/groupings.yaml", 10, "size.bands.many.test")
    assert code is None or told[0] == code
    assert message is None or told[4:] == (message, hint)


@pytest.mark.parametrize(
    ("attribute", "message", "hint"),
    [
        ("plase", "the records of a firm have no `plase`", "did you mean `place`?"),
        ("zzz", "the records of a firm have no `zzz`", "name one of its attributes"),
        ("staff", "`staff` is a number; it cannot name groups",
         "write `bands` with a test each"),
        ("swing", "`swing` is derived from other facts; it cannot name groups",
         "write `bands` with a test each"),
    ],
)  # fmt: skip
def test_attribute_that_cannot_name_groups_is_refused(
    tmp_path, attribute, message, hint
):
    text = PLACE.replace("attribute: place", f"attribute: {attribute}")

    assert _refused(tmp_path, text) == (
        "D310", "land/groupings.yaml", 5, "place.attribute", message, hint,
    )  # fmt: skip


def test_ladder_that_the_region_does_not_have_is_refused(tmp_path):
    root = build_land(tmp_path)
    (root / "land" / "ladder.yaml").unlink()
    (root / "land" / "groupings.yaml").write_text(TIER, encoding="utf-8")

    with pytest.raises(RuleError, match="the region declares no ladder") as caught:
        load_groupings("land", root)

    assert (caught.value.code, caught.value.line) == ("D310", 2)


@pytest.mark.parametrize(
    "ways", ["", "    attribute: place\n    ladder: true\n"], ids=["none", "two"]
)
def test_grouping_goes_exactly_one_way(tmp_path, ways):
    text = PLACE.replace("    attribute: place\n", ways)

    code, file, line, _, message, _ = _refused(tmp_path, text)

    assert (code, file, line) == ("D103", "land/groupings.yaml", 2)
    assert "a grouping is an attribute, bands, or the ladder" in message


def test_unknown_key_is_refused(tmp_path):
    told = _refused(tmp_path, PLACE + "    atribute: place\n")

    assert told[:3] == ("D103", "land/groupings.yaml", 6)
