# SPDX-License-Identifier: Apache-2.0
"""The tutorial is walked through: each command runs, each line shown is there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from ceyuan.city import make_joined, make_tenants
from ceyuan.cli.run import run

PAGE = Path(__file__).parents[2] / "docs" / "tutorial.md"


@pytest.mark.slow
def test_tutorial_every_command_says_what_the_page_shows(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    truth = make_tenants(tmp_path / "入驻企业.xlsx", firms=100)
    make_joined(tmp_path / "名单", truth)
    page = PAGE.read_text(encoding="utf-8")
    mapping = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert len(mapping) == 1
    (tmp_path / "列.yaml").write_text(mapping[0], encoding="utf-8")

    ran, said = [], ""
    for kind, text in re.findall(r"```(console|text)\n(.*?)```", page, re.DOTALL):
        if kind == "console":
            capsys.readouterr()
            for command in text.splitlines():
                name, *arguments = shlex.split(command.removeprefix("$ "))
                assert name == "ceyuan"
                assert run(arguments) == 0, command
                ran.append(arguments[0])
            told = capsys.readouterr()
            said = told.out + told.err
        else:
            for line in text.splitlines():
                assert line in said, f"{ran[-1]}: {line}"

    assert ran == ["check", "check", "explain", "nearest", "whatif", "check", "policy"]
