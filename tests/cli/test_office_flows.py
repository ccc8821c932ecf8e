# SPDX-License-Identifier: Apache-2.0
"""The commands of an office, one after the other, as an officer would use them."""

from __future__ import annotations

import io
import json
import os
import signal
from typing import TYPE_CHECKING

import pytest

from ceyuan.cli.run import run
from ceyuan.office.database import VARIABLE
from tests.office.handed_in import (
    CODES,
    HEADINGS,
    NAMES,
    PEOPLE,
    figures,
    write_csv,
    write_xlsx,
)
from tests.office.importers import warm
from tests.park import write_csv as write_park

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Ceyuan, Said

DAY = "2026-11-21"
PARK = ("import", "firm", "park.csv", "--source", "park", "--as-of", DAY)


@pytest.fixture(name="office")
def _office(office_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(office_folder)
    return office_folder


@pytest.fixture(name="decided")
def _decided(office: Path, ceyuan: Ceyuan) -> dict[str, str]:
    """Have imported the park and decided it; return the batch and the run."""
    write_park(office / "park.csv")
    batch = ceyuan(*PARK, "--json", "--quiet").json["batch"]
    made = ceyuan("run", "--as-of", DAY, "--json").json["run"]
    return {"batch": batch, "run": made}


def test_import_says_what_came_of_it(office: Path, ceyuan: Ceyuan) -> None:
    rows = [*figures(0, 1), (NAMES[2], CODES[2], "待审计", 5)]
    path = write_csv(office / "税务.csv", rows, (*HEADINGS[:3], "职工总数（人）"))

    said = ceyuan("import", "firm", path, "--source", "tax", "--as-of", DAY, "--json")

    assert said.code == 0
    told = said.json
    assert list(told) == [
        "schema", "batch", "record", "source", "accepted", "rejected", "repeated",
        "synthetic", "known_at", "files", "doubts", "problems", "notes", "report",
    ]  # fmt: skip
    assert (told["schema"], told["record"], told["source"]) == (
        "ceyuan.import/1",
        "firm",
        "tax",
    )
    assert (told["accepted"], told["rejected"], told["repeated"]) == (3, 0, False)
    assert [(f["file"], f["accepted"], f["rejected"]) for f in told["files"]] == [
        ("税务.csv", 3, 0)
    ]
    assert len(told["files"][0]["sha256"]) == 64
    (problem,) = told["problems"]
    assert list(problem) == [
        "code", "message", "mend", "file", "sheet", "row", "column",
    ]  # fmt: skip
    assert (problem["code"], problem["row"], problem["column"]) == ("R230", 4, "C")
    assert told["report"] == str(office / ".ceyuan/reports" / f"{told['batch']}.csv")

    again = ceyuan("import", "firm", path, "--source", "tax", "--as-of", DAY, "--json")
    assert again.code == 0
    assert again.json == {
        **told, "repeated": True, "problems": [], "notes": [], "report": None,
    }  # fmt: skip


def test_import_in_words_and_quietly(office: Path, ceyuan: Ceyuan) -> None:
    path = write_xlsx(
        office / "税务.xlsx", [*figures(0), (NAMES[2], CODES[2], "无法提供", 5)]
    )

    loud = ceyuan("import", "firm", path, "--source", "tax", "--as-of", DAY)
    quiet = ceyuan("import", "firm", path, "--source", "firm", "--as-of", DAY, "-q")
    again = ceyuan("import", "firm", path, "--source", "tax", "--as-of", DAY)

    assert [said.code for said in (loud, quiet, again)] == [0, 0, 0]
    assert "firm，来源 tax，导入 2 条，退回 0 行" in loud.out
    assert "税务.xlsx" in loud.err
    assert "reports" in loud.err
    assert quiet.out.startswith("批次 b")
    assert quiet.err == ""
    assert "什么也没有改变" in again.out


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("空.csv", b"", "R101"),
        ("断.xlsx", b"PK\x03\x04 cut off", "R106"),
        ("x.csv", b"a,b\n1,2\n", "R201"),
    ],
)
def test_file_that_cannot_be_used_exits_3(
    office: Path, ceyuan: Ceyuan, name: str, content: bytes, code: str
) -> None:
    (office / name).write_bytes(content)

    said = ceyuan("import", "firm", name, "--source", "tax", "--json")

    assert (said.code, said.out) == (3, "")
    assert code in said.err
    assert ceyuan("batches", "--json").json["batches"] == []


