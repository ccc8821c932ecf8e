# SPDX-License-Identifier: Apache-2.0
"""The entitlement run: what is promised, once, and what is taken back."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from ceyuan.facts.store import Statement, write_statement
from ceyuan.kernel import CeyuanError, UsageError
from ceyuan.office import entitlements, entitling, promising
from ceyuan.office.correcting import claim, rule_on
from ceyuan.office.entitlements import approve, decline, history
from ceyuan.office.entitling import entitle, follow_up
from ceyuan.office.firms import Firm
from ceyuan.office.moving import move
from ceyuan.office.paying import make_batch
from ceyuan.office.returning import take_return
from ceyuan.office.runs import find
from ceyuan.office.settings import set_parameter
from tests.office.money_by_hand import (
    APPROVED,
    BACK,
    DECIDED,
    FINANCE,
    LOANS,
    OFFICER,
    PREMIUM,
    PROMISED_ON,
    REVIEWER,
    REWARDS,
    SCALE,
    SENT,
    TABLES,
    TOTAL,
    VOUCHER,
    WINDOW_ENDS,
    YEAR,
    appropriate,
    back_file,
    back_row,
    confirmed,
    decide,
    decided,
    firms,
    funded,
    money,
    office,
    one,
    premium_id,
    promised,
    scale_id,
    sent,
    set_all,
    standing,
    tables,
    voucher_id,
    vouchers,
    who,
)
from tests.office.town_by_hand import AS_OF, WAN, another, code, name, org, state

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ceyuan.declarations.instrument import Instrument
    from ceyuan.office.correcting import Ruled
    from ceyuan.office.memory import Memory

ALL = {
    **{scale_id(n): ("noticed", amount) for n, amount in REWARDS.items()},
    **{premium_id(key): ("noticed", amount) for key, (_, amount) in LOANS.items()},
}
POOL = "first_scale/2026/pool"


@pytest.fixture
def memory(office_folder: Path) -> Iterator[Memory]:
    with office(office_folder) as opened:
        yield opened


def correct(memory: Memory, firm: int, rd: int, attribute: str = "rd_expense") -> Ruled:
    """Accept that a firm's figure of 2025 was another one, in 万元."""
    made = claim(
        memory, Firm(org(firm), code(firm), name(firm)), (attribute, 2025),
        Fraction(rd * WAN), reason="审计", as_of=AS_OF,
    )  # fmt: skip
    return rule_on(
        another(memory), made.id, accepted=True, reason="已核对", as_of=DECIDED
    )


def ids(entitled: Any) -> list[str]:
    return sorted(name for name, _ in entitled.fresh)


def others(before: dict[str, Any], firm: int) -> dict[str, list[Any]]:
    """Return the rows of entitlements, events, notices that are not a firm's."""
    mine = code(firm)
    return {
        table: [row for row in before[table] if not any(mine in str(x) for x in row)]
        for table in ("entitlement", "entitlement_event", "notice")
    }


# --- promised, once ----------------------------------------------------------------


def test_entitle_promises_what_was_worked_by_hand(memory: Memory) -> None:
    funded(memory)

    made = entitle(memory, year=YEAR, on=DECIDED, reason="年度核定")

    # 10 + 20 + 50 + 30 万元, 5,000 + 2,000.01 + 3,000 + 4,000 元: to firms 1 to 5.
    assert (made.firms, made.total, ids(made)) == (5, TOTAL, sorted(ALL))
    assert (made.problems, made.unfunded, made.withdrawn) == ([], {}, [])
    assert standing(memory) == ALL
    assert len(made.transfers) == len(ALL)
    assert money(memory, "payable/") == {
        f"payable/{code(n)}": (0, 0) for n in range(1, 6)
    }
    assert money(memory, POOL) == {POOL: (500 * WAN, (500 - 110) * WAN)}
    assert money(memory, "premium/") == {
        "premium/2026/pool": (2 * WAN, 2_000_000 - 1_400_001)
    }


