# SPDX-License-Identifier: Apache-2.0
"""The command line in this process: what it says, and with which exit code."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from ceyuan.cli.run import run
from tests.park import DAY, write_csv, write_xlsx

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Said:
    """What a command said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Return stdout as the one document that it has to be."""
        return json.loads(self.out)

    @property
    def table(self) -> list[list[str]]:
        """Return stdout as tab-separated lines."""
        return [line.split("\t") for line in self.out.splitlines()]


Ceyuan = Callable[..., Said]


@pytest.fixture(name="ceyuan")
def _ceyuan(capsys: pytest.CaptureFixture[str]) -> Ceyuan:
    def command(*arguments: object) -> Said:
        capsys.readouterr()
        code = run([str(a) for a in arguments])
        told = capsys.readouterr()
        return Said(code, told.out, told.err)

    return command


@pytest.fixture(name="desk")
def _desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder of one's own, with the invented park on it."""
    monkeypatch.chdir(tmp_path)
    write_csv(tmp_path / "park.csv")
    write_xlsx(tmp_path / "park.xlsx")
    return tmp_path


@pytest.fixture(name="checked")
def _checked(desk: Path, ceyuan: Ceyuan) -> Path:
    """Have checked the park, so that its firms are known."""
    said = ceyuan(
        "check",
        "park.csv",
        "--as-of",
        DAY,
        "--policy",
        "tech_sme_2017",
        "--policy",
        "tech_transfer_cit",
        "--quiet",
    )
    assert said.code == 0
    return desk