def test_import_that_died_is_told_once_by_the_next_command_that_talks(
    office: Path, ceyuan: Ceyuan, tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "税务.csv", figures(*range(40)))
    with warm(office) as pool:
        pid = pool.start([path])
        os.kill(pid, signal.SIGSTOP)  # whether it is at it yet or not
        os.kill(pid, signal.SIGKILL)
        pool.leave()
    # One that certainly was at it.
    _begin_and_die(office)

    quiet = ceyuan("import", "firm", path, "--source", "tax", "--quiet")
    told = ceyuan("batches")
    after = ceyuan("batches")

    assert (quiet.code, quiet.err) == (0, "")
    assert "上次导入没有做完" in told.err
    assert "半途.csv" in told.err
    assert after.err == ""
    assert len(after.table) == 2


def _begin_and_die(office: Path) -> None:
    """Write down an attempt and lose the lock, as the death of a process does."""
    from ceyuan.office.attempts import attempt
    from ceyuan.office.memory import open_memory

    with open_memory(office, actor="某人") as memory:
        begun = attempt(memory, "import", {"files": ["半途.csv"]})
        begun.__enter__()
        with memory.transaction() as conn:
            conn.execute(
                "select pg_terminate_backend(pid, 5000) from pg_stat_activity "
                "where datname = current_database() and pid <> pg_backend_pid()"
            )
        begun.__exit__(None, None, None)


def test_correction_is_claimed_decided_and_shown(
    office: Path, ceyuan: Ceyuan, decided: dict[str, str]
) -> None:
    firm = "岫弦"
    (office / "证据.txt").write_text("社保清单", encoding="utf-8")

    claimed = ceyuan(
        "correct", firm, "--set", "employees@2025=500", "--reason", "社保清单",
        "--evidence", "证据.txt", "--as-of", DAY, "--as", "企业经办", "--role", "firm", "--json",
    )  # fmt: skip

    assert claimed.code == 0
    assert list(claimed.json) == [
        "schema", "claim", "kind", "record", "attribute", "year", "stated", "claimed",
        "evidence", "evidence_sha256", "actor", "role", "reason", "opened_at", "state",
        "ruled_by", "ruled_why",
    ]  # fmt: skip
    assert (claimed.json["stated"], claimed.json["claimed"]) == (501, 500)
    assert (claimed.json["evidence"], claimed.json["state"]) == ("证据.txt", "open")
    number = claimed.json["claim"]
    assert [
        c["claim"] for c in ceyuan("claims", "--open", "--json").json["claims"]
    ] == [number]

    own = ceyuan("decide", number, "--accept", "--reason", "一致", "--as", "企业经办")
    ruled = ceyuan(
        "decide", number, "--accept", "--reason", "一致", "--as-of", DAY, "--json"
    )

    # Nobody rules on his own claim, here as in the portal.
    assert own.code == 4
    assert "由 `企业经办` 提出更正，不能再由同一个人裁定更正" in own.err

    assert (ruled.code, list(ruled.json)) == (
        0,
        ["schema", "claim", "run", "decided_again", "entitlements"],
    )
    assert ruled.json["entitlements"] == {
        "withdrawn": [],
        "noticed": [],
        "problems": [],
    }
    assert ruled.json["run"] == decided["run"]
    turned = {r["policy"]: r for r in ruled.json["decided_again"] if r["changed"]}
    assert "tech_sme_2017" in turned
    assert turned["tech_sme_2017"]["before"]["outcome"] == "ineligible"
    assert ceyuan("claims", "--open", "--json").json["claims"] == []
    (closed,) = ceyuan("claims", "--json").json["claims"]
    assert (closed["state"], closed["ruled_why"]) == ("accepted", "一致")
    assert "已采纳" in ceyuan("claims").out
    shown = ceyuan("decision", firm, "--policy", "tech_sme_2017")
    assert f"更正 {number} 之后" in shown.out
    held = ceyuan("show", firm, "--attribute", "employees", "--as-of", DAY, "--json")
    assert held.json["facts"][0]["value"] == 500
    assert held.json["facts"][0]["stated"][0]["source"] == "ruling"
    # What was decided then comes out the same, whatever was corrected since.
    assert ceyuan("replay", decided["run"], "--json").json["equal"] is True
    # A claim is decided once.
    again = ceyuan("decide", number, "--reject", "--reason", "又想了想")
    assert (again.code, again.out) == (2, "")


