# SPDX-License-Identifier: Apache-2.0
"""What is personal is shown in part; the whole for a purpose, and that it was is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ceyuan.facts.store.persons import erase, find_person
from ceyuan.kernel import UsageError
from ceyuan.office.importing import Said
from ceyuan.office.masking import (
    RULES,
    held_of,
    mask_account,
    mask_email,
    mask_id,
    mask_name,
    mask_phone,
    mask_whole,
    masked,
    rule_of,
    unmask,
)
from ceyuan.office.memory import open_memory
from tests.office.handed_in import DAY, PEOPLE, take, write_csv

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ceyuan.office.memory import Memory

NUMBER = "RC-2026-778899"
FOLK = [
    (NUMBER, "闻人策", "310101199001011234", "1990-01-17", "圣马力诺", "13800138765", "是"),
    ("RC-2026-1", "张三", "310101199102021234", "1991-02-19", "安道尔", "13900139654", "否"),
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


def slot_of(memory: Memory, number: str) -> int:
    with memory.transaction() as conn:
        slot = find_person(conn, memory.keyring(), number)
    assert slot is not None
    return slot


@pytest.mark.parametrize(
    ("rule", "text", "shown"),
    [
        (mask_name, "张三", "张*"),
        (mask_name, "张三丰", "张**"),
        (mask_name, "欧阳源", "欧阳*"),
        (mask_name, "欧阳", "欧*"),  # a name of two: no given name is known
        (mask_name, "令狐 ", "令*"),
        (mask_name, "张", "*"),
        (mask_name, "Ada Lovelace", "A** L*******"),
        (mask_name, "古丽娜尔·阿卜杜拉", "古********"),
        (mask_name, "", ""),
        (mask_phone, "13800138765", "138****8765"),
        (mask_phone, "138 0013-8765", "138****8765"),
        (mask_phone, "62345678", "********"),
        (mask_phone, "110", "***"),
        (mask_id, "310101199001011234", "310*************34"),
        (mask_id, "31010119900101123X", "310*************3X"),
        (mask_id, "E12345678", "E12****78"),
        (mask_id, "1234", "****"),
        (mask_account, "6222 0212 3456 7890 123", "***************0123"),
        (mask_account, "123456", "**3456"),
        (mask_account, "12345", "*****"),
        (mask_account, "", ""),
        (mask_email, "zhang@example.cn", "z****@example.cn"),
        (mask_email, "z@example.cn", "*@example.cn"),
        (mask_email, "nobody", "n*****"),
        (mask_whole, "1990-01-17", "***"),
        (mask_whole, "  ", ""),
    ],
)  # fmt: skip
def test_a_rule_keeps_this_much(rule: object, text: str, shown: str) -> None:
    assert callable(rule)
    assert shown == rule(text)


@pytest.mark.parametrize("rule", sorted(RULES))
def test_a_rule_never_shows_the_whole(rule: str) -> None:
    for text in ("张三", "1", "12", "13800138765", "310101199001011234", "a@b.cn"):
        assert masked(rule, text) != text


def test_what_no_rule_knows_is_hidden_whole() -> None:
    assert {name: rule_of(name) for name in (
        "person_name", "lead_name", "phone", "id_number", "account", "birth",
        "nationality", "intl_flag",
    )} == {
        "person_name": "name", "lead_name": "name", "phone": "phone",
        "id_number": "id", "account": "account", "birth": "whole",
        "nationality": "whole", "intl_flag": "whole",
    }  # fmt: skip
    with pytest.raises(UsageError, match="no such rule"):
        masked("birth", "1990-01-17")


def test_what_is_held_of_a_person_is_shown_masked(memory: Memory) -> None:
    held = held_of(memory, slot_of(memory, NUMBER), on=DAY)

    assert [(one.attribute, one.zh, one.text, one.state) for one in held] == [
        ("person_name", "姓名", "闻人*", "masked"),
        ("id_number", "证件号码", "310*************34", "masked"),
        ("birth", "出生日期", "***", "masked"),
        ("nationality", "国籍", "***", "masked"),
        ("phone", "手机号码", "138****8765", "masked"),
        ("intl_flag", "国际人才", "***", "masked"),
    ]


def test_for_a_purpose_only_what_may_be_used_for_it_is_whole_and_that_is_kept(
    memory: Memory,
) -> None:
    slot = slot_of(memory, NUMBER)

    held = unmask(memory, slot, purpose="contact", reason="收件 12 号", on=DAY)

    # By the declarations a name and a telephone number may be used for contact.
    assert {one.attribute: (one.text, one.state) for one in held} == {
        "person_name": ("闻人策", "open"),
        "id_number": ("310*************34", "masked"),
        "birth": ("***", "masked"),
        "nationality": ("***", "masked"),
        "phone": ("13800138765", "open"),
        "intl_flag": ("***", "masked"),
    }
    with memory.transaction() as conn:
        rows = conn.execute(
            "select actor, verb, object, reason, before, after from audit"
        ).fetchall()
    assert rows == [
        ("经办人甲", "fact.unmask", f"person/p{slot}", "收件 12 号", "",
         '{"purpose": "contact"}'),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("purpose", "reason", "told"),
    [("curiosity", "x", "no such purpose"), ("contact", "  ", "a reason is asked")],
)
def test_without_a_declared_purpose_and_a_reason_nothing_is_shown_or_kept(
    memory: Memory, purpose: str, reason: str, told: str
) -> None:
    slot = slot_of(memory, NUMBER)

    with pytest.raises(UsageError, match=told):
        unmask(memory, slot, purpose=purpose, reason=reason, on=DAY)

    with memory.transaction() as conn:
        assert conn.execute("select count(*) from audit").fetchone() == (0,)


def test_what_was_erased_says_so_also_for_a_purpose(memory: Memory) -> None:
    slot = slot_of(memory, NUMBER)
    with memory.database.connect() as conn:
        erase(conn, memory.keyring(), slot, actor="a", reason="收件 1 号")

    held = unmask(memory, slot, purpose="contact", reason="r", on=DAY)

    assert {(one.text, one.state) for one in held} == {("", "erased")}
    other = held_of(memory, slot_of(memory, "RC-2026-1"), on=DAY)
    assert other[0].text == "张*"
