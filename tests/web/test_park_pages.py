# SPDX-License-Identifier: Apache-2.0
"""J2, what a park's pages say: compared with the workbook, and read as a tenant would."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from lxml import html

from ceyuan.city import make_tenants
from ceyuan.sheets import read_tables
from tests.park import HEADINGS, NAMES, ROWS, USCCS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.town import Town

DAY = "2026-11-21"
SIX = "\r\n".join(",".join(map(str, row)) for row in (HEADINGS, *ROWS))


def text(node: Any) -> str:
    """Return the words of a node with single blanks."""
    return " ".join(node.text_content().split())


def read(answer: Any) -> Any:
    """Return a page, parsed."""
    return html.fromstring(answer.content.decode())


def send(client: Any, data: str | bytes, name: str = "园区.csv") -> str:
    """Hand a sheet in; return the address of its columns."""
    raw = data.encode() if isinstance(data, str) else data
    file = SimpleUploadedFile(name, raw)
    answer = client.post("/park", {"file": file, "as_of": DAY, "once": ""})
    assert answer.status_code == 302, answer.content.decode()
    return str(answer.headers["Location"])


@pytest.fixture
def check(do_jobs: Callable[[], list[Any]]) -> Callable[..., str]:
    """Give: hand a sheet in and have it checked; the address of the result."""

    def checked(client: Any, data: str | bytes = SIX, name: str = "园区.csv") -> str:
        to = client.post(send(client, data, name), {"go": "1"}).headers["Location"]
        assert ["done"] == [job.state for job in do_jobs()]
        return str(to)

    return checked


def table(page: Any, kind: str) -> list[list[str]]:
    """Return the rows of a table of a class, cells in words."""
    (found,) = page.xpath(f"//table[contains(@class, '{kind}')]")
    return [[text(cell) for cell in row] for row in found.xpath(".//tr")]


def test_page_and_workbook_say_the_same_of_every_firm(
    client_of: Callable[[str], Any], check: Callable[..., str], tmp_path: Path
) -> None:
    client = client_of("园区经理")
    to = check(client)

    head, *rows = table(read(client.get(f"{to}?page=all")), "firms")
    back = client.get(f"{to}/files/园区.体检.xlsx")
    place = tmp_path / "back.xlsx"
    place.write_bytes(b"".join(back.streaming_content))
    back.close()

    names, *firms = read_tables(place).sheets[0].rows
    at = {
        str(name).split("（")[0]: n
        for n, name in enumerate(names)
        if n >= len(HEADINGS)
    }
    groups = head[2:8]
    ours = [(row[1], *row[2:8], row[8] == "—", row[9]) for row in rows]
    theirs = [
        (
            firm[0],
            *(str(firm[at[group]]) for group in groups),
            firm[at["可享税收节省"]] == "—",
            firm[at["最近的一步"]],
        )
        for firm in firms
    ]
    assert [*head[:2], head[8], head[9]] == ["行", "企业", "可享税收节省", "最近的一步"]
    assert ours == theirs
    # One firm saves tax, by hand 137.5 万元; of the others nothing can be told.
    assert [row[8] for row in rows] == ["137.50 万元", *["—"] * 5]


def test_a_wrong_name_keeps_the_form_and_says_which_column(
    client_of: Callable[[str], Any],
) -> None:
    client = client_of("园区经理")
    columns = send(client, SIX)
    fields = {
        "was-fact:园区!C": "职工总数", "fact:园区!C": "职工总人数",
        "was-fact:园区!G": "研发费用", "fact:园区!G": "资产总额",
        "was-year:园区!G": "2025", "year:园区!G": "25",
        "was-unit:园区!G": "万元", "unit:园区!G": "元",
    }  # fmt: skip

    answer = client.post(columns, {"go": "1", **fields})

    page = read(answer)
    assert 422 == answer.status_code
    assert page.findtext(".//title").startswith("错误：")
    assert [
        "C 职工总数（人）：没有叫“职工总人数”的数据项。 是不是“职工总数”？",
        "G 研发费用（万元）：年度要写四位数的年份，写的是“25”。",
    ] == [text(one) for one in page.xpath("//*[@role='alert']//li")]
    # Every link leads to its field, and each field holds what was typed into it.
    for link in page.xpath("//*[@role='alert']//a"):
        (field,) = page.xpath(f"//input[@id='{link.get('href')[1:]}']")
        assert "true" == field.get("aria-invalid")
    held = {one.get("name"): one.get("value") for one in page.xpath("//input[@name]")}
    assert {k: held.get(k) for k in fields if "unit" not in k} == {
        k: v for k, v in fields.items() if "unit" not in k
    }
    (unit,) = page.xpath("//select[@name='unit:园区!G']/option[@selected]")
    assert "元" == text(unit)


def test_columns_are_corrected_after_the_check_on_a_batch_of_its_own(
    client_of: Callable[[str], Any], do_jobs: Callable[[], list[Any]]
) -> None:
    client = client_of("园区经理")
    columns = send(client, SIX)
    change = {"was-unit:园区!G": "万元", "unit:园区!G": "千元"}
    kept = {"was-fact:园区!G": "研发费用", "fact:园区!G": "研发费用"}
    client.post(columns, {"again": "1", **change, **kept})
    told = text(read(client.get(columns)))
    client.post(columns, {"go": "1"})
    first = columns.removesuffix("/columns")

    do_jobs()
    sent = client.post(f"{first}/again", {"once": "1"})
    again = client.post(f"{first}/again", {"once": "1"})
    page = client.get(sent.headers["Location"])

    assert "已按你的改动重读，改了 1 列。" in told
    assert 302 == sent.status_code
    assert sent.headers["Location"] == again.headers["Location"]
    assert sent.headers["Location"] != columns
    (unit,) = read(page).xpath("//select[@name='unit:园区!G']/option[@selected]")
    assert "千元" == text(unit)
    (focus,) = read(page).xpath("//*[@data-focus]")
    assert text(focus).startswith("同一张表，列照上一次的认法")
    assert 200 == client.get(first).status_code


def test_a_tenant_without_an_account_reads_who_asks_what_and_how_to_answer(
    town: Town, client_of: Callable[[str], Any], check: Callable[..., str]
) -> None:
    manager, nobody = client_of("园区经理"), client_of("")
    to = check(manager, f"企业名称,统一社会信用代码\r\n甲,{town.firm}\r\n")
    before = text(read(manager.get(f"{to}/consents")))
    manager.post(f"{to}/consents", {"firm": town.firm})
    after = read(manager.get(f"{to}/consents"))
    link = after.xpath("//td//a[contains(@href, '/consent/')]/@href")[0]
    path = link.removeprefix("http://testserver")

    answer = nobody.get(path)

    page = read(answer)
    said = dict(
        zip(
            map(text, page.xpath("//dl/dt")),
            map(text, page.xpath("//dl/dd")),
            strict=True,
        )
    )
    assert said == {
        "谁在问": "样例园区",
        "企业": f"甲 {town.firm}",
        "用途": "政策体检：用主管部门已有的数据补全体检",
        "用哪些数据": "主管部门已有的经营、研发、资质数据；不含个人信息。",
        # The portal stands at 2026-11-25; a year, and thirty days for the link.
        "有效到": "2027-11-25 同意后有效 365 天，随时可以收回",
        "链接有效到": "2026-12-25",
    }
    assert [f"/account/login/?next={quote(path, safe='')}"] == page.xpath(
        "//main//a[contains(@class, 'button')]/@href"
    )
    assert "不能自行注册" in text(page)
    assert [] == page.xpath("//main//form")
    over = nobody.get(f"{path}x")
    assert (401, 404) == (answer.status_code, over.status_code)
    assert "请发给你的园区重新生成一个" in text(read(over))
    # That a link is there is not that somebody was asked.
    assert "已征求" not in before + text(after)
    assert "生成了 1 个链接。系统不会替你发送" in text(after)
    assert "链接已生成，还没有回答" in text(after)


def test_slips_to_print_say_what_for_and_where(
    town: Town, client_of: Callable[[str], Any], check: Callable[..., str]
) -> None:
    manager = client_of("园区经理")
    to = check(manager, f"企业名称,统一社会信用代码\r\n甲,{town.firm}\r\n")
    manager.post(f"{to}/consents", {"firm": town.firm})

    (slip,) = read(manager.get(f"{to}/consents?qr=1")).xpath(
        "//*[contains(@class, 'slip ') or contains(@class, ' slip')]"
    )

    (link,) = slip.xpath(".//a/@href")
    assert link in text(slip)
    assert "政策体检：用主管部门已有的数据补全体检" in text(slip)
    assert 1 == len(slip.xpath(".//svg"))


def test_words_of_the_result_promise_no_more_than_the_rows(
    client_of: Callable[[str], Any], check: Callable[..., str]
) -> None:
    client = client_of("园区经理")

    page = read(client.get(check(client, SIX + "\r\n" + ",".join(map(str, ROWS[0])))))

    (lead,) = page.xpath("//p[contains(@class, 'lead')]")
    assert "签一个声明" not in text(page)
    # 澄光 stands in two rows; only it is due anything, and 岫弦 has 501 staff of 500.
    assert text(lead).startswith("2 家有可享的；")
    assert "；1 家只差一步。" in text(lead)
    assert "6 家企业的体检结果" == text(page.xpath("//h1")[0])
    assert "表里 7 行，其中 1 行与别的行是同一家企业" in text(page)


def test_a_gap_leads_to_its_firms(
    client_of: Callable[[str], Any], check: Callable[..., str]
) -> None:
    client = client_of("园区经理")
    to = check(client)
    page = read(client.get(to))
    (link,) = page.xpath("//tr[th='科技型中小企业评价：职工总数不超限']//a/@href")

    found = read(client.get(f"{to}{link.partition('#')[0]}"))

    assert [NAMES[3]] == [row[1] for row in table(found, "firms")[1:]]
    assert "只看有这个短板的：科技型中小企业评价：职工总数不超限" in text(found)


def test_nobody_signs_that_he_is_dishonest_and_what_fails_reads_so(
    client_of: Callable[[str], Any], check: Callable[..., str]
) -> None:
    client = client_of("园区经理")
    to = check(client)

    sheets = read(client.get(f"{to}/sheets"))
    firm = read(client.get(f"{to}/firms/1"))

    def todo(page: Any, name: str, policy: str) -> str:
        (leaf,) = page.xpath(f"//section[.//h2[text()='{name}']]")
        (row,) = leaf.xpath(f".//tr[th[starts-with(., '{policy}')]]")
        return text(row[3])

    assert todo(sheets, NAMES[1], "科技型中小企业评价") == (
        "签字声明下面 3 项就可享：没有列入经营异常名录和严重违法失信名单；"
        "产品和服务不属于国家禁止、限制和淘汰类；"
        "规定期间内没有重大安全质量事故、严重环境违法和科研严重失信"
    )
    listed = firm.xpath("//article[@id='tech_sme_2017']/ul/li")
    assert "没有列入经营异常名录和严重违法失信名单" == text(listed[0])
    # 30 万元 of R&D, of 1,000 万元 of sales: 52 points of 60.
    failing = read(client.get(f"{to}/firms/2")).xpath("//article[@id='tech_sme_2017']")
    assert "综合评分达到分数线 要 ≥ 60 分现在 52 分" in text(failing[0])
    assert "样例园区 用自己的企业表自查的结果" in text(sheets)


def test_a_column_of_years_is_the_year_of_each_row(
    client_of: Callable[[str], Any], check: Callable[..., str]
) -> None:
    client = client_of("园区经理")
    data = (
        "企业名称,统一社会信用代码,年度,营业收入（万元）\r\n"
        f"{NAMES[0]},{USCCS[0]},2023,100\r\n{NAMES[1]},{USCCS[1]},2025,200\r\n"
    )

    columns = text(read(client.get(send(client, data))))
    result = text(read(client.get(check(client, data))))

    assert "读到 2 行；每一行的年度按“年度”列（C）。" in columns
    assert "没有写年份" not in columns
    assert "各行按自己的年度（2023 至 2025 年）" in result


def test_a_long_list_is_paged_and_problems_stand_before_it(
    client_of: Callable[[str], Any], check: Callable[..., str], tmp_path: Path
) -> None:
    sheet = tmp_path / "园区.xlsx"
    make_tenants(sheet, firms=100)
    client = client_of("园区经理")
    to = check(client, sheet.read_bytes(), "园区.xlsx")

    first = read(client.get(to))
    last = read(client.get(f"{to}?page=99"))
    every = read(client.get(f"{to}?page=all"))

    sizes = [len(table(page, "firms")) - 1 for page in (first, last, every)]
    whole = sizes[2]
    assert [30, whole % 30 or 30] == sizes[:2]
    headings = [h.get("id") for h in first.xpath("//h2")]
    assert ["filled", "gaps", "problems", "firms-title"] == headings
    # Problems that say the same are one, with all their places.
    told = first.xpath("//*[@class='problems']/li/p[1]")
    said = [text(p).removeprefix(text(p[0])) for p in told]
    assert len(said) == len(set(said)) > 5
    counts = [re.match(r"(\d+) 处：", text(p[0])) for p in told]
    (heading,) = first.xpath("//h2[@id='problems']")
    whole_of = sum(int(one[1]) if one else 1 for one in counts)
    assert f"数据问题（{whole_of} 处）" == text(heading)
    assert not any("never calculated" in one for one in said)
    some = read(client.get(f"{to}?state=problems&page=all"))
    assert 0 < len(table(some, "firms")) - 1 < whole


def test_saving_the_schedule_is_said_where_the_focus_goes(
    client_of: Callable[[str], Any], check: Callable[..., str]
) -> None:
    client = client_of("园区经理")
    to = check(client)

    said = []
    for every in ("weekly", ""):
        client.post(f"{to}/repeat", {"every": every})
        (told,) = read(client.get(f"{to}/repeat")).xpath("//*[@data-focus]")
        said.append(text(told))

    assert said[0].startswith("已保存：每周重核。下一次在 ")
    assert "已保存：不再重核。" == said[1]
