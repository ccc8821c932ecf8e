# SPDX-License-Identifier: Apache-2.0
"""What firms tell the office: told once, answered, closed, opened again; never another's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from ceyuan.kernel import UsageError
from ceyuan.office.auditing import trail
from ceyuan.office.letters import letters_to
from ceyuan.office.memory import Memory, open_memory
from ceyuan.office.overtaken import Overtaken
from ceyuan.office.permissions import Caller, where
from ceyuan.office.requests import (
    LONGEST_TITLE,
    Request,
    events,
    move,
    request_counts,
    request_of,
    requests,
    tell,
)
from ceyuan.office.users import load_roles
from tests.office.town_by_hand import code

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TITLE = "研发费用辅助账不知道怎么建"
BODY = "税务和科委说法不同。\n希望有一份样例。"


@pytest.fixture
def memory(office_folder: Path) -> Iterator[Memory]:
    with open_memory(office_folder, actor="企业甲") as opened:
        yield opened


def who(memory: Memory, name: str) -> Memory:
    return replace(memory, actor=name)


def told(memory: Memory, firm: int = 1, *, title: str = TITLE, **more: Any) -> Request:
    return tell(
        memory,
        more.pop("kind", "obstacle"),
        title,
        BODY,
        organisation=code(firm),
        **more,
    )


def now(memory: Memory, number: int) -> Request:
    with memory.transaction() as conn:
        return request_of(conn, number)


def test_request_that_is_told_is_open_and_audited(memory: Memory) -> None:
    one = told(memory, policy="tech_sme_2017", behalf="")

    assert one == Request(
        id=one.id, kind="obstacle", organisation=code(1), policy="tech_sme_2017",
        title=TITLE, body=BODY, actor="企业甲", known_at=one.known_at, state="open",
        moved_at=one.known_at, said=0,
    )  # fmt: skip
    with memory.transaction() as conn:
        (row,) = trail(conn, obj=str(one.id))
    assert (row["verb"], row["actor"], row["after"]) == (
        "request.make", "企业甲", {"kind": "obstacle", "title": TITLE, "of": code(1)},
    )  # fmt: skip


def test_answer_close_and_more_move_the_state_and_write_letters(memory: Memory) -> None:
    one = told(memory)
    officer = who(memory, "经办人甲")

    states = [
        move(officer, one.id, "answer", "附样例。", seen=0).state,
        move(memory, one.id, "more", "样例打不开。", seen=1).state,
        move(officer, one.id, "answer", "已重发。", seen=2).state,
        move(officer, one.id, "close", "企业确认解决。", seen=3).state,
        move(officer, one.id, "reopen", "又有同样问题。", seen=4).state,
    ]

    assert states == ["answered", "open", "answered", "closed", "open"]
    with memory.transaction() as conn:
        said = [(e.kind, e.body, e.actor) for e in events(conn, one.id)]
        letters = [
            (x.subject, x.body, x.about) for x in reversed(letters_to(conn, "企业甲"))
        ]
    assert said == [
        ("answer", "附样例。", "经办人甲"),
        ("more", "样例打不开。", "企业甲"),
        ("answer", "已重发。", "经办人甲"),
        ("close", "企业确认解决。", "经办人甲"),
        ("reopen", "又有同样问题。", "经办人甲"),
    ]
    about = f"/requests/{one.id}"
    assert letters == [
        (f"诉求答复：{TITLE} (your request: answer)", "附样例。", about),
        (f"诉求答复：{TITLE} (your request: answer)", "已重发。", about),
        (f"诉求办结：{TITLE} (your request: closed)", "企业确认解决。", about),
        (
            f"诉求重新打开：{TITLE} (your request: opened again)",
            "又有同样问题。",
            about,
        ),
    ]


def test_two_officers_at_once_the_second_is_told_and_nothing_is_written(
    memory: Memory,
) -> None:
    one = told(memory)
    move(who(memory, "经办人甲"), one.id, "answer", "先到的答复。", seen=0)

    with pytest.raises(Overtaken, match=r"经办人甲 已在 .* 答复了这件诉求"):
        move(who(memory, "经办人己"), one.id, "answer", "后到的答复。", seen=0)

    with memory.transaction() as conn:
        assert [e.body for e in events(conn, one.id)] == ["先到的答复。"]
        assert len(letters_to(conn, "企业甲")) == 1


@pytest.mark.parametrize(
    ("before", "act"),
    [((), "reopen"), (("close",), "answer"), (("close",), "close")],
)
def test_what_the_state_does_not_allow_is_refused(
    memory: Memory, before: tuple[str, ...], act: str
) -> None:
    one = told(memory)
    for at, step in enumerate(before):
        move(memory, one.id, step, "理由", seen=at)
    was = now(memory, one.id)

    with pytest.raises(UsageError, match="这件诉求是"):
        move(memory, one.id, act, "理由", seen=len(before))

    assert now(memory, one.id) == was


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({"title": "  "}, "标题没有写"),
        ({"title": "长" * (LONGEST_TITLE + 1)}, "至多 120 字"),
        ({"kind": "praise"}, "没有这种诉求"),
        ({"policy": "no_such_policy"}, "no_such_policy"),
    ],
)
def test_what_is_missing_or_unknown_is_refused(
    memory: Memory, said: dict[str, Any], wrong: str
) -> None:
    with pytest.raises(UsageError, match=wrong):
        told(memory, **said)

    with memory.transaction() as conn:
        assert requests(conn) == []


def test_answer_without_words_is_refused(memory: Memory) -> None:
    one = told(memory)

    with pytest.raises(UsageError, match="答复没有写"):
        move(memory, one.id, "answer", " \n ", seen=0)


def test_line_break_in_a_title_makes_no_header_of_a_letter(memory: Memory) -> None:
    one = told(memory, title="怎么办\r\nBcc: everybody@example.cn")
    move(who(memory, "经办人甲"), one.id, "answer", "答。", seen=0)

    with memory.transaction() as conn:
        (letter,) = letters_to(conn, "企业甲")
    assert letter.subject == (
        "诉求答复：怎么办 Bcc: everybody@example.cn (your request: answer)"
    )


def test_list_of_a_firm_and_its_counts_hold_no_other_firm(memory: Memory) -> None:
    mine = told(memory, 1)
    theirs = told(memory, 2, title=TITLE)
    move(who(memory, "经办人甲"), theirs.id, "answer", "只给乙的答复", seen=0)
    firm = Caller("企业甲", ("firm",), code(1))
    officer = Caller("经办人甲", ("officer",), "市科委")
    roles = load_roles("shanghai")

    with memory.transaction() as conn:
        seen = {
            name: [r.id for r in requests(conn, *where(roles, one, "request", "list"))]
            for name, one in {"firm": firm, "officer": officer}.items()
        }
        searched = requests(conn, *where(roles, firm, "request", "list"), words=code(2))
        counts = request_counts(conn, *where(roles, firm, "request", "list"))

    assert seen == {"firm": [mine.id], "officer": [mine.id, theirs.id]}
    assert searched == []
    assert counts == {"open": 1, "answered": 0, "closed": 0}


def test_list_has_first_what_waits_longest_and_filters(memory: Memory) -> None:
    first = told(memory, 1)
    second = told(memory, 2, title="要算力", kind="need", policy="tech_sme_2017")
    third = told(memory, 3, title="怎么申报", kind="question")
    officer = who(memory, "经办人甲")
    move(officer, first.id, "answer", "答。", seen=0)
    move(memory, first.id, "more", "还是不行。", seen=1)
    move(officer, third.id, "answer", "见指南。", seen=0)

    with memory.transaction() as conn:
        every = [r.id for r in requests(conn)]
        needs = [r.id for r in requests(conn, kind="need")]
        about = [r.id for r in requests(conn, policy="tech_sme_2017")]
        worded = [r.id for r in requests(conn, words="算力")]
        answered = [r.id for r in requests(conn, state="answered")]

    # The first waits since it was opened again, which is after the second was told.
    assert every == [second.id, first.id, third.id]
    assert (needs, about, worded, answered) == (
        [second.id], [second.id], [second.id], [third.id],
    )  # fmt: skip


def test_what_was_said_cannot_be_changed(memory: Memory) -> None:
    one = told(memory)
    move(memory, one.id, "close", "理由", seen=0)

    for statement in (
        "update request set title = ''",
        "delete from request_event",
    ):
        with (
            pytest.raises(psycopg.errors.RestrictViolation),
            memory.transaction() as conn,
        ):
            conn.execute(statement)
