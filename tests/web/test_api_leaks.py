# SPDX-License-Identifier: Apache-2.0
"""Nobody is told of another's through the interface: not one by one, not in a list."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import psycopg

from ceyuan.office.claiming import typed_claim
from ceyuan.office.consents import answer, ask
from ceyuan.office.requests import tell
from ceyuan.web import serving
from ceyuan.web.opened import memory
from ceyuan.web.showing import today
from tests.town import one, portal_settings
from tests.web.api_door import Door, door, read
from tests.web.lab_by_hand import text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.town import Town

LISTS = (
    "entitlements?limit=200", "payments?limit=200", "payees?limit=200",
    "claims?limit=200", "requests?limit=200", "jobs?limit=200", "tokens?limit=200",
    "batches?limit=200", "firms?q=有限公司&limit=200",
)  # fmt: skip
ADDRESSES = (
    "firms/{}", "firms/{}/facts", "firms/{}/try", "firms/{}/receipt",
    "firms/{}/notices", "firms/{}/policies/tech_sme_2017", "runs/last/firms/{}",
)  # fmt: skip


def unlimited(town: Town) -> None:
    said = portal_settings(town.folder, town.url, api_reads=10**6, api_heavy=10**6)
    serving.configure(said)


def names(town: Town) -> dict[str, str]:
    """Return the name of each firm of which somebody asks, as the office has it."""
    auditor = door("审计员", ["firm.see"])
    codes = (town.firm, town.paid, town.other)
    return {code: auditor.told(f"firms/{code}")["name"] for code in codes}


def everything(asker: Door, paths: tuple[str, ...]) -> str:
    """Return all that somebody is told."""
    found = []
    for path in paths:
        answered = asker.get(path)
        if answered.status_code == 200:
            found.append(json.dumps(read(answered), ensure_ascii=False))
    return "\n".join(found)


def fill(town: Town) -> None:
    """Let every firm have something in every list."""
    for name, code in (
        ("企业甲", town.firm),
        ("企业乙", town.paid),
        ("企业丙", town.other),
    ):
        typed_claim(
            memory(name), firm=code, fact="employees", year=2025, value="7",
            reason=f"claim of {code}", on=today(), role="firm",
        )  # fmt: skip
        tell(memory(name), "obstacle", f"title {code}", "body", organisation=code)
    with psycopg.connect(town.url) as conn:
        for code in (town.firm, town.other):
            conn.execute(
                "insert into payee (party, holder, bank, account, valid_from, actor) "
                "values (%s, %s, 'b', '99887766', '2026-01-01', 'x')",
                (code, f"holder {code}"),
            )


def test_no_list_of_a_firm_tells_of_another(town: Town) -> None:
    unlimited(town)
    fill(town)
    called = names(town)
    auditor = everything(door("审计员"), LISTS)
    assert all(auditor.count(code) > 3 for code in called)  # there is what could leak

    firms = {"企业甲": town.firm, "企业乙": town.paid, "企业丙": town.other}
    for name, code in firms.items():
        told = everything(door(name), LISTS)
        assert told.count(code) > 2, name
        for other in set(called) - {code}:
            assert other not in told, (name, other)
            assert called[other] not in told, (name, other)


def test_no_search_counts_what_it_does_not_show(town: Town) -> None:
    unlimited(town)
    fill(town)
    firm = door("企业丙")
    counted = 0
    for path in LISTS:
        answered = firm.get(path)
        if answered.status_code == 200 and "total" in (told := read(answered)):
            assert told["total"] == len(told["items"]), path
            counted += 1
    assert counted > 5
    assert firm.told("firms?q=" + town.firm)["items"] == []
    assert firm.told("firms?q=" + town.firm)["total"] == 0
    assert firm.told("entitlements?q=" + town.firm)["total"] == 0
    assert firm.told("requests?q=" + town.firm)["items"] == []
    assert firm.told("claims?code=" + town.firm)["items"] == []
    # The sums of a list are those of what it shows.
    auditor = door("审计员").told("entitlements?limit=200")
    assert auditor["total"] == len(auditor["items"]) > 3
    assert door("企业乙").told("entitlements?limit=200")["total"] < auditor["total"]


def test_what_is_not_his_is_answered_like_what_is_not_there(town: Town) -> None:
    unlimited(town)
    fill(town)
    firm = door("企业甲")
    nobody = "91319999MA00000X2E"
    for address in ADDRESSES:
        theirs = firm.get(address.format(town.paid))
        none = firm.get(address.format(nobody))
        assert 404 == theirs.status_code == none.status_code, address
        assert theirs.content == none.content
    claim = one(
        town.url,
        "select min(id) from claim where role = 'firm' and reason like %s",
        f"%{town.paid}",
    )
    entitlement = one(
        town.url, "select min(id) from entitlement where party = %s", town.paid
    )
    request = one(
        town.url, "select min(id) from request where organisation = %s", town.paid
    )
    payment = one(town.url, "select min(id) from payment")
    for address, own in (
        ("claims/{}", claim), ("entitlements/{}", entitlement),
        ("requests/{}", request), ("payments/{}", payment),
    ):  # fmt: skip
        theirs, none = firm.get(address.format(own)), firm.get(address.format("987654"))
        assert (404, 404) == (theirs.status_code, none.status_code), address
        assert theirs.content == none.content
        assert 200 == door("审计员").get(address.format(own)).status_code


def test_a_park_is_told_of_firms_that_consented_alone(town: Town) -> None:
    unlimited(town)
    fill(town)
    called = names(town)
    before = everything(door("园区经理"), LISTS)
    assert not [code for code in called if code in before]

    (question,) = ask(
        memory("园区经理"), [(town.paid, "")], party="样例园区", purpose="checkup", on=today()
    )  # fmt: skip
    answer(memory("企业乙"), question, given=True, on=today())
    after = everything(door("园区经理"), LISTS)
    assert town.paid in after
    assert not [code for code in (town.firm, town.other) if code in after]
    # What a consent to the check-up does not cover stays unknown.
    assert 403 == door("园区经理").get(f"firms/{town.paid}/notices").status_code
    assert town.paid not in everything(door("另一园区"), LISTS)


def test_an_analyst_is_told_of_no_firm_by_name(
    town: Town, do_jobs: Callable[[], list[Any]]
) -> None:
    unlimited(town)
    analyst, officer = door("分析员"), door("经办人甲")
    asked = analyst.post("simulate", {"reform": text_of(), "as_of": "2026-11-21"})
    job = read(asked)["job"]
    assert 202 == analyst.get("ladder").status_code
    assert {"done"} == {done.state for done in do_jobs()}

    reform = analyst.told("reforms")["items"][0]["id"]
    paths = (f"reforms/{reform}/results/{job}", "ladder", f"jobs/{job}")
    with_names = everything(officer, paths)
    assert "有限公司" in with_names
    assert '"code": "9131' in with_names
    without = everything(analyst, paths)
    assert "gainers" in without
    assert "有限公司" not in without
    assert "9131" not in without
    for path in (*ADDRESSES, "firms?q=有限公司"):
        assert analyst.get(path.format(town.firm)).status_code == 403


def test_a_token_without_the_scope_for_names_gets_none(
    town: Town, do_jobs: Callable[[], list[Any]]
) -> None:
    unlimited(town)
    asked = door("分析员").post(
        "simulate", {"reform": text_of(), "as_of": "2026-11-21"}
    )
    job = read(asked)["job"]
    do_jobs()
    reform = door("分析员").told("reforms")["items"][0]["id"]
    narrow = door("经办人甲", ["reform.export", "job.see"])

    assert "有限公司" not in everything(narrow, (f"reforms/{reform}/results/{job}",))


def test_an_administrator_sees_jobs_and_not_what_came_of_them(
    town: Town, do_jobs: Callable[[], list[Any]]
) -> None:
    unlimited(town)
    assert 202 == door("经办人甲").get("ladder").status_code
    (done,) = do_jobs()
    told = door("管理员").told(f"jobs/{done.id}")

    assert (told["result"], told["withheld"]) == (None, "firm.list")
    assert door("审计员").told(f"jobs/{done.id}")["withheld"] == ""
    assert 404 == door("财务丙").get(f"jobs/{done.id}").status_code


def test_account_numbers_are_whole_for_those_alone_who_register_them(
    town: Town,
) -> None:
    unlimited(town)
    fill(town)
    finance, auditor = door("财务丙"), door("审计员")

    assert "99887766" not in everything(
        auditor, ("payees?limit=200", "payments?limit=200")
    )
    assert "7766" in everything(finance, ("payees?limit=200",))


def test_small_cells_are_not_told_to_everybody(town: Town) -> None:
    told = Door().told("headline")

    for part in ("paid", "unclaimed"):
        firms = told[part]["firms"]
        if 0 < firms["low"] < 3 or firms["low"] != firms["high"]:
            assert told[part]["amount_fen"] is None
            assert f"{part}.amount_fen" in told["missing"]
    text = json.dumps(told, ensure_ascii=False)
    assert "9131" not in text
    assert "有限公司" not in text