def test_entitlement_keeps_where_it_comes_from_and_its_days(memory: Memory) -> None:
    run = funded(memory)
    entitle(memory, year=YEAR, on=DECIDED, reason="年度核定")

    found = one(memory, premium_id("L3"))

    assert found == entitlements.Entitlement(
        id=premium_id("L3"), slot=f"{PREMIUM}/2026/{org(4)}/L3", revision=1,
        policy=PREMIUM, instrument="premium_subsidy", year=2026, subject="loan",
        org=org(4), key="L3", party=code(4), name=name(4), commodity="CNY",
        amount=300_000, mode="auto_grant", run=run.id, state="noticed",
        noticed_on=DECIDED, object_until=WINDOW_ENDS, promised_on=PROMISED_ON,
        decided_by=OFFICER, approved_by="", objection=False, synthetic=True,
    )  # fmt: skip
    with memory.transaction() as conn:
        (told,) = history(conn, found.id)
    assert (told.kind, told.state, told.day, told.actor, told.reason) == (
        "notice", "noticed", DECIDED, OFFICER, "年度核定",
    )  # fmt: skip
    assert told.transfer == f"premium_subsidy/promise/2026/{code(4)}/{found.id}"


def test_entitle_tells_each_firm_once_of_all_that_it_is_due(memory: Memory) -> None:
    promised(memory)

    with memory.transaction() as conn:
        rows = conn.execute("select party, body from notice").fetchall()

    assert sorted(party for party, _ in rows) == sorted(code(n) for n in range(1, 6))
    (body,) = [body for party, body in rows if party == code(1)]
    days = {"object_until": "2026-11-27", "promised_on": "2026-12-11"}
    assert body == {
        "items": [
            {"entitlement": x, "policy": policy, "key": key, "amount": amount,
             "commodity": "CNY", **days}
            for x, policy, key, amount in (
                (scale_id(1), SCALE, "", 10 * WAN),
                (premium_id("L1"), PREMIUM, "L1", 500_000),
                (premium_id("L2"), PREMIUM, "L2", 200_001),
            )
        ]
    }  # fmt: skip


