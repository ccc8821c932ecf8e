# SPDX-License-Identifier: Apache-2.0
"""What is remembered between two commands, and what happens when it cannot be."""

from __future__ import annotations

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

import ceyuan
from ceyuan.kernel import CeyuanError, UsageError
from ceyuan.office.workspace import (
    LastCheck,
    Workspace,
    WorkspaceSaid,
    init_workspace,
    open_workspace,
)

if TYPE_CHECKING:
    from pathlib import Path

SAID = LastCheck(
    file="园区.csv",
    joined=("名单.csv",),
    as_of="2026-11-21",
    region="shanghai",
    policies=("tech_sme_2017",),
    subject="firm",
    columns=True,
    settings=("sh_voucher_2025.firm_yearly_cap=30万元",),
)


def _files(folder: Path) -> tuple[Path, Path, Path]:
    folder.mkdir()
    paths = (folder / "园区.csv", folder / "名单.csv", folder / "map.yaml")
    for path in paths:
        path.write_text(path.name, encoding="utf-8")
    return paths


def test_recall_after_remember_gives_the_same_check_and_copies(tmp_path: Path) -> None:
    file, joined, columns = _files(tmp_path / "inbox")
    workspace = Workspace(tmp_path)

    assert workspace.remember(SAID, file, [joined], columns)
    for path in (file, joined, columns):
        path.unlink()

    assert workspace.recall() == SAID
    kept = sorted(p for p in workspace.last.rglob("*") if p.is_file())
    assert [str(p.relative_to(workspace.last)) for p in kept] == [
        "columns.yaml",
        "last.json",
        "with/名单.csv",
        "园区.csv",
    ]


def test_remember_again_leaves_nothing_of_the_check_before(tmp_path: Path) -> None:
    file, joined, columns = _files(tmp_path / "inbox")
    workspace = Workspace(tmp_path)
    other = LastCheck("园区.csv", (), "2026-01-01", "shanghai", (), "firm", False, ())

    assert workspace.remember(SAID, file, [joined], columns)
    assert workspace.remember(other, file, [], None)

    assert workspace.recall() == other
    kept = sorted(p.name for p in workspace.last.rglob("*") if p.is_file())
    assert kept == ["last.json", "园区.csv"]


def test_remember_where_nothing_can_be_written_says_so(tmp_path: Path) -> None:
    file, _, _ = _files(tmp_path / "inbox")
    # A file where the folder would be: it cannot be written, whoever asks.
    (tmp_path / ".ceyuan").write_text("", encoding="utf-8")
    workspace = Workspace(tmp_path)

    assert not workspace.remember(SAID, file, [], None)
    workspace.keep_columns(["企业:A:名称"], "columns: {}\n")

    assert (tmp_path / ".ceyuan").read_text(encoding="utf-8") == ""


def test_recall_nothing_remembered_names_both_ways_out(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        Workspace(tmp_path).recall()

    assert "还没有核对过任何文件" in caught.value.message
    assert caught.value.hint == "先运行 `ceyuan check FILE`，或加 `--file FILE`"


@pytest.mark.parametrize("text", ["{", "[]", '{"file": "a.csv"}'])
def test_recall_damaged_memory_asks_for_another_check(
    tmp_path: Path, text: str
) -> None:
    workspace = Workspace(tmp_path)
    workspace.last.mkdir(parents=True)
    (workspace.last / "last.json").write_text(text, encoding="utf-8")

    with pytest.raises(UsageError) as caught:
        workspace.recall()

    assert caught.value.hint == "再运行一次 `ceyuan check FILE`"


def test_columns_for_is_one_place_per_set_of_headings(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)

    workspace.keep_columns(["企业:A:名称", "企业:B:收入"], "columns: {}\n")

    same = workspace.columns_for(["企业:A:名称", "企业:B:收入"])
    other = workspace.columns_for(["企业:A:名称", "企业:B:利润"])
    assert same.read_text(encoding="utf-8") == "columns: {}\n"
    assert not other.exists()


def test_init_workspace_again_changes_nothing(tmp_path: Path) -> None:
    first = init_workspace(tmp_path / "office")
    before = {p: p.stat().st_mtime_ns for p in first.folder.rglob("*")}

    again = init_workspace(tmp_path / "office")

    assert again == first == open_workspace(tmp_path / "office")
    assert {p: p.stat().st_mtime_ns for p in first.folder.rglob("*")} == before
    said = first.said()
    assert said == WorkspaceSaid(1, ceyuan.__version__, said.id)
    assert str(uuid.UUID(said.id)) == said.id
    assert sorted(p.name for p in first.folder.iterdir()) == [
        "cache",
        "declarations",
        "keys",
        "store",
        "workspace.json",
    ]
    assert first.keys.stat().st_mode & 0o777 == 0o700


def test_init_workspace_by_many_at_once_is_one_workspace(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(init_workspace, [tmp_path] * 8))

    assert len({workspace.said().id for workspace in made}) == 1
    assert [p.name for p in made[0].folder.glob("workspace.json*")] == [
        "workspace.json"
    ]


def test_init_workspace_keeps_what_was_remembered_before(tmp_path: Path) -> None:
    file, joined, columns = _files(tmp_path / "inbox")
    Workspace(tmp_path).remember(SAID, file, [joined], columns)

    assert init_workspace(tmp_path).recall() == SAID


def test_open_workspace_of_an_older_format_is_brought_forward(tmp_path: Path) -> None:
    workspace = init_workspace(tmp_path)
    name = workspace.said().id
    workspace.write(WorkspaceSaid(0, "0.0.9", name, "/var/lib/ceyuan/x"))

    said = open_workspace(tmp_path).said()

    assert said == WorkspaceSaid(1, ceyuan.__version__, name, "/var/lib/ceyuan/x")


def test_open_workspace_of_a_newer_format_is_refused(tmp_path: Path) -> None:
    workspace = init_workspace(tmp_path)
    workspace.write(WorkspaceSaid(2, "9.1.0", workspace.said().id))
    before = workspace.paper.read_bytes()

    for verb in (open_workspace, init_workspace):
        with pytest.raises(UsageError) as caught:
            verb(tmp_path)
        assert "9.1.0" in caught.value.message
        assert ceyuan.__version__ in caught.value.message
        assert "pip install -U ceyuan" in caught.value.hint
    assert workspace.paper.read_bytes() == before


def test_open_workspace_where_there_is_none_names_init(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        open_workspace(tmp_path)

    assert caught.value.hint == "先运行 `ceyuan init`"


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "{}", json.dumps({"format": 1, "made_by": "1", "id": "none"})],
)
def test_open_workspace_unreadable_is_refused(tmp_path: Path, text: str) -> None:
    init_workspace(tmp_path).paper.write_text(text, encoding="utf-8")

    with pytest.raises(UsageError) as caught:
        open_workspace(tmp_path)

    assert "workspace.json" in caught.value.message


def test_init_workspace_where_nothing_can_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / ".ceyuan").write_text("", encoding="utf-8")

    with pytest.raises(CeyuanError) as caught:
        init_workspace(tmp_path)

    assert ".ceyuan" in caught.value.message
