# SPDX-License-Identifier: Apache-2.0
"""The town's one claim that is still noticed, taken to the bank and back.

The premium subsidy of `town.firm` is noticed on 2026-12-01 and its window ends on the
8th. It is approved on the 10th, sent on the 11th, and comes back on the 14th, paid or
not. What it holds is looked up, so that the town may be another one next year.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any

import psycopg

from ceyuan.office.entitlements import approve
from ceyuan.office.memory import open_memory
from ceyuan.office.payees import set_payee
from ceyuan.office.paying import make_batch
from ceyuan.office.returning import take_return
from tests.office.money_by_hand import back_file, back_row, who

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ceyuan.office.memory import Memory
    from tests.town import Town

OFFICER, REVIEWER, FINANCE, SECOND = "经办人甲", "复核人乙", "财务丙", "财务丁"
AUDITOR = "审计员"
APPROVED, SENT, BACK = date(2026, 12, 10), date(2026, 12, 11), date(2026, 12, 14)
HOLDER, BANK, ACCOUNT = "合成企业（虚构）", "虚构银行", "6200112263460001"


@contextmanager
def office_of(town: Town, actor: str) -> Iterator[Memory]:
    """Yield the town's memory, somebody asking."""
    with open_memory(town.folder, actor=actor, url=town.url) as memory:
        yield memory


def ask(town: Town, question: str, *given: object) -> list[tuple[Any, ...]]:
    """Return the rows that a question finds."""
    with psycopg.connect(town.url) as conn:
        return conn.execute(question.encode(), given).fetchall()


def send(town: Town) -> str:
    """Approve the claim and send it; return its id."""
    ((claim,),) = ask(town, "select id from entitlement where state = 'noticed'")
    with office_of(town, FINANCE) as memory:
        approve(who(memory, REVIEWER), on=APPROVED, names=[claim], reason="公示无异议")
        set_payee(
            memory, town.firm, holder=HOLDER, bank=BANK, account=ACCOUNT,
            since=date(2026, 1, 1), reason="开户证明",
        )  # fmt: skip
        made = make_batch(memory, on=SENT, form="bank_csv")
        assert [f"{claim}.p1"] == [line.payment for line in made.lines]
    return str(claim)


def come_back(town: Town, *, paid: bool) -> str:
    """Send the claim and take in what the bank says of it; return its id."""
    claim = send(town)
    with office_of(town, FINANCE) as memory:
        from ceyuan.office.payment_forms import Line

        ((amount,),) = ask(
            town, "select amount from payment where id = %s", f"{claim}.p1"
        )
        line = Line(1, f"{claim}.p1", HOLDER, BANK, ACCOUNT, amount, "")
        told = {} if paid else {"outcome": "失败", "reason": "账户已销户"}
        row = back_row(line, day=BACK.isoformat(), **told)
        take_return(memory, back_file([row]), name="回单.csv", form="bank_csv")
    return claim
