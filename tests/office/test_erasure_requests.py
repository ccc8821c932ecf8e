# SPDX-License-Identifier: Apache-2.0
"""A request to erase: asked, decided by another one, done; nothing of it names anybody."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from ceyuan.facts.store.persons import erase, find_person
from ceyuan.kernel import NotAllowed, UsageError
from ceyuan.office.erasure_requests import ask, decide, request_of, requests
from ceyuan.office.importing import Said
from ceyuan.office.letters import letters_to
from ceyuan.office.masking import held_of
from ceyuan.office.memory import open_memory
from ceyuan.office.tables import TABLES
from tests.office.handed_in import DAY, PEOPLE, take, write_csv

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ceyuan.office.memory import Memory

NUMBER = "RC-2026-778899"
FOLK = [
    (NUMBER, "闻人策", "310101199001011234", "1990-01-17", "圣马力诺", "13800138765", "是")
]  # fmt: skip


@pytest.fixture
def memory(office_folder: Path, tmp_path: Path) -> Iterator[Memory]:
    with open_memory(office_folder, actor="经办人甲") as opened:
        take(
            opened,
            write_csv(tmp_path / "人员.csv", FOLK, PEOPLE),
            record="person",
            said=Said(source="firm", as_of=DAY),
        )
        yield opened


def boss(memory: Memory) -> Memory:
    return replace(memory, actor="管理员")


def slot_of(memory: Memory) -> int | None:
    with memory.transaction() as conn:
        return find_person(conn, memory.keyring(), NUMBER)


def trail(memory: Memory) -> list[tuple[str, str, str]]:
    with memory.transaction() as conn:
        return conn.execute(
            "select actor, verb, object from audit order by seq"
        ).fetchall()


def test_what_is_accepted_is_erased_and_the_request_says_so(memory: Memory) -> None:
    slot = slot_of(memory)
    assert slot is not None
    made = ask(memory, f" {NUMBER.lower()}", reason="本人申请，收件 12 号")

    done = decide(boss(memory), made.id, accepted=True, why="已核对本人")

    assert (made.state, made.person, made.slot) == ("open", f"p{slot}", slot)
    assert (done.state, done.decided_by, done.decided_why) == (
        "done", "管理员", "已核对本人",
    )  # fmt: skip
    assert slot_of(memory) is None
    assert {one.state for one in held_of(memory, slot, on=DAY)} == {"erased"}
    assert trail(memory) == [
        ("经办人甲", "erasure.ask", f"erasure/{made.id}"),
        ("管理员", "erasure.accept", f"erasure/{made.id}"),
        ("管理员", "erasure.done", f"erasure/{made.id}"),
    ]
    with memory.transaction() as conn:
        (letter,) = letters_to(conn, "经办人甲")
    assert (letter.subject, letter.body, letter.about) == (
        f"个人信息删除申请 {made.id}：已接受 (erasure request {made.id}: accepted)",
        "已核对本人",
        f"/erasures/{made.id}",
    )


def test_no_table_holds_the_number_that_was_typed(memory: Memory) -> None:
    made = ask(memory, NUMBER, reason="收件 12 号")
    decide(boss(memory), made.id, accepted=True, why="已核对")

    found = set()
    with memory.transaction() as conn:
        for table in TABLES:
            row = conn.execute(
                f"select count(*) from {table} t where t::text like %s",  # noqa: S608
                (f"%{NUMBER}%",),
            ).fetchone()
            assert row is not None
            if row[0]:
                found.add(table)
    assert found == set()


def test_what_is_declined_stays_and_is_over(memory: Memory) -> None:
    made = ask(memory, NUMBER, reason="收件 12 号")

    declined = decide(boss(memory), made.id, accepted=False, why="争议未结")

    assert (declined.state, slot_of(memory) is None) == ("declined", False)
    for accepted in (True, False):
        with pytest.raises(UsageError, match="decided already"):
            decide(boss(memory), made.id, accepted=accepted, why="再来")
    with memory.transaction() as conn:
        assert request_of(conn, made.id) == declined


def test_who_asked_does_not_decide(memory: Memory) -> None:
    made = ask(memory, NUMBER, reason="收件 12 号")

    for accepted in (True, False):
        with pytest.raises(NotAllowed, match="different people"):
            decide(memory, made.id, accepted=accepted, why="自己批")

    with memory.transaction() as conn:
        assert request_of(conn, made.id) == made
    assert slot_of(memory) is not None


def test_whether_somebody_is_known_is_not_told_to_who_asks(memory: Memory) -> None:
    known = ask(memory, NUMBER, reason="收件 1 号")
    unknown = ask(memory, "RC-2026-404", reason="收件 2 号")

    assert (known.state, unknown.state) == ("open", "open")
    assert (unknown.person, unknown.slot) == ("", None)
    with pytest.raises(UsageError, match="nobody has this number"):
        decide(boss(memory), unknown.id, accepted=True, why="核对过")
    assert decide(boss(memory), unknown.id, accepted=False, why="无此人").state == (
        "declined"
    )


@pytest.mark.parametrize(
    ("number", "reason", "told"),
    [
        (" ", "收件 1 号", "a number and a reason"),
        (NUMBER, "  ", "a number and a reason"),
        (NUMBER, f"{NUMBER} 本人", "names the person"),
        ("RC-2026-778899", "ＲＣ-2026-778899 本人", "names the person"),
    ],
)
def test_a_request_that_names_somebody_or_says_nothing_is_refused(
    memory: Memory, number: str, reason: str, told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        ask(memory, number, reason=reason)

    with memory.transaction() as conn:
        assert requests(conn) == []


def test_a_decision_wants_a_reason(memory: Memory) -> None:
    made = ask(memory, NUMBER, reason="收件 12 号")

    with pytest.raises(UsageError, match="a reason is asked"):
        decide(boss(memory), made.id, accepted=True, why=" ")

    assert slot_of(memory) is not None


def test_what_stopped_between_deciding_and_erasing_is_finished_by_deciding_again(
    memory: Memory,
) -> None:
    made = ask(memory, NUMBER, reason="收件 12 号")
    with memory.transaction() as conn:
        conn.execute(
            "update erasure_request set state = 'accepted', decided_by = '管理员',"
            " decided_why = '核对过', decided_at = now() where id = %s",
            (made.id,),
        )

    with pytest.raises(UsageError, match="decided already"):
        decide(boss(memory), made.id, accepted=False, why="反悔")
    done = decide(boss(memory), made.id, accepted=True, why="再来一次")

    assert (done.state, done.decided_why) == ("done", "核对过")
    assert slot_of(memory) is None


def test_who_was_erased_by_hand_meanwhile_is_no_obstacle(memory: Memory) -> None:
    made = ask(memory, NUMBER, reason="收件 12 号")
    slot = slot_of(memory)
    assert slot is not None
    with memory.database.connect() as conn:
        erase(conn, memory.keyring(), slot, actor="a", reason="别处的申请")

    assert decide(boss(memory), made.id, accepted=True, why="核对过").state == "done"


def test_a_list_holds_only_what_its_clause_lets_through(memory: Memory) -> None:
    mine = ask(memory, NUMBER, reason="收件 1 号")
    theirs = ask(boss(memory), NUMBER, reason="收件 2 号")

    with memory.transaction() as conn:
        assert requests(conn, "actor = %s", ["经办人甲"]) == [mine]
        assert requests(conn, "false") == []
        assert requests(conn) == [theirs, mine]
