# SPDX-License-Identifier: Apache-2.0
"""In which folder the embedded database of a workspace lies.

In the workspace, as a rule. Root's server runs as another account, and where that
account cannot walk to the workspace the data lie below `/var/lib/ceyuan`, under the
workspace's id, and `workspace.json` says so. There, a note names the workspace: a
*copy* of a workspace says the same id, and must not write to the first one's data.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ceyuan.kernel import UsageError
from ceyuan.office.server_place import account_for, own_folder, system_home

if TYPE_CHECKING:
    from ceyuan.office.workspace import Workspace


def home_of(workspace: Workspace) -> Path:
    """Return the folder in which `pg` lies, existing.

    Raises:
        UsageError: The workspace is a copy of one that is still there.
    """
    said = workspace.said()
    if said.home:
        home = Path(said.home)
        _claimed(home, workspace, said.id)
        return home
    if (workspace.folder / "pg").exists():
        return workspace.folder
    account = account_for(workspace.folder)
    if account.reaches(workspace.folder):
        return workspace.folder
    home = own_folder(system_home() / said.id, account)
    _claimed(home, workspace, said.id)
    workspace.write(replace(said, home=str(home)))
    return home


def _claimed(home: Path, workspace: Workspace, name: str) -> None:
    """Make sure that this data folder is this workspace's."""
    note = home / "workspace"
    here = workspace.root.resolve()
    try:
        owner = Path(note.read_text(encoding="utf-8").strip())
    except FileNotFoundError:
        owner = here
        if home.is_dir():
            note.write_text(f"{here}\n", encoding="utf-8")
    if owner == here:
        return
    try:
        taken = type(workspace)(owner).said().id == name
    except UsageError:
        taken = False
    if taken:
        msg = (
            f"{here} 是 {owner} 的副本，数据库属于后者 "
            "(a copy of a workspace; the database is the first one's)"
        )
        raise UsageError(msg, hint="用 `ceyuan backup` 和 `ceyuan restore` 来复制")
    # The workspace was moved.
    note.write_text(f"{here}\n", encoding="utf-8")
