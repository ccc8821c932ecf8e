# SPDX-License-Identifier: Apache-2.0
"""J1 and J2 in a real browser: with the keyboard alone, without JavaScript, on paper."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

import pytest

from ceyuan.city import make_tenants
from tests.web.test_every_page import context_of, overheard

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.town import Town

DAY = "2026-11-21"
SIZES = {"wide": (1200, 900), "narrow": (375, 800)}


@pytest.fixture(name="sheet")
def _sheet(tmp_path: Path) -> Path:
    path = tmp_path / "园区.xlsx"
    make_tenants(path, firms=100)
    return path


@pytest.mark.slow
@pytest.mark.parametrize(
    ("size", "prefix", "script"),
    [
        ("wide", "", True),
        ("narrow", "/en", True),
        ("narrow", "", False),
        ("wide", "/en", False),
    ],
    ids=["wide-zh", "narrow-en", "narrow-zh-plain", "wide-en-plain"],
)
def test_a_manager_hands_in_a_sheet_and_gets_it_back(
    town: Town,
    live: str,
    browser: Any,
    sheet: Path,
    size: str,
    prefix: str,
    script: bool,
) -> None:
    width, height = SIZES[size]
    context = context_of(
        browser, live, "园区经理", java_script_enabled=script,
        viewport={"width": width, "height": height}, accept_downloads=True,
    )  # fmt: skip
    page = context.new_page()
    said = overheard(page, live)

    page.goto(f"{live}{prefix}/park")
    page.set_input_files("#id_file", str(sheet))
    page.locator("details.more > summary").first.click()
    page.fill("#id_as_of", DAY)
    page.click("form[enctype] button")
    page.wait_for_url("**/columns")
    assert page.locator("table.columns tbody tr").count() > 20
    page.click("button[name=go]")
    if script:  # the bar moves by itself, and leads to the result
        page.wait_for_selector("#firms-list", timeout=60_000)
    else:
        for _ in range(120):
            if page.locator("#firms-list").count():
                break
            page.wait_for_timeout(250)
            page.reload()
    assert page.locator("#firms-list tbody tr").count() == 30
    page.locator("#firms-list nav a").last.click()  # all on one page, to print
    page.wait_for_url("**page=all*")
    assert page.locator("#firms-list tbody tr").count() >= 100
    gaps = page.locator("section[aria-labelledby=gaps] tbody tr")
    assert gaps.count() > 3

    with page.expect_download() as given:
        page.locator(".actions a.button").first.click()
    assert given.value.suggested_filename == "园区.体检.xlsx"

    page.locator("#firms-list tbody th a").first.click()
    assert page.locator("article.policy").count() > 5
    context.close()
    assert [] == said


@pytest.mark.slow
def test_the_firms_of_a_batch_are_searched_while_typing(
    town: Town, live: str, browser: Any, sheet: Path
) -> None:
    context = context_of(
        browser, live, "园区经理", viewport={"width": 1200, "height": 900}
    )
    page = context.new_page()
    page.goto(f"{live}/park")
    page.set_input_files("#id_file", str(sheet))
    page.click("form[enctype] button")
    page.click("button[name=go]")
    page.wait_for_selector("#firms-list", timeout=60_000)
    name = page.locator("#firms-list tbody th a").nth(7).inner_text()

    page.locator("#q").press_sequentially(name)
    until(lambda: page.locator("#firms-list tbody tr").count() < 5)

    assert name in page.locator("#firms-list tbody th a").all_inner_texts()
    assert page.locator("#firms-list [role=status]").count() == 1
    context.close()


@pytest.mark.slow
def test_a_manager_can_do_it_with_the_keyboard_alone(
    town: Town, live: str, browser: Any, sheet: Path
) -> None:
    context = context_of(
        browser, live, "园区经理", viewport={"width": 1200, "height": 900}
    )
    page = context.new_page()
    page.goto(f"{live}/")
    press_to(page, "a[href='/park']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/park")
    press_to(page, "#id_file")
    page.set_input_files("#id_file", str(sheet))  # the system's own window comes here
    press_to(page, "form[enctype] .actions button")
    page.keyboard.press("Enter")
    page.wait_for_url("**/columns")
    press_to(page, "button[name=go]", most=400)
    page.keyboard.press("Enter")
    page.wait_for_selector("#firms-list", timeout=60_000)
    press_to(page, ".actions a.button")
    press_to(page, "#q")
    press_to(page, "#firms-list tbody th a")
    page.keyboard.press("Enter")
    page.wait_for_url("**/firms/*")

    assert page.locator("h1").inner_text()
    context.close()


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds; ten seconds at most."""
    for _ in range(100):
        if holds():
            return
        time.sleep(0.1)
    msg = "it did not come to hold"
    raise AssertionError(msg)


