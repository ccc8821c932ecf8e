# SPDX-License-Identifier: Apache-2.0
"""Files in: what goes in, what does not, with its place; and nothing goes in twice."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import psycopg
import pytest

from ceyuan.facts.store import batches
from ceyuan.facts.store.handles import handle_of_code, handle_of_name
from ceyuan.kernel import InputRejected, UsageError
from ceyuan.office.attempts import lost_attempts
from ceyuan.office.database import VARIABLE, DatabaseAway
from ceyuan.office.importing import Said, import_files
from ceyuan.office.memory import open_memory
from ceyuan.office.withdrawing import withdraw
from tests.office.handed_in import (
    CODES,
    DAY,
    HEADINGS,
    NAMES,
    STATED,
    WRITERS,
    figures,
    revenues,
    take,
    write_csv,
    write_parquet,
    write_xlsx,
)
from tests.office.importers import warm

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ceyuan.kernel import Problem
    from ceyuan.office.database import Database
    from ceyuan.office.memory import Memory

ORGS = [handle_of_code(code) for code in CODES]
WAN = 1_000_000
"""One 万元 in fen."""
FIRST = ("tax", ORGS[0], 1000 * WAN)


@pytest.fixture
def memory(office_folder: Path) -> Iterator[Memory]:
    with open_memory(office_folder, actor="经办人") as opened:
        yield opened


def _places(problems: tuple[Problem, ...]) -> list[tuple[str, str, int | None, str]]:
    return [(p.code, p.file, p.row, p.column) for p in problems]


def _ids(memory: Memory) -> list[str]:
    with memory.transaction() as conn:
        return [b.id for b in batches(conn)]


@pytest.mark.parametrize("suffix", sorted(WRITERS))
def test_a_file_of_each_format_goes_in_whole(
    memory: Memory, tmp_path: Path, suffix: str
) -> None:
    path = WRITERS[suffix](tmp_path / f"税务.{suffix}", figures(0, 1, 2))

    made = take(memory, path)

    assert (made.accepted, made.rejected, made.problems) == (3, 0, ())
    assert not made.repeated
    assert (made.report, made.doubts) == (None, 0)
    assert revenues(memory) == sorted(
        ("tax", ORGS[n], (1000 + n) * WAN) for n in range(3)
    )


def test_all_formats_state_the_same_records(memory: Memory, tmp_path: Path) -> None:
    sources = ("tax", "statistics", "firm")
    for source, (suffix, write) in zip(sources, sorted(WRITERS.items()), strict=True):
        path = write(tmp_path / f"表.{suffix}", figures(0, 1, 2))
        take(memory, path, said=Said(source=source, as_of=DAY))

    read = revenues(memory)

    by_source = [[row[1:] for row in read if row[0] == source] for source in sources]
    assert by_source[0] == by_source[1] == by_source[2]
    assert len(by_source[0]) == 3


def test_same_file_twice_changes_nothing(memory: Memory, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "税务.csv", figures(0, 1))
    first = take(memory, path)
    before = revenues(memory)

    again = take(memory, path.rename(tmp_path / "改了名.csv"))

    assert again == replace(first, repeated=True)
    assert revenues(memory) == before
    assert _ids(memory) == [first.batch]


def test_same_file_from_another_source_is_another_batch(
    memory: Memory, tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "税务.csv", figures(0))
    first = take(memory, path)

    other = take(memory, path, said=Said(source="firm", as_of=DAY))

    assert not other.repeated
    assert _ids(memory) == [first.batch, other.batch]
    assert revenues(memory) == sorted([FIRST, ("firm", ORGS[0], 1000 * WAN)])


def test_other_bytes_with_the_same_records_change_nothing(
    memory: Memory, tmp_path: Path
) -> None:
    first = take(memory, write_csv(tmp_path / "一.csv", figures(0, 1)))

    again = take(memory, write_csv(tmp_path / "二.csv", figures(0, 1), end="\n"))

    assert (again.batch, again.repeated) == (first.batch, True)
    assert _ids(memory) == [first.batch]


def test_copies_in_one_command_are_read_once(memory: Memory, tmp_path: Path) -> None:
    old = write_csv(tmp_path / "旧.csv", figures(3))
    there = take(memory, old)
    one = write_csv(tmp_path / "一.csv", figures(0, 1))
    two = tmp_path / "二.csv"
    two.write_bytes(one.read_bytes())

    made = take(memory, one, two, one, old)

    assert (made.accepted, made.repeated) == (2, False)
    assert [f.name for f in made.files] == ["一.csv"]
    assert [(n.code, n.file, n.message) for n in made.notes] == [
        ("R407", "二.csv", "二.csv 与 一.csv 逐字节相同，这次没有再读"),
        (
            "R407",
            "旧.csv",
            f"旧.csv 以前已经导入过（批次 {there.batch}），这次没有再读",
        ),
    ]


def test_two_files_are_one_batch(memory: Memory, tmp_path: Path) -> None:
    one = write_csv(tmp_path / "一.csv", figures(0, 1))
    two = write_xlsx(tmp_path / "二.xlsx", figures(2))

    made = take(memory, one, two)

    assert [(f.name, f.rows, f.rejected) for f in made.files] == [
        ("一.csv", 2, 0),
        ("二.xlsx", 1, 0),
    ]
    assert made.accepted == 3
    assert len(revenues(memory)) == 3
    # Each file is known by itself.
    assert take(memory, two).repeated


def test_contradiction_between_files_names_both_values_and_keeps_the_first(
    memory: Memory, tmp_path: Path
) -> None:
    one = write_csv(tmp_path / "一.csv", figures(0, 1))
    two = write_csv(tmp_path / "二.csv", [*figures(2), *figures(0, plus=500)])

    made = take(memory, one, two)

    assert (made.accepted, made.rejected) == (3, 1)
    assert _places(made.problems) == [("R405", "二.csv", 3, "")]
    said = made.problems[0].message
    assert f"“{NAMES[0]}”的“营业收入”1,500.00 万元（那里是 1,000.00 万元）" in said
    assert "一.csv 第 2 行" in said
    assert FIRST in revenues(memory)
    assert len(revenues(memory)) == 3


def test_files_of_two_sources_that_differ_are_both_kept(
    memory: Memory, tmp_path: Path
) -> None:
    take(memory, write_csv(tmp_path / "一.csv", figures(0)))
    other = write_csv(tmp_path / "二.csv", figures(0, plus=500))
    take(memory, other, said=Said(source="firm", as_of=DAY))

    assert revenues(memory) == sorted([FIRST, ("firm", ORGS[0], 1500 * WAN)])


def test_duplicate_key_in_a_file_is_refused_with_both_values(
    memory: Memory, tmp_path: Path
) -> None:
    rows = [*figures(0), *figures(1), *figures(0, plus=7)]

    made = take(memory, write_csv(tmp_path / "重复.csv", rows))

    assert (made.accepted, made.rejected) == (2, 1)
    assert _places(made.problems) == [("R282", "重复.csv", 4, "")]
    assert "1,007.00 万元" in made.problems[0].message
    assert "1,000.00 万元" in made.problems[0].message
    assert FIRST in revenues(memory)


def test_wrong_cells_are_unknown_and_reported_with_their_place(
    memory: Memory, tmp_path: Path
) -> None:
    rows = [
        *figures(0),
        (NAMES[1], CODES[1][:-1] + "0", 2000, 20),
        (NAMES[2], CODES[2], "待审计", "12只"),
        ("", "", 5.5, 6.5),
    ]
    rows = [(*row, 7.5) for row in rows]
    path = write_csv(tmp_path / "有错.csv", rows, (*HEADINGS, "2025年资产总额（万元）"))

    made = take(memory, path)

    assert _places(made.problems) == [
        ("R203", "有错.csv", 3, "B"),
        ("R230", "有错.csv", 4, "C"),
        ("R236", "有错.csv", 4, "D"),
        ("R205", "有错.csv", 5, ""),
    ]
    # Of row 4 the total assets are left, and row 3 is known by its name only.
    assert (made.accepted, made.rejected) == (3, 1)
    assert revenues(memory) == sorted(
        [FIRST, ("tax", handle_of_name(NAMES[1]), 2000 * WAN)]
    )
    assert made.report == memory.workspace.folder / "reports" / f"{made.batch}.csv"
    with made.report.open(encoding="utf-8-sig", newline="") as stream:
        head, *told = csv.reader(stream)
    assert head == ["代码", "文件", "工作表", "行", "列", "问题", "怎样改"]
    assert [(r[0], r[1], r[3], r[4]) for r in told] == [
        (p.code, p.file, str(p.row), p.column) for p in made.problems
    ]
    assert all(r[5] and r[6] for r in told)


def test_unknown_column_is_named_with_its_nearest(
    memory: Memory, tmp_path: Path
) -> None:
    headings = (*HEADINGS, "营业收人", "车位数")
    rows = [(*row, 5, 6) for row in figures(0)]

    made = take(memory, write_csv(tmp_path / "列.csv", rows, headings))

    assert [(n.code, n.column) for n in made.notes] == [("R284", "E"), ("R284", "F")]
    assert "是不是“营业收入”" in made.notes[0].message
    assert "“车位数”" in made.notes[1].message
    assert made.accepted == 1


def test_unit_of_another_kind_is_asked_and_not_used(
    memory: Memory, tmp_path: Path
) -> None:
    headings = (*HEADINGS[:3], "2025年职工总数（万元）")

    made = take(memory, write_csv(tmp_path / "单位.csv", figures(0), headings))

    assert [(p.code, p.column) for p in made.problems] == [("R220", "D")]
    assert revenues(memory) == [FIRST]
    (layer,) = memory.reading(DAY).layers("firm", ("employees",))
    assert layer.frame["employees"].to_list() == [None]


WIDE = (*HEADINGS, "2025年资产总额（万元）")
NAMELESS = [("", "", 5.5, 6.5, 8.5), ("", "", 7.5, 6.5, 9.5)]
CERTIFICATE = (
    "企业名称",
    "统一社会信用代码",
    "资质名称",
    "证书编号",
    "发证日期",
    "有效期至",
)


def test_row_whose_key_is_wrong_is_refused(memory: Memory, tmp_path: Path) -> None:
    rows = [
        (NAMES[0], CODES[0], "高新技术企业", "GR1", "2024-01-01", "2027-01-01"),
        (NAMES[1], CODES[1], "天下第一", "GR2", "2024-01-01", "2027-01-01"),
        (NAMES[2], CODES[2], "高新技术企业", "GR3", "2025-13-01", "2034-01-01"),
    ]
    path = write_csv(tmp_path / "证书.csv", rows, CERTIFICATE)

    made = take(
        memory, path, record="certificate", said=Said(source="certificates", as_of=DAY)
    )

    assert [place[0::2] for place in _places(made.problems)] == [
        ("R251", 3),
        ("R281", 3),
        ("R240", 4),
    ]
    # A certificate may lack its day; what kind it is it may not.
    assert (made.accepted, made.rejected) == (2, 1)


def test_day_in_the_future_is_refused(memory: Memory, tmp_path: Path) -> None:
    headings = (*HEADINGS, "成立日期")
    rows = [(*row, "2027-01-01") for row in figures(0)]

    made = take(memory, write_csv(tmp_path / "将来.csv", rows, headings))

    assert [(p.code, p.row, p.column) for p in made.problems] == [("R243", 2, "E")]
    assert "2027-01-01" in made.problems[0].message
    assert made.accepted == 1


def test_rows_and_sheets_that_are_no_records_are_said(
    memory: Memory, tmp_path: Path
) -> None:
    rows = [*figures(0, 1), ("合计", "", 2001, 21), ("以上为虚构", "", "", "")]

    made = take(memory, write_csv(tmp_path / "合计.csv", rows))

    assert [(n.code, n.row) for n in made.notes] == [("R260", 4), ("R408", 5)]
    assert made.accepted == 2


@pytest.mark.parametrize(
    ("suffix", "kept"), [("xlsx", 0.8), ("parquet", 0.8), ("csv", 0)]
)
def test_file_cut_off_is_refused_and_nothing_changes(
    memory: Memory, tmp_path: Path, suffix: str, kept: float
) -> None:
    path = WRITERS[suffix](tmp_path / f"断.{suffix}", figures(*range(30)))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * kept)])

    with pytest.raises(InputRejected) as refused:
        take(memory, path)

    assert [p.code for p in refused.value.problems][:1] in (["R106"], ["R101"])
    assert _ids(memory) == []
    path.write_bytes(whole)
    assert take(memory, path).accepted == 30


def test_csv_cut_off_within_a_row_is_refused(memory: Memory, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "断.csv", figures(*range(30)))
    path.write_bytes(path.read_bytes() + f'"{NAMES[31]}'.encode())

    with pytest.raises(InputRejected):
        take(memory, path)

    assert _ids(memory) == []


def test_file_without_a_good_row_is_refused_with_a_report(
    memory: Memory, tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "空.csv", NAMELESS, WIDE)

    with pytest.raises(InputRejected, match="没有一行可以导入") as refused:
        take(memory, path)

    assert [(p.code, p.row) for p in refused.value.problems] == [
        ("R205", 2),
        ("R205", 3),
    ]
    (report,) = (memory.workspace.folder / "reports").iterdir()
    assert str(report) in refused.value.hint
    assert _ids(memory) == []
    assert lost_attempts(memory) == []


@pytest.mark.parametrize(
    ("record", "source", "near"),
    [
        ("frm", "tax", "firm"),
        ("certificat", "tax", "certificate"),
        ("firm", "taxx", "tax"),
    ],
)
def test_unknown_type_or_source_names_the_nearest(
    memory: Memory, tmp_path: Path, record: str, source: str, near: str
) -> None:
    path = write_csv(tmp_path / "表.csv", figures(0))

    with pytest.raises(UsageError) as refused:
        import_files(memory, record, [path], Said(source=source, as_of=DAY))

    assert f"`{near}`" in refused.value.hint


def test_missing_file_folder_and_no_file_are_wrong_use(
    memory: Memory, tmp_path: Path
) -> None:
    for paths in ([tmp_path / "没有.csv"], [tmp_path], []):
        with pytest.raises(UsageError):
            import_files(memory, "firm", paths, STATED)


def test_file_of_a_withdrawn_batch_can_be_imported_again(
    memory: Memory, tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "税务.csv", figures(0))
    first = take(memory, path)
    withdraw(memory, first.batch, reason="导错了来源")
    assert revenues(memory) == []

    again = take(memory, path)

    assert (again.batch, again.repeated) == (f"{first.batch}-2", False)
    assert revenues(memory) != []
    # And it stands: the same once more changes nothing, in other bytes neither.
    other = write_csv(tmp_path / "二.csv", figures(0), end="\n")
    assert [
        (m.batch, m.repeated) for m in (take(memory, path), take(memory, other))
    ] == [
        (again.batch, True),
        (again.batch, True),
    ]


def test_what_a_report_says_is_never_a_formula(memory: Memory, tmp_path: Path) -> None:
    rows = [*figures(0), ("=1+1有限公司", "", "=2+2", 6)]

    made = take(memory, write_csv(tmp_path / "公式.csv", rows))

    assert made.report is not None
    with made.report.open(encoding="utf-8-sig", newline="") as stream:
        cells = [cell for row in csv.reader(stream) for cell in row]
    assert not [cell for cell in cells if cell[:1] in ("=", "+", "-", "@")]


def test_invented_file_is_marked_wherever_it_goes(
    memory: Memory, tmp_path: Path
) -> None:
    from ceyuan.office.importing import with_mark

    plain = write_parquet(tmp_path / "真.parquet", figures(0))
    import pyarrow.parquet as pq

    table = pq.read_table(plain).replace_schema_metadata({"ceyuan.synthetic": "true"})
    invented = tmp_path / "虚构.parquet"
    pq.write_table(table, invented)

    assert with_mark(STATED, [plain]) == STATED
    made = take(memory, invented, said=with_mark(STATED, [plain, invented]))

    assert made.synthetic
    assert memory.reading(DAY).synthetic


def test_what_is_known_of_a_batch_is_what_was_handed_in(
    memory: Memory, tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "税务.csv", figures(0, 1))

    made = take(memory, path, said=replace(STATED, reason="年度汇缴", complete=True))

    with memory.transaction() as conn:
        (batch,) = batches(conn)
    assert (batch.actor, batch.reason, batch.as_stated) == ("经办人", "年度汇缴", DAY)
    assert (batch.id, batch.rows, batch.complete) == (made.batch, 2, True)
    assert batch.known_at == made.known_at
    assert batch.declarations == memory.declared.digest
    assert [memory.shelf.fault(part) for part in batch.parts] == [""]


def test_figures_hold_from_the_day_that_is_said(memory: Memory, tmp_path: Path) -> None:
    headings = ("企业名称", "统一社会信用代码", "注册资本（万元）")
    path = write_csv(tmp_path / "登记.csv", [(NAMES[0], CODES[0], 500)], headings)
    take(memory, path, said=Said(source="registry", as_of=date(2026, 3, 1)))

    def held(day: date) -> int:
        layers = memory.reading(day).layers("firm", ("registered_capital",))
        return sum(layer.frame.height for layer in layers)

    assert (held(date(2026, 2, 28)), held(date(2026, 3, 1))) == (0, 1)


def test_disk_full_says_so_and_keeps_the_last_good_state(
    memory: Memory, office_folder: Path, tmp_path: Path
) -> None:
    first = take(memory, write_csv(tmp_path / "一.csv", figures(0)))
    path = write_csv(tmp_path / "二.csv", figures(1))
    with warm(office_folder) as pool:
        pool.start([path], limit=600)
        said = pool.leave()

    assert (said["error"], said["code"]) == ("DiskFull", 1)
    assert "磁盘满了" in said["message"]
    assert _ids(memory) == [first.batch]
    assert not list(memory.shelf.folder.glob(".*.part"))
    assert take(memory, path).accepted == 1


@pytest.mark.parametrize("moment", ["读 二.csv", "登记这一批"])
def test_database_away_in_the_middle_changes_nothing(
    memory: Memory, database: Database, tmp_path: Path, moment: str
) -> None:
    first = take(memory, write_csv(tmp_path / "一.csv", figures(0)))
    path = write_csv(tmp_path / "二.csv", figures(1))

    def away(word: str) -> None:
        if word == moment:
            _shut(database, open_=False)

    with pytest.raises(DatabaseAway) as refused:
        import_files(memory, "firm", [path], STATED, progress=away)

    assert refused.value.exit_code == 1
    _shut(database, open_=True)
    assert _ids(memory) == [first.batch]
    assert [lost.files for lost in lost_attempts(memory)] == [("二.csv",)]
    assert take(memory, path).accepted == 1
    assert lost_attempts(memory) == []


def _shut(database: Database, *, open_: bool) -> None:
    """Let nobody in any more, and throw out who is there; or let them in again."""
    from psycopg.conninfo import conninfo_to_dict, make_conninfo

    name = conninfo_to_dict(database.url)["dbname"]
    system = make_conninfo(database.url, dbname="postgres")
    with psycopg.connect(system, autocommit=True) as conn:
        conn.execute(f"alter database {name} allow_connections {open_}".encode())
        if not open_:
            conn.execute(
                "select pg_terminate_backend(pid, 5000) from pg_stat_activity "
                "where datname = %s",
                (name,),
            )


def test_backend_lost_for_a_moment_is_not_hidden(
    memory: Memory, database: Database, tmp_path: Path
) -> None:
    """Only the connection that says what is being done is lost: the import goes on."""
    path = write_csv(tmp_path / "一.csv", figures(0))

    def away(word: str) -> None:
        if word == "登记这一批":
            _shut(database, open_=False)
            _shut(database, open_=True)

    made = import_files(memory, "firm", [path], STATED, progress=away)

    assert made.accepted == 1
    assert _ids(memory) == [made.batch]
    assert lost_attempts(memory) == []


def test_unreachable_server_is_said_without_its_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "postgresql://zhang:geheim@127.0.0.1:9/ceyuan")

    with pytest.raises(DatabaseAway) as refused, open_memory(tmp_path):
        pass

    assert "127.0.0.1:9" in str(refused.value)
    assert "geheim" not in str(refused.value) + refused.value.hint


def test_workspace_of_another_version_is_refused_with_both_versions(
    memory: Memory, office_folder: Path
) -> None:
    from ceyuan import __version__

    paper = memory.workspace.paper
    said = json.loads(paper.read_text(encoding="utf-8"))
    paper.write_text(json.dumps({**said, "format": 99, "made_by": "9.8.7"}))

    with pytest.raises(UsageError) as refused, open_memory(office_folder):
        pass

    assert refused.value.exit_code == 2
    assert "9.8.7" in str(refused.value)
    assert __version__ in str(refused.value)
