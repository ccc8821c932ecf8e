# SPDX-License-Identifier: Apache-2.0
"""The Python of the READMEs runs as it stands, on a small invented park."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ceyuan.cli.run import run
from ceyuan.office.city import Batch, Firm
from ceyuan.policies import Outcome
from tests.docs.test_verbs import GROUPS
from tests.park import NAMES, write_xlsx

ROOT = Path(__file__).parents[2]


def _run(page: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    write_xlsx(folder / "tenants.xlsx")
    write_xlsx(folder / "入驻企业.xlsx")
    monkeypatch.chdir(folder)
    text = (ROOT / page).read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(blocks) == 1
    names: dict[str, object] = {}
    exec(compile(blocks[0], page, "exec"), names)  # noqa: S102 - our own page
    return names


def test_readme_python_runs_and_gives_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = _run("README.md", tmp_path, monkeypatch)

    batch, firm, better = names["batch"], names["firm"], names["better"]
    assert isinstance(batch, Batch)
    assert isinstance(firm, Firm)
    assert isinstance(better, Firm)
    assert len(batch) == len(NAMES)
    assert firm.check.row.name == NAMES[0]
    assert better.check.decisions["tech_sme_2017"].outcome is Outcome.ELIGIBLE
    assert list(names["steps"]) == []  # type: ignore[call-overload]


def test_chinese_readme_python_runs_and_gives_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = _run("README.zh-CN.md", tmp_path, monkeypatch)

    firm = names["firm"]
    assert isinstance(firm, Firm)
    assert firm.missing("tech_sme_2017") == []


def _links(page: str) -> set[str]:
    text = (ROOT / page).read_text(encoding="utf-8")
    return set(re.findall(r"\]\(([^)#]+)\)", text)) - {"README.md", "README.zh-CN.md"}


def test_both_readmes_lead_to_the_same_pages() -> None:
    assert _links("README.md") == _links("README.zh-CN.md")


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md"])
def test_commands_of_the_pages_exist_with_their_options(
    page: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    commands = re.findall(r"^ceyuan ([a-z]+)(.*?)(?:#.*)?$", text, re.MULTILINE)
    assert len(commands) == 22

    for command, rest in commands:
        names = [command, *(rest.split()[:1] if command in GROUPS else [])]
        assert run([*names, "--help"]) == 0
        help_text = capsys.readouterr().out
        for option in re.findall(r"--[a-z-]+", rest):
            assert f"{option} " in help_text, (command, option)


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md"])
def test_make_targets_of_the_pages_exist(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    targets = set(re.findall(r"\bmake ([a-z][a-z-]*)", text))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    assert {"demo", "test"} <= targets
    assert targets - set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE)) == set()
