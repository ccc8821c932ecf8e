# SPDX-License-Identifier: Apache-2.0
"""An instrument of an invented land, sound and spoiled."""

from __future__ import annotations

import hashlib
import re
import shutil
from typing import TYPE_CHECKING

import pytest

from ceyuan.declarations import load_records, load_region
from ceyuan.declarations.archive import keep, load_declared, unpack
from ceyuan.declarations.instrument import in_base, in_smallest, shown
from ceyuan.declarations.instruments import (
    Instruments,
    instruments_digest,
    load_instruments,
    read_instruments,
)
from ceyuan.declarations.region import REGIONS
from ceyuan.kernel import RuleError, UsageError
from tests.declarations.drafts import DRAFT, FACTS

if TYPE_CHECKING:
    from pathlib import Path

FILE = "land/instruments/coupon.yaml"
COMMODITIES = (REGIONS / "china/commodities.yaml").read_text(encoding="utf-8")
COUPON = """\
instrument: coupon
region: land
zh: 券
en: Coupon
summary: {zh: 试, en: trial}
policies: [draft]
documents:
  ours: {zh: 本地规则, en: our rule, confidence: K}
articles:
  one: {document: ours, article: 一, zh: 第一条, en: first, confidence: K}
parameters:
  cap: {zh: 上限, en: cap, unit: 元}
  ratio: {zh: 比例, en: ratio, unit: "%", values: [{value: 50, article: one, confidence: K}]}
keys:
  year: {zh: 年度, en: year, kind: year}
  firm: {zh: 企业, en: firm, kind: code}
  case: {zh: 编号, en: case, kind: id}
inputs:
  asked: {zh: 申请额, en: asked, unit: 元}
  good: {zh: 合格, en: good, kind: flag}
let:
  due: {zh: 应得, en: due, unit: 元, expr: ratio * asked}
accounts:
  source: {path: "coupon/{year}/source", commodity: CNY, side: debit, zh: 来源, en: source}
  pool: {path: "coupon/{year}/pool", commodity: CNY, side: credit, floor: 0, zh: 池, en: pool}
  payable: {path: "payable/{firm}", commodity: CNY, side: credit, floor: 0, sets: [all], zh: 应付, en: payable}
sets:
  all: {name: "coupon/all/{firm}", commodity: CNY, ceiling: cap, zh: 合计, en: all}
moves:
  fund:
    zh: 拨款
    en: fund
    role: finance
    id: "{year}/{case}"
    article: one
    legs:
      - {debit: source, credit: pool, amount: asked}
  promise:
    zh: 承诺
    en: promise
    role: officer
    id: "{year}/{firm}/{case}"
    article: draft.a1
    requires:
      - {zh: 合格, en: good, test: good, article: one}
    legs:
      - {debit: pool, credit: payable, amount: "least(due, available_pool)", hold: true, expires: year_end}
  confirm:
    zh: 确认
    en: confirm
    role: officer
    id: "{year}/{firm}/{case}"
    article: one
    settles: promise
  cancel:
    zh: 撤销
    en: cancel
    role: officer
    id: "{year}/{firm}/{case}"
    article: one
    voids: promise
outputs:
  left: {zh: 余额, en: left, unit: 元, expr: has_pool}
entitlement: {policy: draft, mode: auto_grant, once: true, promise: promise, confirm: confirm, cancel: cancel, pool: pool}
"""


def _article() -> str:
    """Return an article of the draft policy that these files cite."""
    found = re.search(r"^articles:\n  (\w+):", DRAFT, re.MULTILINE)
    assert found is not None
    return found[1]


SOUND = COUPON.replace("draft.a1", f"draft.{_article()}")


def build(root: Path, *changes: tuple[str, str]) -> Path:
    """Write the region `land` with one instrument, changed."""
    text = SOUND
    for before, after in changes:
        assert text.count(before) == 1
        text = text.replace(before, after)
    for name, content in {
        "region.yaml": "region: land\nzh: 某地\nen: Land\n",
        "facts/firm.yaml": FACTS,
        "policies/draft.yaml": DRAFT,
        "commodities.yaml": COMMODITIES,
        "instruments/coupon.yaml": text,
    }.items():
        path = root / "land" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return root


