# SPDX-License-Identifier: Apache-2.0
"""The audit trail speaks in words: verbs, fields, states, money, names."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ceyuan.kernel import show_money
from ceyuan.office.roles import load_roles
from ceyuan.web.words import catalogue
from tests.web.desk import page, text
from tests.web.money_town import AUDITOR, FINANCE, ask, come_back

if TYPE_CHECKING:
    from tests.town import Town

OFFICE = Path(__file__).parents[2] / "src" / "ceyuan" / "office"
# The second thing said to `audit(` is the verb; some verbs are made of two words.
VERB = re.compile(r'audit\(\s*conn,\s*"([a-z_.]+)"')


def changed(client: Any, query: str) -> list[list[str]]:
    """Return verb, what it is about and the changes of each row."""
    document = page(client.get(f"/money/audit?{query}"))
    return [
        [text(row.xpath("td")[2]), text(row.xpath("th")[0]), text(row.xpath("td")[-1])]
        for row in document.xpath("//main//table/tbody/tr")
    ]


def test_money_state_and_firm_are_said_and_not_their_codes(
    town: Town, client_of: Any
) -> None:
    claim = come_back(town, paid=False)
    ((name, amount),) = ask(
        town, "select name, amount from entitlement where id = %s", claim
    )
    client = client_of(AUDITOR)

    (back,) = changed(client, f"about={claim}&verb=pay.return")
    (promised,) = changed(client, f"about={claim}&verb=entitle&person=经办人甲")

    assert back[0] == "录入回单"
    assert back[1].startswith(f"{name}，")
    assert "保费补贴" in back[1]
    assert "状态已送付 → 支付失败" in back[2].replace("状态 ", "状态")
    assert "账户已销户" in back[2]
    yuan = show_money(amount, unit="元", with_unit=False)
    assert promised[0] == "核定应享并公示"
    assert f"{yuan} 元" in promised[2].replace("\u00a0", " ")
    assert str(amount) not in promised[2]
    assert "noticed" not in back[2] + promised[2]
    assert FINANCE  # whose batch it is; the trail of others is his to see as well


def test_every_verb_that_is_written_has_words() -> None:
    written = {
        verb
        for path in OFFICE.glob("*.py")
        for verb in VERB.findall(path.read_text(encoding="utf-8"))
    }
    declared = set(load_roles("china").verbs)
    words = {name.removeprefix("audit.verb_") for name in catalogue()}

    assert len(written) > 20
    assert (
        sorted(v for v in written - declared if v.replace(".", "_") not in words) == []
    )


def test_entry_has_its_trail_in_the_same_words(town: Town, client_of: Any) -> None:
    claim = come_back(town, paid=True)

    document = page(client_of(FINANCE).get(f"/money/entry/pay/{claim}.p1"))

    said = text(document.xpath("//section[@aria-labelledby='audit-h']")[0])
    assert "待支付 → 已送付" in said
    assert "pay.batch" not in said
