# SPDX-License-Identifier: Apache-2.0
"""Reforms as they are kept: versions, who followed whom, texts that nobody should read."""

from __future__ import annotations

import pytest

from ceyuan.kernel import RuleError, UsageError
from ceyuan.office.auditing import trail
from ceyuan.office.memory import open_memory
from ceyuan.office.reform_text import MOST, read_text
from ceyuan.office.reforms import (
    Asking,
    last_version,
    names,
    reform_of,
    reforms,
    save,
    usual_asking,
    versions_of,
)
from ceyuan.office.running import run
from ceyuan.office.settings import set_parameter
from ceyuan.office.users import set_user
from tests.office.rewards import NOTHING, REFORM, SAID, settings, six
from tests.office.town_by_hand import AS_OF

ASKING = Asking(AS_OF, ("size",), SAID)


@pytest.fixture
def memory(office_folder):
    with open_memory(office_folder, actor="分析员") as opened:
        yield opened


def _changed(text=REFORM, value=11):
    return text.replace("value: 10", f"value: {value}")


def test_a_reform_is_kept_as_it_was_written(memory):
    made = save(memory, REFORM, ASKING)

    assert (made.name, made.body, made.as_of, made.actor) == (
        "higher_reward", REFORM, AS_OF, "分析员",
    )  # fmt: skip
    assert made.said == {
        "zh": "提高奖励（虚构）",
        "en": "A higher reward (invented)",
        "policies": ["service_scale"],
        "by": ["size"],
        "params": list(SAID),
        "previous": "",
    }
    assert (made.number, made.versions, made.is_last) == (1, 1, True)
    assert (made.asking, made.file) == (ASKING, "higher_reward.yaml")
    with memory.transaction() as conn:
        (row,) = trail(conn, verb="reform.save")
    assert (row["object"], row["after"]["name"]) == (made.id, "higher_reward")


def test_what_was_saved_already_is_no_new_version(memory):
    one = save(memory, REFORM, ASKING)

    again = save(memory, REFORM, ASKING, previous=one.id)

    assert (again.id, again.versions) == (one.id, 1)


def test_another_text_or_another_asking_is_a_further_version(memory):
    one = save(memory, REFORM, ASKING)
    two = save(memory, _changed(), ASKING, previous=one.id)
    three = save(memory, _changed(), Asking(AS_OF), previous=two.id)

    with memory.transaction() as conn:
        every = versions_of(conn, "higher_reward")
        listed = reforms(conn)
        first = reform_of(conn, one.id)
        known = names(conn)
    assert [(v.id, v.number, v.versions) for v in every] == [
        (three.id, 3, 3), (two.id, 2, 3), (one.id, 1, 3),
    ]  # fmt: skip
    assert [v.id for v in listed] == [three.id]
    assert (first.is_last, first.body) == (False, REFORM)
    assert known == {v.id: ("higher_reward", v.number) for v in every}


def test_who_did_not_see_the_last_version_is_told_of_it(memory):
    one = save(memory, REFORM, ASKING)
    save(memory, _changed(), ASKING, previous=one.id)

    with pytest.raises(UsageError, match="第 2 版，由分析员保存") as caught:
        save(memory, _changed(value=12), ASKING, previous=one.id)

    assert "另存" in caught.value.hint
    with memory.transaction() as conn:
        last = last_version(conn, "higher_reward")
    assert last is not None
    assert last.number == 2


def test_an_id_that_is_taken_is_refused(memory):
    save(memory, REFORM, ASKING)

    with pytest.raises(UsageError, match="`higher_reward` 已有方案"):
        save(memory, _changed(), ASKING)


def test_a_wrong_text_or_setting_is_not_kept(memory):
    with pytest.raises(RuleError, match="no parameter `reward_rat`"):
        save(memory, REFORM.replace("reward_rate", "reward_rat"), ASKING)
    with pytest.raises(UsageError, match="没有参数"):
        save(memory, REFORM, Asking(AS_OF, (), ("service_scale.reward=1",)))

    with memory.transaction() as conn:
        assert reforms(conn) == []


