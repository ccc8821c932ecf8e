# SPDX-License-Identifier: Apache-2.0
"""The desk in a browser: keys in lists, filters in the address, work that goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.web.conftest import session_of

if TYPE_CHECKING:
    from tests.town import Town

WAIT = 60_000


def desk(browser: Any, live: str, role: str) -> Any:
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    context.set_default_timeout(WAIT)
    context.add_cookies([{"name": "sessionid", "value": session_of(role), "url": live}])
    return context.new_page()


@pytest.mark.slow
def test_keys_go_from_row_to_row_and_only_inside_a_list(
    town: Town, live: str, browser: Any
) -> None:
    page = desk(browser, live, "经办人甲")
    page.goto(f"{live}/work/entitlements")
    focused = "document.activeElement.closest('tr')?.rowIndex ?? 0"

    page.locator("tbody a").first.focus()
    rows = []
    for key in ("j", "j", "k", "ArrowDown", "ArrowUp", "k", "k"):
        page.keyboard.press(key)
        rows.append(page.evaluate(focused))
    page.locator("#q").focus()
    page.keyboard.type("jk")

    assert rows == [2, 3, 2, 3, 2, 1, 1]
    assert page.locator("#q").input_value() == "jk"
    page.context.close()


@pytest.mark.slow
def test_filter_stands_in_the_address_and_survives_a_reload(
    town: Town, live: str, browser: Any
) -> None:
    page = desk(browser, live, "经办人甲")
    page.goto(f"{live}/work/entitlements")

    with page.expect_response(lambda answer: "state=paid" in answer.url):
        page.select_option("#state", "paid")
    page.wait_for_url("**state=paid**")
    shown = page.locator("#rows tbody tr").count()
    page.reload()

    assert parse_qs(urlsplit(page.url).query)["state"] == ["paid"]
    assert page.locator("#rows tbody tr").count() == shown
    assert page.locator("#state").input_value() == "paid"
    page.context.close()


@pytest.mark.slow
def test_run_that_is_started_leads_on_to_its_counts(
    town: Town, live: str, browser: Any
) -> None:
    page = desk(browser, live, "经办人甲")
    page.goto(f"{live}/work/runs")
    page.fill("#id_as_of", "2026-11-21")
    page.fill("#id_reason", "月度判定")

    page.click("section.card button")
    page.wait_for_url("**/work/runs/r2026*")

    assert page.locator("#counts").is_visible()
    assert page.locator("[aria-current=page]").last.inner_text() == "判定"
    page.context.close()
