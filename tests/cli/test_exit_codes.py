# SPDX-License-Identifier: Apache-2.0
"""Every ending has its exit code and tells what to do next."""

from __future__ import annotations

import subprocess
import sys
from typing import IO, TYPE_CHECKING

import pytest

from ceyuan.cli import checking
from ceyuan.office import pages
from ceyuan.sheets.edit import Edit
from tests.park import DAY

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Ceyuan

ONE = ("--as-of", DAY, "--policy", "tech_sme_2017")


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (["check"], "Missing argument", ""),
        (["check", "park.csv", "--frobnicate"], "--frobnicate", ""),
        (["chek", "park.csv"], "chek", ""),
        (["check", "nowhere.xlsx"], "nowhere.xlsx", ""),
        (["check", "park.csv", "--as-of", "昨天"], "不是日期", "写成 2026-11-21"),
        (
            ["check", "park.csv", "--policy", "tech_sme_2071"],
            "tech_sme_2071",
            "tech_sme_2017",
        ),
        (["check", "park.csv", "--with", "park.csv"], "不是文件夹", "文件夹"),
        (["check", "park.csv", "--by", "moon"], "--by moon", "--by gap"),
        (["check", "park.csv", "--region", "atlantis"], "atlantis", "shanghai"),
        (["check", "park.csv", "--columns", "none.yaml"], "none.yaml", ""),
        (["-C", "nowhere", "doctor"], "nowhere", ""),
        (["explain", "澄光", "tech_sme_2017"], "还没有核对过", "ceyuan check FILE"),
        (["policy", "show", "tech_sme"], "tech_sme", "tech_sme_2017"),
        (["policy", "lint", "none.yaml"], "none.yaml", ""),
        (["policy", "diff", "tech_sme_2017@then", "tech_sme_2017"], "then", "@"),
    ],
)
def test_wrong_use_exits_2_with_message_and_hint(
    desk: Path, ceyuan: Ceyuan, arguments: list[str], message: str, hint: str
) -> None:
    said = ceyuan(*arguments)

    assert (said.code, said.out) == (2, "")
    assert message in said.err
    assert hint in said.err
    assert "Traceback" not in said.err


def test_done_exits_0_also_when_the_list_is_empty(desk: Path, ceyuan: Ceyuan) -> None:
    assert ceyuan("facts", "list", "--subject", "nobody", "--json").json["facts"] == []
    assert ceyuan("facts", "list", "--subject", "nobody").code == 0


def test_something_wrong_was_found_exits_1(desk: Path, ceyuan: Ceyuan) -> None:
    (desk / "draft.yaml").write_text("policy: draft\n", encoding="utf-8")

    said = ceyuan("policy", "lint", "draft.yaml")

    assert said.code == 1
    assert "1 项政策，1 处错误" in said.out
    assert "draft.yaml" in said.out


@pytest.mark.parametrize(
    ("content", "code"), [(b"", "R101"), (b"PK\x03\x04 cut off", "R106")]
)
def test_rejected_input_exits_3_with_its_problem(
    desk: Path, ceyuan: Ceyuan, content: bytes, code: str
) -> None:
    (desk / "bad.xlsx").write_bytes(content)

    said = ceyuan("check", "bad.xlsx", *ONE)

    assert (said.code, said.out) == (3, "")
    assert code in said.err
    assert not (desk / "bad.体检.xlsx").exists()


def test_our_own_bug_exits_70_with_a_report_id(
    desk: Path, ceyuan: Ceyuan, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        msg = "nobody thought of this"
        raise ZeroDivisionError(msg)

    monkeypatch.setattr(checking, "check_table", broken)

    said = ceyuan("check", "park.csv", *ONE)

    assert (said.code, said.out) == (70, "")
    assert "nobody thought of this" in said.err
    assert "report id" in said.err


def _interrupt_workbook(_: Edit, file: IO[bytes]) -> None:
    file.write(b"PK half of a workbook")
    raise KeyboardInterrupt


def test_interrupt_while_writing_the_workbook_leaves_the_old_one_whole(
    desk: Path, ceyuan: Ceyuan, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ceyuan("check", "park.xlsx", *ONE).code == 0
    before = (desk / "park.体检.xlsx").read_bytes()
    names = {p.name for p in desk.iterdir()}
    monkeypatch.setattr(Edit, "write", _interrupt_workbook)

    said = ceyuan("check", "park.xlsx", *ONE)

    assert (said.code, said.out) == (130, "")
    assert "已中断" in said.err
    assert (desk / "park.体检.xlsx").read_bytes() == before
    assert {p.name for p in desk.iterdir()} == names


def test_interrupt_in_the_first_workbook_leaves_no_file(
    desk: Path, ceyuan: Ceyuan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Edit, "write", _interrupt_workbook)

    assert ceyuan("check", "park.xlsx", *ONE).code == 130

    assert {p.name for p in desk.iterdir()} == {"park.csv", "park.xlsx", ".ceyuan"}


def test_interrupt_between_pages_leaves_only_whole_pages(
    desk: Path, ceyuan: Ceyuan, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, made = pages.firm_page, []

    def third_time(*arguments: object, **named: object) -> str:
        made.append(1)
        if len(made) == 3:
            raise KeyboardInterrupt
        return real(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(pages, "firm_page", third_time)

    assert ceyuan("check", "park.csv", *ONE).code == 130

    written = list((desk / "park.体检单页").iterdir())
    assert len(written) == 2
    assert all(p.read_text("utf-8").rstrip().endswith("</html>") for p in written)


def test_interrupt_while_remembering_keeps_the_check_before(
    checked: Path, ceyuan: Ceyuan, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("shutil.copyfile", stop)

    assert ceyuan("check", "park.xlsx", *ONE).code == 130

    kept = sorted(p.name for p in (checked / ".ceyuan").iterdir())
    assert kept == ["last"]
    assert (checked / ".ceyuan/last/park.csv").is_file()


def test_folder_that_cannot_be_written_is_said_and_the_work_goes_on(
    desk: Path, ceyuan: Ceyuan
) -> None:
    (desk / ".ceyuan").write_text("", encoding="utf-8")

    said = ceyuan("check", "park.csv", *ONE)

    assert said.code == 0
    assert "没有记住这次核对" in said.err
    assert (desk / "park.体检.xlsx").is_file()


def test_reader_that_has_seen_enough_is_no_error() -> None:
    command = [sys.executable, "-c", "from ceyuan.cli import main; main()"]
    with subprocess.Popen(  # noqa: S603 - our own program
        [*command, "facts", "list"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read()

    assert (process.returncode, said) == (0, b"")