def test_reforms_are_found_by_part_of_a_name_and_by_a_predicate(memory):
    save(memory, REFORM, ASKING)
    save(memory, NOTHING, ASKING)

    with memory.transaction() as conn:
        by_id = reforms(conn, words="HIGHER")
        by_title = reforms(conn, words="提高奖励")
        percent = reforms(conn, words="%")
        theirs = reforms(conn, '"actor" = %s', ["别人"])
    assert [r.name for r in by_id] == [r.name for r in by_title] == ["higher_reward"]
    assert (percent, theirs) == ([], [])


def test_an_unknown_id_is_refused(memory):
    with (
        memory.transaction() as conn,
        pytest.raises(UsageError, match="没有改革方案 `f0`"),
    ):
        reform_of(conn, "f0")


def test_the_usual_asking_is_that_of_the_last_run(memory):
    six(memory)
    run(memory, as_of=AS_OF, settings=settings(memory), said=SAID)

    assert usual_asking(memory, AS_OF.replace(year=2027)) == Asking(AS_OF, (), SAID)


def test_without_a_run_it_is_today_with_what_the_office_has_set(memory):
    set_user(memory, "管理员", ["admin"], reason="first")
    with open_memory(memory.workspace.root, actor="管理员") as admin:
        set_parameter(admin, SAID[0], since=AS_OF, reason="文件确认")

    assert usual_asking(memory, AS_OF) == Asking(AS_OF, (), SAID)


BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n"
HEAD = "reform: a\nzh: b\nen: c\n"
CHANGE = (
    f"{HEAD}change:\n  - {{policy: rd_super_2023, parameter: other_share_max, value: "
)


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        (BOMB, "D104", 2),
        (f"{HEAD}note: *nobody\n", "D104", 4),
        ("[" * 2000, "D104", 1),
        ("!!python/object/apply:os.system ['true']\n", "D103", 1),
        (f"{HEAD}---\n{HEAD}", "D101", 4),
        (f"{HEAD}zh: d\n", "D102", 4),
        (f"{HEAD}author: me\n", "D103", 4),
        (f"{HEAD}change: 5\n", "D103", 4),
        (f"{HEAD}change:\n  - x\n", "D103", 5),
        (f"{HEAD}change:\n  - {{policy: rd_super_2023, add_policy: ../../x}}\n", "D230", 5),
        (f"{HEAD}change:\n  - {{add_policy: /etc/passwd}}\n", "D230", 5),
        (f"{CHANGE}1e999999999}}\n", "D103", 5),
        (f"{CHANGE}1/0}}\n", "D103", 5),
        (f"{CHANGE}{'9' * 5000}}}\n", "D101", 5),
        (f"{HEAD}note: 'a\0b'\n", "D101", 4),
        (f"{HEAD}note: 'a\ud800b'\n", "D101", 4),
        (f"{HEAD}note: 'a\u202eb'\n", "D101", 4),
        ("\u2028reform: a", "D101", 1),
        (f"{HEAD}change:\n  - {{policy: rd_super_2023, amount: as_of}}\n", "D212", 0),
        (f"{HEAD}change:\n  - {{policy: rd_super_2023, amount: '1=1'}}\n", "D212", 0),
        ("a: [", "D101", 2),
        ("", "D103", 1),
        ("x" * (MOST + 1), "D101", 1),
    ],
)  # fmt: skip
def test_a_hostile_text_is_a_fault_with_a_line(memory, text, code, line):
    with pytest.raises(RuleError) as caught:
        read_text(text, memory.region)

    assert (caught.value.code, caught.value.line) == (code, line)


def test_chinese_blanks_and_tabs_are_read(memory):
    made = read_text(f"{HEAD}note: 一\u3000二\u00a0三\n", memory.region)

    assert made.note == "一\u3000二\u00a0三"
