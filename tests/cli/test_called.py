# SPDX-License-Identifier: Apache-2.0
"""What is printed to be pasted works in the shell that it is printed in."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ceyuan.cli.called import called

Install = Callable[[str], Path]


@pytest.fixture(name="install")
def _install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Give what puts a program `ceyuan` into a folder; the shell's path is empty."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "")

    def install(folder: str) -> Path:
        program = tmp_path / folder / "ceyuan"
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
        return program

    return install


def test_called_by_its_name_where_the_shell_finds_it(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = install("bin")
    monkeypatch.setattr(sys, "executable", str(own.with_name("python")))
    monkeypatch.setenv("PATH", str(own.parent))

    assert called(Path("build/demo")) == "ceyuan -C build/demo"


def test_called_by_its_path_where_the_shell_does_not_find_it(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = install(".venv/bin")
    monkeypatch.setattr(sys, "executable", str(own.with_name("python")))

    assert called(Path("build/demo")) == ".venv/bin/ceyuan -C build/demo"


def test_called_by_its_path_where_the_shell_finds_another(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, other = install(".venv/bin"), install("elsewhere")
    monkeypatch.setattr(sys, "executable", str(own.with_name("python")))
    monkeypatch.setenv("PATH", str(other.parent))

    assert called(Path("build/demo")) == ".venv/bin/ceyuan -C build/demo"


def test_called_by_its_whole_path_from_beside_and_quoted(
    install: Install, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    own = install("a b/bin")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setattr(sys, "executable", str(own.with_name("python")))

    words = shlex.split(called(Path("演示 1")))
    assert words == [str(own), "-C", "演示 1"]
