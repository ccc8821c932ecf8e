# SPDX-License-Identifier: Apache-2.0
"""Page, command line, Python and interface tell the same, journey by journey."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

import ceyuan
from ceyuan.cli.run import run as command
from ceyuan.declarations.reform import parse_reform
from ceyuan.kernel import show_money
from ceyuan.ledger import trial_balance
from ceyuan.office.book_out import one_moment
from ceyuan.office.database import VARIABLE
from ceyuan.office.deciding import decision_json, stored
from ceyuan.office.firm_sheets import sheet_of
from ceyuan.office.firm_told import standing
from ceyuan.office.memory import open_memory
from ceyuan.office.parameters import typed_settings
from ceyuan.office.result import check_json
from ceyuan.office.runs import find
from ceyuan.office.settings import run_settings
from ceyuan.office.simulating import trial, tried_json, try_reform
from ceyuan.web.pages.park import GROUPS
from tests.park import write_xlsx
from tests.town import DAY
from tests.web.api_door import door, read
from tests.web.desk import main, page, posted, table
from tests.web.lab_by_hand import text_of
from tests.web.published import publish_nothing

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.town import Town
    from tests.web.conftest import ClientOf

    Do = Callable[[], list[Any]]

ON = date.fromisoformat(DAY)
SUMS = ("accounts", "debits", "credits", "debits_held", "credits_held")
BY_MAP = ("notes", "year_reason")
"""What a check-up says otherwise where somebody said which column is which year."""


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


def test_a_firm_finds_how_it_stands(
    town: Town, client_of: ClientOf, said: Callable[..., Any]
) -> None:
    """J1: each policy's outcome and money, of the last run."""
    document = page(client_of("企业乙").get("/me"))
    theirs = said("decision", town.paid)
    told = door("企业乙").told(f"runs/last/firms/{town.paid}")
    stands = door("企业乙").told(f"firms/{town.paid}")
    with open_memory(town.folder, url=town.url) as memory:
        ours = decision_json(stored(memory, town.paid, "last"))
        by_verb = standing(sheet_of(memory, town.paid), memory.region, [], "zh")

    assert theirs == told == json.loads(json.dumps(ours))
    # The page and the interface group it, with the money of each policy.
    items = {one["policy"]: one for one in stands["items"]}
    assert set(items) == {one["policy"] for one in told["policies"]}
    assert set(items) == {one.policy for one in by_verb.items}
    cards = {
        str(card.xpath(".//h3/@id")[0])[2:]: [
            " ".join(one.text_content().split())
            for one in card.xpath(".//p[@class='amount']/strong")
        ]
        for card in document.xpath("//article[contains(@class, 'policy')]")
    }
    for policy, figures in cards.items():
        amount = items[policy]["amount"] or items[policy]["at_most"]
        assert figures == ([amount["text"]] if amount else []), policy
    money = {one["policy"]: one["amount_fen"] for one in told["policies"]}
    with_money = {
        policy: one["amount"]["amount_fen"]
        for policy, one in items.items()
        if one["amount"] and one["outcome"] == "eligible"
    }
    assert with_money
    assert with_money == {policy: money[policy] for policy in with_money}


def test_a_park_has_its_sheet_checked(
    town: Town,
    client_of: ClientOf,
    do_jobs: Do,
    said: Callable[..., Any],
    tmp_path: Path,
) -> None:
    """J2: every row of the sheet, each policy, every reason and sum."""
    publish_nothing(town)  # the portal would know more than the sheet
    sheet = write_xlsx(tmp_path / "park.xlsx")
    client, program = client_of("园区经理"), door("园区经理")
    with sheet.open("rb") as file:
        columns = posted(client, "/park", file=file, as_of=DAY)
    batch = posted(client, columns, go="1")
    assert ["done"] == [job.state for job in do_jobs()]
    tiles = page(client.get(batch)).xpath("//ul[@class='tiles']//span[@class='big']")
    name = batch.rpartition("/")[2]
    with open_memory(town.folder, url=town.url) as memory:
        params = run_settings(memory, ON, ())

    spelt = [word for one in params for word in ("--param", one)]
    theirs = said("check", "park.xlsx", "--as-of", DAY, *spelt, at=tmp_path)
    python = ceyuan.open().check(sheet, as_of=DAY, params=params)
    ours = json.loads("".join(check_json(python.checkup)))
    kept = program.told(f"batches/{name}/document")
    sums = program.told(f"batches/{name}/result")
    sent = SimpleUploadedFile("park.xlsx", sheet.read_bytes())
    at_once = program.post("checks", file=sent, as_of=DAY)
    assert 200 == at_once.status_code, at_once.content.decode()

    assert theirs == ours == read(at_once)
    assert {k: v for k, v in kept.items() if k not in BY_MAP} == {
        k: v for k, v in theirs.items() if k not in BY_MAP
    }
    assert sums["counts"]["firms"] == len(theirs["rows"]) == 6
    assert [int(one.text_content().split()[0]) for one in tiles] == [
        sums["groups"][group.id]["firms"] for group in GROUPS
    ]