def press_to(page: Any, target: str, most: int = 120) -> None:
    """Press Tab until something has the focus, and see that the focus can be seen."""
    for _ in range(most):
        page.keyboard.press("Tab")
        found = page.evaluate(
            "target => document.activeElement && document.activeElement.matches(target)",
            target,
        )
        if found:
            outline = page.evaluate(
                "getComputedStyle(document.activeElement).outlineStyle"
            )
            assert "none" != outline, f"no outline on {target}"
            return
    msg = f"Tab does not come to {target}"
    raise AssertionError(msg)


@pytest.mark.slow
@pytest.mark.parametrize("prefix", ["", "/en"], ids=["zh", "en"])
def test_a_firm_finds_why_and_tries_with_the_keyboard_alone(
    town: Town, live: str, browser: Any, prefix: str
) -> None:
    context = context_of(
        browser, live, "企业甲", viewport={"width": 1200, "height": 900}
    )
    page = context.new_page()
    said = overheard(page, live)
    page.goto(f"{live}{prefix}/")
    press_to(page, f"a[href='{prefix}/me']")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{prefix}/me")
    press_to(page, "article.policy h3 a")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{prefix}/me/*")
    page.goto(f"{live}{prefix}/me/hnte_2016")
    press_to(page, "section[aria-labelledby=rests] summary")
    page.keyboard.press("Enter")
    page.wait_for_selector("section[aria-labelledby=rests] table")
    page.goto(f"{live}{prefix}/me/try")
    press_to(page, "#fact")
    page.select_option("#fact", "employees@2025")
    press_to(page, "#value")
    page.keyboard.type("1200人")
    page.keyboard.press("Enter")
    page.wait_for_selector("#tried dl.facts")

    assert "set=employees%402025%3D1200" in page.url
    context.close()
    assert [] == said


@pytest.mark.slow
def test_a_firm_objects_and_the_reviewer_decides(
    town: Town, live: str, browser: Any
) -> None:
    firm = context_of(browser, live, "企业甲")
    page = firm.new_page()
    page.goto(f"{live}/me")
    page.locator("a[href$='/object']").first.click()
    page.click("main form button")
    assert "错误：" in page.title()
    assert page.evaluate("document.activeElement.classList.contains('summary')")
    page.check("input[name=meant][value=wrong]")
    page.fill("#id_reason", "金额少算了一张保单")
    page.click("main form button")
    page.wait_for_selector(".told.success")
    assert "有异议" in page.inner_text("main")
    asked = context_of(browser, live, "复核人乙")
    desk = asked.new_page()
    desk.goto(f"{live}/work/entitlements")
    desk.locator("main tbody tr", has_text="有异议").locator("a").first.click()
    desk.click("a[href$='/correct']")
    assert "金额少算了一张保单" in desk.inner_text("main")
    desk.select_option("select[name=fact]", "premium_paid")
    desk.fill("input[name=value]", "1000元")
    desk.fill("textarea", "保单写明 1,000 元")
    desk.click("main form button")
    desk.wait_for_selector(".told.success")
    asked.close()
    page.reload()
    assert "保单写明 1,000 元" in page.inner_text(".happened")
    page.goto(f"{live}/letters")
    assert page.locator("main tbody tr").count() == 3
    firm.close()


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/me", "/en/me", "/me/sh_voucher_issue_2025"])
def test_a_firm_s_pages_print_on_paper(
    town: Town, live: str, browser: Any, path: str
) -> None:
    context = context_of(browser, live, "企业甲")
    page = context.new_page()
    page.goto(f"{live}{path}")
    data = page.pdf(format="A4", prefer_css_page_size=True)

    page.emulate_media(media="print")
    shown = page.evaluate(
        "['.top', '.actions', 'form'].map(s => document.querySelector(s))"
        ".filter(e => e && getComputedStyle(e).display !== 'none').length"
    )
    pages = len(re.findall(rb"/Type\s*/Page[^s]", data))
    assert (b"%PDF", 0) == (data[:4], shown)
    assert 1 <= pages <= 8
    context.close()


@pytest.mark.slow
def test_a_session_that_ends_in_the_middle_of_a_form_keeps_the_text(
    town: Town, live: str, browser: Any
) -> None:
    from tests.town import PASSWORD

    context = context_of(browser, live, "企业甲")
    page = context.new_page()
    page.goto(f"{live}/me/data/employees@2025")
    page.fill("#id_value", "120人")
    page.fill("#id_reason", "以 2025 年报表为准，写了很久的一段话")
    context.clear_cookies(name="sessionid")
    page.click("main form button")
    page.wait_for_url("**/account/login/**")
    page.fill("input[name=login]", "企业甲")
    page.fill("input[name=password]", PASSWORD)
    page.click("main form button[type=submit], main form button")
    page.wait_for_url("**/me/data/**")

    assert "以 2025 年报表为准，写了很久的一段话" == page.input_value("#id_reason")
    assert "120人" == page.input_value("#id_value")
    context.close()