def test_withdrawn_batch_lists_the_runs_that_used_it(
    office: Path, ceyuan: Ceyuan, decided: dict[str, str]
) -> None:
    said = ceyuan("withdraw", decided["batch"], "--reason", "名单有误", "--json")

    assert said.code == 1  # decisions rest on it
    assert list(said.json) == ["schema", "batch", "withdrawn_at", "runs"]
    assert said.json["runs"] == [{"run": decided["run"], "as_of": DAY, "subjects": 6}]
    assert ceyuan("show", "岫弦", "--as-of", DAY).code == 2
    before = said.json["withdrawn_at"]
    then = ceyuan("batches", "--json").json["batches"][0]
    assert then["withdrawn_at"] == before
    known = then["known_at"]
    assert ceyuan("show", "岫弦", "--as-of", DAY, "--known-at", known).code == 0
    assert ceyuan("replay", "last", "--json").json["equal"] is True
    assert "已撤回" in ceyuan("batches").out
    again = ceyuan("withdraw", decided["batch"], "--reason", "再撤")
    assert (again.code, again.out) == (2, "")
    # Withdrawn by mistake, it can be brought in again, as a batch of its own.
    assert f"批次 {decided['batch']}-2" in ceyuan(*PARK).out


def test_withdrawn_batch_that_no_run_used(office: Path, ceyuan: Ceyuan) -> None:
    path = write_csv(office / "税务.csv", figures(0))
    batch = ceyuan("import", "firm", path, "--source", "tax", "--json").json["batch"]

    said = ceyuan("withdraw", batch, "--reason", "导错了")

    assert said.code == 0
    assert "没有判定用过它" in said.out


def test_names_are_doubted_settled_merged_and_parted(
    office: Path, ceyuan: Ceyuan
) -> None:
    bare = (HEADINGS[0], *HEADINGS[2:])
    write_csv(office / "税务.csv", figures(0, 1))
    write_csv(office / "名单.csv", [(NAMES[0], 7, 5)], bare)
    assert ceyuan("import", "firm", "税务.csv", "--source", "tax", "-q").code == 0

    said = ceyuan("import", "firm", "名单.csv", "--source", "park")

    assert "`ceyuan identity doubts`" in said.err
    (doubt,) = ceyuan("identity", "doubts", "--json").json["doubts"]
    assert list(doubt) == ["doubt", "name", "batch", "candidates"]
    assert doubt["candidates"] == [
        {"code": CODES[0], "name": NAMES[0], "likeness": "same"}
    ]
    assert _sources(ceyuan, CODES[0]) == ["tax"]
    assert CODES[0] in ceyuan("identity", "doubts").out

    settled = ceyuan(
        "identity", "settle", doubt["doubt"], "--firm", CODES[0], "--reason", "执照"
    )
    assert (settled.code, settled.out[:3]) == (0, "事件 ")
    assert _sources(ceyuan, CODES[0]) == ["tax", "park"]
    assert ceyuan("identity", "doubts", "--json").json["doubts"] == []

    merged = ceyuan(
        "identity",
        "merge",
        CODES[0],
        CODES[1],
        "--since",
        "2026-03-01",
        "--reason",
        "公告",
    )
    assert merged.code == 0
    events = ceyuan("identity", "list", "--json").json["events"]
    assert [e["kind"] for e in events] == ["match", "merge"]
    assert list(events[0]) == [
        "event", "kind", "org", "other", "code", "name", "valid_from", "undoes",
        "actor", "reason", "known_at",
    ]  # fmt: skip
    assert ceyuan("show", CODES[1], "--json").json["code"] in CODES[:2]
    undone = ceyuan("identity", "undo", events[1]["event"], "--reason", "撤回")
    assert undone.code == 0
    assert ceyuan("show", CODES[1], "--json").json["code"] == CODES[1]
    assert len(ceyuan("identity", "list").table) == 4
    # As it was known before the name was settled.
    before = ceyuan("batches", "--json").json["batches"][-1]["known_at"]
    assert _sources(ceyuan, CODES[0], "--known-at", before) == ["tax"]


def _sources(ceyuan: Ceyuan, code: str, *more: str) -> list[str]:
    said = ceyuan("show", code, "--attribute", "revenue", "--json", *more)
    return [s["source"] for s in said.json["facts"][0]["stated"]]


