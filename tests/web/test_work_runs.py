# SPDX-License-Identifier: Apache-2.0
"""Runs at the desk: started, counted, compared, made again; the ladder; parameters."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ceyuan.cli.run import run as ceyuan
from ceyuan.kernel import show_money
from ceyuan.office.auditing import trail
from ceyuan.office.runs import listed
from ceyuan.office.settings import all_settings
from ceyuan.web.opened import memory
from ceyuan.web.showing import today
from tests.web.desk import links, main, page, parsed, posted, table, text

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from tests.town import Town

    ClientOf = Callable[[str], Any]
    Do = Callable[[], list[Any]]
    Say = Callable[..., Any]

OUTCOMES = ("eligible", "ineligible", "unknown", "refer", "not_applicable", "refused")


def command(
    town: Town, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Say:
    """Return a way to ask the command line about the town, for its JSON."""
    monkeypatch.chdir(town.folder)
    monkeypatch.setenv("CEYUAN_DATABASE_URL", town.url)

    def say(*words: str) -> Any:
        capsys.readouterr()
        assert ceyuan([*words, "--json"]) in (0, 1)
        return json.loads(capsys.readouterr().out)

    return say


def test_run_that_is_started_has_the_counts_of_the_command_line(
    town: Town,
    client_of: ClientOf,
    do_jobs: Do,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = client_of("经办人甲")
    before = [one.id for one in listed(memory())]

    said = {"as_of": "2026-11-21", "reason": "月度判定", "once": "a"}
    first, second = (client.post("/work/runs", said).headers["Location"] for _ in "ab")
    (job,) = do_jobs()
    where = client.get(first).headers["Location"]
    document = page(client.get(where))

    assert first == second  # two clicks, one run
    name = job.result["run"]
    assert [one.id for one in listed(memory())] == [name, *before]
    assert where == f"/work/runs/{name}"
    say = command(town, capsys, monkeypatch)
    (told,) = [r for r in say("runs")["runs"] if r["run"] == name]
    at = len(document.xpath("//main//table")) - 1
    shown = {row[0].split()[-1]: row[2:] for row in table(document, at)}
    assert shown == {
        policy: [
            *(f"{counts.get(o, 0):,}" for o in OUTCOMES),
            str(told["hanging"].get(policy, 0)),
            show_money(told["amounts_fen"][policy], unit="万元", with_unit=False)
            if policy in told["amounts_fen"]
            else "—",
        ]
        for policy, counts in told["counts"].items()
    }
    assert told["actor"] == "经办人甲"
    with memory().transaction() as conn:
        (row,) = trail(conn, obj=name)
    assert (row["verb"], row["reason"]) == ("run.make", "月度判定")


def test_compared_and_replayed_are_what_the_command_line_says(
    town: Town,
    client_of: ClientOf,
    do_jobs: Do,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = client_of("经办人甲")
    new, old = (one.id for one in listed(memory())[:2])
    where = f"/work/runs/{new}/compare?with={old}"

    client.get(where)
    posted(client, f"/work/runs/{new}/replay")
    do_jobs()
    document = page(client.get(where))
    replayed = main(client.get(f"/work/runs/{new}"))

    say = command(town, capsys, monkeypatch)
    told = say("diff", old, new)
    changed = {p: one for p, one in told["policies"].items() if one["changed"]}
    shown = {row[0]: row[1] for row in table(document)}
    names = memory().region.rules
    assert shown == {
        names[p].said.zh: str(one["changed"]) for p, one in changed.items()
    }
    turns = sum(
        o["subjects"]
        for one in changed.values()
        for o in one["outcomes"]
        if o["before"] != o["after"]
    )
    assert sum(int(b.text) for b in document.xpath("//td//strong")) == turns
    again = say("replay", new)
    assert again["equal"]
    assert f"{again['decided']} 个对象全部重算，与存下的完全相同" in replayed


def test_decision_of_a_firm_is_the_stored_one(
    town: Town,
    client_of: ClientOf,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = client_of("经办人甲")
    run = listed(memory())[0].id
    say = command(town, capsys, monkeypatch)
    told = say("decision", town.firm, "--run", run)

    document = page(client.get(f"/work/runs/{run}/firm?q={town.firm}"))

    cards = document.xpath("//section[contains(@class,'card')]")
    names = memory().region.rules
    words = {
        "eligible": "符合", "ineligible": "不符合", "unknown": "缺数据",
        "refer": "待判断", "not_applicable": "不适用", "refused": "数据有误",
    }  # fmt: skip
    assert [
        (text(c.xpath(".//h2")[0]), text(c.xpath(".//span[contains(@class,'badge')]")[0])
         .split()[-1], len(c.xpath(".//li")))
        for c in cards
    ] == [
        (names[p["policy"]].said.zh, words[p["outcome"]], len(p["clauses"]))
        for p in told["policies"]
    ]  # fmt: skip
    several = client.get(f"/work/runs/{run}/firm?q=有限公司")
    assert several.status_code == 404
    assert "家企业" in main(several)


def test_who_may_not_starts_no_run_and_knows_of_no_firm(
    town: Town, client_of: ClientOf, do_jobs: Do
) -> None:
    run = listed(memory())[0].id
    said = {"as_of": "2026-11-21", "reason": "试试", "once": ""}

    assert client_of("复核人乙").post("/work/runs", said).status_code == 403
    assert client_of("审计员").post("/work/runs", said).status_code == 403
    assert client_of("企业甲").get(f"/work/runs/{run}").status_code == 403
    assert do_jobs() == []
    analyst = client_of("分析员")
    assert analyst.get(f"/work/runs/{run}/firm?q={town.firm}").status_code == 403
    old = listed(memory())[1].id
    analyst.get(f"/work/runs/{run}/compare?with={old}")
    do_jobs()
    compared = analyst.get(f"/work/runs/{run}/compare?with={old}").content.decode()
    assert "虚构" not in compared.replace("虚构数据", "")  # no firm by its name
    assert "样例" not in compared
    for name in ("rnothing", run[:-1], "last"):
        assert client_of("经办人甲").get(f"/work/runs/{name}").status_code == 404


def test_run_without_a_reason_or_a_day_is_not_started(
    town: Town, client_of: ClientOf, do_jobs: Do
) -> None:
    client = client_of("经办人甲")

    answers = [
        client.post("/work/runs", {"once": "", **said})
        for said in (
            {"as_of": "2026-11-21", "reason": " "},
            {"as_of": "二零二六年", "reason": "理由"},
        )
    ]

    assert [a.status_code for a in answers] == [422, 422]
    assert parsed(answers[1]).xpath("//textarea")[0].text.strip() == "理由"
    assert do_jobs() == []


def test_ladder_is_that_of_the_command_line(
    town: Town,
    client_of: ClientOf,
    do_jobs: Do,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = client_of("经办人甲")
    year = today().year - 1
    where = f"/work/ladder?year={year}"
    client.post(where)
    do_jobs()
    document = page(client.get(where))
    told = command(town, capsys, monkeypatch)("ladder", "--year", str(year))

    tables = [i for i, t in enumerate(document.xpath("//main//table"))
              if "ch-table" not in t.get("class", "")]  # fmt: skip
    tiers, moves, ways, near = (table(document, i) for i in tables[:4])
    assert [row[1:] for row in tiers] == [
        [str(t["yes"]), str(t["before"]["yes"]), str(t["no"]), str(t["unknown"])]
        if t["yes"] or t["no"]
        else ["—", "—", "—", str(t["unknown"])]
        for t in told["tiers"]
    ]
    counted = sum(int(c.split()[0]) for row in moves for c in row[1:] if c != "·")
    assert counted == sum(t["firms"] for t in told["transitions"])
    assert [(row[1], row[3]) for row in ways] == [
        (str(w["one_away"]["firms"]), str(w["data_missing"]["firms"]))
        for w in told["ways"]
    ]
    assert len(near) == min(50, sum(len(w["one_away"]["named"]) for w in told["ways"]))
    assert document.xpath("//figure[contains(@class,'ch-ladder')]")


def test_ladder_names_no_firm_to_who_may_not_know_them(
    town: Town, client_of: ClientOf, do_jobs: Do
) -> None:
    for name in ("经办人甲", "分析员"):
        client_of(name).post("/work/ladder")
        do_jobs()

    named = client_of("经办人甲").get("/work/ladder").content.decode()
    sums = client_of("分析员").get("/work/ladder").content.decode()

    assert "91319999" in named.replace("</span><span>", "").replace(
        "<span>", ""
    ).replace('<span class="code">', "")
    assert "9999" not in sums
    assert "样例）" not in sums
    year = today().year
    for wrong in (year + 1, 1990, "x"):
        status = client_of("经办人甲").get(f"/work/ladder?year={wrong}").status_code
        assert status == (404 if wrong != "x" else 200)


def test_parameters_not_set_are_those_of_the_command_line(
    town: Town,
    client_of: ClientOf,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    document = page(client_of("经办人甲").get("/work/parameters"))
    told = command(town, capsys, monkeypatch)(
        "parameter", "list", "--unset", "--on", today().isoformat()
    )

    policies, instruments, stacking = (
        {row[3] for row in table(document, at)} for at in range(3)
    )
    assert instruments == {one["name"] for one in told["unset"]}
    assert stacking == {f"stacking.{name}" for name in told["unset_stacking"]}
    assert not policies & instruments


def test_parameter_is_set_once_with_its_reason(town: Town, client_of: ClientOf) -> None:
    client = client_of("经办人甲")
    name = "service_investment.notice_days"
    where = f"/work/parameters/set?name={name}"
    before = len(links(page(client.get("/work/parameters"))))

    wrong = [
        client.post(where, {"name": name, "since": "2026-01-01", "once": "", **said})
        for said in (
            {"value": "5工作日", "reason": " "},
            {"value": "五个工作日", "reason": "局办公会"},
            {"value": "5工作日", "reason": "局办公会", "until": "2025-12-31"},
        )
    ]
    said = {
        "name": name, "value": "5工作日", "since": "2026-01-01", "reason": "局办公会",
        "once": "a",
    }  # fmt: skip
    for _ in "ab":
        assert client.post(where, said).headers["Location"] == "/work/parameters"

    assert [a.status_code for a in wrong] == [422, 422, 422]
    with memory().transaction() as conn:
        made = [s for s in all_settings(conn) if s.name == name]
    assert [(s.value, s.actor, s.reason) for s in made] == [
        ("5工作日", "经办人甲", "局办公会")
    ]
    shown = page(client.get("/work/parameters"))
    assert name not in {row[3] for row in table(shown, 1)}
    assert before
    assert client.get("/work/parameters/set?name=no.such").status_code == 404
    assert client_of("复核人乙").get(where).status_code == 403
    assert client_of("复核人乙").post(where, said).status_code == 403


def test_stacking_rule_is_chosen_from_a_list(town: Town, client_of: ClientOf) -> None:
    client = client_of("经办人甲")
    where = "/work/parameters/set?name=stacking.package_2022"
    said = {
        "name": "stacking.package_2022", "since": "2026-01-01", "reason": "请示批复",
        "once": "",
    }  # fmt: skip

    shown = page(client.get(where)).xpath("//input[@type='radio']/@value")
    refused = client.post(where, {**said, "value": "as_you_like"})
    posted(client, where, **{**said, "value": "highest_only"})

    assert shown == ["highest_only", "first_only", "all"]
    assert refused.status_code == 422
    with memory().transaction() as conn:
        last = all_settings(conn)[-1]
    assert (last.name, last.value) == ("stacking.package_2022", "highest_only")
