# SPDX-License-Identifier: Apache-2.0
"""Sealed files: named by what is in them, and known when they are not."""

from __future__ import annotations

import os
import stat
from datetime import date
from typing import TYPE_CHECKING

import polars as pl
import pytest

from ceyuan.facts.store import Damaged, Shelf, merkle

if TYPE_CHECKING:
    from pathlib import Path


def frame(value: int = 7) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "org": [3, 1, None, 1],
            "year": [2025, 2025, None, 2024],
            "valid_from": [date(2025, 1, 1)] * 4,
            "revenue": [1, 2, 3, value],
        }
    )


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "store")


def test_seal_sorts_names_and_protects(shelf: Shelf) -> None:
    part = shelf.seal(frame(), record="firm", source="tax")

    path = shelf.path(part)
    held = pl.read_parquet(path)
    assert held.select("org", "year", "revenue").rows() == [
        (None, None, 3), (1, 2024, 7), (1, 2025, 2), (3, 2025, 1),
    ]  # fmt: skip
    assert part.root == merkle.root(held["sha"].to_list())
    assert part.name == f"{part.sha256.hex()[:2]}/{part.sha256.hex()}.parquet"
    assert stat.S_IMODE(path.stat().st_mode) == 0o444
    assert (part.rows, part.size) == (4, path.stat().st_size)
    assert list(shelf.folder.glob(".*")) == []


def test_same_content_is_the_same_file_and_heals_an_altered_one(shelf: Shelf) -> None:
    one = shelf.seal(frame(), record="firm", source="tax")
    shelf.path(one).unlink()
    shelf.path(one).write_bytes(b"x")
    assert shelf.fault(one) == "altered"

    two = shelf.seal(frame(), record="firm", source="tax")

    assert (one, shelf.fault(two)) == (two, "")
    assert shelf.seal(frame(8), record="firm", source="tax").root != one.root
    assert shelf.seal(frame(), record="firm", source="firm").root != one.root


def test_check_names_whose_file_and_what_to_do(shelf: Shelf) -> None:
    part = shelf.seal(frame(), record="firm", source="tax")
    path = shelf.path(part)
    data = bytearray(path.read_bytes())
    data[-20] ^= 1  # as long as before
    path.unlink()
    path.write_bytes(data)

    with pytest.raises(Damaged) as caught:
        shelf.check([part], whose="批次 b1")

    assert caught.value.message.startswith(f"批次 b1 的文件 `{part.name}` 被改动过")
    assert part.sha256.hex() in caught.value.hint
    path.unlink()
    with pytest.raises(Damaged, match="不见了"):
        shelf.check([part], whose="批次 b1")


def test_scan_of_a_span_holds_its_organisations_only(shelf: Shelf) -> None:
    part = shelf.seal(frame(), record="firm", source="tax")

    assert shelf.scan([part], span=(1, 2)).collect()["revenue"].to_list() == [7, 2]
    assert shelf.scan([part]).collect().height == 4


def test_sweep_deletes_files_that_nobody_names_once_they_are_old(
    shelf: Shelf,
) -> None:
    named, lost, fresh = (
        shelf.keep(pl.DataFrame({"x": [number]})) for number in range(3)
    )
    for part in (named, lost):
        os.utime(shelf.path(part), (1, 1))

    assert shelf.sweep() == 0
    assert shelf.sweep([named.sha256]) == 1
    assert [shelf.fault(p) for p in (named, lost, fresh)] == ["", "missing", ""]


def test_sweep_deletes_old_drafts_only(shelf: Shelf) -> None:
    part = shelf.seal(frame(), record="firm", source="tax")
    old, new = (shelf.folder / f".{n}.part" for n in ("old", "new"))
    for draft in (old, new):
        draft.write_bytes(b"half")
    os.utime(old, (1, 1))

    assert shelf.sweep() == 1
    assert (old.exists(), new.exists(), shelf.fault(part)) == (False, True, "")


def test_write_that_fails_leaves_no_draft(shelf: Shelf) -> None:
    shelf.folder.mkdir()
    part = Shelf(shelf.folder / "other").keep(frame())
    (shelf.folder / part.name[:2]).write_text("a file where a folder must be")

    with pytest.raises(OSError, match=part.name[:2]):
        shelf.keep(frame())

    assert list(shelf.folder.glob(".*.part")) == []
