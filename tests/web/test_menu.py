# SPDX-License-Identifier: Apache-2.0
"""The menu offers whatever part of an area a role may see, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.web.desk import page, text

if TYPE_CHECKING:
    from tests.web.conftest import ClientOf

INSTRUMENTS = "/money/instruments"


@pytest.mark.parametrize(
    ("name", "money"),
    [
        ("经办人甲", INSTRUMENTS),  # instruments and payments, not the book
        ("复核人乙", INSTRUMENTS),
        ("财务丙", "/money"),
        ("审计员", "/money"),
        ("管理员", ""),
        ("分析员", ""),
        ("园区经理", ""),
        ("企业乙", ""),  # its own payments stand on its own page
        ("", ""),
    ],
)
def test_menu_leads_to_the_money_that_a_role_may_see(
    client_of: ClientOf, name: str, money: str
) -> None:
    client = client_of(name)
    document = page(client.get("/policies"))
    found = document.xpath("//nav[@class='menu']//a[text()='资金']/@href")

    assert found == ([money] if money else [])
    if money:
        page(client.get(money))


def test_officer_goes_from_the_menu_to_the_payments(client_of: ClientOf) -> None:
    client = client_of("经办人甲")
    first = page(client.get("/en" + INSTRUMENTS))
    tabs = {text(a): a.get("href") for a in first.xpath("//ul[@class='tabs']//a")}
    assert list(tabs) == ["Instruments", "Payments", "Reconciliation"]

    document = page(client.get(tabs["Payments"]))
    (here,) = document.xpath("//nav[@class='menu']//a[@aria-current]")
    assert (text(here), here.get("href")) == ("Money", "/en" + INSTRUMENTS)
