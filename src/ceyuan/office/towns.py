# SPDX-License-Identifier: Apache-2.0
"""An invented town, made and taken in through the same door as any office's files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from ceyuan.city import make_town
from ceyuan.facts import Choice, ColumnMap
from ceyuan.office.importing import Imported, Said, import_files

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from ceyuan.city import TownSaid
    from ceyuan.office.memory import Memory


@dataclass(frozen=True, slots=True)
class Town:
    """A town in the office's memory.

    Args:
        said: Its files.
        imported: What came of each.
    """

    said: TownSaid
    imported: tuple[Imported, ...]

    @property
    def accepted(self) -> int:
        """Return how many records went in."""
        return sum(one.accepted for one in self.imported)


def take_in(
    memory: Memory,
    said: TownSaid,
    *,
    progress: Callable[[str], None] = lambda _: None,
) -> Town:
    """Import the files of a town, in the order of its manifest.

    A small town has files without a row (no voucher was ever checked, say); they
    state nothing and are passed over.
    """
    made = []
    for file in said.files:
        if not file["rows"]:
            continue
        progress(f"导入 {file['path']}（{file['source']}）")
        made.append(
            import_files(
                memory, file["record_type"], [said.folder / file["path"]], _said(file)
            )
        )
    return Town(said, tuple(made))


def _said(file: Mapping[str, Any]) -> Said:
    kinds = file.get("complete_kinds") or ()
    complete: bool | frozenset[str] = bool(file.get("complete"))
    if kinds:
        complete = frozenset(kinds)
    stated = file["as_stated"]
    return Said(
        source=file["source"],
        as_of=stated if isinstance(stated, date) else date.fromisoformat(stated),
        columns=_columns(file["columns"]),
        complete=complete,
        reason="合成城市",
        synthetic=True,
    )


def _columns(said: Mapping[str, Mapping[str, Any]]) -> ColumnMap:
    """Return what a manifest says of the columns of a file."""
    return ColumnMap(
        columns={
            one["letter"]: Choice(
                fact=one["attribute"], unit=one.get("unit"), year=one.get("year")
            )
            for one in said.values()
        }
    )


def make(
    folder: Path,
    *,
    firms: int,
    seed: int,
    region: str = "shanghai",
    progress: Callable[[int, int], None] | None = None,
) -> TownSaid:
    """Write the files of a town."""
    return make_town(folder, firms=firms, seed=seed, region=region, progress=progress)
