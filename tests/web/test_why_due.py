# SPDX-License-Identifier: Apache-2.0
"""Why a loan's subsidy is due, on the firm's page and through the interface.

The town's noticed claim is the premium subsidy of a loan of `town.firm`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from ceyuan.office.consents import answer, ask
from ceyuan.office.entitlements import listed, one_of
from ceyuan.office.memory import open_memory
from ceyuan.office.subject_sheets import subject_why
from ceyuan.web.opened import memory
from ceyuan.web.showing import today
from tests.office.money_by_hand import PREMIUM
from tests.town import one
from tests.web.api_door import door
from tests.web.desk import main, page, text

if TYPE_CHECKING:
    from ceyuan.office.entitlements import Entitlement
    from ceyuan.office.subject_sheets import SubjectWhy
    from tests.town import Town
    from tests.web.conftest import ClientOf


@pytest.fixture(name="due")
def _due(town: Town) -> Entitlement:
    with open_memory(town.folder, url=town.url) as opened, opened.transaction() as conn:
        (found,) = listed(conn, state="noticed")
    assert (found.policy, found.subject, found.party) == (PREMIUM, "loan", town.firm)
    return found


def by_verb(town: Town, due: Entitlement, locale: str = "zh") -> SubjectWhy:
    with open_memory(town.folder, url=town.url) as opened:
        return subject_why(opened, due, locale)


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_page_of_a_firm_tells_why_a_loan_is_subsidised(
    town: Town, client_of: ClientOf, due: Entitlement, locale: str
) -> None:
    found = by_verb(town, due, locale)
    assert found.why is not None
    prefix = "" if locale == "zh" else "/en"
    document = page(client_of("企业甲").get(f"{prefix}/me/{PREMIUM}"))

    (heading,) = document.xpath("//h2[@id='why']")
    word = {"zh": "为什么应享：", "en": "Why it is due: "}[locale]
    assert text(heading) == f"{word}{found.kind} {due.key}"
    conditions = document.xpath("//section[@aria-labelledby='all']//div[@class]/div/..")
    told = [
        text(one) for one in document.xpath("//div[contains(@class, 'condition ')]")
    ]
    assert conditions
    assert len(told) == len(found.why.rows)
    for row, said in zip(found.why.rows, told, strict=True):
        article = found.why.article_of(row)
        for part in (row.text, row.threshold, row.observed, row.margin):
            assert " ".join(part.split()) in said
        for given in row.given:
            assert given.place in said
        assert article is None or article.place in said
    whole = main(client_of("企业甲").get(f"{prefix}/me/{PREMIUM}"))
    for threshold in found.why.thresholds:
        assert threshold.name in whole
    assert found.why.amount is not None
    for name, value, _ in found.why.amount.parts:
        assert name in whole
        assert value in whole
    # A fact of a loan is not corrected as one of the firm's.
    assert not document.xpath("//a[contains(@href, '/me/data/')]")
    assert f"ceyuan entitlement show {due.id}" in text(document.xpath("//pre")[0])


def test_of_several_loans_each_has_its_reasons(
    town: Town, client_of: ClientOf, due: Entitlement
) -> None:
    """A second one, of the same run, of which the run kept nothing."""
    other = due.id.replace(due.key, "another")
    with psycopg.connect(town.url) as conn:
        conn.execute(
            "insert into entitlement select (jsonb_populate_record(e, jsonb_build_object("
            "'id', %s::text, 'slot', e.slot || 'x', 'key', 'another', "
            "'noticed_on', e.noticed_on - 1))).* from entitlement e where id = %s",
            (other, due.id),
        )
    client = client_of("企业甲")
    document = page(client.get(f"/me/{PREMIUM}"))
    assert text(document.xpath("//h2[@id='why']")[0]).endswith(due.key)
    (link,) = document.xpath(
        "//section[contains(@class, 'card')]//a[contains(@href, '#why')]/@href"
    )
    assert link == f"?of={other}#why"

    document = page(client.get(f"/me/{PREMIUM}", {"of": other}))
    assert text(document.xpath("//h2[@id='why']")[0]).endswith("another")
    assert "那次判定没有留下这一笔的结论" in text(document.xpath("//main")[0])
    assert 404 == client.get(f"/me/{PREMIUM}", {"of": "nothing"}).status_code


def test_interface_tells_the_same(town: Town, due: Entitlement) -> None:
    found = by_verb(town, due)
    assert found.why is not None
    assert found.answer is not None
    told = door("企业甲").told(f"entitlements/{due.id}/reasons")

    assert {n: told[n] for n in ("entitlement", "party", "subject", "key", "run")} == {
        "entitlement": due.id, "party": town.firm, "subject": "loan", "key": due.key,
        "run": found.run,
    }  # fmt: skip
    assert (told["outcome"], told["amount_fen"]) == ("eligible", due.amount)
    assert told["clauses"] == {c.id: c.state for c in found.answer.clauses}
    assert [
        (row["text"], row["observed"], row["threshold"], row["margin"], row["article"])
        for row in told["reasons"]["rows"]
    ] == [
        (row.text, row.observed, row.threshold, row.margin, row.article)
        for row in found.why.rows
    ]


def test_interface_tells_why_of_a_firm_too(town: Town) -> None:
    name = str(
        one(
            town.url,
            "select min(id) from entitlement where subject = 'firm' and party = %s",
            town.paid,
        )
    )
    told = door("企业乙").told(f"entitlements/{name}/reasons")
    with open_memory(town.folder, url=town.url) as opened, opened.transaction() as conn:
        policy = one_of(conn, name).policy
    theirs = door("企业乙").told(f"firms/{town.paid}/policies/{policy}")

    assert (told["subject"], told["key"]) == ("firm", "")
    assert told["reasons"] == {n: theirs[n] for n in told["reasons"]}


def test_who_may_not_see_the_firm_is_not_told_why(
    town: Town, client_of: ClientOf, due: Entitlement
) -> None:
    """Finance sees every entitlement and no firm; another firm sees neither."""
    reasons = f"entitlements/{due.id}/reasons"
    assert 200 == door("财务丙").get(f"entitlements/{due.id}").status_code
    for name in ("财务丙", "企业乙", "园区经理"):
        theirs = door(name, ["entitlement.see", "entitlement.list"]).get(reasons)
        assert theirs.status_code in (403, 404), name
    for name in ("财务丙", "企业乙", "园区经理"):
        found = client_of(name).get(f"/firms/{town.firm}/{PREMIUM}")
        assert found.status_code in (403, 404), name
    for name in ("审计员", "经办人甲", "复核人乙"):
        assert 200 == door(name).get(reasons).status_code, name
        page(client_of(name).get(f"/firms/{town.firm}/{PREMIUM}"))
    # A token without the scope of the firm is told nothing of its facts.
    assert 404 == door("审计员", ["entitlement.see"]).get(reasons).status_code

    (question,) = ask(
        memory("园区经理"), [(town.firm, "")], party="样例园区", purpose="checkup", on=today()
    )  # fmt: skip
    answer(memory("企业甲"), question, given=True, on=today())
    assert 200 == door("园区经理").get(reasons).status_code
    page(client_of("园区经理").get(f"/firms/{town.firm}/{PREMIUM}"))
    assert 404 == client_of("另一园区").get(f"/firms/{town.firm}/{PREMIUM}").status_code
