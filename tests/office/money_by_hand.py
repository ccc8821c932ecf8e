# SPDX-License-Identifier: Apache-2.0
"""Six invented firms whom money is due, worked by hand.

`service_scale` gives 5 % of R&D, at most 50 万元, once for all time; the premium
subsidy half of the premium paid, loan by loan and year by year.

firm  revenue  R&D    reward   loans: premium → subsidy
1     1200     200    10       L1: 10,000.00 → 5,000.00, L2: 4,000.01 → 2,000.01
2     1200     400    20       -
3     1200     2000   50       -            (5 % are 100: the cap)
4     1200     600    30       L3: 6,000.00 → 3,000.00
5     900      100    -        L4: 8,000.00 → 4,000.00   (below the line of 1000)
6     1200     ?      -        L5: 5,000.00 → -          (repaid after the window)

Revenue, R&D and reward in 万元, premiums in 元; half of 4,000.01 is 2,000.005, half up
2,000.01. Rewards are 110 万元, subsidies 14,000.01 元, of four loans of three firms.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from psycopg.sql import SQL, Identifier

from ceyuan.ledger import balances, book_of, seal_now, verify_book
from ceyuan.office.entitlements import approve, listed
from ceyuan.office.entitling import entitle
from ceyuan.office.memory import open_memory
from ceyuan.office.moving import move
from ceyuan.office.parameters import typed_settings
from ceyuan.office.payees import set_payees
from ceyuan.office.paying import make_batch
from ceyuan.office.payment_forms import payment_form, yuan
from ceyuan.office.running import run
from ceyuan.office.settings import run_settings, set_parameter
from tests.office.town_by_hand import AS_OF, WAN, add, code

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from ceyuan.ledger import Verified
    from ceyuan.office.entitlements import Approved, Entitlement
    from ceyuan.office.memory import Memory
    from ceyuan.office.moving import Moved
    from ceyuan.office.paying import BatchMade
    from ceyuan.office.payment_forms import Line
    from ceyuan.office.promising import Entitled
    from ceyuan.office.running import Run

SCALE, PREMIUM = "service_scale", "sh_premium_subsidy_2025"
VOUCHER = "sh_voucher_issue_2025"
YEAR = AS_OF.year
OFFICER, REVIEWER, FINANCE = "经办甲", "复核乙", "财务丙"
DECIDED = AS_OF
"""A Saturday; five working days after it the window ends, on 2026-11-27."""
WINDOW_ENDS = date(2026, 11, 27)
PROMISED_ON = date(2026, 12, 11)
"""Ten working days after the window."""
APPROVED = date(2026, 11, 28)
SENT = date(2026, 12, 2)
BACK = date(2026, 12, 3)
REWARDS = {1: 10 * WAN, 2: 20 * WAN, 3: 50 * WAN, 4: 30 * WAN}
LOANS = {"L1": (1, 500_000), "L2": (1, 200_001), "L3": (4, 300_000), "L4": (5, 400_000)}
TOTAL = 110 * WAN + 1_400_001
SETTINGS = (
    "service_scale.reward_offered=是",
    "first_scale_reward.notice_days=5工作日",
    "premium_subsidy.notice_days=5工作日",
)
TABLES = (
    "entitlement",
    "entitlement_event",
    "notice",
    "payee",
    "payment_batch",
    "payment",
    "payment_return",
    "office_user",
    "office_setting",
    "ledger_account",
    "ledger_transfer",
    "ledger_event",
    "ledger_set",
    "audit",
)


def scale_id(firm: int, revision: int = 1, year: int = YEAR) -> str:
    """Return the id of a firm's reward."""
    return f"{SCALE}.{year}.{code(firm)}.{revision}"


def premium_id(loan: str, revision: int = 1, year: int = YEAR) -> str:
    """Return the id of a loan's subsidy."""
    firm = LOANS[loan][0]
    return f"{PREMIUM}.{year}.{code(firm)}.{loan}.{revision}"


