# SPDX-License-Identifier: Apache-2.0
"""A sheet checked while its sender waits: nothing of it is kept.

It is read and decided as a park's batch is (`parks_checked`): by the same rules, with
the parameters that the office has set. What takes longer than one waits is for a batch.
"""

from __future__ import annotations

import tempfile
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Protocol

from ceyuan.kernel import UsageError
from ceyuan.office.checkup import FULL_ROWS, Checkup, check_table
from ceyuan.office.inputs import SUFFIXES, read_book
from ceyuan.office.parameters import typed_settings
from ceyuan.office.settings import run_settings
from ceyuan.office.uploads import _refused, safe_name
from ceyuan.office.workers import here

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from ceyuan.office.memory import Memory


class Sent(Protocol):
    """A file as a form sends it."""

    name: str

    def chunks(self) -> Iterable[bytes]:
        """Yield its bytes, piece by piece."""


class TooMany(UsageError):
    """A sheet has more rows than are checked while one waits."""


def check_sheet(
    memory: Memory,
    files: Sequence[Sent],
    *,
    as_of: date,
    policies: Sequence[str] = (),
    params: Sequence[str] = (),
    most: int,
) -> Checkup:
    """Return the check-up of a sheet.

    Args:
        memory: The office's memory.
        files: The sheet, then files laid beside it.
        as_of: Day of the decisions.
        policies: Policy ids; all policies about firms by default.
        params: Parameters, `POLICY.NAME=VALUE`; what the office has set holds besides.
        most: The largest size of a file, in bytes.

    Raises:
        InputRejected: A file is empty, too large, or cannot be used.
        TooMany: It has too many rows.
        UsageError: A policy or a parameter does not exist.
    """
    for policy in policies:
        memory.region.rule(policy)
    said = run_settings(memory, as_of, tuple(params))
    settings = typed_settings(memory.region, said)
    with tempfile.TemporaryDirectory(prefix="ceyuan-") as folder, here():
        paths = [
            _laid(Path(folder) / str(number), one, most)
            for number, one in enumerate(files)
        ]
        _, table = read_book(
            paths[0], region=memory.region, as_of=as_of, joined=paths[1:]
        )
        if len(table.rows) > FULL_ROWS:
            msg = (
                f"这张表有 {len(table.rows):,} 行，一次至多 {FULL_ROWS:,} 行 "
                f"(at most {FULL_ROWS:,} rows are checked at once)"
            )
            raise TooMany(msg, hint="交成批次：POST /api/v1/batches")
        return check_table(
            table, memory.region, as_of=as_of, policies=policies, settings=settings
        )


def _laid(folder: Path, sent: Sent, most: int) -> Path:
    """Lay a file under its own name into a folder of its own."""
    name = safe_name(sent.name)
    if PurePath(name).suffix.lower() not in SUFFIXES:
        raise _refused(
            "R490",
            f"“{name}”不是能读的表格 (not a table we read)",
            f"另存为 xlsx 或 csv 再传；能读：{' '.join(SUFFIXES)}",
            name,
        )
    folder.mkdir()
    place, size = folder / name, 0
    with place.open("wb") as file:
        for piece in sent.chunks():
            size += len(piece)
            if size > most:
                raise _refused(
                    "R491",
                    f"“{name}”大于 {most // 2**20} MB (too large)",
                    "去掉图片和用不到的工作表，或分成几个文件",
                    name,
                )
            file.write(piece)
    if not size:
        raise _refused("R492", f"“{name}”是空的 (empty)", "选对文件再传", name)
    return place
