# SPDX-License-Identifier: Apache-2.0
"""The years-later page is walked through, on the three files that it shows.

The files are made out of the page's own tables. What differs each time, numbers of
runs, batches, snapshots and the moment, is put in place of what the page shows.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from ceyuan.cli.run import run

PAGE = Path(__file__).parents[2] / "docs" / "years-later.md"
SHEETS = {
    "入驻企业.xlsx": "企业",
    "高新技术企业认定名单.xlsx": "名单",
    "A107041.xlsx": "A107041",
}
RUN = re.compile(r"r\d{8}-[0-9a-f]{8}")
NUMBERS = re.compile(r"批次 b[0-9a-f]{12}|快照 [0-9a-f]{12}|声明 [0-9a-f]{12}")
MOMENT = re.compile(r"(--known-at )\S+")


def tables(page: str) -> list[list[list[str]]]:
    """Return the cells of every table of the page, without the ruler."""
    found = re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE)
    return [
        [
            [cell.strip() for cell in line.strip("|").split("|")]
            for line in table.splitlines()
            if not line.startswith("|---")
        ]
        for table in found
    ]


def write(path: Path, sheet: str, rows: list[list[str]]) -> None:
    """Write a table as a workbook; figures are figures."""
    book: Any = xlsxwriter.Workbook(str(path))
    page = book.add_worksheet(sheet)
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            if cell:
                page.write(number, column, int(cell) if cell.isdecimal() else cell)
    book.close()


def known_at(office: Path) -> str:
    """Return when the first run's knowledge ends."""
    from ceyuan.office.memory import open_memory
    from ceyuan.office.runs import listed

    with open_memory(office) as memory:
        return min(one.known_at for one in listed(memory)).isoformat()


@pytest.mark.slow
def test_years_later_every_command_says_what_the_page_shows(
    office_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(office_folder)
    page = PAGE.read_text(encoding="utf-8")
    made = tables(page)
    assert len(made) == len(SHEETS)
    for (name, sheet), rows in zip(SHEETS.items(), made, strict=True):
        write(office_folder / name, sheet, rows)
    (office_folder / "社保清单.txt").write_text("虚构的社保清单\n", encoding="utf-8")
    shown = list(dict.fromkeys(RUN.findall(page)))
    stored: list[str] = []

    def today(text: str) -> str:
        """Return a line with the runs of today, and without other numbers."""
        for then, now in zip(shown, stored, strict=False):
            text = text.replace(then, now)
        return NUMBERS.sub("", text)

    ran, said = [], ""
    for kind, text in re.findall(r"```(console|text)\n(.*?)```", page, re.DOTALL):
        if kind == "console":
            capsys.readouterr()
            for command in text.splitlines():
                wanted = today(command.removeprefix("$ "))
                if MOMENT.search(wanted):
                    wanted = MOMENT.sub(rf"\g<1>{known_at(office_folder)}", wanted)
                name, *arguments = shlex.split(wanted)
                assert name == "ceyuan"
                assert run(arguments) == 0, command
                ran.append(arguments[0])
            told = capsys.readouterr()
            said = told.out + told.err
            if ran[-1] == "run":
                stored += RUN.findall(said)[:1]
        elif "┌" not in text:
            lines = {NUMBERS.sub("", line) for line in said.splitlines()}
            for line in text.splitlines():
                assert today(line) in lines, f"{ran[-1]}: {line}"

    assert ran == [
        *("init", "import", "import", "import", "disagreements", "run", "decision"),
        *("correct", "decide", "show", "run", "diff", "replay", "show"),
        *("receipt", "verify"),
    ]
