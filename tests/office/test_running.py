# SPDX-License-Identifier: Apache-2.0
"""A run of four service firms, worked by hand; what it keeps, and what stops it."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import psycopg
import pytest

from ceyuan.facts.store import Damaged, find_snapshot
from ceyuan.kernel import UsageError
from ceyuan.office.database import DatabaseAway
from ceyuan.office.deciding import stored
from ceyuan.office.memory import Memory, open_memory
from ceyuan.office.running import BACK_YEARS, run
from ceyuan.office.runs import decision, find, frames, listed
from tests.office.town_by_hand import AS_OF, WAN, add, code, org, services, state

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def memory(office_folder: Path) -> Iterator[Memory]:
    with open_memory(office_folder, actor="经办人甲") as opened:
        yield opened


def outcomes(memory: Memory, name: str, policy: str = "service_scale") -> list[str]:
    return [
        stored(memory, code(n), name, policy=policy).answers[0].outcome
        for n in (1, 2, 3, 4)
    ]


def test_run_keeps_the_decisions_worked_by_hand(memory: Memory) -> None:
    services(memory)

    made = run(memory, as_of=AS_OF)

    assert made.counts["service_scale"] == {"eligible": 3, "unknown": 1}
    assert made.subjects == {"firm": 4}
    # xjr_2026 asks for a revenue, too; without one both would be unknown there.
    assert made.hanging == {"service_scale": 2, "xjr_2026": 2}
    assert made.synthetic is True
    assert (made.as_of, made.base_year, made.actor) == (AS_OF, 2025, "经办人甲")
    assert outcomes(memory, made.id) == ["eligible", "eligible", "eligible", "unknown"]
    assert find(memory, "last") == find(memory, made.id) == find(memory, made.id[:12])
    assert [r.id for r in listed(memory)] == [made.id]
    assert sum(f.height for f in frames(memory, made, "firm")) == 4
    with memory.transaction() as conn:
        snapshot = find_snapshot(conn, made.snapshot)
    assert made.known_at == snapshot.known_at


def test_decision_hangs_on_a_disagreement_only_where_the_answer_turns_on_it(
    memory: Memory,
) -> None:
    services(memory)
    made = run(memory, as_of=AS_OF)

    hangs = [
        stored(memory, code(n), made.id, policy="service_scale").answers[0].hangs
        for n in (1, 2, 3, 4)
    ]

    # Without any revenue stated 2 and 3 would both be unknown, 1 does not differ.
    assert hangs == [False, True, True, False]


def test_decision_with_a_number_beside_its_column_does_not_hang_for_that(
    memory: Memory,
) -> None:
    """1's revenue does not fit its column; what differs is another fact."""
    services(memory)
    state(memory, 1, "revenue", Fraction(1200 * WAN * 3 + 1, 3), year=2025)
    add(memory, "park", [{"firm": 1, "year": 2025, "assets": 900 * WAN}])

    made = run(memory, as_of=AS_OF)

    told = stored(memory, code(1), made.id, policy="service_scale").answers[0]
    assert (told.outcome, told.hangs) == ("eligible", False)


def test_run_of_loans_that_differ_in_a_list_of_codes(memory: Memory) -> None:
    for source, classes in (("finance", ["hnte"]), ("firm", ["hnte", "tech_sme"])):
        add(
            memory,
            source,
            [{"firm": 1, "key": "L1", "enterprise_classes": classes}],
            record="loan",
        )

    made = run(memory, as_of=AS_OF)

    assert made.subjects == {"loan": 1}
    assert decision(memory, made, "loan", org(1), "L1") is not None


def test_run_as_known_before_gives_the_decisions_of_then(memory: Memory) -> None:
    services(memory)
    before = run(memory, as_of=AS_OF)
    state(memory, 2, "revenue", Fraction(999 * WAN), year=2025)
    after = run(memory, as_of=AS_OF)

    then = run(memory, as_of=AS_OF, known_at=before.known_at)

    assert outcomes(memory, after.id)[1] == "ineligible"
    assert outcomes(memory, then.id) == outcomes(memory, before.id)
    assert then.snapshot == before.snapshot != after.snapshot
    assert before.hanging == {"service_scale": 2, "xjr_2026": 2}
    assert after.hanging == {"service_scale": 1, "xjr_2026": 1}


def test_run_of_a_year_long_past_reads_no_later_year(memory: Memory) -> None:
    services(memory)

    made = run(memory, as_of=AS_OF, base_year=2025 - BACK_YEARS - 1)

    assert made.counts["service_scale"] == {"unknown": 4}


def test_run_without_records_says_so(memory: Memory) -> None:
    with pytest.raises(UsageError, match="nothing was imported"):
        run(memory, as_of=AS_OF)


def test_run_with_a_missing_batch_file_names_batch_and_file(memory: Memory) -> None:
    tax = services(memory)["tax"]
    path = memory.shelf.path(tax.parts[0])
    path.unlink()

    with pytest.raises(Damaged) as caught:
        run(memory, as_of=AS_OF)

    assert tax.id in caught.value.message
    assert tax.parts[0].name in caught.value.message
    assert "missing" in caught.value.message
    assert "ceyuan restore" in caught.value.hint
    assert listed(memory) == []


def test_find_of_no_run_or_of_several_says_so(memory: Memory) -> None:
    services(memory)
    with pytest.raises(UsageError, match="no such run"):
        find(memory, "last")
    one, two = run(memory, as_of=AS_OF), run(memory, as_of=AS_OF)

    with pytest.raises(UsageError) as caught:
        find(memory, "r2026")
    assert {one.id, two.id} == set(caught.value.hint.split("、"))
    for name in ("%", "r2026112_", "nothing"):
        with pytest.raises(UsageError, match="no such run"):
            find(memory, name)


def test_database_that_goes_away_in_the_middle_leaves_nothing(memory: Memory) -> None:
    services(memory)

    def killed() -> None:
        with memory.transaction() as conn:
            conn.execute(
                "insert into withdrawal (batch_id, actor, reason, known_at)"
                " select id, 'x', '', now() from batch"
            )
            with psycopg.connect(memory.database.url, autocommit=True) as other:
                other.execute(
                    "select pg_terminate_backend(%s)", (conn.info.backend_pid,)
                )
            conn.execute("select 1")

    with pytest.raises(DatabaseAway):
        killed()

    with memory.transaction() as conn:
        assert conn.execute("select count(*) from withdrawal").fetchone() == (0,)
    assert run(memory, as_of=AS_OF).subjects == {"firm": 4}