def test_an_auditor_reads_the_book(
    town: Town, client_of: ClientOf, said: Callable[..., Any]
) -> None:
    """J4: the trial balance, commodity by commodity."""
    rows = table(page(client_of("审计员").get("/money/trial")))
    shown = [row for row in rows if row[1] in ("借", "贷")]  # others are totals
    theirs = said("ledger", "trial")
    told = door("审计员").told("ledger/trial")
    with open_memory(town.folder, url=town.url) as memory, one_moment(memory) as conn:
        ours = trial_balance(conn)

    assert (
        theirs["rows"]
        == told["rows"]
        == [
            {part: getattr(one, part) for part in ("commodity", "side", *SUMS)}
            for one in ours
        ]
    )
    assert len(shown) == len(ours) > 2
    assert (theirs["balanced"], theirs["off"]) == (told["balanced"], told["off"])
    for row, one in zip(shown, ours, strict=True):
        assert row[2] == f"{one.accounts:,}"
        if one.commodity == "CNY":
            assert row[3].replace(",", "") == f"{one.debits / 100:.2f} 元"


def test_an_analyst_tries_a_reform(
    town: Town, client_of: ClientOf, do_jobs: Do, said: Callable[..., Any]
) -> None:
    """J6: costs before and after, who gains and who loses, by every grouping."""
    analyst = door("分析员")
    asked = analyst.post("simulate", {"reform": text_of(), "as_of": DAY})
    assert 202 == asked.status_code, asked.content.decode()
    job = read(asked)["job"]
    assert [(job, "done")] == [(one.id, one.state) for one in do_jobs()]
    (reform,) = analyst.told("reforms")["items"]
    told = door("经办人甲").told(f"reforms/{reform['id']}/results/{job}")
    shown = client_of("分析员").get(f"/lab/{reform['id']}/result/{job}")

    saved = analyst.told(f"reforms/{reform['id']}")
    params = tuple(saved["params"])
    with open_memory(town.folder, url=town.url) as memory:
        tested = trial(
            memory,
            as_of=ON,
            settings=typed_settings(memory.region, params),
            said=params,
        )
        made = try_reform(tested, parse_reform(text_of(), memory.region), named=100)
    spelt = [word for one in params for word in ("--param", one)]
    place = town.folder / "faces.yaml"
    place.write_text(saved["text"], "utf-8")
    try:
        theirs = said(
            "simulate", "faces.yaml", "--as-of", DAY, "--limit", "100", *spelt
        )
    finally:
        place.unlink()

    assert told == theirs == json.loads(json.dumps(tried_json(made)))
    cost = told["effects"][0]["policies"]["rd_super_2023"]
    for side in ("before", "after"):
        assert show_money(cost[side]["cost"]["definite"]) in main(shown)


def test_an_officer_reads_a_run(
    town: Town, client_of: ClientOf, said: Callable[..., Any]
) -> None:
    """The officer's: how many have which outcome of each policy, and the money."""
    told = door("经办人甲").told("runs/last")
    theirs = next(one for one in said("runs")["runs"] if one["run"] == told["run"])
    with open_memory(town.folder, url=town.url) as memory:
        ours = find(memory, "last")
    rows = table(page(client_of("经办人甲").get(f"/work/runs/{told['run']}")))

    for part in ("counts", "amounts_fen", "hanging", "subjects", "settings"):
        assert theirs[part] == told[part], part
    assert told["counts"] == {k: dict(v) for k, v in ours.counts.items()}
    assert told["amounts_fen"] == dict(ours.amounts)
    shown = {
        row[0].rpartition(" ")[2]: sum(int(n.replace(",", "")) for n in row[2:-2])
        for row in rows
    }
    assert shown == {
        policy: sum(found.values()) for policy, found in told["counts"].items()
    }
