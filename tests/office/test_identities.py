# SPDX-License-Identifier: Apache-2.0
"""Who is who: a name is never taken for a code's, until somebody says so."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from ceyuan.facts.store.handles import handle_of_code, handle_of_name
from ceyuan.kernel import UsageError
from ceyuan.office import identities
from ceyuan.office.holding import held_of
from ceyuan.office.importing import Said
from ceyuan.office.memory import open_memory
from tests.office.handed_in import (
    CODES,
    DAY,
    HEADINGS,
    NAMES,
    figures,
    revenues,
    take,
    write_csv,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ceyuan.office.memory import Memory

BARE = (HEADINGS[0], *HEADINGS[2:])
PARK = Said(source="park", as_of=DAY)
WAN = 1_000_000
ORGS = [handle_of_code(code) for code in CODES]


@pytest.fixture(name="memory")
def _memory(office_folder: Path) -> Iterator[Memory]:
    with open_memory(office_folder, actor="tester") as opened:
        yield opened


def _known(memory: Memory, desk: Path) -> None:
    take(memory, write_csv(desk / "税务.csv", figures(0, 1)))


def _names_only(memory: Memory, desk: Path, *names: str, amount: int = 7) -> int:
    rows = [(name, amount, 5) for name in names]
    return take(memory, write_csv(desk / "园区.csv", rows, BARE), said=PARK).doubts


def _listed(memory: Memory) -> list[tuple[str, list[tuple[str, str]]]]:
    return [
        (d.name, [(c.code, c.likeness) for c in d.candidates])
        for d in identities.doubts(memory)
    ]


def test_equal_name_is_listed_and_never_joined(memory: Memory, tmp_path: Path) -> None:
    _known(memory, tmp_path)

    assert _names_only(memory, tmp_path, NAMES[0], "毫不相干有限公司") == 1

    assert _listed(memory) == [(NAMES[0], [(CODES[0], "same")])]
    assert ("park", ORGS[0], 7 * WAN) not in revenues(memory)
    assert ("park", handle_of_name(NAMES[0]), 7 * WAN) in revenues(memory)


def test_name_that_came_in_before_its_code_is_listed_when_the_code_is_known(
    memory: Memory, tmp_path: Path
) -> None:
    assert _names_only(memory, tmp_path, NAMES[0]) == 0
    assert _listed(memory) == []

    _known(memory, tmp_path)

    assert _listed(memory) == [(NAMES[0], [(CODES[0], "same")])]
    assert len(_listed(memory)) == 1  # asking again lists nothing again


def test_name_in_the_same_file_as_its_code_is_listed(
    memory: Memory, tmp_path: Path
) -> None:
    rows = [*figures(0), (NAMES[0], "", 8, 5)]

    made = take(memory, write_csv(tmp_path / "混.csv", rows))

    assert made.doubts == 1
    assert _listed(memory) == [(NAMES[0], [(CODES[0], "same")])]


def test_former_name_is_listed(memory: Memory, tmp_path: Path) -> None:
    _known(memory, tmp_path)
    renamed = [("虚构新名称有限公司", CODES[0], 1, 1)]
    take(
        memory,
        write_csv(tmp_path / "新.csv", renamed),
        said=Said(source="registry", as_of=DAY),
    )

    assert _names_only(memory, tmp_path, NAMES[0]) == 1

    assert _listed(memory) == [(NAMES[0], [(CODES[0], "same")])]


def test_settled_name_is_joined_and_undoing_parts_it_again(
    memory: Memory, tmp_path: Path
) -> None:
    _known(memory, tmp_path)
    _names_only(memory, tmp_path, NAMES[0])
    before = revenues(memory)
    (doubt,) = identities.doubts(memory)

    (event,) = identities.settle(memory, doubt.id, CODES[0], reason="执照", as_of=DAY)

    assert ("park", ORGS[0], 7 * WAN) in revenues(memory)
    assert identities.doubts(memory) == ()
    held = held_of(memory, CODES[0], as_of=DAY, attribute="revenue")
    assert [s.source for s in held.facts[0].stated] == ["tax", "park"]
    identities.undo(memory, event, reason="弄错了")
    assert revenues(memory) == before
    assert _listed(memory) == [(NAMES[0], [(CODES[0], "same")])]


def test_rejected_name_stays_apart_and_is_not_listed_again(
    memory: Memory, tmp_path: Path
) -> None:
    _known(memory, tmp_path)
    _names_only(memory, tmp_path, NAMES[0])
    before = revenues(memory)
    (doubt,) = identities.doubts(memory)

    identities.settle(memory, doubt.id, "", reason="同名的另一家", as_of=DAY)

    assert revenues(memory) == before
    assert identities.doubts(memory) == ()
    assert _names_only(memory, tmp_path, NAMES[0], amount=9) == 0


def test_merger_is_read_from_its_day_and_parts_when_it_is_undone(
    memory: Memory, tmp_path: Path
) -> None:
    _known(memory, tmp_path)
    before = revenues(memory)

    event = identities.merge(
        memory, NAMES[0], NAMES[1], since=date(2026, 3, 1), reason="公告"
    )

    assert {org for _, org, _ in revenues(memory)} == {ORGS[0]}
    with pytest.raises(UsageError):  # a circle
        identities.merge(
            memory, CODES[1], CODES[0], since=date(2026, 4, 1), reason="公告"
        )
    identities.undo(memory, event, reason="公告撤回")
    assert revenues(memory) == before
    with pytest.raises(UsageError, match="已由事件 2 撤销"):
        identities.undo(memory, event, reason="再撤")
    assert [e.kind for e in identities.events(memory)] == ["merge", "unmerge"]


def test_unsound_code_and_unknown_relation_are_refused(
    memory: Memory, tmp_path: Path
) -> None:
    _known(memory, tmp_path)

    with pytest.raises(UsageError, match="信用代码"):
        identities.recode(memory, CODES[0], "9131", since=DAY, reason="迁址")
    with pytest.raises(UsageError, match="没有 `cousin` 这种关系"):
        identities.relate(memory, "cousin", CODES[0], CODES[1], since=DAY, reason="x")
    assert identities.events(memory) == ()


def test_another_code_is_the_same_organisation(memory: Memory, tmp_path: Path) -> None:
    _known(memory, tmp_path)
    identities.recode(memory, CODES[0], CODES[9], since=date(2026, 3, 1), reason="迁址")

    take(memory, write_csv(tmp_path / "新码.csv", figures(9)))

    assert {org for _, org, _ in revenues(memory)} == {ORGS[0], ORGS[1]}