def test_backup_is_restored_and_replays_equal(
    office: Path, ceyuan: Ceyuan, decided: dict[str, str], fresh_database: object,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    archive, copy = office / "备份.tar", office / "恢复"
    stored = ceyuan("runs", "--json").json

    assert ceyuan("backup", archive, "--quiet").code == 0
    monkeypatch.setenv(VARIABLE, fresh_database(made=False))  # type: ignore[operator]
    assert ceyuan("restore", archive, "--into", copy, "--quiet").code == 0

    def there(*arguments: object) -> Said:
        return ceyuan("-C", copy, *arguments)

    assert there("runs", "--json").json == stored
    again = there("replay", "last", "--json")
    assert (again.code, again.json["equal"]) == (0, True)
    assert again.json["run"] == decided["run"]


def test_personal_data_are_erased_by_a_number_from_standard_input(
    office: Path, ceyuan: Ceyuan, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = (
        "RC-77",
        "闻人策",
        "310101199001011234",
        "1990-01-17",
        "中国",
        "1380013",
        "是",
    )
    path = write_csv(office / "人员.csv", [row], PEOPLE)
    assert ceyuan("import", "person", path, "--source", "firm", "-q").code == 0
    before = ceyuan("batches", "--json").json

    named = ceyuan("erase", "RC-77", "--reason", "RC-77 本人申请")
    monkeypatch.setattr("sys.stdin", io.StringIO("RC-77\n"))
    said = ceyuan("erase", "-", "--reason", "本人申请", "--json")

    assert (named.code, named.out) == (2, "")
    assert (said.code, list(said.json)) == (
        0,
        ["schema", "slot", "at", "already"],
    )
    assert "RC-77" not in said.out
    assert ceyuan("batches", "--json").json == before
    assert ceyuan("erase", "RC-77", "--reason", "本人申请").code == 2


def test_workspace_of_another_version_exits_2(office: Path, ceyuan: Ceyuan) -> None:
    from ceyuan import __version__

    assert ceyuan("init", "--quiet").code == 0
    paper = office / ".ceyuan/workspace.json"
    said = json.loads(paper.read_text(encoding="utf-8"))
    paper.write_text(json.dumps({**said, "format": 99, "made_by": "9.8.7"}))

    refused = ceyuan("batches")

    assert (refused.code, refused.out) == (2, "")
    assert "9.8.7" in refused.err
    assert __version__ in refused.err


def test_unreachable_database_exits_1(
    office: Path, ceyuan: Ceyuan, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ceyuan("init", "-q").code == 0
    monkeypatch.setenv(VARIABLE, "postgresql://zhang:geheim@127.0.0.1:9/ceyuan")

    said = ceyuan("batches")

    assert (said.code, said.out) == (1, "")
    assert "127.0.0.1:9" in said.err
    assert "geheim" not in said.err
    monkeypatch.setenv(VARIABLE, "mysql://nowhere")
    assert ceyuan("batches").code == 2


def test_init_says_where_and_what_comes_next(office: Path, ceyuan: Ceyuan) -> None:
    said = ceyuan("init")

    assert said.code == 0
    assert str(office / ".ceyuan") in said.out
    assert "ceyuan import" in said.err
    assert ceyuan("init", "--quiet").err == ""
    (office / "别处").mkdir()
    elsewhere = ceyuan("-C", "别处", "init", "-q")
    assert str(office / "别处") in elsewhere.out


def test_export_writes_what_was_known(
    office: Path, ceyuan: Ceyuan, decided: dict[str, str]
) -> None:
    said = ceyuan("export", "firm", "导出", "--as-of", DAY, "-q")

    assert said.code == 0
    assert "firm 6 条" in said.out
    assert [p.suffix for p in (office / "导出").iterdir()] == [".parquet"]
    assert ceyuan("export", "firm", "导出", "-q").code == 2  # it is not empty


def test_question_where_there_is_no_workspace_makes_none(
    office: Path, ceyuan: Ceyuan
) -> None:
    said = ceyuan("runs")

    assert (said.code, said.out) == (2, "")
    assert "ceyuan init" in said.err
    assert list(office.iterdir()) == []


def test_nothing_known_is_no_fault(office: Path) -> None:
    assert run(["init", "--quiet"]) == 0
    assert run(["claims", "--json"]) == 0
    assert run(["runs", "--json"]) == 0
    assert run(["identity", "list", "--json"]) == 0
    assert run(["identity", "doubts", "--json"]) == 0
    assert run(["disagreements", "--json"]) == 0
    assert run(["replay", "last"]) == 2
