# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: S608 - our own words
"""Personal data: never written in plain words, and unreadable for good when erased.

The whole workspace is looked through: every file with the embedded server's tables,
its write-ahead log and its journal among them, every table as text, every sealed
file unpacked.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import polars as pl
import pytest

from ceyuan.facts.store import Keyring, batches
from ceyuan.facts.store.persons import erase
from ceyuan.facts.store.sealing import ERASED, open_values
from ceyuan.kernel import InputRejected, UsageError
from ceyuan.office.backup import back_up, restore
from ceyuan.office.database import VARIABLE
from ceyuan.office.importing import Said
from ceyuan.office.memory import open_memory
from ceyuan.office.tables import TABLES
from tests.office.handed_in import (
    CODES,
    DAY,
    HIRES,
    NAMES,
    PEOPLE,
    POSTS,
    take,
    write_csv,
    write_xlsx,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ceyuan.facts.store import Batch
    from ceyuan.office.memory import Memory

CE, YUAN = "RC-2026-778899", "RC-2026-665544"
SAID = Said(source="firm", as_of=DAY)
FOLK = [
    (CE, "闻人策", "310101199001011234", "1990-01-17", "圣马力诺", "13800138765", "是"),
    (YUAN, "欧阳源", "310101199102021234", "1991-02-19", "安道尔", "13900139654", "否"),
    ("RC-2026-1", "令狐错", "31010", "1999-99-98", "列支敦士登", "139-00", "也许吧"),
    # Twice, and not the same; and of nobody.
    (CE, "闻人册", "310101199001011234", "1990-01-17", "圣马力诺", "13800138765", "是"),
    ("", "东方无", "310101199303031234", "1993-03-23", "瑙鲁国", "13700137543", "否"),
]
SECRETS = sorted(
    {str(cell) for row in FOLK for cell in row if len(str(cell)) > 1} - {"RC-2026-1"}
)
ENCODINGS = ("utf-8", "utf-16-le")


@pytest.fixture(name="memory")
def _memory(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Memory]:
    """Open a workspace with a server of its own, so that its files can be looked at."""
    monkeypatch.delenv(VARIABLE, raising=False)
    with open_memory(open_folder / "office", actor="数据保护专员") as opened:
        yield opened


def _hand_in(memory: Memory, desk: Path) -> None:
    take(memory, write_csv(desk / "人员.csv", FOLK, PEOPLE), record="person", said=SAID)
    firm = (NAMES[3], CODES[3])
    posts = [
        (*firm, CE, "研发", "2024-01-01"),
        (*firm, YUAN, "测试", "2025-01-01"),
        (*firm, CE, "管理", "2024-01-01"),
        (*firm, "", "管理", "2024-01-01"),
    ]
    for path in (
        write_csv(desk / "任职.csv", posts, POSTS),
        write_xlsx(desk / "任职.xlsx", posts[:1], POSTS),
    ):
        source = "park" if path.suffix == ".xlsx" else "firm"
        said = Said(source=source, as_of=DAY)
        take(memory, path, record="staff_post", said=said)
    hires = [(*firm, CE, "2024-01-01"), (*firm, YUAN, "2025-01-01")]
    take(
        memory,
        write_csv(desk / "引进.csv", hires, HIRES),
        record="talent_hire",
        said=SAID,
    )
    wrong = [("", "钟离失", "310101199404041234", "1994-04-24", "图瓦卢", "1", "否")]
    with pytest.raises(InputRejected) as refused:
        take(
            memory,
            write_csv(desk / "错.csv", wrong, PEOPLE),
            record="person",
            said=SAID,
        )
    told = "".join(f"{p}" for p in refused.value.problems) + str(refused.value)
    assert "钟离失" not in told


def _found(memory: Memory, secrets: list[str]) -> set[str]:
    """Return where any of the values stands in plain words."""
    wanted = [(s, s.encode(encoding)) for s in secrets for encoding in ENCODINGS]
    wanted += [(s, s.encode().hex().encode()) for s in secrets]
    found = set()
    with memory.database.connect() as conn:
        conn.execute("checkpoint")
        conn.commit()
        for table in TABLES:
            rows = conn.execute(f"select t::text from {table} t".encode()).fetchall()
            text = "\n".join(row[0] for row in rows)
            found |= {f"{table}: {s}" for s in secrets if s in text}
    looked = 0
    for path in sorted(memory.workspace.folder.rglob("*")):
        if not path.is_file():
            continue
        looked += 1
        content = path.read_bytes()
        found |= {f"{path.name}: {s}" for s, told in wanted if told in content}
        if path.suffix == ".parquet":
            text = str(pl.read_parquet(path).rows())
            found |= {f"{path.name}: {s}" for s in secrets if s in text}
    assert looked > 100
    return found


def _sealed(memory: Memory) -> list[bytes]:
    (batch,) = [b for b in _batches(memory) if b.record == "person"]
    frame = pl.concat([pl.read_parquet(memory.shelf.path(p)) for p in batch.parts])
    sealed: list[bytes] = frame.sort("row")["person_name"].to_list()
    return sealed


def _batches(memory: Memory) -> tuple[Batch, ...]:
    with memory.transaction() as conn:
        return batches(conn)


def _names(memory: Memory, ring: Keyring) -> list[object]:
    opened = open_values(
        ring, _sealed(memory), record_type="person", attribute="person_name"
    )
    assert opened.problems == ()
    return [*opened.values]


def test_personal_data_is_written_nowhere_in_plain_words(
    memory: Memory, tmp_path: Path
) -> None:
    _hand_in(memory, tmp_path)

    assert _found(memory, [*SECRETS, "钟离失", "图瓦卢"]) == set()
    # The search finds what is there to be found.
    assert {where.partition(":")[0] for where in _found(memory, ["人员.csv"])} > {
        "batch_file",
        "attempt",
    }
    assert any(where.endswith("研发") for where in _found(memory, ["研发"]))
    # Nothing is lost by it either: whoever has the key reads what was handed in.
    assert _names(memory, memory.keyring()) == ["闻人策", "欧阳源", "令狐错"]


def test_erased_person_is_unreadable_everywhere_and_hashes_still_hold(
    memory: Memory, tmp_path: Path, open_folder: Path
) -> None:
    _hand_in(memory, tmp_path)
    before = _batches(memory)
    archive = tmp_path / "以前.tar"
    back_up(memory.workspace, database=memory.database, target=archive)
    old_ring = (memory.workspace.keys / "keyring").read_bytes()

    with memory.database.connect() as conn:
        said = erase(
            conn,
            memory.keyring(),
            CE,
            actor="数据保护专员",
            reason="本人申请，收件 7 号",
        )

    assert (said.already, said.resumed) == (False, False)
    assert _names(memory, memory.keyring()) == [ERASED, "欧阳源", "令狐错"]
    assert str(_names(memory, memory.keyring())[0]) == "已删除"
    # Nothing else has changed: the same batches, counts and hashes.
    assert _batches(memory) == before
    assert [memory.shelf.fault(part) for batch in before for part in batch.parts] == [
        ""
    ] * sum(len(batch.parts) for batch in before)
    assert _found(memory, SECRETS) == set()
    # His key is nowhere any more: each key of the old ring is looked for.
    size = 32
    keys = [old_ring[at : at + size] for at in range(2 * size, len(old_ring), size)]
    ring = memory.workspace.keys / "keyring"
    gone = [key for key in keys if key not in ring.read_bytes()]
    assert len(gone) == 1
    for path in memory.workspace.folder.rglob("*"):
        assert not path.is_file() or gone[0] not in path.read_bytes()
    # Nor can he be found by his number again, or the book be asked for it.
    with (
        memory.database.connect() as conn,
        pytest.raises(UsageError, match="没有这个人"),
    ):
        erase(conn, memory.keyring(), CE, actor="a", reason="b")

    # An old backup, restored elsewhere, cannot read him: it never had the keys.
    assert gone[0] not in archive.read_bytes()
    elsewhere = open_folder / "elsewhere"
    restore(archive, folder=elsewhere)
    with open_memory(elsewhere) as copy:
        with pytest.raises(UsageError, match="找不到密钥环"):
            Keyring.open(copy.workspace.keys / "keyring", create=False)
        assert _batches(copy) == before
        assert _found(copy, SECRETS) == set()
        copy.workspace.keys.mkdir(mode=0o700, exist_ok=True)
        shutil.copy2(ring, copy.workspace.keys / "keyring")
        assert _names(copy, copy.keyring()) == [ERASED, "欧阳源", "令狐错"]


def test_person_handed_in_again_after_erasure_is_somebody_new(
    memory: Memory, tmp_path: Path
) -> None:
    take(
        memory,
        write_csv(tmp_path / "一.csv", FOLK[:2], PEOPLE),
        record="person",
        said=SAID,
    )
    with memory.database.connect() as conn:
        erase(conn, memory.keyring(), CE, actor="专员", reason="本人申请")

    path = write_csv(tmp_path / "二.csv", FOLK[:1], PEOPLE)
    made = take(memory, path, record="person", said=SAID)

    assert made.accepted == 1
    (first, second) = [b for b in _batches(memory) if b.record == "person"]
    people = [
        pl.read_parquet(memory.shelf.path(b.parts[0])).sort("row")["person"].to_list()
        for b in (first, second)
    ]
    assert people[1][0] not in people[0]
