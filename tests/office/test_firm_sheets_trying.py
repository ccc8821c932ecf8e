# SPDX-License-Identifier: Apache-2.0
"""Tried values: every policy decided anew on them, and what was typed wrong told."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from psycopg.conninfo import make_conninfo

from ceyuan.kernel import ABSENT, UNKNOWN, State
from ceyuan.office.checkup import FirmCheck, check_firm
from ceyuan.office.firm_making import asked_by
from ceyuan.office.firm_sheets import make_sheets, sheet_of
from ceyuan.office.firm_trying import changed_facts, try_out
from ceyuan.office.firm_unmoved import Idle, Unmoved, unmoved
from ceyuan.office.memory import Memory, open_memory
from ceyuan.office.parameters import typed_settings
from ceyuan.office.running import run
from ceyuan.office.towns import make, take_in
from tests.database import MADE, NUMBERS, execute
from tests.office.money_by_hand import SCALE, decided
from tests.office.town_by_hand import AS_OF, WAN, code

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from ceyuan.language import FactKey, Known
    from ceyuan.office.firm_sheet_model import FirmSheet
    from ceyuan.office.firm_trying import Tried


@pytest.fixture(name="office", scope="module")
def _office(
    database_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Memory]:
    """Give the six firms of `money_by_hand`, decided."""
    base = f"trying{next(NUMBERS)}"
    execute(database_server, f"CREATE DATABASE {base} TEMPLATE {MADE}")
    url = make_conninfo(database_server, dbname=base)
    with open_memory(tmp_path_factory.mktemp("six"), url=url, actor="甲") as memory:
        decided(memory)
        yield memory
    execute(database_server, f"DROP DATABASE {base} WITH (FORCE)")


def tried(memory: Memory, firm: int, *changes: str, locale: str = "zh") -> Tried:
    return try_out(sheet_of(memory, code(firm)), memory.region, changes, locale=locale)


def turned(made: Tried) -> dict[str, tuple[str, str]]:
    return {one.policy: (one.before.id, one.after.id) for one in made.turned}


def test_more_revenue_turns_the_reward_of_firm_5(office: Memory) -> None:
    """900 → 1000 万元, the line included: 5 % of 100 万元 are 5 万元."""
    made = tried(office, 5, "revenue=1000万元")

    assert turned(made)[SCALE] == ("step", "entitled")
    one = next(t for t in made.policies if t.policy == SCALE)
    assert (one.amount_before, one.amount_after and one.amount_after.fen) == (
        None, 5 * WAN,
    )  # fmt: skip
    (change,) = made.changes
    assert (change.typed, change.name, change.before, change.after) == (
        "revenue@2025", "营业收入（2025年）", "900.00 万元", "1,000.00 万元",
    )  # fmt: skip
    assert (made.before, [(s.basis, s.fen) for s in made.after]) == (
        (), [("payment", 5 * WAN)],
    )  # fmt: skip
    assert made.wrong == ()


def test_one_fen_below_turns_nothing(office: Memory) -> None:
    made = tried(office, 5, "营业收入@2025=9999999.99元")

    assert SCALE not in turned(made)
    assert made.facts.value("revenue", 2025) == 1000 * WAN - 1


def test_nothing_typed_changes_nothing(office: Memory) -> None:
    for firm in range(1, 7):
        made = tried(office, firm, "", "  ")

        assert (made.turned, made.changes, made.wrong) == ((), (), ())
        assert made.facts == sheet_of(office, code(firm)).facts


def test_value_taken_as_not_known_leaves_it_open(office: Memory) -> None:
    for word in ("?", "未知", "unknown"):
        made = tried(office, 1, f"revenue={word}")

        assert turned(made)[SCALE] == ("entitled", "missing")
        assert made.changes[0].after == ""
        assert made.facts.value("revenue", 2025) is UNKNOWN


def test_amount_alone_is_a_turn(office: Memory) -> None:
    made = tried(office, 1, "rd_expense=3000000元")

    (one,) = [t for t in made.turned if t.policy == SCALE]
    assert one.before == one.after
    assert one.amount_after is not None
    assert one.amount_after.fen == 15 * WAN


def test_last_word_counts(office: Memory) -> None:
    made = tried(office, 5, "revenue=1", "revenue@2025=1000万元", "revenue@2024=1")

    assert [c.typed for c in made.changes] == ["revenue@2025", "revenue@2024"]
    assert turned(made)[SCALE] == ("step", "entitled")


@pytest.mark.parametrize(
    ("entry", "what", "mend"),
    [
        ("零=1", "没有叫 `零` 的事实", "facts list"),
        ("revenu=1", "没有叫 `revenu` 的事实", "revenue"),
        ("revenue", "不是 名称=值", "rd_expense=600万元"),
        ("revenue=多", "“营业收入”要一个数", "600万元"),
        ("revenue=3人", "以 元 计，写的是 人", "以 元 计"),
        ("revenue=-5", "应在 0 到", "以 元 计"),
        ("revenue@1990=5", "判定只看 2019 到 2026 年", "revenue@2025"),
        ("gb_section@2025=M", "没有年度", "可选"),
        ("gb_section=ZZ", "没有“ZZ”这个值", "科学研究和技术服务业"),
        ("hnte_valid=也许", "要“是”或“否”", "填“是”或“否”"),
        ("reg_date=昨天", "要日期", "2021-03-15"),
        ("reg_date=2030-01-01", "不能晚于判定日 2026-11-21", "更早的一天"),
        ("certificates=1", "清单", "文件夹"),
        ("certificates=?", "不能当作未知来试", ""),
        ("revenue@x=?", "不能当作未知来试", ""),
        ("contract_total=5", "不是企业的事实", ""),
        ("tech_staff=5", "", ""),
    ],
)
def test_wrong_entry_is_told_and_the_rest_is_tried(
    office: Memory, entry: str, what: str, mend: str
) -> None:
    made = tried(office, 5, entry, "revenue=1000万元")

    assert turned(made)[SCALE] == ("step", "entitled")
    if not what:  # a sound one, for comparison
        assert made.wrong == ()
        return
    (wrong,) = made.wrong
    assert wrong.entry == entry
    assert what in wrong.what
    assert mend in wrong.mend
    assert wrong.why
    (english,) = tried(office, 5, entry, locale="en").wrong
    where, _, typed = entry.partition("=")
    assert english.where == where
    assert all(
        ord(sign) < 0x2E80
        for sign in english.what.replace(entry, "").replace(typed, "")
    )


def test_part_larger_than_its_whole_is_refused_until_both_fit(office: Memory) -> None:
    for entries, where, mend in (
        (["employees=10", "tech_staff=11"], "tech_staff@2025", "employees@2025"),
        (["rd_domestic=300万元"], "rd_domestic@2025", "rd_expense@2025"),
        (
            ["main_revenue=1200万元", "revenue=1000万元"],
            "main_revenue@2025",
            "revenue@2025",
        ),
    ):
        (wrong,) = tried(office, 1, *entries).wrong
        assert wrong.where == where
        assert mend in wrong.mend

    fits = tried(office, 1, "employees=12", "tech_staff=11")
    assert fits.wrong == ()
    assert len(fits.changes) == 2


def test_day_of_founding_says_anew_which_years_cannot_be(office: Memory) -> None:
    made = tried(office, 1, "reg_date=2024-05-01")

    assert made.facts.value("revenue", 2023) is ABSENT
    assert made.facts.value("revenue", 2024) is UNKNOWN
    assert made.facts.value("revenue", 2025) == 1200 * WAN


def test_try_out_is_deciding_anew_on_the_changed_facts(
    database_server: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    base = f"anew{next(NUMBERS)}"
    execute(database_server, f"CREATE DATABASE {base} TEMPLATE {MADE}")
    url = make_conninfo(database_server, dbname=base)
    folder: Path = tmp_path_factory.mktemp("anew")
    with open_memory(folder, url=url, actor="甲") as memory:
        take_in(memory, make(folder / "城", firms=12, seed=3))
        said = ("service_scale.reward_offered=是",)
        settings = typed_settings(memory.region, said)
        run(memory, as_of=AS_OF, settings=settings, said=said)
        make_sheets(memory)
        with memory.transaction() as conn:
            orgs = [row[0] for row in conn.execute("select org from firm_sheet")]
        entries = (
            "revenue=30000万元",
            "employees=80",
            "reg_date=2021-02-03",
            "hnte_valid=?",
        )
        changes: dict[FactKey, Known] = {
            ("revenue", 2025): Fraction(30000 * WAN),
            ("employees", 2025): Fraction(80),
            ("reg_date", None): date(2021, 2, 3),
        }
        for org in orgs:
            sheet = sheet_of(memory, org)
            made = try_out(sheet, memory.region, entries)
            anew = decided_anew(memory, sheet, changes, made.wrong)

            assert (anew.decisions, anew.one_step, anew.to_confirm, anew.potential) == (
                made.check.decisions, made.check.one_step, made.check.to_confirm,
                made.check.potential,
            )  # fmt: skip
    execute(database_server, f"DROP DATABASE {base} WITH (FORCE)")


def decided_anew(
    memory: Memory,
    sheet: FirmSheet,
    changes: dict[FactKey, Known],
    wrong: Sequence[object],
) -> FirmCheck:
    """Decide on facts put together by hand: values changed, absences from the day."""
    assert wrong == ()
    values: dict[FactKey, Known | State] = {
        key: value
        for key, value in {**sheet.facts.values, **changes}.items()
        if value is not ABSENT and key != ("hnte_valid", None)
    }
    yearly = [
        n for n, f in memory.region.facts.items() if f.yearly and "firm" in f.subject
    ]
    for name in yearly:
        for year in (2019, 2020):
            values.setdefault((name, year), ABSENT)
    facts = type(sheet.facts)(values, sheet.facts.linked)
    asked = asked_by(
        memory.region, sheet.policies, as_of=sheet.as_of, year=sheet.year,
        settings=sheet.settings,
    )  # fmt: skip
    check = FirmCheck(sheet.check.row, facts, sheet.year)
    check_firm(
        check, asked.rules, memory.region, as_of=sheet.as_of, settings=asked.settings
    )
    assert facts == changed_facts(
        sheet, memory.region, {**changes, ("hnte_valid", None): UNKNOWN}
    )
    return check


def test_amount_that_hangs_on_other_facts_names_them(office: Memory) -> None:
    sheet, region = sheet_of(office, code(1)), office.region
    other = try_out(sheet, region, ["employees=12"])
    read = try_out(sheet, region, ["rd_expense=3000000元"])

    told = unmoved(sheet, region, other)
    (english,) = unmoved(sheet, region, other, locale="en").idle

    assert told == Unmoved(
        (),
        (
            Idle(
                SCALE,
                "规模以上服务业单位与首次升规奖励",
                ("研发费用（2025年）",),
                "研发费用（2025年）",
            ),
        ),
    )
    assert english.facts == ("R&D expense (2025)",)
    assert unmoved(sheet, region, read).idle == ()
    assert unmoved(sheet, region, try_out(sheet, region, [])) == Unmoved((), ())