def told(root: Path, *changes: tuple[str, str]) -> list[tuple[str, str, str]]:
    """Return code, file and clause of each error."""
    found = read_instruments("land", build(root, *changes))
    return [(e.code, e.file, e.clause) for e in found.errors]


def test_sound_instrument_is_read_with_its_keys_inputs_and_parts(tmp_path):
    loaded = load_instruments("land", build(tmp_path))
    one = loaded.instrument("coupon")

    assert ["coupon"] == list(loaded.instruments)
    assert ("year", "firm", "case") == one.keys_of("promise")
    assert ("asked", "good") == one.inputs_of("promise")
    assert ("pool",) == one.balances_read("promise")
    assert {"cap": "coupon.cap", "ratio": "coupon.ratio"} == one.homes
    assert [(1, "pool", "payable", True)] == [
        (p.number, p.debit, p.credit, p.holds) for p in one.parts("promise")
    ]
    assert [(1, "pool", "payable", False)] == [
        (p.number, p.debit, p.credit, p.holds) for p in one.parts("confirm")
    ]
    assert [one] == list(loaded.entitled_by("draft"))
    assert () == loaded.entitled_by("other")


PROMISE = ("moves.promise", "moves.promise.legs.0")


@pytest.mark.parametrize(
    ("before", "after", "code", "clause"),
    [
        ("policies: [draft]", "policies: [drift]", "D401", "policies"),
        ("{policy: draft,", "{policy: drift,", "D401", "entitlement"),
        (
            "cap: {zh: 上限, en: cap, unit: 元}",
            "cap: {from_policy: draft, name: nothing}",
            "D402",
            "parameters.cap",
        ),
        ("test: good, article: one", "test: good, article: two", "D403",
         "moves.promise.requires.0"),
        ("{document: ours", "{document: yours", "D403", "articles.one"),
        ("credit: pool, amount: asked", "credit: pond, amount: asked", "D404",
         "moves.fund.legs.0"),
        ("sets: [all]", "sets: [many]", "D404", "accounts.payable"),
        ('source", commodity: CNY', 'source", commodity: XXX', "D404", "accounts.source"),
        ('source", commodity: CNY', 'source", commodity: HOUR', "D404",
         "moves.fund.legs.0"),
        ("coupon/{year}/pool", "coupon/{years}/pool", "D405", "accounts.pool.path"),
        ("coupon/{year}/pool", "coupon//pool", "D405", "accounts.pool.path"),
        ("coupon/all/{firm}", "coupon/all/{case}", "D405", "accounts.payable"),
        ("settles: promise", "settles: fund", "D407", "moves.confirm"),
        ("settles: promise", "reverses: promise", "D407", "moves.confirm"),
        ("settles: promise", "settles: confirm", "D407", "moves.confirm"),
        ("confirm: confirm, cancel", "confirm: cancel, cancel", "D409", "entitlement"),
        ("amount: asked}", "amount: good}", "D212", "moves.fund.legs.0"),
        ("amount: asked}", "amount: ratio}", "D213", "moves.fund.legs.0"),
        ("amount: asked}", "amount: axed}", "D210", "moves.fund.legs.0"),
        ("expires: year_end", "expires: asked", "D212", "moves.promise.legs.0"),
        ("ceiling: cap", "ceiling: ratio", "D213", "sets.all.ceiling"),
        ("unit: 元, expr: has_pool", "unit: 年, expr: has_pool", "D213", "outputs.left"),
        ("test: good,", "test: asked,", "D212", "moves.promise.requires.0"),
        ("  due: {zh", "  asked: {zh", "D220", "let.asked"),
        ("instrument: coupon", "instrument: voucher", "D225", ""),
        ("role: finance", "role: king", "D103", "moves.fund.role"),
        ("amount: asked}", "amount: asked, expires: year_end}", "D103",
         "moves.fund.legs.0"),
    ],
)  # fmt: skip
def test_spoiled_instrument_is_refused_at_its_place(
    tmp_path, before, after, code, clause
):
    found = told(tmp_path, (before, after))

    assert (code, FILE, clause) == found[0]