def voucher_id(firm: int, revision: int = 1) -> str:
    """Return the id of the vouchers that a firm is issued."""
    return f"{VOUCHER}.{YEAR}.{code(firm)}.{revision}"


def who(memory: Memory, actor: str) -> Memory:
    """Return the same memory, somebody else asking."""
    return replace(memory, actor=actor)


# --- the town ----------------------------------------------------------------------


def firms(memory: Memory) -> None:
    """Put the six firms and their loans into a memory."""
    since, until = date(2024, 6, 1), date(2027, 5, 31)
    rd = {1: 200, 2: 400, 3: 2000, 4: 600, 5: 100, 6: None}
    add(
        memory,
        "registry",
        [
            {
                "firm": n, "gb_section": "M", "gb_division": 73,
                "is_legal_person": True, "registered_in_shanghai": True,
                "first_time_above_scale": True,
            }
            for n in rd
        ],
    )  # fmt: skip
    add(
        memory,
        "tax",
        [
            {
                "firm": n, "year": 2025, "revenue": (900 if n == 5 else 1200) * WAN,
                "rd_expense": None if said is None else said * WAN,
            }
            for n, said in rd.items()
        ],
    )  # fmt: skip
    add(
        memory,
        "certificates",
        [
            {
                "firm": n, "key": f"hnte\x1f{since}", "certificate": "hnte",
                "issued_on": since, "valid_until": until,
                "valid_from": since, "valid_to": until,
            }
            for n in rd
        ],
        record="certificate",
        complete=True,
    )  # fmt: skip
    add(
        memory,
        "finance",
        [
            loan(1, "L1", 1_000_000),
            loan(1, "L2", 400_001),
            loan(4, "L3", 600_000),
            loan(5, "L4", 800_000),
            loan(6, "L5", 500_000, repaid=date(2025, 9, 1)),
        ],
        record="loan",
    )


def loan(
    firm: int, key: str, premium: int, *, repaid: date = date(2025, 8, 31)
) -> dict[str, Any]:
    """Return a loan; its premium in fen."""
    return {
        "firm": firm, "key": key, "loan_product": "lvyue", "repayment_date": repaid,
        "renewal_without_repayment": False, "serious_dishonesty": False,
        "account_confirmed_workdays": 2, "premium_paid": premium,
    }  # fmt: skip


def set_all(memory: Memory, said: Sequence[str] = SETTINGS) -> None:
    """Set the parameters that the texts leave open."""
    for one in said:
        set_parameter(memory, one, since=date(2026, 1, 1), reason="会议纪要1号")


def decide(memory: Memory, as_of: date = AS_OF) -> Run:
    """Run all policies with what the office has set."""
    said = run_settings(memory, as_of, ())
    return run(
        memory, as_of=as_of, settings=typed_settings(memory.region, said), said=said
    )


def vouchers(memory: Memory, numbers: Sequence[int], *, quota: str) -> Run:
    """Put some of the firms into the library and decide what they are issued."""
    since, until = date(2026, 1, 1), date(2027, 5, 31)
    firms(memory)
    add(
        memory,
        "certificates",
        [
            {
                "firm": n, "key": f"tech_sme\x1f{since}", "certificate": "tech_sme",
                "issued_on": since, "valid_until": until,
                "valid_from": since, "valid_to": until,
            }
            for n in numbers
        ],
        record="certificate",
    )  # fmt: skip
    set_all(memory, [f"{VOUCHER}.issue_quota={quota}"])
    return decide(memory)


def appropriate(
    memory: Memory,
    instrument: str = "first_scale_reward",
    amount: int = 500 * WAN,
    *,
    year: int = YEAR,
    budget: str = "B1",
) -> Moved:
    """Appropriate a year's budget, in fen."""
    return move(
        who(memory, FINANCE),
        instrument,
        "appropriate",
        keys={"year": str(year), "budget": budget},
        inputs={"amount": Fraction(amount)},
        effective=date(year, 1, 5),
        reason="年初预算",
    )


