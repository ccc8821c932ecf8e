# SPDX-License-Identifier: Apache-2.0
"""A firm's own pages: its data found, corrected in forms that fit, tried out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from ceyuan.office.correcting import claim, claims, rule_on
from ceyuan.office.firm_sheets import sheet_of
from ceyuan.office.firms import Firm
from ceyuan.web.opened import memory
from ceyuan.web.showing import today
from tests.web.desk import main, page, parsed, posted, table, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.town import Town

    ClientOf = Callable[[str], Any]

HELD = re.compile(r"主管部门持有 (\d+) 项数据")
HELD_EN = re.compile(r"The authorities hold (\d+) facts")


def known(town: Town) -> int:
    """Return how many facts of the firm are held and have a name."""
    facts = memory().region.facts
    return sum(name in facts for name, _ in sheet_of(memory(), town.firm).stated)


def held(pattern: re.Pattern[str], answer: Any) -> list[str]:
    return pattern.findall(main(answer))


def test_a_filter_changes_what_is_listed_and_not_how_much_is_held(
    town: Town, client_of: ClientOf
) -> None:
    client = client_of("企业甲")
    count = known(town)

    every = client.get("/me/data")
    some = client.get("/me/data", {"q": "职工"})
    none = client.get("/me/data", {"q": "没有这种"})

    assert held(HELD, every) == held(HELD, some) == held(HELD, none) == [str(count)]
    rows = table(page(some))
    assert rows
    assert all("职工" in row[0] for row in rows)
    assert f"“职工”：{len(rows)} 项" in main(some)
    assert "没有名称里有“没有这种”的数据。" in main(none)


def test_facts_are_found_by_either_name_in_either_language(
    town: Town, client_of: ClientOf
) -> None:
    client = client_of("企业甲")

    zh = client.get("/me/data", {"q": "employees"})
    en = client.get("/en/me/data", {"q": "职工"})

    assert any(row[0].startswith("职工总数") for row in table(page(zh)))
    assert any(row[0].startswith("Employees") for row in table(page(en)))
    assert held(HELD_EN, en) == [str(known(town))]


@pytest.mark.parametrize(
    ("prefix", "said"),
    [
        ("", "“职工总数（2025年）”要一个数，写的是“十个人” 例如 600万元、6%、120"),
        (
            "/en",
            "“Employees (2025) = 十个人”: a number is asked a number in persons: 0",
        ),
    ],
)
def test_a_value_that_cannot_be_read_is_told_by_the_facts_name(
    town: Town, client_of: ClientOf, prefix: str, said: str
) -> None:
    answer = client_of("企业甲").post(
        f"{prefix}/me/data/employees@2025", {"value": "十个人", "reason": "看错了"}
    )

    assert answer.status_code == 422
    (wrong,) = parsed(answer).xpath("//p[@class='error']")
    assert text(wrong).split("：", 1)[-1].lstrip().startswith(said) or said in text(
        wrong
    )
    assert "`" not in text(wrong)


def test_a_yes_or_no_is_a_choice(town: Town, client_of: ClientOf) -> None:
    client = client_of("企业甲")
    shown = page(client.get("/me/data/serious_dishonesty"))

    posted(client, "/me/data/serious_dishonesty", value="是", reason="已列入")

    assert [text(e) for e in shown.xpath("//fieldset//label")] == [
        "是", "否", "现有的值不可信，应当是多少不清楚",
    ]  # fmt: skip
    assert [(c.attribute, c.claimed) for c in claims(memory())] == [
        ("serious_dishonesty", True)
    ]


def test_a_list_is_shown_and_what_is_wrong_with_it_goes_to_an_officer(
    town: Town, client_of: ClientOf
) -> None:
    client = client_of("企业甲")
    records, _ = sheet_of(memory(), town.firm).facts.linked.get(
        "certificates", ((), False)
    )
    shown = page(client.get("/me/data/certificates"))
    options = [text(o) for o in shown.xpath("//select[@name='record']/option")]

    refused = client.post("/me/data/certificates", {"record": "lacking", "reason": ""})
    to = posted(
        client, "/me/data/certificates", record="lacking", reason="高企证书没有列出"
    )

    rows = table(shown) if records else []
    assert len(rows) == len(records)
    assert options[-1] == "缺了一条"
    assert len(options) == len(records) + 1
    assert refused.status_code == 422
    told = main(client.get(to))
    assert "请核实：资质证书清单" in told
    assert "高企证书没有列出" in told
    assert claims(memory()) == []


def test_a_correction_shows_what_was_said_and_what_was_ruled(
    town: Town, client_of: ClientOf
) -> None:
    office = memory("企业甲")
    sheet = sheet_of(office, town.firm)
    firm = Firm(sheet.org, sheet.code, sheet.name)
    said = claim(
        office, firm, ("serious_dishonesty", None), claimed=True, reason="已列入",
        as_of=today(), role="firm",
    )  # fmt: skip
    rule_on(
        memory("经办人甲"), said.id, accepted=False, reason="名单里没有", as_of=today()
    )

    shown = page(client_of("企业甲").get("/me/data"))

    (cell,) = shown.xpath("//section[@aria-labelledby='claims']//tbody/tr/td[last()]")
    assert text(cell) == "你写的：已列入裁定：名单里没有"


def test_a_try_out_begins_with_the_money_of_the_front_page(
    town: Town, client_of: ClientOf
) -> None:
    client = client_of("企业甲")
    (key, *_) = [
        str(o)
        for o in page(client.get("/me/try")).xpath(
            "//select[@name='fact']/option/@value"
        )
        if str(o).startswith("employees@")
    ]

    front = page(client.get("/me"))
    tried = page(client.get("/me/try", {"set": f"{key}=12"}))

    sums: dict[str, str] = {}
    for tile in front.xpath("//a[contains(@class, 'tile')]"):
        if "arrived" in tile.get("class") or "entitled" in tile.get("class"):
            for note in tile.xpath(".//span[@class='note']"):
                words = text(note)
                figure = text(note.xpath("./span[@class='figure']")[0])
                sums[words.removesuffix(figure).strip()] = figure
    (before,) = tried.xpath("//dt[text()='现在可享']/following-sibling::dd[1]")
    for word, figure in sums.items():
        assert f"{word} {figure}" in text(before)
    assert sums


def test_a_value_that_no_amount_hangs_on_is_said_to_move_nothing(
    town: Town, client_of: ClientOf
) -> None:
    client = client_of("企业甲")

    tried = main(client.get("/me/try", {"set": "reg_date=2015-03-15"}))
    wrong = main(client.get("/me/try", {"set": "serious_dishonesty=maybe"}))

    assert "没有用到你改的数据" in tried or "没有政策因此变化" in tried
    assert "serious_dishonesty" not in wrong
    assert "要“是”或“否”" in wrong
