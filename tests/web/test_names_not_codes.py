# SPDX-License-Identifier: Apache-2.0
"""People read names: of firms, kinds of work, movements and accounts; a desk counts
only what its owner can do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ceyuan.office.job_kinds import KINDS
from ceyuan.web.words import catalogue, html_word, word
from tests.web.desk import page, table, text
from tests.web.money_town import ACCOUNT, AUDITOR, FINANCE, OFFICER, ask, come_back

if TYPE_CHECKING:
    from tests.town import Town


def test_every_kind_of_job_has_words() -> None:
    words = catalogue()

    assert [kind for kind in KINDS if f"admin.kind_{kind}" not in words] == []


def test_jobs_and_users_say_names(town: Town, client_of: Any) -> None:
    client = client_of("管理员")
    client_of(OFFICER).post("/work/ladder?year=2025")
    ((name,),) = ask(
        town, "select name from entitlement where party = %s limit 1", town.firm
    )

    jobs = table(page(client.get("/admin/jobs")))
    users = text(page(client.get("/admin/users")))

    assert any(row[0].startswith("算梯度") for row in jobs)
    assert name in users


def test_firm_menu_says_its_name(town: Town, client_of: Any) -> None:
    ((name,),) = ask(
        town, "select name from entitlement where party = %s limit 1", town.firm
    )

    document = page(client_of("企业甲").get("/me"))

    (menu,) = document.xpath("//details[@class='user']//p[@class='note']")
    assert text(menu) == name


def test_entitlement_names_movements_and_accounts(town: Town, client_of: Any) -> None:
    claim = come_back(town, paid=True)

    document = page(client_of(OFFICER).get(f"/work/entitlements/{claim}"))

    rows = document.xpath("//section[@aria-labelledby='entries']//tbody/tr")
    assert len(rows) > 1
    for row in rows:
        assert re.search(r"[\u4e00-\u9fff]", text(row.xpath("th")[0]))
        debit, credit = (text(row.xpath("td")[at]) for at in (1, 2))
        assert "/" not in debit + credit
        assert "payable" not in debit + credit


def test_purpose_on_the_firms_statement_is_the_policys_name(
    town: Town, client_of: Any
) -> None:
    claim = come_back(town, paid=False)
    asked = {"on": "2026-12-15", "form": "bank_csv", "reason": "再送", "again": "1"}

    document = page(client_of(FINANCE).post("/money/payments/send", asked))

    (row,) = table(document)
    assert "保费补贴" in row[-1]
    assert claim.split(".")[0] not in row[-1]


def test_desk_counts_no_parameters_to_who_cannot_set_them(client_of: Any) -> None:
    with_, without = (
        text(page(client_of(name).get("/work"))) for name in (OFFICER, FINANCE)
    )
    shown = page(client_of(FINANCE).get("/work/parameters"))

    assert "还没有设定的参数" in with_
    assert "还没有设定的参数" not in without
    assert "这里只能看" in text(shown)
    assert [h for h in shown.xpath("//main//th") if text(h) == "怎么办"] == []


def test_payee_page_shows_the_last_figures_only(town: Town, client_of: Any) -> None:
    come_back(town, paid=True)

    answer = client_of(FINANCE).get(f"/money/payments/payee?party={town.firm}")

    said = text(page(answer))
    assert f"…{ACCOUNT[-4:]}" in said
    assert ACCOUNT not in answer.content.decode()
    assert ACCOUNT not in said.replace(" ", "")
    assert client_of(AUDITOR).get("/money/payments/payees").status_code == 200


def test_english_counts_one_and_many() -> None:
    assert [word("lab.redline_caption", "en", n=n) for n in (0, 1, 2)] == [
        "0 parts differ", "1 part differs", "2 parts differ",
    ]  # fmt: skip
    assert str(html_word("lab.holds_many", "en", n="<2>")) == (
        "Holding, added over &lt;2&gt; policies"
    )
    # Whoever writes a form for one has written one for more.
    forms = re.compile(r"\{\w+:([^}|]*)\|?([^}]*)\}")
    for name, said in catalogue().items():
        for one, more in forms.findall(said["en"]):
            assert "#" in more or "#" not in one, name
            assert one != more, name


def test_units_speak_the_language_of_the_page(client_of: Any) -> None:
    client = client_of(OFFICER)

    zh, en = (
        {
            text(cell)
            for cell in page(client.get(f"{prefix}/work/parameters")).xpath(
                f"//td[@data-of='{head}']"
            )
        }
        for prefix, head in (("", "单位"), ("/en", "Unit"))
    )

    assert "万元" in zh
    assert "CNY 10,000" in {one.replace("\u00a0", " ") for one in en}
    assert [one for one in en if re.search(r"[\u4e00-\u9fff]", one)] == []
