# SPDX-License-Identifier: Apache-2.0
"""Files that people hand in through the portal: measured, named by hash, kept.

A file is written piece by piece and given up as soon as it is too large, so that a
hundred megabytes cost nobody's memory. Its name is the sender's and is only shown; its
place is its hash, so no name can lead anywhere. What it holds is for `sheets` to say.
"""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from ceyuan.kernel import InputRejected, Problem, UsageError
from ceyuan.office.inputs import SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

    from psycopg import Connection

    from ceyuan.office.memory import Memory

_WRITE = """
insert into upload (id, name, sha256, size, organisation, actor)
values (%s, %s, %s, %s, %s, %s)
"""
_READ = """
select id, name, sha256, size, organisation, actor, known_at from upload where id = %s
"""
NAME_BYTES = 180
"""A file system takes 255 bytes, and results add to the name."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was handed in.

    Args:
        id: Its id, hard to guess.
        name: What the sender called it, without a folder.
        sha256: Hash of its bytes.
        size: How many bytes.
        organisation: Whose.
        actor: Who sent it.
        known_at: When.
    """

    id: str
    name: str
    sha256: bytes
    size: int
    organisation: str
    actor: str
    known_at: datetime


def take_upload(
    memory: Memory,
    name: str,
    pieces: Iterable[bytes],
    *,
    organisation: str,
    most: int,
) -> Upload:
    """Keep a file that is handed in.

    Args:
        memory: The office's memory; its actor sends.
        name: What the sender calls it.
        pieces: Its bytes, piece by piece.
        organisation: Whose it is.
        most: The largest size that is taken, in bytes.

    Raises:
        InputRejected: It is empty, too large, or of a kind that is not read.
    """
    shown = safe_name(name)
    if PurePath(shown).suffix.lower() not in SUFFIXES:
        raise _refused(
            "R490",
            f"“{shown}”不是能读的表格 (not a table we read)",
            f"另存为 xlsx 或 csv 再传；能读：{' '.join(SUFFIXES)}",
            shown,
        )
    folder = memory.workspace.folder / "uploads"
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{secrets.token_hex(8)}"
    digest, size = hashlib.sha256(), 0
    try:
        with draft.open("wb") as file:
            for piece in pieces:
                size += len(piece)
                if size > most:
                    raise _refused(
                        "R491",
                        f"“{shown}”大于 {most // 2**20} MB (too large)",
                        "去掉图片和用不到的工作表，或分成几个文件",
                        shown,
                    )
                digest.update(piece)
                file.write(piece)
        if not size:
            raise _refused("R492", f"“{shown}”是空的 (empty)", "选对文件再传", shown)
        draft.replace(folder / digest.hexdigest())
    finally:
        draft.unlink(missing_ok=True)
    made = f"u{secrets.token_hex(8)}"
    with memory.transaction() as conn:
        conn.execute(
            _WRITE, (made, shown, digest.digest(), size, organisation, memory.actor)
        )
        return upload_of(conn, made)


def upload_of(conn: Connection, name: str) -> Upload:
    """Return what is known of a file.

    Raises:
        UsageError: There is none of this id.
    """
    row = conn.execute(_READ, (name,)).fetchone()
    if row is None:
        msg = f"没有文件 `{name}` (there is no such file)"
        raise UsageError(msg)
    return Upload(row[0], row[1], bytes(row[2]), *row[3:])


def lay(memory: Memory, uploads: Iterable[Upload], at: Path) -> list[Path]:
    """Lay files under their own names into a folder, for whoever reads by name."""
    at.mkdir(parents=True, exist_ok=True)
    laid = []
    for number, one in enumerate(uploads):
        place = at / one.name
        if place in laid:  # two files of one name
            place = at / f"{number}-{one.name}"
        if not place.exists():
            place.hardlink_to(memory.workspace.folder / "uploads" / one.sha256.hex())
        laid.append(place)
    return laid


def safe_name(name: str) -> str:
    """Return a file's name without folders, control characters or tricks."""
    plain = unicodedata.normalize("NFKC", name.replace("\\", "/")).rpartition("/")[2]
    kept = "".join(c for c in plain if c.isprintable() and c not in '<>:"|?*').strip(
        ". "
    )
    path = PurePath(kept or "未命名")
    stem = path.stem.encode()[:NAME_BYTES].decode(errors="ignore")
    return f"{stem}{path.suffix[:10]}"


def _refused(code: str, message: str, mend: str, file: str) -> InputRejected:
    problem = Problem(code=code, message=message, mend=mend, file=file)
    return InputRejected(message, problems=[problem], hint=mend)