def test_error_of_an_instrument_names_its_line(tmp_path):
    found = read_instruments(
        "land", build(tmp_path, ("settles: promise", "settles: fund"))
    )

    line = SOUND[: SOUND.index("  confirm:\n")].count("\n") + 1
    assert [line] == [e.line for e in found.errors]
    with pytest.raises(RuleError):
        load_instruments("land", tmp_path)


def test_split_whose_remainder_has_no_share_is_refused(tmp_path):
    leg = "{debit: source, split: {of: asked, into: {pool: ratio}, remainder: source}}"

    found = told(tmp_path, ("{debit: source, credit: pool, amount: asked}", leg))

    assert [("D408", FILE, "moves.fund.legs.0")] == found


def test_unknown_instrument_and_move_suggest_the_near_one(tmp_path):
    loaded = load_instruments("land", build(tmp_path))

    with pytest.raises(UsageError, match="coupons") as wrong:
        loaded.instrument("coupons")
    assert "coupon`" in wrong.value.hint
    with pytest.raises(UsageError, match="promises") as wrong:
        loaded.instrument("coupon").move("promises")
    assert "promise`" in wrong.value.hint


def test_declarations_without_instruments_keep_the_hash_that_they_had(tmp_path):
    build(tmp_path)
    shutil.rmtree(tmp_path / "land/instruments")
    (tmp_path / "land/commodities.yaml").unlink()

    base, records = load_region("land", tmp_path), load_records("land", tmp_path)
    both = f"{base.digest}\n{records.digest}".encode()
    assert hashlib.sha256(both).hexdigest() == load_declared("land", tmp_path).digest
    assert Instruments({}, {}, "", ()) == read_instruments("land", tmp_path)


def test_changed_instrument_changes_the_hash_of_the_declarations(tmp_path):
    before = load_declared("land", build(tmp_path / "a")).digest

    change = ("role: finance", "role: bank")
    after = load_declared("land", build(tmp_path / "b", change)).digest

    assert before != after


def test_archive_holds_the_instruments_and_gives_them_back(tmp_path):
    root = tmp_path / "regions"
    shutil.copytree(REGIONS, root)
    path = root / "shanghai/instruments/premium_subsidy.yaml"
    text = path.read_text(encoding="utf-8")
    assert text.count("zh: 列入公示名单") == 1
    path.write_text(text.replace("zh: 列入公示名单", "zh: 公示"), encoding="utf-8")
    declared = load_declared("shanghai", root)
    keep(declared, tmp_path / "kept")

    again = unpack(declared.digest, "shanghai", tmp_path / "kept", tmp_path / "cache")

    found = again.instruments.instrument("premium_subsidy")
    assert "公示" == found.move("promise").zh
    assert instruments_digest("shanghai") != instruments_digest("shanghai", root)


@pytest.mark.parametrize(
    ("commodity", "smallest", "zh"),
    [
        ("CNY", 123_456_789, "1,234,567.89 元"),
        ("CNY", -5, "−0.05 元"),
        ("HOUR", 90, "1.50 小时"),
        ("HOUR", 50, "50 分钟"),
        ("SHARE", 720_720_000_000, "1.000000 （整体为1）"),
        ("SHARE", 240_240_000_000, "1/3 （整体为1）"),
    ],
)
def test_shown_amount_is_the_kept_one(commodity, smallest, zh):
    counted = load_instruments().commodities[commodity]

    assert zh == shown(smallest, counted)
    assert smallest == in_smallest(in_base(smallest, counted), counted)
