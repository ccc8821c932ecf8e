# SPDX-License-Identifier: Apache-2.0
"""What is remembered between two commands: `.ceyuan/` in the working folder.

The last check is kept as copies of its files and the words it was asked with, so
that `explain`, `nearest` and `whatif` know the firm and give the same answer even
when the sheet has moved on. Column maps are kept by the headings of the sheet.

A workspace that was made (`init_workspace`) has a `workspace.json` that says its
format and its id, and places for what lasts: the embedded database, sealed files,
declarations, keys. A newer format is refused, an older one brought forward.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import uuid
from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING

from ceyuan.kernel import CeyuanError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ceyuan.office.server import Server

FOLDER = ".ceyuan"
# 0 is a folder without workspace.json: what was remembered before there were
# records. A change of the folder's shape adds one and a step in `_forward`.
FORMAT = 1


@dataclass(frozen=True, slots=True)
class LastCheck:
    """How the last check was asked.

    Args:
        file: Name of the copied file.
        joined: Names of the copied further files.
        as_of: Day of the decisions.
        region: Region.
        policies: Policies asked for; empty: all of the subject.
        subject: What the rows are.
        columns: Whether a column map was given.
        settings: Parameters set, as they were written.
    """

    file: str
    joined: tuple[str, ...]
    as_of: str
    region: str
    policies: tuple[str, ...]
    subject: str
    columns: bool
    settings: tuple[str, ...]

    @property
    def day(self) -> date:
        """Return the day of the decisions."""
        return date.fromisoformat(self.as_of)


@dataclass(frozen=True, slots=True)
class WorkspaceSaid:
    """What `workspace.json` says.

    Args:
        format: Number of the folder's shape.
        made_by: The version that made it or brought it forward.
        id: Its own name, the same for ever.
        home: Folder of the embedded database where it cannot lie in the workspace.
    """

    format: int
    made_by: str
    id: str
    home: str = ""


@dataclass(frozen=True, slots=True)
class Workspace:
    """The `.ceyuan` folder beneath a working folder."""

    root: Path

    @property
    def folder(self) -> Path:
        """Return where things are remembered."""
        return self.root / FOLDER

    @property
    def last(self) -> Path:
        """Return where the last check is kept."""
        return self.folder / "last"

    @property
    def paper(self) -> Path:
        """Return the file that says what the workspace is."""
        return self.folder / "workspace.json"

    @property
    def store(self) -> Path:
        """Return where sealed files are, by the hash of their content."""
        return self.folder / "store"

    @property
    def declarations(self) -> Path:
        """Return where declarations are kept that decisions were made by."""
        return self.folder / "declarations"

    @property
    def keys(self) -> Path:
        """Return where the key ring is; it is in no backup."""
        return self.folder / "keys"

    @property
    def cache(self) -> Path:
        """Return where things are that can be made anew."""
        return self.folder / "cache"

    def said(self) -> WorkspaceSaid:
        """Return what the workspace says of itself.

        Raises:
            UsageError: There is none, it cannot be read, or it is newer.
        """
        try:
            data = json.loads(self.paper.read_text(encoding="utf-8"))
            said = WorkspaceSaid(
                format=int(data["format"]),
                made_by=str(data["made_by"]),
                id=str(uuid.UUID(data["id"])),
                home=str(data.get("home", "")),
            )
        except FileNotFoundError as error:
            msg = f"{self.root} 还不是工作区 (not a workspace yet)"
            raise UsageError(msg, hint="先运行 `ceyuan init`") from error
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            msg = f"`{self.paper}` 读不出来 (cannot be read): {error}"
            raise UsageError(msg, hint="从备份恢复这个文件") from error
        if said.format > FORMAT:
            from ceyuan import __version__

            msg = (
                f"工作区 {self.root} 由较新的版本 {said.made_by} 建立"
                f"（格式 {said.format}），本版本 {__version__} 只认识到格式 {FORMAT} "
                "(made by a newer version)"
            )
            raise UsageError(msg, hint="升级：`pip install -U ceyuan`")
        return said

    def server(self) -> Server:
        """Return the workspace's embedded server, not yet started.

        Raises:
            UsageError: The workspace cannot be used (see `said`), or its database
                belongs to the folder that it was copied from.
        """
        from ceyuan.office.homes import home_of
        from ceyuan.office.server import Server

        return Server(data=home_of(self) / "pg", locks=self.folder)

    def write(self, said: WorkspaceSaid) -> None:
        """Write `workspace.json`, whole or not at all."""
        fresh = self.folder / f"workspace.json.{os.getpid()}"
        words = {name: value for name, value in asdict(said).items() if value != ""}
        fresh.write_text(json.dumps(words, indent=1) + "\n", encoding="utf-8")
        fresh.replace(self.paper)

    def remember(
        self,
        said: LastCheck,
        file: Path,
        joined: Sequence[Path],
        columns: Path | None,
    ) -> bool:
        """Keep a check; return False where the folder cannot be written."""
        fresh = self.folder / "last.new"
        try:
            shutil.rmtree(fresh, ignore_errors=True)
            (fresh / "with").mkdir(parents=True)
            shutil.copyfile(file, fresh / file.name)
            for path in joined:
                shutil.copyfile(path, fresh / "with" / path.name)
            if columns is not None:
                shutil.copyfile(columns, fresh / "columns.yaml")
            text = json.dumps(asdict(said), ensure_ascii=False, indent=1)
            (fresh / "last.json").write_text(text, encoding="utf-8")
            shutil.rmtree(self.last, ignore_errors=True)
            fresh.rename(self.last)
        except OSError:
            return False
        finally:
            # Also when interrupted: half of a check is not kept.
            shutil.rmtree(fresh, ignore_errors=True)
        return True

    def recall(self) -> LastCheck:
        """Return how the last check was asked.

        Raises:
            UsageError: There is none.
        """
        path = self.last / "last.json"
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            data["joined"] = tuple(data["joined"])
            data["policies"] = tuple(data["policies"])
            data["settings"] = tuple(data["settings"])
            return LastCheck(**data)
        except FileNotFoundError as error:
            msg = (
                "还没有核对过任何文件，不知道要看哪家企业 (no check is remembered here)"
            )
            raise UsageError(
                msg, hint="先运行 `ceyuan check FILE`，或加 `--file FILE`"
            ) from error
        except (OSError, ValueError, TypeError, KeyError) as error:
            msg = f"`{FOLDER}/last` 读不出来 (cannot be read): {error}"
            raise UsageError(msg, hint="再运行一次 `ceyuan check FILE`") from error

    def columns_for(self, headings: Sequence[str]) -> Path:
        """Return where the column map of a sheet with these headings is kept."""
        digest = hashlib.sha256("\x1f".join(headings).encode()).hexdigest()[:16]
        return self.folder / "columns" / f"{digest}.yaml"

    def keep_columns(self, headings: Sequence[str], text: str) -> None:
        """Keep a column map for the next sheet of the same headings."""
        path = self.columns_for(headings)
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


def init_workspace(folder: Path) -> Workspace:
    """Make a workspace in a folder, or bring the one that is there forward.

    Raises:
        UsageError: It was made by a newer version.
        CeyuanError: The folder cannot be written.
    """
    from ceyuan import __version__

    workspace = Workspace(folder.resolve())
    try:
        for place in (
            workspace.folder,
            workspace.store,
            workspace.declarations,
            workspace.cache,
        ):
            place.mkdir(parents=True, exist_ok=True)
        workspace.keys.mkdir(mode=0o700, exist_ok=True)
        if not workspace.paper.exists():
            _begin(workspace, WorkspaceSaid(FORMAT, __version__, str(uuid.uuid4())))
        said = workspace.said()
        if said.format < FORMAT:
            workspace.write(_forward(said))
    except OSError as error:
        msg = f"工作区建不成 (cannot make the workspace): {error}"
        raise CeyuanError(msg, hint="换一个可写的文件夹") from error
    return workspace


def open_workspace(folder: Path) -> Workspace:
    """Return the workspace of a folder, brought forward where it is older.

    Raises:
        UsageError: There is none, or it was made by a newer version.
    """
    workspace = Workspace(folder.resolve())
    if workspace.said().format < FORMAT:
        return init_workspace(folder)
    return workspace


def _begin(workspace: Workspace, said: WorkspaceSaid) -> None:
    """Write the first `workspace.json`; of two at once, one is kept."""
    fresh = workspace.folder / f"workspace.json.{said.id}"
    words = {name: value for name, value in asdict(said).items() if value != ""}
    fresh.write_text(json.dumps(words, indent=1) + "\n", encoding="utf-8")
    try:
        os.link(fresh, workspace.paper)
    except FileExistsError:
        # Another process was first: its id holds.
        pass
    finally:
        fresh.unlink()


def _forward(said: WorkspaceSaid) -> WorkspaceSaid:
    """Return what an older workspace says after the steps to this format."""
    from ceyuan import __version__

    return WorkspaceSaid(FORMAT, __version__, said.id, said.home)
