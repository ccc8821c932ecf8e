# SPDX-License-Identifier: Apache-2.0
"""Sealed batches: immutable Parquet files named by what is in them.

A part is written beside its place, made durable, and moved there under the hash of
its bytes; the same content is the same file, and a file that was altered is no
longer what its name says. Nothing refers to a part before the catalogue does, so a
write that was cut off leaves only a file that nobody knows, swept up later.
"""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import uuid4

import polars as pl

from ceyuan.facts.store import merkle
from ceyuan.facts.store.columns import ORDER, hashes, whole
from ceyuan.kernel import CeyuanError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path

GROUP_ROWS = 65_536
_CHUNK = 1 << 20
_OLD_SECONDS = 3600
_LOST_SECONDS = 24 * 3600
"""No import takes a day: a file that nobody names by then never will be."""


class Damaged(CeyuanError):
    """A sealed file is missing or is not what its name says."""


def _settle(folder: Path) -> None:
    """Make durable what a folder lists; a name that is lost is a file that is lost."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@dataclass(frozen=True, slots=True)
class Part:
    """One sealed file.

    Args:
        sha256: Hash of its bytes, its name.
        size: Its length in bytes.
        rows: Records in it.
        root: Root over the hashes of its records; empty for files of results.
    """

    sha256: bytes
    size: int
    rows: int
    root: bytes = b""

    @property
    def name(self) -> str:
        """Return its name within the store."""
        text = self.sha256.hex()
        return f"{text[:2]}/{text}.parquet"


@dataclass(frozen=True, slots=True)
class Shelf:
    """The folder that sealed files stand in.

    Args:
        folder: The folder.
        secret: What hashes of records are salted with.
    """

    folder: Path
    secret: bytes = field(default=b"", repr=False)

    def path(self, part: Part) -> Path:
        """Return where a part stands."""
        return self.folder / part.name

    def seal(self, frame: pl.DataFrame, *, record: str, source: str) -> Part:
        """Write records as one part, sorted, each with its hash.

        Raises:
            OSError: The disk is full, or the folder cannot be written.
        """
        ordered = whole(frame).sort(ORDER, maintain_order=True)
        marks = hashes(ordered, record, source, secret=self.secret)
        root = merkle.root(b"".join(marks))
        return self.keep(ordered.with_columns(marks), root=root)

    def keep(self, frame: pl.DataFrame, *, root: bytes = b"") -> Part:
        """Write a frame as one part, as it is."""
        self.folder.mkdir(parents=True, exist_ok=True)
        draft = self.folder / f".{uuid4().hex}.part"
        try:
            frame.write_parquet(
                draft, compression="zstd", row_group_size=GROUP_ROWS, statistics=True
            )
            part = self._moved(draft, frame.height, root)
        finally:
            draft.unlink(missing_ok=True)
        return part

    def _moved(self, draft: Path, rows: int, root: bytes) -> Part:
        with draft.open("rb") as file:
            os.fsync(file.fileno())
            digest = hashlib.file_digest(file, "sha256").digest()
        part = Part(digest, draft.stat().st_size, rows, root)
        place = self.path(part)
        place.parent.mkdir(parents=True, exist_ok=True)
        draft.chmod(0o444)
        draft.replace(place)
        for folder in (place.parent, self.folder):
            _settle(folder)
        return part

    def fault(self, part: Part) -> str:
        """Return what is wrong with a part: `missing`, `altered`, or nothing."""
        path = self.path(part)
        try:
            if path.stat().st_size != part.size:
                return "altered"
            with path.open("rb") as file:
                same = hashlib.file_digest(file, "sha256").digest() == part.sha256
        except OSError:
            return "missing"
        return "" if same else "altered"

    def check(self, parts: Iterable[Part], *, whose: str) -> None:
        """See that parts are what their names say.

        Raises:
            Damaged: One is missing or was altered; it is named.
        """
        for part in parts:
            wrong = self.fault(part)
            if wrong:
                word = "不见了" if wrong == "missing" else "被改动过"
                msg = f"{whose} 的文件 `{part.name}` {word} (a sealed file is {wrong})"
                raise Damaged(
                    msg,
                    hint="从备份恢复这个文件（`ceyuan restore`），或撤回这一批；"
                    f"文件应有 {part.size} 字节，SHA-256 为 {part.sha256.hex()}",
                )

    def scan(
        self, parts: Sequence[Part], *, span: tuple[int, int] | None = None
    ) -> pl.LazyFrame:
        """Return the rows of parts of one batch, of a span of organisations."""
        rows = pl.scan_parquet([self.path(p) for p in parts], glob=False)
        if span is None:
            return rows
        return rows.filter(pl.col("org").is_between(*span))

    def sweep(self, known: Collection[bytes] | None = None) -> int:
        """Delete what cut-off writes left behind; return how many files.

        Args:
            known: Hashes of the files that the catalogue names; of the others those
                older than a day are deleted. Without it only drafts are.
        """
        old = [(path, _OLD_SECONDS) for path in self.folder.glob(".*.part")]
        if known is not None:
            names = {sha.hex() for sha in known}
            old += [
                (path, _LOST_SECONDS)
                for path in self.folder.glob("??/*.parquet")
                if path.stem not in names
            ]
        count = 0
        for path, seconds in old:
            try:
                if time.time() - path.stat().st_mtime > seconds:
                    path.unlink()
                    count += 1
            except FileNotFoundError:
                continue
        return count