def test_entitle_in_several_transactions_tells_each_firm_once_too(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Firm 1 has a reward and two subsidies; it gets one letter."""
    monkeypatch.setattr(entitling, "CHUNK", 2)
    promised(memory)

    with memory.transaction() as conn:
        rows = conn.execute("select party from notice order by party").fetchall()

    assert standing(memory) == ALL
    assert [party for (party,) in rows] == sorted(code(n) for n in range(1, 6))


def test_dry_run_writes_nothing_and_shows_what_the_real_one_posts(
    memory: Memory,
) -> None:
    funded(memory)
    before = tables(memory)

    tried = entitle(memory, year=YEAR, on=DECIDED, dry_run=True)

    assert tables(memory) == before
    made = entitle(memory, year=YEAR, on=DECIDED)
    assert (tried.dry, made.dry) == (True, False)
    assert tried.transfers == made.transfers
    assert tried.fresh == made.fresh
    assert (tried.total, tried.firms) == (made.total, made.firms) == (TOTAL, 5)
    changed = [name for name in TABLES if tables(memory)[name] != before[name]]
    assert changed == [
        "entitlement", "entitlement_event", "notice", "ledger_account",
        "ledger_transfer", "ledger_event", "audit",
    ]  # fmt: skip


def test_dry_run_of_a_withdrawal_shows_what_the_real_one_posts(memory: Memory) -> None:
    promised(memory)
    state(memory, 2, "rd_expense", Fraction(800 * WAN), year=2025)
    decide(memory)
    before = tables(memory)

    tried = entitle(memory, year=YEAR, on=DECIDED, dry_run=True)

    assert tables(memory) == before
    made = entitle(memory, year=YEAR, on=DECIDED)
    assert tried.transfers == made.transfers
    assert [t.kind for t in made.transfers] == ["void", "hold"]
    assert tried.withdrawn == made.withdrawn


def test_repeated_run_posts_nothing(memory: Memory) -> None:
    promised(memory)
    before = tables(memory)

    again = entitle(memory, year=YEAR, on=date(2026, 11, 22))

    assert (again.transfers, again.fresh, again.withdrawn, again.problems) == (
        [], [], [], [],
    )  # fmt: skip
    assert (again.firms, again.total) == (0, 0)
    assert tables(memory) == before


def test_run_of_other_decisions_that_say_the_same_posts_nothing(memory: Memory) -> None:
    promised(memory)
    before = tables(memory)
    decide(memory)

    entitle(memory, year=YEAR, on=DECIDED)

    assert tables(memory) == before


def test_run_of_one_policy_leaves_the_others(memory: Memory) -> None:
    funded(memory)

    made = entitle(memory, year=YEAR, policies=[PREMIUM], on=DECIDED)

    assert ids(made) == sorted(premium_id(key) for key in LOANS)
    rest = entitle(memory, year=YEAR, on=DECIDED)
    assert ids(rest) == sorted(scale_id(n) for n in REWARDS)


def test_progress_is_told_after_each_transaction(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entitling, "CHUNK", 3)
    funded(memory)
    told: list[tuple[int, int]] = []

    entitle(memory, year=YEAR, on=DECIDED, progress=lambda n, of: told.append((n, of)))

    assert told == [(3, 8), (7, 8), (8, 8)]


# --- alone -------------------------------------------------------------------------


def test_second_run_at_the_same_time_is_told_who_holds_it_and_since_when(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entitling, "CHUNK", 4)
    funded(memory)
    said: list[str] = []

    def meanwhile(_: int, __: int) -> None:
        with pytest.raises(UsageError) as caught:
            entitle(who(memory, "经办丁"), year=YEAR, on=DECIDED)
        said.append(caught.value.message)

    entitle(memory, year=YEAR, on=DECIDED, progress=meanwhile)

    with memory.transaction() as conn:
        rows = conn.execute("select actor, outcome, started_at from attempt").fetchall()
    ((actor, outcome, started),) = rows
    assert (actor, outcome) == (OFFICER, "done")
    assert said == 2 * [
        (
            f"正在进行另一次应享核定：`{OFFICER}` 自 {started.astimezone():%H:%M:%S} 起 "
            "(another run is going on)"
        )
    ]
    again = entitle(who(memory, "经办丁"), year=YEAR, on=DECIDED)
    assert again.transfers == []
    assert standing(memory) == ALL


def test_run_that_failed_does_not_hold_the_next_one_up(memory: Memory) -> None:
    funded(memory)

    def stop(_: int, __: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        entitle(memory, year=YEAR, on=DECIDED, progress=stop)

    entitle(memory, year=YEAR, on=DECIDED)
    assert standing(memory) == ALL
    with memory.transaction() as conn:
        rows = conn.execute("select outcome from attempt order by id").fetchall()
    assert rows == [("failed",), ("done",)]


def test_two_runs_at_once_after_the_lock_was_lost_promise_nothing_twice(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server ends the connection that holds the lock; the work goes on."""
    monkeypatch.setattr(entitling, "CHUNK", 2)
    funded(memory)

    def meanwhile(count: int, _: int) -> None:
        if count > 2:
            return
        with memory.transaction() as conn:
            ended = conn.execute(
                "select pg_terminate_backend(pid) from pg_locks"
                " where locktype = 'advisory' and classid = 0 and objid = %s",
                (entitling.ENTITLING,),
            ).fetchall()
        assert ended == [(True,)]
        # The server takes a moment until it has let the lock go.
        while True:
            try:
                entitle(who(memory, "经办丁"), year=YEAR, on=DECIDED)
            except UsageError:
                continue
            break

    with suppress(CeyuanError, psycopg.Error):
        entitle(memory, year=YEAR, on=DECIDED, progress=meanwhile)

    assert standing(memory) == ALL
    assert money(memory, POOL) == {POOL: (500 * WAN, (500 - 110) * WAN)}
    assert entitle(memory, year=YEAR, on=DECIDED).transfers == []


# --- the budget --------------------------------------------------------------------


def test_budget_too_small_promises_in_order_and_the_rest_after_an_appropriation(
    memory: Memory,
) -> None:
    """The pool has 45 万元 for 20, 50, 30, 10, in the order of the firms' handles."""
    decided(memory)
    appropriate(memory, amount=45 * WAN)
    appropriate(memory, "premium_subsidy", 2 * WAN)

    made = entitle(memory, year=YEAR, on=DECIDED)

    # 2 (20, 25 left), 3 (50 does not fit), 4 (30 does not fit), 1 (10, 15 left).
    assert sorted((org(n), n) for n in REWARDS) == [(org(n), n) for n in (2, 3, 4, 1)]
    assert made.unfunded == {scale_id(3): 50 * WAN, scale_id(4): 30 * WAN}
    assert made.problems == []
    assert [x for x in standing(memory) if x.startswith(SCALE)] == sorted(
        [scale_id(1), scale_id(2)]
    )
    assert money(memory, POOL) == {POOL: (45 * WAN, 15 * WAN)}
    again = entitle(memory, year=YEAR, on=DECIDED)
    assert (again.transfers, again.unfunded) == ([], made.unfunded)

    # 15 + 66 = 81: firm 3 (50, 31 left) and firm 4 (30, 1 left).
    appropriate(memory, amount=66 * WAN, budget="B2")
    more = entitle(memory, year=YEAR, on=DECIDED)

    assert (ids(more), more.unfunded) == (sorted([scale_id(3), scale_id(4)]), {})
    assert standing(memory) == ALL
    assert money(memory, POOL) == {POOL: (111 * WAN, 1 * WAN)}


@pytest.mark.parametrize(("extra", "left"), [(0, 0), (-1, 1)])
def test_budget_exactly_enough_and_a_fen_short(
    memory: Memory, extra: int, left: int
) -> None:
    decided(memory)
    appropriate(memory, amount=110 * WAN + extra)

    made = entitle(memory, year=YEAR, policies=[SCALE], on=DECIDED)

    assert len(made.unfunded) == left
    assert len(made.fresh) == 4 - left


def test_budget_of_another_year_does_not_pay(memory: Memory) -> None:
    decided(memory)
    appropriate(memory, year=2027)

    made = entitle(memory, year=YEAR, policies=[SCALE], on=DECIDED)

    assert made.unfunded == {scale_id(n): amount for n, amount in REWARDS.items()}
    assert standing(memory) == {}


def test_amount_beyond_the_policy_s_cap_is_a_problem_and_the_others_go(
    memory: Memory,
) -> None:
    """The office has lowered the cap of the instrument to 40 after the decisions."""
    funded(memory)
    set_parameter(
        memory, "service_scale.reward_max=40万元", since=DECIDED, reason="会议"
    )

    made = entitle(memory, year=YEAR, on=DECIDED)

    # 50 is above 40; 30, 20 and 10 are not.
    assert [p.code for p in made.problems] == ["L123"]
    assert standing(memory) == {k: v for k, v in ALL.items() if k != scale_id(3)}


# --- a parameter that is not set ---------------------------------------------------


def test_notice_days_not_set_is_told_with_its_mend_and_the_others_go_on(
    memory: Memory,
) -> None:
    firms(memory)
    set_all(
        memory,
        ["service_scale.reward_offered=是", "premium_subsidy.notice_days=5工作日"],
    )
    decide(memory)
    appropriate(memory)
    appropriate(memory, "premium_subsidy", 2 * WAN)

    made = entitle(memory, year=YEAR, on=DECIDED)

    assert [(p.code, p.message, p.mend) for p in made.problems] == [
        (
            "L130",
            (
                "参数 `first_scale_reward.notice_days`（公示天数）没有设定，"
                "`service_scale` 暂不承诺 (parameter not set)"
            ),
            (
                "`ceyuan parameter set first_scale_reward.notice_days=5工作日 "
                "--reason “……”`"
            ),
        )
    ]
    assert ids(made) == sorted(premium_id(key) for key in LOANS)

    set_all(memory, ["first_scale_reward.notice_days=3工作日"])
    entitle(memory, year=YEAR, on=DECIDED)

    # Three working days after Saturday the 21st: Wednesday the 25th.
    assert one(memory, scale_id(1)).object_until == date(2026, 11, 25)
    assert standing(memory) == ALL


# --- a fact that was corrected -----------------------------------------------------


def test_correction_inside_the_window_touches_only_its_firm(memory: Memory) -> None:
    promised(memory)
    before = tables(memory)

    # 5 % of 800 are 40.
    ruled = correct(memory, 2, 800)

    (made,) = ruled.entitled
    assert (ids(made), [x.id for x in made.withdrawn]) == (
        [scale_id(2, 2)],
        [scale_id(2)],
    )
    assert [(t.kind, t.amount) for t in made.transfers] == [
        ("void", None), ("hold", 40 * WAN),
    ]  # fmt: skip
    assert standing(memory) == {
        **ALL,
        scale_id(2): ("withdrawn", 20 * WAN),
        scale_id(2, 2): ("noticed", 40 * WAN),
    }
    after = tables(memory)
    assert others(after, 2) == others(before, 2)
    # What was in the book and in the trail is there still, row by row.
    for table in ("ledger_transfer", "audit", "entitlement_event", "notice"):
        assert set(map(str, before[table])) <= set(map(str, after[table]))
    # 110 less 20 and 40 more.
    assert money(memory, POOL) == {POOL: (500 * WAN, (500 - 130) * WAN)}
    assert one(memory, scale_id(2, 2)).revision == 2


def test_correction_followed_up_by_a_second_run_says_the_same(memory: Memory) -> None:
    promised(memory)
    state(memory, 2, "rd_expense", Fraction(800 * WAN), year=2025)
    decide(memory)

    made = entitle(memory, year=YEAR, on=DECIDED)

    assert (ids(made), [x.id for x in made.withdrawn]) == (
        [scale_id(2, 2)],
        [scale_id(2)],
    )
    assert standing(memory) == {
        **ALL,
        scale_id(2): ("withdrawn", 20 * WAN),
        scale_id(2, 2): ("noticed", 40 * WAN),
    }


def test_follow_up_a_second_time_has_nothing_to_do(memory: Memory) -> None:
    promised(memory)
    correct(memory, 2, 800)
    before = tables(memory)
    with memory.transaction() as conn:
        run_id = conn.execute("select run_id from entitlement limit 1").fetchone()
    assert run_id is not None
    (made,) = follow_up(
        memory, find(memory, run_id[0]), [org(2)], on=DECIDED, reason="再看"
    )

    assert (made.transfers, made.fresh, made.withdrawn) == ([], [], [])
    assert tables(memory) == before


def test_correction_that_changes_no_amount_changes_nothing(memory: Memory) -> None:
    """Firm 3 is at the cap with 2000 and with 1000 万元 of R&D."""
    promised(memory)
    before = tables(memory)

    correct(memory, 3, 1000)

    assert tables(memory) == before


def test_firm_no_longer_eligible_is_withdrawn(memory: Memory) -> None:
    promised(memory)

    correct(memory, 2, 999, "revenue")

    assert standing(memory) == {**ALL, scale_id(2): ("withdrawn", 20 * WAN)}
    assert money(memory, POOL) == {POOL: (500 * WAN, (500 - 90) * WAN)}


def test_firm_withdrawn_and_eligible_again_is_promised_anew(memory: Memory) -> None:
    promised(memory)
    correct(memory, 2, 999, "revenue")

    correct(memory, 2, 1000, "revenue")

    assert standing(memory) == {
        **ALL,
        scale_id(2): ("withdrawn", 20 * WAN),
        scale_id(2, 2): ("noticed", 20 * WAN),
    }


def test_firm_eligible_after_a_correction_is_promised(memory: Memory) -> None:
    promised(memory)

    # 1000 is on the line; 5 % of 100 are 5.
    correct(memory, 5, 1000, "revenue")

    assert standing(memory) == {**ALL, scale_id(5): ("noticed", 5 * WAN)}


def test_correction_after_approval_reverses_and_promises_anew(memory: Memory) -> None:
    confirmed(memory)

    ruled = correct(memory, 2, 800)

    (made,) = ruled.entitled
    assert [(t.kind, t.amount) for t in made.transfers] == [
        ("reverse", 20 * WAN), ("hold", 40 * WAN),
    ]  # fmt: skip
    found = standing(memory)
    assert (found[scale_id(2)], found[scale_id(2, 2)]) == (
        ("withdrawn", 20 * WAN), ("noticed", 40 * WAN),
    )  # fmt: skip
    # 10 + 50 + 30 were posted, 40 are held.
    assert money(memory, POOL) == {POOL: (410 * WAN, 370 * WAN)}
    assert money(memory, f"payable/{code(2)}") == {f"payable/{code(2)}": (0, 0)}


def test_correction_after_approval_of_what_nothing_reverses_leaves_the_others_going(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were no reversal declared for premiums: told, and the rewards go on."""
    confirmed(memory)
    undo = promising.undo_of

    def none_for_premiums(instrument: Instrument) -> str:
        if instrument.id == "premium_subsidy":
            msg = "nothing reverses it"
            raise UsageError(msg)
        return undo(instrument)

    monkeypatch.setattr(promising, "undo_of", none_for_premiums)
    with memory.transaction() as conn:
        write_statement(
            conn,
            Statement(
                record="loan", source="ruling", org=org(4), key="L3",
                attribute="premium_paid", value=Fraction(800_000),
                valid_from=date(2025, 1, 1), actor=OFFICER, reason="核对",
            ),
        )  # fmt: skip
    state(memory, 2, "rd_expense", Fraction(800 * WAN), year=2025)
    decide(memory)

    made = entitle(memory, year=YEAR, on=APPROVED)

    assert ids(made) == [scale_id(2, 2)]
    assert len(made.problems) == 1
    assert standing(memory)[premium_id("L3")] == ("payable", 300_000)


@pytest.mark.parametrize("is_back", [False, True])
def test_correction_after_it_was_sent_or_paid_is_told_and_touches_nothing(
    memory: Memory, is_back: bool
) -> None:
    batch = sent(memory)
    if is_back:
        take_return(
            who(memory, FINANCE),
            back_file([back_row(line) for line in batch.lines]),
            name="回单.csv",
            form="bank_csv",
        )
    before = tables(memory)

    ruled = correct(memory, 2, 800)

    (made,) = ruled.entitled
    word = "支付" if is_back else "送付"
    assert [(p.code, p.message) for p in made.problems] == [
        (
            "L132",
            (
                f"`{scale_id(2)}` 已{word} 20.00 万元，现在应为 40.00 万元 "
                "(sent or paid, and no longer due so)"
            ),
        )
    ]
    assert (made.transfers, made.fresh, made.withdrawn) == ([], [], [])
    assert tables(memory) == before
    (gone,) = correct(memory, 2, 999, "revenue").entitled
    assert [p.message for p in gone.problems] == [
        (
            f"`{scale_id(2)}` 已{word} 20.00 万元，现在应为 0.00 元 "
            "(sent or paid, and no longer due so)"
        )
    ]
    assert tables(memory) == before


def test_correction_before_anything_was_promised_promises_nothing(
    memory: Memory,
) -> None:
    funded(memory)

    ruled = correct(memory, 2, 800)

    assert ruled.entitled == ()
    assert standing(memory) == {}


# --- years -------------------------------------------------------------------------


def test_later_year_gives_nothing_again_of_what_is_once_for_all_time(
    memory: Memory,
) -> None:
    promised(memory)
    appropriate(memory, year=2027)
    decide(memory, date(2026, 12, 31))

    made = entitle(memory, year=2027, policies=[SCALE], on=date(2027, 3, 1))

    assert (made.transfers, made.fresh, made.withdrawn) == ([], [], [])
    assert standing(memory) == ALL


def test_later_year_of_the_same_decisions_leaves_the_year_before(
    memory: Memory,
) -> None:
    """A budget of another year says nothing of what was promised out of this one."""
    promised(memory)
    appropriate(memory, "premium_subsidy", 2 * WAN, year=2027)

    made = entitle(memory, year=2027, policies=[PREMIUM], on=date(2027, 3, 1))

    assert made.withdrawn == []
    assert standing(memory) == {
        **ALL,
        **{premium_id(k, year=2027): ("noticed", a) for k, (_, a) in LOANS.items()},
    }


def test_later_year_gives_what_was_withdrawn_the_year_before(memory: Memory) -> None:
    """Once for all time is once received: what was taken back was never had."""
    promised(memory)
    state(memory, 2, "revenue", Fraction(999 * WAN), year=2025)
    decide(memory)
    entitle(memory, year=YEAR, on=DECIDED)
    assert standing(memory)[scale_id(2)] == ("withdrawn", 20 * WAN)
    state(memory, 2, "revenue", Fraction(1200 * WAN), year=2025)
    decide(memory)
    appropriate(memory, year=2027)

    made = entitle(memory, year=2027, policies=[SCALE], on=date(2027, 3, 1))

    assert ids(made) == [scale_id(2, 2, year=2027)]


def test_declined_is_not_promised_again(memory: Memory) -> None:
    promised(memory)
    decline(memory, scale_id(2), on=DECIDED, reason="企业来函", behalf="虚构二号")

    made = entitle(memory, year=YEAR, on=DECIDED)
    correct(memory, 2, 800)

    assert made.transfers == []
    assert standing(memory) == {**ALL, scale_id(2): ("declined", 20 * WAN)}


def test_window_of_a_new_revision_is_its_own(memory: Memory) -> None:
    promised(memory)
    state(memory, 2, "rd_expense", Fraction(800 * WAN), year=2025)
    decide(memory)
    entitle(memory, year=YEAR, on=date(2026, 11, 30))

    found = one(memory, scale_id(2, 2))
    # Five working days after Monday the 30th: Monday the 7th.
    assert (found.noticed_on, found.object_until) == (
        date(2026, 11, 30), date(2026, 12, 7),
    )  # fmt: skip
    done = approve(who(memory, REVIEWER), on=APPROVED)
    assert done.waiting == [scale_id(2, 2)]
    assert len(done.payable) == len(ALL) - 1


def test_failed_payment_is_told_and_not_promised_again(memory: Memory) -> None:
    batch = sent(memory)
    (line,) = [x for x in batch.lines if x.payment == f"{scale_id(2)}.p1"]
    take_return(
        who(memory, FINANCE),
        back_file([back_row(line, outcome="失败", reason="账户已销户")]),
        name="回单.csv",
        form="bank_csv",
    )
    assert entitle(memory, year=YEAR, on=BACK).transfers == []

    (made,) = correct(memory, 2, 800).entitled

    assert [p.code for p in made.problems] == ["L132"]
    assert standing(memory)[scale_id(2)] == ("failed", 20 * WAN)
    again = make_batch(
        who(memory, FINANCE), on=SENT, form="bank_csv", again=True, reason="已恢复"
    )
    assert [x.payment for x in again.lines] == [f"{scale_id(2)}.p2"]


def test_entitle_of_no_run_or_of_no_such_policy_is_wrong_use(memory: Memory) -> None:
    with pytest.raises(UsageError, match="no such run"):
        entitle(memory, year=YEAR, on=DECIDED)
    funded(memory)
    with pytest.raises(UsageError, match="no instrument pays it"):
        entitle(memory, year=YEAR, policies=["xjr_2026"], on=DECIDED)
    assert standing(memory) == {}


def test_voucher_whose_ground_is_gone_and_that_is_spent_is_told_and_the_others_go_on(
    memory: Memory,
) -> None:
    """Firm 1 has ordered for 1 万元 of its 3 before its place was corrected.

    The issue cannot be reversed; firm 3, in the library by now, is issued its own.
    """
    vouchers(memory, [1, 3], quota="3万元")
    state(memory, 3, "registered_in_shanghai", value=False)
    decide(memory)
    entitle(memory, year=YEAR, policies=[VOUCHER], on=DECIDED)
    assert set(standing(memory)) == {voucher_id(1)}
    set_all(memory, ["sh_voucher_2025.firm_yearly_cap=30万元"])
    appropriate(memory, "innovation_voucher", 5 * WAN)
    move(
        memory,
        "innovation_voucher",
        "reserve",
        keys={"year": "2026", "firm": code(1), "order": "O1", "provider": "P1"},
        inputs={
            "order_total": Fraction(2 * WAN),
            "voucher_requested": Fraction(1 * WAN),
            "voucher_user": "firm",
        },
        effective=DECIDED,
        reason="订单",
    )
    state(memory, 1, "registered_in_shanghai", value=False)
    state(memory, 3, "registered_in_shanghai", value=True)
    decide(memory)

    made = entitle(memory, year=YEAR, policies=[VOUCHER], on=DECIDED)

    assert ids(made) == [voucher_id(3)]
    assert len(made.problems) == 1
    assert standing(memory) == {
        voucher_id(1): ("noticed", 3 * WAN),
        voucher_id(3): ("noticed", 3 * WAN),
    }
