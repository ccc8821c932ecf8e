# SPDX-License-Identifier: Apache-2.0
"""How a firm stands, why, how its money meets and when it was promised; by hand.

The six firms of `money_by_hand`: rewards of 10, 20, 50, 30 万元 to firms 1 to 4, firm 5
below the line, of firm 6 the R&D is not known; subsidies of loans to firms 1, 4, 5.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from psycopg.conninfo import make_conninfo

from ceyuan.office.checkup import FirmCheck
from ceyuan.office.entitlements import decline, listed, object_to
from ceyuan.office.firm_groups import (
    ARRIVED_OR_ON_ITS_WAY,
    DATA_MISSING,
    ENTITLED,
    NOT_NOW,
    OUTSIDE,
    PORTAL_GROUPS,
    REFUSED,
    STEP,
    group_by_answer,
)
from ceyuan.office.firm_promise import promise, workdays_between
from ceyuan.office.firm_sheets import region_of, sheet_of
from ceyuan.office.firm_stacking import arithmetic
from ceyuan.office.firm_told import standing
from ceyuan.office.firm_why import why
from ceyuan.office.memory import Memory, open_memory
from ceyuan.office.money_told import PayeeTold, payees
from ceyuan.policies import Decision, Outcome
from tests.database import MADE, NUMBERS, execute
from tests.office.money_by_hand import (
    DECIDED,
    FINANCE,
    OFFICER,
    PREMIUM,
    PROMISED_ON,
    SCALE,
    SENT,
    WINDOW_ENDS,
    YEAR,
    confirmed,
    decided,
    one,
    promised,
    scale_id,
    sent,
)
from tests.office.money_by_hand import payees as register
from tests.office.town_by_hand import WAN, add, code, org

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ceyuan.office.firm_standing import Standing

GRADIENT = "sh_gradient_reward_2022"


@contextmanager
def lasting(server: str, folder: Path) -> Iterator[Memory]:
    """Yield an office that several tests look at and none changes."""
    base = f"told{next(NUMBERS)}"
    execute(server, f"CREATE DATABASE {base} TEMPLATE {MADE}")
    url = make_conninfo(server, dbname=base)
    with open_memory(folder, actor=OFFICER, url=url) as opened:
        yield opened
    execute(server, f"DROP DATABASE {base} WITH (FORCE)")


@pytest.fixture(name="due", scope="module")
def _due(
    database_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Memory]:
    """Give an office that has decided and promised nothing yet."""
    with lasting(database_server, tmp_path_factory.mktemp("due")) as opened:
        decided(opened)
        yield opened


@pytest.fixture(name="noticed", scope="module")
def _noticed(
    database_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Memory]:
    """Give an office that has promised all that is due."""
    with lasting(database_server, tmp_path_factory.mktemp("noticed")) as opened:
        promised(opened)
        yield opened


@pytest.fixture
def memory(office_folder: Path) -> Iterator[Memory]:
    with open_memory(office_folder, actor=OFFICER) as opened:
        yield opened


def stands(memory: Memory, firm: int, locale: str = "zh") -> Standing:
    sheet = sheet_of(memory, code(firm))
    with memory.transaction() as conn:
        own = listed(conn, org=org(firm))
    return standing(sheet, region_of(memory, sheet), own, locale)


def asked_why(memory: Memory, firm: int, policy: str, locale: str = "zh") -> Any:
    sheet = sheet_of(memory, code(firm))
    return why(
        sheet, region_of(memory, sheet), policy, sources=memory.records.sources,
        locale=locale,
    )  # fmt: skip


# --- standing ------------------------------------------------------------------------


def test_every_policy_stands_in_one_group(due: Memory) -> None:
    for firm in range(1, 7):
        told = stands(due, firm)

        assert [s.group for s in told.sections] == list(PORTAL_GROUPS)
        placed = [item.policy for s in told.sections for item in s.items]
        assert sorted(placed) == sorted(sheet_of(due, code(firm)).policies)


def test_due_without_a_promise_is_entitled_and_not_on_its_way(due: Memory) -> None:
    told = stands(due, 1)
    item = told.item(SCALE)

    assert item is not None
    assert (item.group, item.word, item.claims) == (ENTITLED, "可享", ())
    assert item.amount is not None
    assert (item.amount.fen, item.amount.basis, item.amount.text) == (
        10 * WAN, "payment", "10.00 万元",
    )  # fmt: skip
    assert told.section(ARRIVED_OR_ON_ITS_WAY).sums == ()
    assert [s.fen for s in told.section("entitled").sums] == [10 * WAN]


def test_promise_is_on_its_way_with_the_loans_of_the_firm(noticed: Memory) -> None:
    """10 万元, and 5,000.00 and 2,000.01 元 of two loans: 107,000.01 元."""
    told = stands(noticed, 1)

    section = told.section(ARRIVED_OR_ON_ITS_WAY)
    assert [(i.policy, i.word, i.amount and i.amount.fen) for i in section.items] == [
        (SCALE, "公示中", 10 * WAN),
        (PREMIUM, "公示中", 700_001),
    ]
    assert [(s.basis, s.fen, s.text) for s in section.sums] == [
        ("payment", 10_700_001, "107,000.01 元")
    ]
    loans = section.items[1]
    assert loans.decision is None
    assert len(loans.claims) == 2
    english = stands(noticed, 1, "en").section("arrived").items[0]
    assert (english.word, english.amount and english.amount.text) == (
        "noticed", "CNY 100,000.00",
    )  # fmt: skip


def test_paid_and_failed_stay_where_the_money_is(memory: Memory) -> None:
    sent(memory)
    assert stands(memory, 2).item(SCALE).word == "已送付"  # type: ignore[union-attr]
    with memory.transaction() as conn:
        conn.execute(
            "update entitlement set state = 'failed' where policy = %s", (SCALE,)
        )

    item = stands(memory, 2).item(SCALE)

    assert item is not None
    assert (item.group, item.word) == (ARRIVED_OR_ON_ITS_WAY, "支付失败")


def test_declined_is_entitled_again_with_what_was_said(memory: Memory) -> None:
    promised(memory)
    decline(memory, scale_id(2), on=DECIDED, reason="不需要")

    item = stands(memory, 2).item(SCALE)

    assert item is not None
    assert item.group == ENTITLED
    assert [(c.word, c.is_alive) for c in item.claims] == [("已放弃", False)]


def test_another_year_s_money_is_not_this_year_s(noticed: Memory) -> None:
    """A subsidy can be had each year, the reward only once."""
    sheet = sheet_of(noticed, code(1))
    with noticed.transaction() as conn:
        own = [replace(e, year=YEAR - 1) for e in listed(conn, org=org(1))]

    told = standing(sheet, noticed.region, own)

    assert [i.policy for i in told.section("arrived").items] == [SCALE]


def test_data_missing_is_no_no_and_says_how_much_it_can_be(due: Memory) -> None:
    """Of firm 6 only the R&D is missing; 5 % of it, at most 50 万元."""
    item = stands(due, 6).item(SCALE)

    assert item is not None
    assert (item.group, item.amount) == (DATA_MISSING, None)
    assert item.at_most is not None
    assert item.at_most.fen == 50 * WAN
    (asked,) = item.missing
    assert (asked.typed, asked.kind, asked.unit, asked.by, asked.by_word) == (
        "rd_expense@2025", "number", "元", "firm", "企业数据",
    )  # fmt: skip
    assert asked.text
    (english,) = stands(due, 6, "en").item(SCALE).missing  # type: ignore[union-attr]
    assert (english.name, english.by_word) == ("R&D expense (2025)", "the firm's data")


def test_one_step_away_says_the_step_and_what_it_gives(due: Memory) -> None:
    """Firm 5 has 900 of 1000 万元; then 5 % of 100 万元 are due."""
    item = stands(due, 5).item(SCALE)

    assert item is not None
    assert (item.group, item.failing) == (STEP, ("年营业收入达到行业的线",))
    assert item.amount is not None
    assert item.amount.fen == 5 * WAN
    step = item.steps[0]
    assert step.changes == (
        "营业收入（2025年） 900.00 万元 → 1,000.00 万元（增加 100.00 万元）",
    )
    assert (step.scales, step.outcome) == (("资金",), "符合")
    assert step.amount == item.amount
    assert "待遇 5.00 万元" in step.text


def test_side_gains_are_told_by_name(due: Memory) -> None:
    sheet = sheet_of(due, code(5))
    move = replace(sheet.steps[SCALE][0], turns=("tech_sme_2017",))
    gaining = replace(sheet, steps={**sheet.steps, SCALE: (move,)})

    for locale, words in (
        ("zh", "并使 科技型中小企业评价 一并可享"),
        ("en", "and Evaluation of technology-based SMEs would be turned too"),
    ):
        item = standing(gaining, due.region, (), locale).item(SCALE)

        assert item is not None
        assert [policy for policy, _ in item.steps[0].gains] == ["tech_sme_2017"]
        assert words in item.steps[0].text


def test_not_now_is_put_together_by_what_it_takes(due: Memory) -> None:
    section = stands(due, 5).section(NOT_NOW)

    assert section.items
    grouped = [item.policy for _, items in section.causes for item in items]
    assert sorted(grouped) == sorted(item.policy for item in section.items)
    assert all(item.failing for item in section.items)
    sizes = [len(items) for _, items in section.causes]
    assert sizes == sorted(sizes, reverse=True)


def test_bases_are_never_added(due: Memory) -> None:
    sheet = sheet_of(due, code(1))
    decisions = {
        p: Decision(p, Outcome.ELIGIBLE, amount=10**k)
        for k, p in enumerate((SCALE, "rd_super_2023", "sh_voucher_issue_2025"))
    }
    check = FirmCheck(sheet.check.row, sheet.facts, sheet.year, decisions)

    told = standing(replace(sheet, check=check, steps={}), due.region)

    sums = {s.group.id: [(x.basis, x.fen) for x in s.sums] for s in told.sections}
    assert (sums["arrived"], sums["entitled"]) == (
        [("saving", 10)],
        [("payment", 1), ("limit", 100)],
    )


def test_refused_data_say_how_they_are_mended(due: Memory) -> None:
    rule = next(r for r in due.region.rules.values() if r.said.checks)
    name, said = next(iter(rule.said.checks.items()))
    sheet = sheet_of(due, code(1))
    decision = Decision(rule.id, None, refused=(f"check:{name}",))
    check = FirmCheck(sheet.check.row, sheet.facts, sheet.year, {rule.id: decision})

    (item,) = standing(replace(sheet, check=check, steps={}), due.region).items

    assert item.group == REFUSED
    assert item.refused == ((said.zh, said.mend.zh),)


def test_policy_not_in_force_is_outside(due: Memory) -> None:
    item = stands(due, 1).item("rd_super_2018")

    assert item is not None
    assert (item.group, item.in_force, item.missing) == (OUTSIDE, False, ())


def test_groups_say_the_same_in_both_languages() -> None:
    for group in PORTAL_GROUPS:
        assert group.word("zh") != group.word("en")
        assert group.note("zh") != group.note("en")
        assert group.mark


# --- why -----------------------------------------------------------------------------


def test_reasons_name_value_source_threshold_and_article(due: Memory) -> None:
    told = asked_why(due, 1, SCALE)

    row = next(r for r in told.rows if r.clause == "above_line")
    assert (row.answer, row.observed, row.threshold, row.margin) == (
        True, "1,200.00 万元", "≥ 1,000.00 万元（适用的营业收入线）", "余 200.00 万元",
    )  # fmt: skip
    places = {g.name: g.place for g in row.given}
    assert places["营业收入（2025年）"] == "税务，2025 年度"
    assert places["国标行业门类"] == "市场监管登记，2026-01-01 起"
    article = told.article_of(row)
    assert article is not None
    assert (article.place, article.document, article.confidence_word) == (
        "年营业收入标准", "规模以上服务业统计范围", "见于公开文本",
    )  # fmt: skip
    assert told.article_of(replace(row, article="")) is None


def test_reasons_are_in_english_too(due: Memory) -> None:
    told = asked_why(due, 1, SCALE, "en")

    row = next(r for r in told.rows if r.clause == "above_line")
    assert (row.observed, row.margin) == (
        "CNY 12.00 million", "CNY 2.00 million to spare",
    )  # fmt: skip
    assert {g.place for g in row.given} == {
        "tax authority, fiscal 2025",
        "business registry, since 2026-01-01",
    }


def test_sources_that_differ_are_said_to(memory: Memory) -> None:
    add(memory, "firm", [{"firm": 1, "year": 2025, "revenue": 900 * WAN}])
    decided(memory)

    told = asked_why(memory, 1, SCALE)

    row = next(r for r in told.rows if r.clause == "above_line")
    assert row.given[0].place == "税务，2025 年度（来源不一致）"
    sheet = sheet_of(memory, code(1))
    assert [(s.source, s.value) for s in sheet.stated["revenue", 2025].others] == [
        ("firm", 900 * WAN)
    ]


def test_amount_is_told_with_what_it_comes_from(due: Memory) -> None:
    """5 % of 200 万元, at most 50 万元, rounded to the fen."""
    amount = asked_why(due, 1, SCALE).amount

    assert amount.result.fen == 10 * WAN
    assert {name: value for name, value, _ in amount.parts} == {
        "应得首次升规奖励": "是",
        "奖励上限": "50.00 万元",
        "奖励占上年研发费用的比例": "5.00%",
        "研发费用（2025年）": "200.00 万元",
    }
    assert (amount.rounding, amount.article) == ("四舍五入到 0.01 元", "rounding")


def test_thresholds_say_since_when_and_what_the_office_set(due: Memory) -> None:
    told = {t.name: t for t in asked_why(due, 1, SCALE).thresholds}

    line = told["中线"]
    assert (line.value, line.article, line.by_office) == (
        "1,000.00 万元",
        "lines",
        False,
    )
    offered = told["政策包奖励在确认有效的日期内"]
    assert (offered.value, offered.by_office) == ("是", True)
    unset = [t for t in asked_why(due, 1, "innovation_points_2024").thresholds
             if not t.value]  # fmt: skip
    assert unset
    assert not any(t.by_office for t in unset)


def test_reasons_and_sheet_never_differ(due: Memory) -> None:
    for firm in range(1, 7):
        sheet = sheet_of(due, code(firm))
        for policy in sheet.policies:
            for locale in ("zh", "en"):
                told = asked_why(due, firm, policy, locale)

                shown = sheet.check.decisions[policy]
                assert (told.decision.outcome, told.decision.amount) == (
                    shown.outcome, shown.amount,
                )  # fmt: skip
                assert told.decision.clauses == shown.clauses
                assert all(told.article_of(r) for r in told.rows if r.article)


def test_another_choice_of_the_applicant_is_explained(due: Memory) -> None:
    sheet = sheet_of(due, code(1))
    policy, decision = next(
        (p, d) for p, d in sheet.check.decisions.items() if len(d.variants) > 1
    )
    other = next(c for c in decision.variants if c != decision.variant)

    told = why(sheet, due.region, policy, sources=due.records.sources, variant=other)

    assert told.decision.variant == other
    assert told.decision.outcome == decision.variants[other].outcome


def test_lists_are_told_by_their_source(due: Memory) -> None:
    """The certificates of a firm stand behind its title; who published them is said."""
    sheet = sheet_of(due, code(1))

    assert sheet.lists == {"certificates": ("certificates",)}
    amount = asked_why(due, 1, "hnte_2016")
    given = [g for row in amount.rows for g in row.given if g.key[0] == "certificates"]
    assert {(g.value, g.place) for g in given} <= {("1 条", "发证部门公布")}


# --- benefits that meet --------------------------------------------------------------


def meeting(due: Memory, amounts: dict[str, int]) -> Any:
    sheet = sheet_of(due, code(1))
    decisions = {
        p: Decision(p, Outcome.ELIGIBLE if a else Outcome.INELIGIBLE, amount=a or None)
        for p, a in amounts.items()
    }
    check = FirmCheck(sheet.check.row, sheet.facts, sheet.year, decisions)
    return replace(sheet, check=check, steps={})


@pytest.mark.parametrize(
    ("rule", "kept", "total", "words"),
    [
        ("", [False, False], None, "未定之前都不承诺"),
        ("highest_only", [False, True], 30 * WAN, "就高不重复：付 新认定"),
        ("first_only", [True, False], 10 * WAN, "先列的排除后列的：付 规模以上"),
        ("all", [True, True], 40 * WAN, "合计 40.00 万元"),
    ],
)
def test_benefits_that_meet_are_paid_by_the_rule(
    due: Memory, rule: str, kept: list[bool], total: int | None, words: str
) -> None:
    sheet = meeting(due, {SCALE: 10 * WAN, GRADIENT: 30 * WAN})
    settings = {"stacking.package_2022": rule} if rule else {}

    (told,) = arithmetic(sheet, due.region, SCALE, settings=settings)

    assert [line.policy for line in told.lines] == [SCALE, GRADIENT]
    assert [line.kept for line in told.lines] == kept
    assert (told.total and told.total.fen) == total
    assert words in told.text
    (english,) = arithmetic(sheet, due.region, GRADIENT, settings=settings, locale="en")
    assert english.lines[0].title == "Service units above the statistical line and the reward for reaching it"  # fmt: skip
    assert english.total == told.total or english.total is not None


def test_benefit_that_meets_nothing_is_said_to(due: Memory) -> None:
    alone = meeting(due, {SCALE: 10 * WAN, GRADIENT: 0})
    (told,) = arithmetic(alone, due.region, SCALE)
    assert [line.kept for line in told.lines] == [True, None]
    assert told.text.startswith("只有一项应享")

    none = replace(alone, check=FirmCheck(alone.check.row, alone.facts, alone.year))
    (told,) = arithmetic(none, due.region, SCALE)
    assert [line.amount for line in told.lines] == [None, None]
    assert told.total is None
    assert arithmetic(none, due.region, "tech_sme_2017") == ()


# --- the promise ---------------------------------------------------------------------


def test_promise_counts_working_days_and_says_who_is_next(noticed: Memory) -> None:
    """From Saturday 2026-11-21 to Friday 2026-12-11 there are 15 working days."""
    entitlement = one(noticed, scale_id(1))

    told = promise(entitlement, noticed.region, today=DECIDED)

    assert (told.promised_on, told.workdays_left, told.counted) == (
        PROMISED_ON, 15, False,
    )  # fmt: skip
    assert (told.may_object, told.object_until, told.account) == (
        True, WINDOW_ENDS, "",
    )  # fmt: skip
    assert told.roles == ("复核人",)
    assert "2026-11-27" in told.next
    late = promise(entitlement, noticed.region, today=date(2026, 12, 15))
    assert (late.may_object, late.workdays_left) == (False, -2)
    assert late.next == "公示期已满，等待批准"


def test_promise_shows_four_figures_of_the_account(memory: Memory) -> None:
    confirmed(memory)
    missing = promise(one(memory, scale_id(1)), memory.region, today=SENT)
    assert missing.roles == ("财务",)
    assert "没有可用的收款账户" in missing.next
    register(memory)
    with memory.transaction() as conn:
        payee = payees(conn, code(1))[-1]

    told = promise(one(memory, scale_id(1)), memory.region, today=SENT, payee=payee)

    assert (told.account, told.bank, told.holder) == (
        "…0001",
        "虚构银行",
        "合成企业001",
    )
    assert (told.word, told.next) == ("待支付", "已批准，等待财务付款")
    assert "62220000" not in repr(told)


@pytest.mark.parametrize(
    ("state", "roles", "left"),
    [
        ("sent", ("finance officer",), 7),
        ("failed", ("finance officer",), 7),
        ("paid", (), None),
        ("declined", (), None),
        ("withdrawn", (), None),
    ],
)
def test_promise_of_each_state(
    noticed: Memory, state: str, roles: tuple[str, ...], left: int | None
) -> None:
    """From Wednesday 2026-12-02 to Friday 2026-12-11: 7 working days."""
    payee = PayeeTold(
        code(1),
        "合成企业001",
        "虚构银行",
        "…0001",
        SENT,
        FINANCE,
        "",
        datetime.now(UTC),
    )
    entitlement = replace(one(noticed, scale_id(1)), state=state)

    told = promise(entitlement, noticed.region, today=SENT, payee=payee, locale="en")

    assert (told.roles, told.workdays_left, told.may_object) == (roles, left, False)
    assert told.next


def test_objection_waits_for_a_ruling(memory: Memory) -> None:
    promised(memory)
    object_to(memory, scale_id(1), on=DECIDED, reason="金额不对")

    told = promise(one(memory, scale_id(1)), memory.region, today=DECIDED)

    assert (told.objected, told.may_object, told.roles) == (True, False, ("复核人",))
    assert told.next == "有异议，等待复核人处理"


def test_workdays_between_counts_the_last_day() -> None:
    friday, monday = date(2026, 12, 11), date(2026, 12, 14)
    assert workdays_between("shanghai", friday, monday) == 1
    assert workdays_between("shanghai", monday, friday) == -1
    assert workdays_between("shanghai", friday, friday) == 0


def test_group_by_answer_knows_nothing_of_money_on_its_way(noticed: Memory) -> None:
    sheet = sheet_of(noticed, code(1))

    rule = noticed.region.rule(SCALE)
    assert group_by_answer(sheet.check, rule) == ENTITLED
