# SPDX-License-Identifier: Apache-2.0
"""An invented town goes in through the same door as any office's files, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ceyuan.facts.store import batches
from ceyuan.office.memory import open_memory
from ceyuan.office.towns import make, take_in
from tests.office.handed_in import DAY

if TYPE_CHECKING:
    from pathlib import Path


def test_town_of_a_few_firms_goes_in_whole_and_only_once(
    office_folder: Path, tmp_path: Path
) -> None:
    said = make(tmp_path / "城", firms=25, seed=7)
    # So small that some files hold nothing.
    assert any(file["rows"] == 0 for file in said.files)

    with open_memory(office_folder, actor="tester") as memory:
        town = take_in(memory, said)
        with memory.transaction() as conn:
            first = batches(conn)
        again = take_in(memory, said)
        with memory.transaction() as conn:
            assert batches(conn) == first
        reading = memory.reading(DAY)

    assert len(town.imported) == sum(file["rows"] > 0 for file in said.files)
    assert [one.repeated for one in town.imported] == [False] * len(first)
    assert [one.repeated for one in again.imported] == [True] * len(first)
    assert [one.batch for one in town.imported] == [batch.id for batch in first]
    # Every row is a record or is told of, and each batch says that it is invented.
    for one, file in zip(
        town.imported, [f for f in said.files if f["rows"]], strict=True
    ):
        assert (one.record, one.source) == (file["record_type"], file["source"])
        assert one.rejected == 0
        assert one.synthetic
    assert town.accepted >= said.rows
    assert reading.synthetic
    assert {batch.reason for batch in first} == {"合成城市"}


def test_same_seed_is_the_same_town_down_to_its_bytes(
    fresh_database: object, tmp_path: Path
) -> None:
    made = []
    for place in ("甲", "乙"):
        said = make(tmp_path / place / "城", firms=12, seed=3)
        folder = tmp_path / place / "office"
        folder.mkdir()
        with open_memory(folder, actor=place, url=fresh_database()) as memory:  # type: ignore[operator]
            town = take_in(memory, said)
            reading = memory.reading(DAY)
            held = [layer.frame for layer in reading.layers("firm", ("revenue",))]
        made.append(
            (
                [(f.sha256, f.rows) for one in town.imported for f in one.files],
                [frame.rows() for frame in held],
            )
        )

    assert made[0] == made[1]