def decided(memory: Memory) -> Run:
    """Put the town into a memory, with its parameters and a run of decisions."""
    firms(memory)
    set_all(memory)
    return decide(memory)


def funded(memory: Memory) -> Run:
    """Do the same, with the year's budgets: 500 and 2 万元."""
    made = decided(memory)
    appropriate(memory)
    appropriate(memory, "premium_subsidy", 2 * WAN)
    return made


# --- from the promise to the bank and back -----------------------------------------


def promised(memory: Memory) -> Entitled:
    """Do the same, and promise all that is due."""
    funded(memory)
    return entitle(memory, year=YEAR, on=DECIDED, reason="年度核定")


def confirmed(memory: Memory) -> Approved:
    """Do the same, and approve it all when the window is over."""
    promised(memory)
    return approve(who(memory, REVIEWER), on=APPROVED, reason="公示无异议")


def account_of(firm: int) -> str:
    """Return a firm's bank account."""
    return f"62220000{firm:04d}"


def payees(memory: Memory, numbers: Sequence[int] = (1, 2, 3, 4, 5)) -> None:
    """Register where the firms are paid."""
    rows = [(code(n), f"合成企业{n:03d}", "虚构银行", account_of(n)) for n in numbers]
    set_payees(who(memory, FINANCE), rows, since=date(2026, 1, 1))


def sent(memory: Memory, form: str = "bank_csv") -> BatchMade:
    """Do the same, and send it all out."""
    confirmed(memory)
    payees(memory)
    return make_batch(who(memory, FINANCE), on=SENT, form=form)


def back_row(line: Line, **more: str) -> dict[str, str]:
    """Return a payment as it comes back, paid the day after; `more` alters it."""
    return {
        "payment": line.payment, "account": line.account,
        "amount": yuan(line.amount), "outcome": "成功", "reason": "",
        "day": BACK.isoformat(), **more,
    }  # fmt: skip


def back_file(rows: Sequence[Mapping[str, str]], form: str = "bank_csv") -> bytes:
    """Return a file that came back."""
    said = payment_form("shanghai", form)
    lines = [[c.heading for c in said.back]]
    lines += [[row[c.gives] for c in said.back] for row in rows]
    text = "".join(said.delimiter.join(line) + "\r\n" for line in lines)
    return text.encode(said.encoding)


# --- what there is -----------------------------------------------------------------


def tables(memory: Memory) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table about money."""
    with memory.transaction() as conn:
        return {
            name: conn.execute(
                SQL("select * from {} as t order by t::text").format(Identifier(name))
            ).fetchall()
            for name in TABLES
        }


def standing(memory: Memory) -> dict[str, tuple[str, int]]:
    """Return state and amount of every entitlement."""
    with memory.transaction() as conn:
        return {one.id: (one.state, one.amount) for one in listed(conn)}


def one(memory: Memory, name: str) -> Entitlement:
    """Return an entitlement."""
    with memory.transaction() as conn:
        return next(x for x in listed(conn) if x.id == name)


def money(memory: Memory, prefix: str = "") -> dict[str, tuple[int, int]]:
    """Return, per account, what it has and what it has beyond its holds."""
    with memory.transaction() as conn:
        return {x.path: (x.has, x.available) for x in balances(conn, prefix)}


def verified(memory: Memory, *, seal: bool = True) -> Verified:
    """Seal the book, which waits for the tenth of a second, and walk through it."""
    with memory.database.connect() as conn:
        if seal:
            seal_now(conn)
        return verify_book(book_of(conn))


@contextmanager
def office(folder: Path, url: str = "") -> Iterator[Memory]:
    """Yield a memory whose book is whole when the test has come to its end."""
    with open_memory(folder, actor=OFFICER, url=url) as memory:
        yield memory
        told = verified(memory, seal=False)
        assert told.ok, told.faults
