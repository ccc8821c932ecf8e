# SPDX-License-Identifier: Apache-2.0
"""Record types, sources, forms and the ladder of an invented land, sound and spoiled."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from ceyuan.declarations import load_records, read_records
from ceyuan.declarations.region import REGIONS
from ceyuan.kernel import RuleError, UsageError
from tests.declarations.lands import (
    FORMS,
    LADDER,
    RECORDS,
    SOURCES,
    build_land,
    read_land,
    told,
)

ALL, FORM, TIER = "land/records/all.yaml", "land/forms/all.yaml", "land/ladder.yaml"


def _line(text: str, part: str) -> int:
    """Return the line on which a part of a file stands."""
    assert text.count(part) == 1
    return text[: text.index(part)].count("\n") + 1


def test_land_without_fault_loads_everything(tmp_path):
    found = read_land(tmp_path)

    assert [] == told(found)
    assert ["firm", "patent", "helper"] == list(found.types)
    assert ["ruling", "tax", "office", "firm"] == list(found.sources)
    assert ["deciding", "calling"] == list(found.purposes)
    assert ["annex", "export"] == list(found.forms)
    assert ["first", "second"] == list(found.ladder)


def test_facts_of_makes_the_dictionary_attributes_but_lists_of_records(tmp_path):
    found = read_land(tmp_path).attributes["firm"]

    assert (
        [
            "staff",
            "sales",
            "cost",
            "debt",
            "listed",
            "kind_of",
            "mark",
            "reg_date",
            "swing",
            "place",
        ]
    ) == list(found)
    assert (("deciding",), "internal") == (
        found["staff"].purpose,
        found["staff"].sensitivity,
    )
    assert (("tax", "office"), ("firm",), ("office",)) == (
        found["sales"].sources,
        found["staff"].sources,
        found["place"].sources,
    )


def test_feeds_makes_the_fields_attributes(tmp_path):
    found = read_land(tmp_path).attributes["patent"]

    assert ["type", "number", "holder", "granted", "lapsed", "worth", "way"] == list(
        found
    )
    assert ("code", ["x"], "public") == (
        found["type"].kind,
        list(found["type"].codes),
        found["type"].sensitivity,
    )


def test_attribute_is_headed_by_its_own_name_first(tmp_path):
    found = read_land(tmp_path).attribute("patent", "holder").headings

    assert (("权利人", "持有人"), ("Holder",)) == (found.zh, found.en)


@pytest.mark.parametrize(
    ("attribute", "order"),
    [
        ("sales", ("ruling", "tax", "office", "firm")),
        ("place", ("ruling", "office", "tax", "firm")),
        ("staff", ("ruling", "firm", "tax", "office")),
    ],
)
def test_order_of_sources_begins_with_a_ruling_and_misses_none(
    tmp_path, attribute, order
):
    assert order == read_land(tmp_path).order("firm", attribute)


def test_digest_changes_with_any_record_declaration(tmp_path):
    before = read_land(tmp_path / "a").digest
    same = read_land(tmp_path / "b").digest
    ladder = read_land(tmp_path / "c", ("zh: 一级", "zh: 首级")).digest
    form = read_land(tmp_path / "d", ("zh: 导出", "zh: 出口")).digest

    assert before == same
    assert 3 == len({before, ladder, form})


def test_region_on_another_adds_types_and_authority_and_replaces_the_ladder(tmp_path):
    root = build_land(tmp_path)
    city = root / "city"
    (city / "records").mkdir(parents=True)
    (city / "region.yaml").write_text(
        "region: city\nzh: 某市\nen: City\nextends: land\n", "utf-8"
    )
    (city / "records" / "more.yaml").write_text(
        "authority:\n  firm:\n    - {sources: [office], attributes: [staff]}\n"
        "records:\n  park: {zh: 园区, en: Park}\n",
        "utf-8",
    )
    (city / "ladder.yaml").write_text(
        "tiers:\n  top: {zh: 顶, en: top, held: listed}\n", "utf-8"
    )

    found = load_records("city", root)

    assert ["firm", "patent", "helper", "park"] == list(found.types)
    assert ("ruling", "office", "tax", "firm") == found.order("firm", "staff")
    assert ["top"] == list(found.ladder)


@pytest.mark.parametrize(
    ("ask", "message", "hint"),
    [
        (
            lambda r: r.type("patnt"),
            "没有记录类型 `patnt` (there is no record type)",
            "是不是 `patent`？ (did you mean `patent`?)",
        ),
        (
            lambda r: r.form("annexe"),
            "没有表单 `annexe` (there is no form)",
            "是不是 `annex`？ (did you mean `annex`?)",
        ),
        (
            lambda r: r.source("zzzzzzzz"),
            "没有来源 `zzzzzzzz` (there is no source)",
            "已知的 (known): ruling, tax, office, firm",
        ),
        (
            lambda r: r.attribute("firm", "salse"),
            "没有属性 `salse` (there is no attribute of `firm`)",
            "是不是 `sales`？ (did you mean `sales`?)",
        ),
        (
            lambda r: r.order("frm", "sales"),
            "没有记录类型 `frm` (there is no record type)",
            "是不是 `firm`？ (did you mean `firm`?)",
        ),
    ],
)
def test_unknown_name_is_refused_with_the_nearest(tmp_path, ask, message, hint):
    found = read_land(tmp_path)

    with pytest.raises(UsageError) as caught:
        ask(found)

    assert (message, hint) == (caught.value.message, caught.value.hint)


SPOILED = [
    # change, code, file, line, message
    (
        ("    sources: [firm]\n", "    sources: [frm]\n"),
        ("D302", ALL, _line(RECORDS, "    sources: [firm]\n"), "no source `frm`"),
    ),
    (
        ("sources: [office]}", "sources: [offce]}"),
        ("D302", ALL, _line(RECORDS, "      place:"), "no source `offce`"),
    ),
    (
        ("sources: [tax, office]", "sources: [tux, office]"),
        ("D302", ALL, _line(RECORDS, "      - {sources: [tax"), "no source `tux`"),
    ),
    (
        ("attributes: [sales]", "attributes: [salez]"),
        ("D303", ALL, _line(RECORDS, "      - {sources: [tax"), "attribute `salez`"),
    ),
    (
        ("    key: [number]", "    key: [nummer]"),
        ("D303", ALL, _line(RECORDS, "    key: [number]"), "attribute `nummer`"),
    ),
    (
        ("links: {holder: firm}", "links: {holder: frim}"),
        ("D304", ALL, _line(RECORDS, "    links:"), "record type `frim`"),
    ),
    (
        ("links: {holder: firm}", "links: {holdr: firm}"),
        ("D304", ALL, _line(RECORDS, "    links:"), "attribute `holdr`"),
    ),
    (
        ("links: {holder: firm}", "links: {holder: helper}"),
        ("D304", ALL, _line(RECORDS, "    links:"), "its key has several"),
    ),
    (
        ("feeds: patents", "feeds: patent"),
        ("D305", ALL, _line(RECORDS, "    feeds:"), "no fact `patent`"),
    ),
    (
        ("feeds: patents", "feeds: sales"),
        ("D305", ALL, _line(RECORDS, "    feeds:"), "no list of records"),
    ),
    (
        (
            "      number: {zh: 专利号",
            "      type: {zh: 类, en: t, kind: text}\n      number: {zh: 专利号",
        ),
        ("D305", ALL, _line(RECORDS, "      number:"), "`type` is not what the field"),
    ),
    (
        ("facts_of: firm", "facts_of: frim"),
        ("D305", ALL, _line(RECORDS, "    facts_of:"), "no subject `frim`"),
    ),
    (
        (", purpose: [calling]}", "}"),
        ("D306", ALL, _line(RECORDS, "      phone:"), "what it may be used for"),
    ),
    (
        ("purpose: [calling]", "purpose: [caling]"),
        ("D306", ALL, _line(RECORDS, "      phone:"), "no purpose `caling`"),
    ),
    (
        ("    person: who\n", ""),
        ("D306", ALL, _line(RECORDS, "      phone:") - 1, "nothing says whose it is"),
    ),
    (
        ("    person: who\n", "    person: whom\n"),
        ("D306", ALL, _line(RECORDS, "    person:"), "no attribute `whom`"),
    ),
    (
        ("key: [who, year]", "key: [who, phone]"),
        ("D306", ALL, _line(RECORDS, "      phone:"), "part of the key"),
    ),
    (
        ("valid_from: granted", "valid_from: worth"),
        ("D307", ALL, _line(RECORDS, "    valid_from:"), "`worth` is a number"),
    ),
    (
        ("valid_to: lapsed", "valid_to: laped"),
        ("D307", ALL, _line(RECORDS, "    valid_to:"), "no attribute `laped`"),
    ),
    (
        ("      place: {zh: 地点", "      code: {zh: 地点"),
        ("D301", ALL, _line(RECORDS, "      place:"), "a column of every batch"),
    ),
    (
        ("      place: {zh: 地点", "      cost: {zh: 地点"),
        ("D301", ALL, _line(RECORDS, "      place:"), "a fact of `firm` already"),
    ),
    (
        ("zh: [持有人]", "zh: [专利号]"),
        ("D301", ALL, _line(RECORDS, "      holder:"), "heading 专利号 means"),
    ),
    (
        ("zh: [持有人]", "zh: [类型]"),
        ("D301", ALL, _line(RECORDS, "      holder:"), "heading 类型 means `type`"),
    ),
    (
        ("attributes: [sales]", "attributes: [sales, sales]"),
        ("D301", ALL, _line(RECORDS, "      - {sources: [tax"), "sources named twice"),
    ),
    (
        ("en: Worth, kind: number, unit: 万元", "en: Worth, kind: number"),
        ("D103", ALL, _line(RECORDS, "      worth:"), "a number needs a unit"),
    ),
    (
        ("    record: patent", "    record: patents"),
        ("D308", FORM, _line(FORMS, "    record: patent"), "record type `patents`"),
    ),
    (
        ("    source: office", "    source: ofice"),
        ("D302", FORM, _line(FORMS, "    source: office"), "no source `ofice`"),
    ),
    (
        ("attribute: sales, lines", "attribute: sale, lines"),
        ("D308", FORM, _line(FORMS, "{attribute: sales"), "no attribute `sale`"),
    ),
    (
        ("attribute: granted, headings", "attribute: number, headings"),
        ("D308", FORM, _line(FORMS, "{attribute: granted"), "stated twice"),
    ),
    (
        ("unit: 亿元", "unit: 人"),
        ("D308", FORM, _line(FORMS, "{attribute: worth"), "人 does not fit 万元"),
    ),
    (
        ("    unit: 元\n", ""),
        ("D308", FORM, _line(FORMS, "{attribute: sales") - 1, "needs its unit"),
    ),
    (
        ("constants: {way: own}", "constants: {way: won}"),
        ("D308", FORM, _line(FORMS, "    constants:"), "no code `won`"),
    ),
    (
        ("policies: [draft]", "policies: [drift]"),
        ("D309", TIER, _line(LADDER, "  first:"), "no policy `drift`"),
    ),
    (
        ("held: listed and staff >= 0", "held: staff"),
        ("D309", TIER, _line(LADDER, "  first:"), "is a number, not a condition"),
    ),
    (
        ("held: listed and staff >= 0", "held: listed and staf >= 0"),
        ("D210", TIER, _line(LADDER, "  first:"), "staf"),
    ),
    (
        ("held: listed and staff >= 0", "held: staff >= sales"),
        ("D213", TIER, _line(LADDER, "  first:"), ""),
    ),
    (
        ("reason: {zh: 没有证书, en: no certificate}", "policies: []"),
        ("D103", TIER, _line(LADDER, "  second:"), "how it is held, or the reason"),
    ),
]


@pytest.mark.parametrize(
    ("change", "wanted"), SPOILED, ids=[f"{w[0]}-{c[1][:24]}" for c, w in SPOILED]
)
def test_wrong_declaration_is_named_with_code_file_and_line(tmp_path, change, wanted):
    found = read_land(tmp_path, change)

    code, file, line, message = told(found)[0]
    assert wanted[:3] == (code, file, line)
    assert wanted[3] in message


def test_fact_of_another_subject_cannot_say_that_a_tier_is_held(tmp_path):
    found = read_land(
        tmp_path,
        ("{zh: 在名单, en: listed, kind: flag}",
         "{zh: 在名单, en: listed, kind: flag, subject: [loan]}"),
    )  # fmt: skip

    assert [("D309", TIER, 2, "`listed` is no fact of a firm")] == told(found)


def test_same_type_in_two_files_is_an_error_in_the_second(tmp_path):
    root = build_land(tmp_path)
    more = root / "land" / "records" / "more.yaml"
    more.write_text("records:\n  firm: {zh: 甲, en: a}\n", "utf-8")

    with pytest.raises(RuleError) as caught:
        load_records("land", root)

    assert ("D301", "land/records/more.yaml", 2, "`firm` is already in " + ALL) == (
        caught.value.code,
        caught.value.file,
        caught.value.line,
        caught.value.message,
    )


def test_authority_for_a_type_that_is_not_there_is_an_error(tmp_path):
    root = build_land(tmp_path)
    more = root / "land" / "records" / "more.yaml"
    more.write_text("authority:\n  frm:\n    - {sources: [tax], attributes: [sales]}\n")

    with pytest.raises(RuleError) as caught:
        load_records("land", root)

    assert ("D303", "land/records/more.yaml", 2) == (
        caught.value.code,
        caught.value.file,
        caught.value.line,
    )
    assert "did you mean `firm`?" == caught.value.hint


def test_several_faults_are_all_told(tmp_path):
    found = read_land(
        tmp_path,
        ("    key: [number]", "    key: [nummer]"),
        ("valid_to: lapsed", "valid_to: laped"),
        ("policies: [draft]", "policies: [drift]"),
    )

    assert ["D303", "D307", "D309"] == [e[0] for e in told(found)]


def test_unreadable_file_is_named_and_the_rest_still_loads(tmp_path):
    found = read_land(tmp_path, (SOURCES, "sources: [\n"))

    assert "D101" == told(found)[0][0]
    assert ["firm", "patent", "helper"] == list(found.types)


def test_examples_of_the_page_on_the_format_load(tmp_path):
    page = Path(__file__).parents[2] / "docs" / "records-format.md"
    blocks = re.findall(r"```yaml\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    for name, text in zip(
        ("sources", "records/all", "forms/all", "ladder"), blocks, strict=True
    ):
        path = tmp_path / "city" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    (tmp_path / "city" / "region.yaml").write_text("region: city\nzh: 市\nen: City\n")
    shutil.copytree(REGIONS / "china" / "facts", tmp_path / "city" / "facts")
    (tmp_path / "city" / "policies").mkdir()
    source = REGIONS / "china" / "policies" / "hnte_2016.yaml"
    shutil.copy(source, tmp_path / "city" / "policies")

    found = read_records("city", tmp_path)

    assert [] == told(found)
    assert (["prize"], ["hnte", "gazelle"]) == (list(found.types), list(found.ladder))
    assert ("ruling", "firm", "tax") == found.order("prize", "money")
