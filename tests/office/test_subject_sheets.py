# SPDX-License-Identifier: Apache-2.0
"""Why a loan's subsidy is due: of the loan, not of the firm; by hand.

L2 of firm 1 (`money_by_hand`): a premium of 4,000.01 yuan, half is 2,000.005, half up
2,000.01; repaid on 2025-08-31, the last day of the window; confirmed in 2 of 3 days.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from psycopg.conninfo import make_conninfo
from psycopg.types.json import Jsonb

from ceyuan.office.entitlements import listed, one_of
from ceyuan.office.memory import open_memory
from ceyuan.office.money_told import decided_of
from ceyuan.office.runs import find
from ceyuan.office.subject_sheets import SubjectWhy, is_same, subject_why
from tests.database import MADE, NUMBERS, execute
from tests.office.money_by_hand import OFFICER, PREMIUM, premium_id, promised
from tests.office.town_by_hand import AS_OF, add, org

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ceyuan.office.memory import Memory


@contextmanager
def office(server: str, folder: Path) -> Iterator[Memory]:
    base = f"subjects{next(NUMBERS)}"
    execute(server, f"CREATE DATABASE {base} TEMPLATE {MADE}")
    url = make_conninfo(server, dbname=base)
    with open_memory(folder, actor=OFFICER, url=url) as opened:
        yield opened
    execute(server, f"DROP DATABASE {base} WITH (FORCE)")


@pytest.fixture(name="noticed", scope="module")
def _noticed(
    database_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Memory]:
    """Give an office that has promised all that is due; nobody changes it."""
    with office(database_server, tmp_path_factory.mktemp("noticed")) as opened:
        promised(opened)
        yield opened


@pytest.fixture
def memory(office_folder: Path) -> Iterator[Memory]:
    with open_memory(office_folder, actor=OFFICER) as opened:
        yield opened


def told(memory: Memory, loan: str, locale: str = "zh") -> SubjectWhy:
    with memory.transaction() as conn:
        one = one_of(conn, premium_id(loan))
    return subject_why(memory, one, locale)


def test_subject_is_named_with_its_run_and_day(noticed: Memory) -> None:
    found = told(noticed, "L2")

    run = find(noticed, "last")
    assert (
        found.entitlement, found.kind, found.key, found.run, found.as_of, found.year,
    ) == (premium_id("L2"), "贷款（担保、续贷）", "L2", run.id, AS_OF, 2025)  # fmt: skip
    assert told(noticed, "L2", "en").kind == "Loan, guaranteed or renewed"


def test_reasons_of_a_loan_name_value_source_threshold_and_article(
    noticed: Memory,
) -> None:
    why = told(noticed, "L2").why

    assert why is not None
    rows = {row.clause: row for row in why.rows if row.clause}
    assert list(rows) == ["product_covered", "in_window", "honest", "account_confirmed"]
    assert all(row.answer is True for row in rows.values())
    row = rows["account_confirmed"]
    assert (row.observed, row.threshold, row.margin) == (
        "2 工作日", "≤ 3 工作日", "余 1 工作日",
    )  # fmt: skip
    assert [(g.value, g.place) for g in row.given] == [
        ("2 工作日", "银行、担保、基金，2026-01-01 起")
    ]
    article = why.article_of(row)
    assert article is not None
    assert (article.number, article.place) == ("沪科〔2025〕212号", "账户核对")
    assert "补贴比例" in {one.name for one in why.thresholds}


def test_amount_is_of_this_loan_and_of_no_other(noticed: Memory) -> None:
    amounts = {}
    for loan in ("L1", "L2", "L3", "L4"):
        found = told(noticed, loan)
        assert found.why is not None
        assert found.why.amount is not None
        assert found.answer is not None
        amounts[loan] = found.answer.amount, [v for _, v, _ in found.why.amount.parts]

    # Half of the premium; 4,000.01 / 2 = 2,000.005, half up.
    assert amounts == {
        "L1": (500_000, ["50.00%", "1.00 万元"]),
        "L2": (200_001, ["50.00%", "4,000.01 元"]),
        "L3": (300_000, ["50.00%", "6,000.00 元"]),
        "L4": (400_000, ["50.00%", "8,000.00 元"]),
    }


def test_reasons_are_those_of_the_stored_decision(noticed: Memory) -> None:
    with noticed.transaction() as conn:
        some = listed(conn, policy=PREMIUM)
    assert len(some) == 4
    for one in some:
        found = subject_why(noticed, one)
        answer = decided_of(noticed, one)
        assert found.why is not None
        assert answer is not None
        assert answer == found.answer
        decision = found.why.decision
        assert (str(decision.outcome), decision.amount) == ("eligible", one.amount)
        assert is_same(decision, answer)
        assert {c.id for c in answer.clauses if c.state == "met"} == {
            clause for clause, is_met in decision.clauses.items() if is_met is True
        }


def test_what_came_in_after_the_run_is_not_told(memory: Memory) -> None:
    """The reasons are of the run; a premium that became known later is not in them."""
    promised(memory)
    before = told(memory, "L1")
    add(
        memory,
        "finance",
        [{"firm": 1, "key": "L1", "premium_paid": 3_000_000}],
        record="loan",
    )
    assert told(memory, "L1") == before


def test_where_the_answer_was_revised_its_clauses_alone_are_told(
    memory: Memory,
) -> None:
    """What is read again says the old answer: it is not told beside the new one."""
    promised(memory)
    run = find(memory, "last")
    # Clause 2 (`account_confirmed`) turned: 0b011 are met of 0b111.
    after = {"outcome": "ineligible", "met": 3, "open": 0, "amount": None}
    with memory.transaction() as conn:
        conn.execute(
            "insert into revision (run_id, subject, org, key, policy, before, after, "
            "actor, reason, known_at, sha) values "
            "(%s, 'loan', %s, 'L1', %s, %s, %s, 'x', 'x', now(), 'x')",
            (run.id, org(1), PREMIUM, Jsonb(after), Jsonb(after)),
        )
    found = told(memory, "L1")

    assert found.why is None
    assert found.answer is not None
    assert found.answer.outcome == "eligible"  # as the run kept it
    assert (found.answer.now.outcome, found.answer.now.amount) == ("ineligible", None)
    assert {c.id: c.state for c in found.answer.now.clauses} == {
        "in_window": "met", "honest": "met", "account_confirmed": "not_met",
    }  # fmt: skip
    assert told(memory, "L2").why is not None
