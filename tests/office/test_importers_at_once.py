# SPDX-License-Identifier: Apache-2.0
"""Eight importers at once: nothing is lost, nothing goes in twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ceyuan.facts.store import batches
from ceyuan.facts.store.handles import handle_of_code
from ceyuan.office.attempts import lost_attempts
from ceyuan.office.memory import open_memory
from tests.office.handed_in import CODES, figures, revenues, write_csv
from tests.office.importers import warm

if TYPE_CHECKING:
    from pathlib import Path

IMPORTERS = 8


def _at_once(folder: Path, files: list[list[Path]]) -> list[dict[str, Any]]:
    with warm(folder) as pool:
        return pool.at_once(files)


def test_eight_importers_of_different_files_lose_nothing(
    office_folder: Path, tmp_path: Path
) -> None:
    mine = [range(4 * k, 4 * k + 4) for k in range(IMPORTERS)]
    files = [
        write_csv(tmp_path / f"税务{k}.csv", figures(*firms))
        for k, firms in enumerate(mine)
    ]

    said = _at_once(office_folder, [[path] for path in files])

    assert [(s["accepted"], s["repeated"]) for s in said] == [(4, False)] * IMPORTERS
    with open_memory(office_folder, actor="tester") as memory:
        assert revenues(memory) == sorted(
            ("tax", handle_of_code(CODES[n]), (1000 + n) * 1_000_000)
            for n in range(4 * IMPORTERS)
        )
        with memory.transaction() as conn:
            every = batches(conn)
        assert {b.id for b in every} == {s["batch"] for s in said}
        assert len({b.known_at for b in every}) == IMPORTERS
        assert lost_attempts(memory) == []


def test_same_file_eight_times_at_once_is_one_batch_and_eight_equal_answers(
    office_folder: Path, tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "税务.csv", figures(*range(20)))

    said = _at_once(office_folder, [[path]] * IMPORTERS)

    assert {(s["batch"], s["accepted"]) for s in said} == {(said[0]["batch"], 20)}
    assert sorted(s["repeated"] for s in said) == [False] + [True] * (IMPORTERS - 1)
    with open_memory(office_folder, actor="tester") as memory:
        assert len(revenues(memory)) == 20
        with memory.transaction() as conn:
            assert [b.id for b in batches(conn)] == [said[0]["batch"]]
        assert lost_attempts(memory) == []


def test_importers_that_share_one_of_two_files_take_each_file_once(
    office_folder: Path, tmp_path: Path
) -> None:
    shared = write_csv(tmp_path / "共有.csv", figures(0, 1))
    own = [write_csv(tmp_path / f"{k}.csv", figures(10 + k)) for k in range(4)]

    said = _at_once(office_folder, [[shared, path] for path in own])

    assert sum(s["accepted"] for s in said) == 2 + 4
    with open_memory(office_folder, actor="tester") as memory:
        assert [org for _, org, _ in revenues(memory)] == sorted(
            handle_of_code(CODES[n]) for n in (0, 1, 10, 11, 12, 13)
        )
        with memory.transaction() as conn:
            names = [f.name for b in batches(conn) for f in b.files]
        assert sorted(names) == sorted(["共有.csv", *(path.name for path in own)])
