# SPDX-License-Identifier: Apache-2.0
"""A region of an invented land, with records, forms and a ladder, to be spoiled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ceyuan.declarations import read_records
from tests.declarations.drafts import DRAFT, FACTS

if TYPE_CHECKING:
    from pathlib import Path

    from ceyuan.declarations import Records

SOURCES = """\
sources:
  ruling: {zh: 裁定, en: ruling}
  tax: {zh: 税务, en: tax}
  office: {zh: 统计, en: statistics}
  firm: {zh: 自报, en: firm}
purposes:
  deciding: {zh: 判定, en: deciding}
  calling: {zh: 联系, en: contact}
"""

RECORDS = """\
records:
  firm:
    zh: 企业
    en: Firm
    facts_of: firm
    purpose: [deciding]
    sources: [firm]
    authority:
      - {sources: [tax, office], attributes: [sales]}
    attributes:
      place: {zh: 地点, en: Place, kind: text, sources: [office]}
  patent:
    zh: 专利
    en: Patent
    key: [number]
    feeds: patents
    links: {holder: firm}
    sensitivity: public
    valid_from: granted
    valid_to: lapsed
    attributes:
      number: {zh: 专利号, en: Number, kind: text}
      holder: {zh: 权利人, en: Holder, kind: text, headings: {zh: [持有人]}}
      granted: {zh: 授权日, en: Granted, kind: date}
      lapsed: {zh: 失效日, en: Lapsed, kind: date}
      worth: {zh: 估值, en: Worth, kind: number, unit: 万元}
      way: {zh: 方式, en: Way, kind: code, codes: {own: {zh: 自研, en: own}}}
  helper:
    zh: 联系人
    en: Contact
    key: [who, year]
    person: who
    attributes:
      who: {zh: 编号, en: Id, kind: text}
      phone: {zh: 电话, en: Phone, kind: text, sensitivity: personal, purpose: [calling]}
"""

FORMS = """\
forms:
  annex:
    zh: 附表
    en: Annex
    record: firm
    source: tax
    layout: form
    unit: 元
    title: [附表一]
    lines:
      - {attribute: sales, lines: ["1"], confidence: A}
      - {attribute: staff, lines: ["2"], unit: 人, confidence: B}
  export:
    zh: 导出
    en: Export
    record: patent
    source: office
    layout: table
    title: [专利导出]
    constants: {way: own}
    table:
      - {attribute: number, headings: [号码], confidence: B}
      - {attribute: worth, headings: [估值], unit: 亿元, confidence: U}
      - {attribute: granted, headings: [授权], confidence: B}
"""

LADDER = """\
tiers:
  first: {zh: 一级, en: first, held: listed and staff >= 0, policies: [draft]}
  second: {zh: 二级, en: second, reason: {zh: 没有证书, en: no certificate}}
"""


def build_land(root: Path, *changes: tuple[str, str], facts: str = FACTS) -> Path:
    """Write the region `land` with changes to its text, each found exactly once."""
    texts = {
        "region.yaml": "region: land\nzh: 某地\nen: Land\n",
        "facts/firm.yaml": facts,
        "policies/draft.yaml": DRAFT,
        "sources.yaml": SOURCES,
        "records/all.yaml": RECORDS,
        "forms/all.yaml": FORMS,
        "ladder.yaml": LADDER,
    }
    for before, after in changes:
        found = [name for name, text in texts.items() if before in text]
        assert len(found) == 1
        assert texts[found[0]].count(before) == 1
        texts[found[0]] = texts[found[0]].replace(before, after)
    for name, text in texts.items():
        path = root / "land" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return root


def told(found: Records) -> list[tuple[str, str, int, str]]:
    """Return code, file, line and message of each error."""
    return [(e.code, e.file, e.line, e.message) for e in found.errors]


def read_land(root: Path, *changes: tuple[str, str]) -> Records:
    """Return the records of the land with changes to its text."""
    return read_records("land", build_land(root, *changes))
