# SPDX-License-Identifier: Apache-2.0
"""Page, command line, Python and interface tell the same, journey by journey."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from ceyuan.cli.run import run as command
from ceyuan.ledger import trial_balance
from ceyuan.office.book_out import one_moment
from ceyuan.office.database import VARIABLE
from ceyuan.office.memory import open_memory
from ceyuan.office.runs import find
from tests.web.api_door import door
from tests.web.desk import page, table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.town import Town
    from tests.web.conftest import ClientOf

    Do = Callable[[], list[Any]]


@pytest.fixture(name="said")
def _said(
    town: Town, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Any]:
    """Give the command line: what a command prints as JSON, asked in the town."""
    monkeypatch.setenv(VARIABLE, town.url)

    def say(*words: str, at: Path | None = None) -> Any:
        monkeypatch.chdir(at or town.folder)
        capsys.readouterr()
        assert 0 == command([*words, "--json"])
        return json.loads(capsys.readouterr().out)

    return say


def test_an_auditor_reads_the_book(
    town: Town, client_of: ClientOf, said: Callable[..., Any]
) -> None:
    """J4: the trial balance, commodity by commodity, and where a yuan went."""
    auditor = door("审计员")
    shown = table(page(client_of("审计员").get("/money/trial")))
    theirs = said("ledger", "trial")
    told = auditor.told("ledger/trial")
    with open_memory(town.folder, url=town.url) as memory, one_moment(memory) as conn:
        ours = trial_balance(conn)

    parts = (
        "commodity",
        "side",
        "accounts",
        "debits",
        "credits",
        "debits_held",
        "credits_held",
    )
    assert (
        theirs["rows"]
        == told["rows"]
        == [{part: getattr(one, part) for part in parts} for one in ours]
    )
    assert len(shown) == len(ours) > 2
    assert (theirs["balanced"], theirs["off"]) == (told["balanced"], told["off"])
    for row, one in zip(shown, ours, strict=True):
        assert row[2] == f"{one.accounts:,}"
        if one.commodity == "CNY":
            assert row[3].replace(",", "") == f"{one.debits / 100:.2f} 元"


def test_an_officer_reads_a_run(
    town: Town, client_of: ClientOf, said: Callable[..., Any]
) -> None:
    """The officer's: how many have which outcome of each policy, and the money."""
    told = door("经办人甲").told("runs/last")
    theirs = next(one for one in said("runs")["runs"] if one["run"] == told["run"])
    with open_memory(town.folder, url=town.url) as memory:
        ours = find(memory, "last")
    rows = table(page(client_of("经办人甲").get(f"/work/runs/{told['run']}")))

    for part in (
        "counts",
        "amounts_fen",
        "hanging",
        "subjects",
        "settings",
        "snapshot",
    ):
        assert theirs[part] == told[part], part
    assert told["counts"] == {k: dict(v) for k, v in ours.counts.items()}
    assert told["amounts_fen"] == dict(ours.amounts)
    shown = {
        row[0].rpartition(" ")[2]: [int(n.replace(",", "")) for n in row[2:-2]]
        for row in rows
    }
    assert {k: sum(v) for k, v in shown.items()} == {
        policy: sum(found.values()) for policy, found in told["counts"].items()
    }
