# SPDX-License-Identifier: Apache-2.0
"""Files that people hand in: measured, kept by hash, never by their name."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from ceyuan.kernel import InputRejected, UsageError
from ceyuan.office.memory import Memory, open_memory
from ceyuan.office.uploads import lay, safe_name, take_upload, upload_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOST = 1_000


@pytest.fixture(name="memory")
def _memory(office_folder: Path) -> Iterator[Memory]:
    with open_memory(office_folder, actor="园区经理") as memory:
        yield memory


def test_a_file_is_kept_by_its_hash_and_laid_under_its_name(
    memory: Memory, tmp_path: Path
) -> None:
    pieces = [b"name,uscc\r\n", b"A,1\r\n"]

    made = take_upload(memory, "表.csv", pieces, organisation="样例园区", most=MOST)
    laid = lay(memory, [made, made], tmp_path / "in")

    whole = b"".join(pieces)
    sha = hashlib.sha256(whole).digest()
    assert ("表.csv", sha, 16, "样例园区", "园区经理") == (
        made.name, made.sha256, made.size, made.organisation, made.actor,
    )  # fmt: skip
    assert ["表.csv", "1-表.csv"] == [path.name for path in laid]
    assert [whole, whole] == [path.read_bytes() for path in laid]
    with memory.transaction() as conn:
        assert made == upload_of(conn, made.id)


@pytest.mark.parametrize(
    ("name", "pieces", "code"),
    [
        ("a.exe", [b"MZ"], "R490"),
        ("a", [b"x"], "R490"),
        ("a.csv", [b"x" * 600, b"x" * 401], "R491"),
        ("a.csv", [], "R492"),
    ],
)
def test_what_is_not_taken_leaves_nothing_behind(
    memory: Memory, name: str, pieces: list[bytes], code: str
) -> None:
    with pytest.raises(InputRejected) as caught:
        take_upload(memory, name, pieces, organisation="", most=MOST)

    folder = memory.workspace.folder / "uploads"
    left = list(folder.iterdir()) if folder.is_dir() else []
    assert ([code], []) == ([p.code for p in caught.value.problems], left)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd.csv", "passwd.csv"),
        ("C:\\台账\\企业.xlsx", "企业.xlsx"),
        ("a\r\nSet-Cookie: x.csv", "aSet-Cookie x.csv"),
        ("...csv", "csv"),
        ("", "未命名"),
        ("企" * 400 + ".xlsx", "企" * 60 + ".xlsx"),
    ],
)
def test_a_name_leads_nowhere(given: str, kept: str) -> None:
    assert kept == safe_name(given)


def test_there_is_no_such_file(memory: Memory) -> None:
    with pytest.raises(UsageError, match="no such file"), memory.transaction() as conn:
        upload_of(conn, "u0")
