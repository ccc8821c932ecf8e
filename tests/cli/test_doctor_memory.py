# SPDX-License-Identifier: Apache-2.0
"""`ceyuan doctor` where an office has a memory: every sealed file is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ceyuan.office.memory import open_memory
from ceyuan.office.running import run
from ceyuan.office.runs import find
from tests.office.rewards import six
from tests.office.town_by_hand import AS_OF

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Ceyuan


@pytest.fixture(name="office")
def _office(office_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(office_folder)
    with open_memory(office_folder, actor="tester") as memory:
        six(memory)
        run(memory, as_of=AS_OF)
    return office_folder


def _files(office: Path) -> tuple[str, Path, str, Path]:
    """Return the first batch and its file, the run and its file."""
    from ceyuan.facts.store import batches

    with open_memory(office, actor="tester") as memory:
        with memory.transaction() as conn:
            first = batches(conn)[0]
        last = find(memory, "last")
        (part,) = last.parts["firm"]
        shelf = memory.shelf
        return first.id, shelf.path(first.parts[0]), last.id, shelf.path(part)


def _checks(ceyuan: Ceyuan) -> tuple[int, dict[str, tuple[bool, str]]]:
    said = ceyuan("doctor", "--json")
    document = said.json
    assert list(document) == ["schema", "checks"]
    assert document["schema"] == "ceyuan.doctor/1"
    assert {tuple(one) for one in document["checks"]} == {("check", "ok", "found")}
    return said.code, {o["check"]: (o["ok"], o["found"]) for o in document["checks"]}


def test_sound_memory_exits_0_and_says_what_was_looked_at(
    office: Path, ceyuan: Ceyuan
) -> None:
    code, checks = _checks(ceyuan)

    assert code == 0
    assert [name for name, (ok, _) in checks.items() if not ok] == []
    assert checks["封存批次"] == (True, "3 批，3 个文件，散列全部相符")
    assert checks["存下的判定"] == (True, "1 次，1 个文件，散列全部相符")
    assert checks["中断的导入"] == (True, "没有")


def test_text_has_a_sign_per_line(office: Path, ceyuan: Ceyuan) -> None:
    said = ceyuan("doctor")

    assert said.code == 0
    assert {line[0] for line in said.out.splitlines()} == {"✓"}
    assert "✓ 封存批次: 3 批，3 个文件，散列全部相符" in said.out.splitlines()


@pytest.mark.parametrize("how", ["altered", "missing"])
def test_damaged_batch_exits_1_and_is_named(
    office: Path, ceyuan: Ceyuan, how: str
) -> None:
    batch, path, _, _ = _files(office)
    _damage(path, how)

    code, checks = _checks(ceyuan)
    text = ceyuan("doctor")

    assert (code, text.code) == (1, 1)
    name = f"{path.parent.name}/{path.name}"
    assert checks["封存批次"] == (False, f"3 批，3 个文件，{batch} {name} {how}")
    assert checks["存下的判定"][0]
    assert f"✗ 封存批次: 3 批，3 个文件，{batch} {name} {how}" in text.out.splitlines()


def _damage(path: Path, how: str) -> None:
    if how == "missing":
        path.unlink()
        return
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1  # of the same size
    path.chmod(0o600)
    path.write_bytes(data)


@pytest.mark.parametrize("how", ["altered", "missing"])
def test_damaged_decisions_exit_1_and_are_named(
    office: Path, ceyuan: Ceyuan, how: str
) -> None:
    _, _, stored, path = _files(office)
    _damage(path, how)

    code, checks = _checks(ceyuan)

    assert code == 1
    assert checks["存下的判定"] == (
        False, f"1 次，1 个文件，{stored} {path.parent.name}/{path.name} {how}",
    )  # fmt: skip
    assert checks["封存批次"][0]


def test_many_damaged_files_are_counted_and_the_first_are_named(
    office: Path, ceyuan: Ceyuan
) -> None:
    with open_memory(office, actor="tester") as memory:
        from tests.office.town_by_hand import WAN, add

        for n in range(4):
            add(memory, "firm", [{"firm": 1, "year": 2025, "assets": (n + 1) * WAN}])
    for path in (office / ".ceyuan" / "store").rglob("*.parquet"):
        path.unlink()

    code, checks = _checks(ceyuan)

    assert code == 1
    found = checks["封存批次"][1]
    assert found.startswith("7 批，7 个文件，")
    assert (found.count(" missing"), found.endswith("……共 7 个")) == (5, True)


def test_folder_without_an_office_is_sound(
    office_folder: Path, ceyuan: Ceyuan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(office_folder)

    code, checks = _checks(ceyuan)

    assert code == 0
    assert "封存批次" not in checks
    assert not (office_folder / ".ceyuan").exists()
