# SPDX-License-Identifier: Apache-2.0
"""The one file of a backup: a tar whose last member says what must be in it.

The manifest comes last, since only then the hashes are known; a file that was cut
off has none and is refused. Nothing is taken out of an archive before every member
has been read and found to be what the manifest says.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING

from ceyuan.kernel import InputRejected, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FORMAT = 1
MANIFEST = "manifest.json"
BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it was copied.

    Args:
        columns: Its columns, in the order of the copy.
        rows: Number of its rows.
        sha256: Of its rows in the order of its key, as text.
        sequence: The column that numbers its rows; may be empty.
        last: The last number given; 0 when none was.
    """

    columns: tuple[str, ...]
    rows: int
    sha256: str
    sequence: str
    last: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an archive says of itself.

    Args:
        format: Number of the archive's shape.
        made_by: Version that made it.
        made_at: When, in UTC.
        workspace: Id of the workspace.
        migrations: The migrations that its tables have had.
        tables: The tables, by name.
        members: SHA-256 of every member, by its name.
    """

    format: int
    made_by: str
    made_at: str
    workspace: str
    migrations: tuple[str, ...]
    tables: Mapping[str, Table]
    members: Mapping[str, str]

    def text(self) -> str:
        """Return it as the member that is written."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n"


class _Hashed:
    """A file that is hashed as it is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.sha256 = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        block = self._file.read(size)
        self.sha256.update(block)
        return block


class ArchiveWriter:
    """Adds members to a tar and remembers their hashes."""

    def __init__(self, file: IO[bytes]) -> None:
        self._tar = tarfile.open(  # noqa: SIM115 - closed by `finish`
            fileobj=file, mode="w", format=tarfile.PAX_FORMAT
        )
        self.members: dict[str, str] = {}

    def add(self, name: str, file: IO[bytes]) -> str:
        """Add what an open file holds from its start; return its SHA-256."""
        size = file.seek(0, io.SEEK_END)
        file.seek(0)
        hashed = _Hashed(file)
        self._tar.addfile(_info(name, size), hashed)
        self.members[name] = hashed.sha256.hexdigest()
        return self.members[name]

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest and end the archive."""
        data = manifest.text().encode()
        self._tar.addfile(_info(MANIFEST, len(data)), io.BytesIO(data))
        self._tar.close()


def _info(name: str, size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size = size
    info.mode = 0o600
    return info


class ArchiveReader:
    """An archive that has been verified, member by member.

    Args:
        path: The archive.

    Raises:
        InputRejected: It cannot be read, is cut off, or a member is missing, is
            not named, or is not what the manifest says.
        UsageError: It was made by a newer version.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._tar = tarfile.open(path, mode="r:")  # noqa: SIM115 - `close`
        except FileNotFoundError as error:
            msg = f"没有这个文件 (no such file): {path}"
            raise UsageError(msg) from error
        except (tarfile.TarError, OSError) as error:
            msg = f"不是备份文件 (not a backup): {error}"
            raise self._rejected(msg) from error
        try:
            self.manifest = self._verified()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the archive."""
        self._tar.close()

    def open(self, name: str) -> IO[bytes]:
        """Return a member, to be read."""
        found = self._tar.extractfile(name)
        assert found is not None
        return found

    def write(self, name: str, target: Path) -> None:
        """Write a member to a file: whole or not at all, and for reading only."""
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_name(f"{target.name}.{os.getpid()}.part")
        try:
            with self.open(name) as source, fresh.open("wb") as file:
                while block := source.read(BLOCK):
                    file.write(block)
                file.flush()
                os.fsync(file.fileno())
            fresh.chmod(0o444)
            fresh.replace(target)
        finally:
            fresh.unlink(missing_ok=True)

    def _verified(self) -> Manifest:
        try:
            infos = self._tar.getmembers()
        except (tarfile.TarError, OSError) as error:
            msg = f"文件被截断 (cut off): {error}"
            raise self._rejected(msg) from error
        found: dict[str, str] = {}
        for info in infos:
            if not info.isreg() or not _plain(info.name) or info.name in found:
                msg = f"不该有的内容 (unexpected): {info.name}"
                raise self._rejected(msg)
            found[info.name] = self._hash(info)
        if MANIFEST not in found:
            raise self._rejected("没有清单，文件被截断了 (no manifest: cut off)")
        with self.open(MANIFEST) as file:
            manifest = self._manifest(file.read())
        del found[MANIFEST]
        for name in sorted({*found, *manifest.members}):
            if found.get(name) != manifest.members.get(name):
                msg = f"与清单不符 (not what the manifest says): {name}"
                raise self._rejected(msg)
        return manifest

    def _hash(self, info: tarfile.TarInfo) -> str:
        whole = hashlib.sha256()
        read = 0
        try:
            with self.open(info.name) as file:
                while block := file.read(BLOCK):
                    whole.update(block)
                    read += len(block)
        except (tarfile.TarError, OSError) as error:
            msg = f"文件被截断 (cut off): {info.name}"
            raise self._rejected(msg) from error
        if read != info.size:
            msg = f"文件被截断 (cut off): {info.name}"
            raise self._rejected(msg)
        return whole.hexdigest()

    def _manifest(self, text: bytes) -> Manifest:
        try:
            data = json.loads(text)
            if int(data["format"]) > FORMAT:
                msg = (
                    f"备份 {self.path.name} 由较新的版本 {data['made_by']} 做成"
                    f"（格式 {data['format']}），本版本只认识到 {FORMAT} "
                    "(made by a newer version)"
                )
                raise UsageError(msg, hint="升级：`pip install -U ceyuan`")
            data["migrations"] = tuple(data["migrations"])
            data["tables"] = {
                name: Table(**said | {"columns": tuple(said["columns"])})
                for name, said in data["tables"].items()
            }
            return Manifest(**data)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            msg_0 = f"清单读不出来 (manifest cannot be read): {error}"
            raise self._rejected(msg_0) from error

    def _rejected(self, why: str) -> InputRejected:
        return InputRejected(
            f"备份 {self.path.name} 不能用：{why}",
            hint="没有写入任何内容；换一份备份文件",
        )


def _plain(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and "\\" not in name
