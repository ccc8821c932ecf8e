# SPDX-License-Identifier: Apache-2.0
"""The pages of the verbs: each verb has one, each option exists, the Python runs."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typer.main
import xlsxwriter

from ceyuan.city.codes import credit_code
from ceyuan.cli.commands import app
from ceyuan.cli.run import run

if TYPE_CHECKING:
    from collections.abc import Iterator

VERBS = Path(__file__).parents[2] / "docs" / "verbs"
PAGES = sorted(VERBS.glob("*.md"))
ELSEWHERE = {"check", "explain", "nearest", "whatif", "demo", "doctor"}
ELSEWHERE |= {"policy", "facts"}
ORDER = (
    *("city", "init", "import", "records", "show", "disagreements", "run", "correct"),
    *("identity", "run", "replay", "receipt", "ladder", "simulate", "diff", "erase"),
    *("parameter", "entitle", "entitlement", "pay", "ledger", "user", "audit"),
    *("backup", "export", "batches", "serve", "login"),
)

GROUPS = {"city", "entitlement", "identity", "instrument", "ledger", "parameter"}
GROUPS |= {"pay", "records", "user"}
"""Commands that have commands beneath them: two words name one."""


def blocks(page: Path, kind: str) -> list[str]:
    """Return the blocks of a kind."""
    text = page.read_text(encoding="utf-8")
    return re.findall(rf"```{kind}\n(.*?)```", text, re.DOTALL)


def commands(page: Path) -> Iterator[list[str]]:
    """Yield the words of each command that a page shows as typed or names."""
    text = page.read_text(encoding="utf-8")
    for line in re.findall(r"^\$ (ceyuan .*)$|`(ceyuan [a-z].*?)`", text, re.MULTILINE):
        words = shlex.split(next(filter(None, line)).replace("……", ""))[1:]
        yield words[2:] if words[0] == "-C" else words


def test_each_verb_that_remembers_has_a_page() -> None:
    named = {words[0] for page in PAGES for words in commands(page)}
    known = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]

    assert known - named - ELSEWHERE == set()
    assert {page.stem for page in PAGES} == set(ORDER)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_verb_page_commands_exist_with_their_options(
    page: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in commands(page):
        names = words[:2] if words[0] in GROUPS else words[:1]
        assert run([*names, "--help"]) == 0, words
        helped = capsys.readouterr().out
        for option in [word for word in words if word.startswith("--")]:
            assert re.search(rf"{option}\b", helped), (names, option)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_verb_page_has_its_parts(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert "\n## 拒绝什么，怎么办\n" in text
    assert len(blocks(page, "python")) == 1


@pytest.mark.slow
def test_verb_pages_python_runs(
    office_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(office_folder)
    book = xlsxwriter.Workbook("入驻企业.xlsx")
    sheet = book.add_worksheet("企业")
    rows = (
        ("企业名称", "统一社会信用代码", "职工总数（人）", "科技人员数（人）"),
        ("澄光仪器（虚构）有限公司", credit_code(900_001), 512, 150),
        ("砺芃软件（虚构）有限公司", credit_code(900_002), 100, 30),
        ("昉栩材料（虚构）有限公司", "", 80, 24),
    )
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()

    told = {}
    for name in ORDER:
        (code,) = blocks(VERBS / f"{name}.md", "python")
        exec(compile(code, f"{name}.md", "exec"), {})  # noqa: S102 - our own page
        told[name] = capsys.readouterr().out

    assert re.fullmatch(r"b[0-9a-f]{12} 3 0 0\n", told["import"])
    assert told["correct"].startswith("[('tech_sme_2017', ")
    assert told["replay"].startswith("True ")
    assert told["receipt"].startswith("True False ")
    assert told["simulate"].startswith("True ")
    assert told["diff"].splitlines()[1] == "{'tech_sme_2017': 1}"
