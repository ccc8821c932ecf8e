# SPDX-License-Identifier: Apache-2.0
"""A policy's life: stages with their days, drafts, consultations, what is struck."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import psycopg
import pytest

from ceyuan.kernel import UsageError
from ceyuan.office.auditing import trail
from ceyuan.office.comments import MOST_A_DAY, MOST_TEXT, comment, comments, reply
from ceyuan.office.memory import Memory, open_memory
from ceyuan.office.policy_life import (
    add_stage,
    begin_draft,
    consultation,
    drafts,
    is_draft,
    life,
    stages,
    strike,
)
from ceyuan.office.policy_texts import (
    load_texts,
    official_texts,
    places,
    taken_apart,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ceyuan.office.policy_life import Draft, Stage

HNTE, XJR = "hnte_2016", "xjr_2026"
DAY = date(2026, 11, 21)
OPENS, CLOSES = date(2026, 11, 1), date(2026, 11, 30)


@pytest.fixture(name="memory")
def _memory(office_folder: Path) -> Iterator[Memory]:
    with open_memory(office_folder, actor="经办人甲") as memory:
        yield memory


def of(memory: Memory, policy: str) -> list[Stage]:
    with memory.transaction() as conn:
        return stages(conn, policy)


def begun(memory: Memory) -> dict[str, Draft]:
    with memory.transaction() as conn:
        return drafts(conn, memory.region)


def speaking(memory: Memory, policy: str = XJR) -> None:
    add_stage(memory, policy, "consultation", since=OPENS, until=CLOSES)


def test_stages_are_told_by_their_days_whoever_wrote_them_when(memory: Memory) -> None:
    add_stage(memory, XJR, "issued", since=date(2026, 1, 17), document="2号")
    add_stage(memory, XJR, "need", since=date(2025, 3, 1), note="企业诉求 12 件")

    assert [
        ("need", date(2025, 3, 1), None, "", "企业诉求 12 件", "经办人甲"),
        ("issued", date(2026, 1, 17), None, "2号", "", "经办人甲"),
    ] == [
        (s.stage, s.since, s.until, s.document, s.note, s.actor)
        for s in of(memory, XJR)
    ]
    with memory.transaction() as conn:
        assert ["policy.stage"] * 2 == [one["verb"] for one in trail(conn, obj=XJR)]


def test_a_consultation_is_open_on_its_first_and_its_last_day(memory: Memory) -> None:
    speaking(memory)
    found = of(memory, XJR)

    days = [date(2026, 10, 31), OPENS, CLOSES, date(2026, 12, 1)]

    assert [False, True, True, False] == [
        consultation(found, day) is not None for day in days
    ]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"stage": "approved", "since": DAY}, "没有阶段"),
        ({"stage": "draft", "since": DAY, "until": OPENS}, "却从"),
        ({"stage": "consultation", "since": DAY}, "截止日"),
        ({"stage": "draft", "since": DAY, "note": "长" * 501}, "至多"),
    ],
)
def test_a_stage_that_does_not_fit_is_refused_and_leaves_nothing(
    memory: Memory, said: dict[str, object], why: str
) -> None:
    with pytest.raises(UsageError, match=why):
        add_stage(memory, XJR, **said)  # type: ignore[arg-type]

    assert [] == of(memory, XJR)


def test_a_stage_of_a_policy_that_nobody_knows_is_refused(memory: Memory) -> None:
    with pytest.raises(UsageError, match="没有政策"):
        add_stage(memory, "draft-20261121-9", "need", since=DAY)


def test_the_same_stage_of_a_day_is_written_once(memory: Memory) -> None:
    add_stage(memory, XJR, "draft", since=DAY)

    with pytest.raises(UsageError, match="已经写过"):
        add_stage(memory, XJR, "draft", since=DAY)


def test_a_stage_that_was_struck_is_told_no_more_and_may_be_written_again(
    memory: Memory,
) -> None:
    number = add_stage(memory, XJR, "repealed", since=DAY)
    strike(memory, XJR, number, reason="写错了政策", on=DAY)
    with pytest.raises(UsageError, match="已经撤下"):
        strike(memory, XJR, number, reason="再来一次", on=DAY)
    again = add_stage(memory, XJR, "repealed", since=DAY)

    assert [(again, "repealed")] == [(s.id, s.stage) for s in of(memory, XJR)]


def test_striking_wants_a_reason(memory: Memory) -> None:
    number = add_stage(memory, XJR, "draft", since=DAY)

    with pytest.raises(UsageError, match="理由"):
        strike(memory, XJR, number, reason=" ", on=DAY)


def test_what_was_written_cannot_be_changed_behind_it(memory: Memory) -> None:
    speaking(memory)

    with memory.transaction() as conn, pytest.raises(psycopg.Error):
        conn.execute("update policy_stage set until = '2027-01-01'")


def test_a_life_joins_stages_with_what_the_file_says(memory: Memory) -> None:
    speaking(memory)
    rule = memory.region.rule(XJR)

    assert [
        (date(2026, 1, 17), "document"),
        (date(2026, 4, 1), "in_force"),
        (OPENS, "consultation"),
    ] == [(m.day, m.kind) for m in life(rule, of(memory, XJR))]


# --- drafts ------------------------------------------------------------------------


def test_a_draft_is_public_from_its_consultation_on(memory: Memory) -> None:
    name = begin_draft(memory, " 概念验证支持办法（虚构） ", on=DAY)
    add_stage(memory, name, "draft", since=DAY)
    before = begun(memory)[name]
    add_stage(memory, name, "consultation", since=DAY, until=CLOSES)
    after = begun(memory)[name]

    assert ("draft-20261121-1", "概念验证支持办法（虚构）", "draft", False, True) == (
        name, before.name, before.stage, before.is_public, after.is_public,
    )  # fmt: skip
    assert [True, False, False] == [
        is_draft(one) for one in (name, HNTE, "draft-20261121-1;drop")
    ]


def test_drafts_begun_at_once_have_numbers_of_their_own(memory: Memory) -> None:
    made: list[str] = []
    several = [
        threading.Thread(
            target=lambda n=n: made.append(begin_draft(memory, f"草案{n}", on=DAY))
        )
        for n in range(6)
    ]
    for one in several:
        one.start()
    for one in several:
        one.join()

    assert (
        {f"draft-20261121-{n}" for n in range(1, 7)} == set(made) == set(begun(memory))
    )


@pytest.mark.parametrize("name", ["", "  ", "长" * 501])
def test_a_draft_wants_a_name(memory: Memory, name: str) -> None:
    with pytest.raises(UsageError, match="名称"):
        begin_draft(memory, name, on=DAY)


# --- comments ----------------------------------------------------------------------


def said_of(memory: Memory, policy: str = XJR) -> list[tuple[str, str, str, list[str]]]:
    with memory.transaction() as conn:
        return [
            (c.article, c.body, c.display, [a.body for a in c.answers])
            for c in comments(conn, policy)
        ]


def test_comments_stand_newest_first_with_their_answers(memory: Memory) -> None:
    speaking(memory)
    firm = replace(memory, actor="企业甲")
    first = comment(firm, XJR, "第一条意见", article="revenue", on=DAY)
    comment(firm, XJR, "第二条\r\n分两行", display="企业甲", on=DAY)
    reply(memory, XJR, first, "已收到")

    assert [
        ("", "第二条\n分两行", "企业甲", []),
        ("revenue", "第一条意见", "", ["已收到"]),
    ] == said_of(memory)
    with memory.transaction() as conn:
        assert [
            ("经办人甲", "comment.answer"), ("企业甲", "comment.make"),
            ("企业甲", "comment.make"),
        ] == [(r["actor"], r["verb"]) for r in trail(conn, obj=XJR, limit=3)]  # fmt: skip


@pytest.mark.parametrize("day", [date(2026, 10, 31), date(2026, 12, 1)])
def test_nobody_speaks_outside_of_the_consultation(memory: Memory, day: date) -> None:
    speaking(memory)

    with pytest.raises(UsageError, match="没有征求意见"):
        comment(memory, XJR, "来晚了", on=day)

    assert [] == said_of(memory)


@pytest.mark.parametrize(
    ("body", "article", "why"),
    [
        ("", "", "还没有写"),
        (" \n ", "", "还没有写"),
        ("\x00\x07", "", "还没有写"),
        ("长" * (MOST_TEXT + 1), "", "至多"),
        ("意见", "no_such", "没有条款"),
    ],
)
def test_a_comment_that_says_nothing_or_too_much_is_refused(
    memory: Memory, body: str, article: str, why: str
) -> None:
    speaking(memory)

    with pytest.raises(UsageError, match=why):
        comment(memory, XJR, body, article=article, on=DAY)

    assert [] == said_of(memory)


def test_control_signs_do_not_come_into_a_comment(memory: Memory) -> None:
    speaking(memory)
    comment(memory, XJR, "a\x00b\x1b[31mc\u202ed", on=DAY)

    assert [("", "ab[31mcd", "", [])] == said_of(memory)


def test_one_person_does_not_flood_a_consultation(memory: Memory) -> None:
    speaking(memory)
    for n in range(MOST_A_DAY):
        comment(memory, XJR, f"意见 {n}", on=DAY)

    with pytest.raises(UsageError, match="一天至多"):
        comment(memory, XJR, "还有一条", on=DAY)
    comment(replace(memory, actor="另一人"), XJR, "别人的", on=DAY)

    assert MOST_A_DAY + 1 == len(said_of(memory))


def test_only_a_comment_of_the_policy_is_answered(memory: Memory) -> None:
    speaking(memory)
    speaking(memory, HNTE)
    number = comment(memory, HNTE, "意见", on=DAY)
    answer = reply(memory, HNTE, number, "已收到")

    for policy, asked in ((XJR, number), (HNTE, answer), (HNTE, 10**9)):
        with pytest.raises(UsageError, match="没有这条意见"):
            reply(memory, policy, asked, "已收到")


# --- official texts ----------------------------------------------------------------


def texts(memory: Memory, policy: str = HNTE) -> dict[str, tuple[str, str, int]]:
    with memory.transaction() as conn:
        found = official_texts(conn, policy)
    return {name: (t.body, t.source, t.earlier) for name, t in found.items()}


def test_a_later_text_of_an_article_takes_the_place_of_the_one_before(
    memory: Memory,
) -> None:
    load_texts(memory, HNTE, {"art2": "第一稿（虚构）"}, source="公报1")
    again = load_texts(memory, HNTE, {"art2": "第一稿（虚构）"}, source="公报1")
    new = load_texts(memory, HNTE, {"art2": "第二稿（虚构）"}, source="公报2")

    assert ([], ["art2"], {"art2": ("第二稿（虚构）", "公报2", 1)}) == (
        again, new, texts(memory),
    )  # fmt: skip


def test_a_place_that_several_articles_restate_is_loaded_for_all(
    memory: Memory,
) -> None:
    policy = "indirect_cost_2021"
    load_texts(memory, policy, {"cap": "原文（虚构）"}, source="公报")

    rule = memory.region.rule(policy)
    same = [
        name for name, one in rule.said.articles.items()
        if one.article == rule.said.articles["cap"].article
    ]  # fmt: skip
    assert len(same) == 2
    assert dict.fromkeys(same, ("原文（虚构）", "公报", 0)) == texts(memory, policy)


def test_what_is_our_own_has_no_words_to_load(memory: Memory) -> None:
    rule = memory.region.rule("sh_gradient_reward_2022")

    # `floor` is the package's; `rounding` stands in our own rule.
    assert [("floor", ("floor",))] == [(p.id, p.articles) for p in places(rule)]


@pytest.mark.parametrize(
    ("bodies", "source", "why"),
    [
        ({"art2": "文字"}, " ", "来源"),
        ({"art2": "  "}, "公报", "没有要载入"),
        ({}, "公报", "没有要载入"),
        ({"no_such": "文字"}, "公报", "没有条款"),
        ({"art2": "长" * 20_001}, "公报", "至多"),
    ],
)
def test_a_text_that_cannot_be_loaded_leaves_nothing(
    memory: Memory, bodies: dict[str, str], source: str, why: str
) -> None:
    with pytest.raises(UsageError, match=why):
        load_texts(memory, HNTE, bodies, source=source)

    assert {} == texts(memory)


def test_a_document_is_taken_apart_by_articles_and_items(memory: Memory) -> None:
    rule = memory.region.rule(HNTE)
    document = (
        "总则（虚构文字）\n"
        "第二条　居民企业（虚构）。\n"
        "第十一条 须同时满足（虚构）：\n（一）满一年（虚构）；\n（五）研发占比（虚构）：\n1.甲\n"
        "第十二条 程序（虚构）。\n"
    )

    assert {
        "art2": "第二条　居民企业（虚构）。",
        "art11_1": "（一）满一年（虚构）；",
        "art11_5": "（五）研发占比（虚构）：\n1.甲",
    } == taken_apart(rule, "method", document)


def test_an_article_without_items_is_given_whole(memory: Memory) -> None:
    rule = memory.region.rule(HNTE)

    found = taken_apart(rule, "method", "第十一条 不分项（虚构）。")

    assert {"第十一条 不分项（虚构）。"} == set(found.values())
    assert {f"art11_{n}" for n in range(1, 9)} == set(found)


def test_another_document_has_other_articles(memory: Memory) -> None:
    rule = memory.region.rule(HNTE)

    assert {} == taken_apart(rule, "guide", "第二条 居民企业（虚构）。")
