# SPDX-License-Identifier: Apache-2.0
"""Declarations kept as they were, so that an old decision can be made again.

What a run cites is the hash of all declarations of its region. Under that hash the
files themselves are kept, once, in one archive of a few hundred kilobytes; replaying
the run years later loads the region from there, not from what has become of it.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import re
import shutil
import zipfile
import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from uuid import uuid4

from ceyuan.declarations.instruments import (
    Instruments,
    instruments_digest,
    load_instruments,
)
from ceyuan.declarations.records import Records, load_records
from ceyuan.declarations.region import REGIONS, Region, _folders, load_region
from ceyuan.kernel import CeyuanError

if TYPE_CHECKING:
    from pathlib import Path

_EPOCH = (1980, 1, 1, 0, 0, 0)
_NAMES = ("region.yaml", "*.yaml", "facts/*.yaml", "policies/*.yaml",
          "records/*.yaml", "forms/*.yaml", "instruments/*.yaml")  # fmt: skip
_NAME = re.compile(r"\w[\w-]*/(\w[\w-]*/)?\w[\w.-]*\.yaml")
"""What a file of an archive is called: none of them leads out of its folder."""
_MOST = 100_000_000
"""More bytes than this are no declarations; all of ours are under two million."""


@dataclass(frozen=True, slots=True)
class Declared:
    """A region's declarations, whole, under one hash.

    Args:
        region: Facts and policies.
        records: Record types, sources, forms, ladder.
        digest: Hash over both, and over the instruments where there are any.
        root: The folder of regions that they were read from.
    """

    region: Region
    records: Records
    digest: str
    root: Path

    @property
    def instruments(self) -> Instruments:
        """Return the instruments; they are read when first asked for.

        Raises:
            RuleError: One of them is wrong.
        """
        return load_instruments(self.region.id, self.root)


def load_declared(region: str, root: Path = REGIONS) -> Declared:
    """Return the declarations of a region.

    Raises:
        RuleError: One of them is wrong.
        UsageError: There is no such region.
    """
    base, records = load_region(region, root), load_records(region, root)
    all_ = f"{base.digest}\n{records.digest}"
    # What was kept before there were instruments keeps its hash.
    if further := instruments_digest(region, root):
        all_ += f"\n{further}"
    return Declared(base, records, hashlib.sha256(all_.encode()).hexdigest(), root)


def keep(declared: Declared, folder: Path) -> Path:
    """Keep declarations in a folder, once; return the archive."""
    path = folder / f"{declared.digest}.zip"
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for place in _folders(declared.region.id, declared.root):
            files = {p for names in _NAMES for p in place.glob(names)}
            for file in sorted(files):
                if file.name.endswith(".cases.yaml"):
                    continue
                name = file.relative_to(declared.root).as_posix()
                archive.writestr(zipfile.ZipInfo(name, _EPOCH), file.read_bytes())
    draft = folder / f".{uuid4().hex}.part"
    with draft.open("wb") as file_:
        file_.write(packed.getvalue())
        file_.flush()
        os.fsync(file_.fileno())
    draft.replace(path)
    return path


def unpack(digest: str, region: str, folder: Path, cache: Path) -> Declared:
    """Return declarations as they were kept under a hash.

    Args:
        digest: Their hash.
        region: The region.
        folder: Where archives are kept.
        cache: Where they may be unpacked.

    Raises:
        CeyuanError: The archive is missing, or does not hold what its name says.
    """
    current = load_declared(region)
    if current.digest == digest:
        return current
    path = folder / f"{digest}.zip"
    place = cache / "declarations" / digest
    if place.is_dir():
        kept = _said(region, place)
        if kept is not None and kept.digest == digest:
            return kept
        # What was unpacked is spoiled; what was read of it must not be remembered.
        shutil.rmtree(place)
        load_region.cache_clear()
        load_records.cache_clear()
        load_instruments.cache_clear()
    draft = place.with_name(f".{uuid4().hex}")
    try:
        _extract(path, draft)
        kept = _said(region, draft)
        if kept is None or kept.digest != digest:
            raise _altered(path)
        with contextlib.suppress(OSError):  # another one has unpacked it meanwhile
            draft.replace(place)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return replace(kept, root=place)


def _said(region: str, place: Path) -> Declared | None:
    """Return the declarations of a folder; None where they are not sound."""
    try:
        return load_declared(region, place)
    except (CeyuanError, OSError):
        return None


def _extract(path: Path, draft: Path) -> None:
    """Unpack an archive; one that `keep` cannot have made is refused unread."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if sum(m.file_size for m in members) > _MOST:
                raise _altered(path)
            if not all(_NAME.fullmatch(m.filename) for m in members):
                raise _altered(path)
            archive.extractall(draft)
    except (OSError, ValueError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        msg = f"当时的声明 `{path.stem[:12]}` 读不出来 (declarations not readable): {error}"
        raise CeyuanError(
            msg, hint=f"从备份恢复 {path.name}；没有它就不能重算当时的判定"
        ) from error


def _altered(path: Path) -> CeyuanError:
    msg = f"存档 `{path.name}` 的内容与它的名称不符 (the archive was altered)"
    return CeyuanError(msg, hint="从备份恢复这个文件")
