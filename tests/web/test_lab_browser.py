# SPDX-License-Identifier: Apache-2.0
"""J6 in a real browser: from the menu to a result, at both widths, without JavaScript."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.web.lab_by_hand import RATE, SCORE, save, text_of
from tests.web.test_every_page import context_of, looked_at, overheard

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.town import Town

SIZES = {"wide": (1200, 900), "narrow": (375, 800)}


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
def test_an_analyst_gets_from_the_menu_to_a_result(
    town: Town, live: str, browser: Any, size: str, prefix: str, script: bool
) -> None:
    width, height = SIZES[size]
    context = context_of(
        browser, live, "分析员", java_script_enabled=script,
        viewport={"width": width, "height": height},
    )  # fmt: skip
    page = context.new_page()
    said = overheard(page, live)

    page.goto(f"{live}{prefix}/")
    page.click(f"nav a[href='{prefix}/lab']")
    page.click(f"main a.button[href='{prefix}/lab/new']")
    page.click("a[href$='policy=tech_sme_2017']")
    page.fill("#zh", "分数线降到 40 分")
    page.fill("[name='p.score_min']", "40")
    page.select_option("#open", "rd_super_2023")
    page.click("button[value=open]")
    page.fill("[name='p.general_rate']", "120")
    page.click(".sticky button[value=save]")
    assert 2 == page.locator(".lab-red tbody tr").count()
    page.click("section[aria-labelledby=run] button")
    if script:
        page.wait_for_selector(".lab-policy", timeout=60_000)
    else:
        for _ in range(240):
            if page.locator(".lab-policy").count():
                break
            page.wait_for_timeout(250)
            page.reload()

    assert 2 == page.locator(".lab-policy").count()
    assert 4 == page.locator(".checks li").count()
    assert 0 == page.locator(".checks li.bad").count()
    page.locator("a[href^='?by=tier']").first.click()
    page.wait_for_url("**by=tier*")
    assert 2 == page.locator(".tabs [aria-current]").count()
    context.close()
    assert [] == said


@pytest.mark.slow
@pytest.mark.parametrize("width", [1200, 375])
def test_pages_of_the_lab_keep_the_rules_of_access(
    town: Town,
    live: str,
    browser: Any,
    client_of: Callable[[str], Any],
    do_jobs: Callable[[], list[Any]],
    width: int,
) -> None:
    client = client_of("分析员")
    result = save(client, text_of("mine"), go="run")
    other = save(client, text_of("other", RATE), go="run")
    do_jobs()
    reform = result.partition("/result")[0]
    pair = f"of={reform.rpartition('/')[2]}&of={other.split('/')[2]}"
    context = context_of(
        browser, live, "分析员", viewport={"width": width, "height": 900}
    )
    page = context.new_page()
    faults: list[str] = []
    prefix = "" if width > 1000 else "/en"

    for path in (
        "/lab", "/lab/new", "/lab/new?policy=service_scale", "/lab/new?view=yaml&sample=1",
        reform, f"{reform}/edit", result, f"/lab/compare?{pair}",
    ):  # fmt: skip
        page.goto(f"{live}{prefix}{path}")
        page.evaluate(
            "for (const d of document.querySelectorAll('main details')) d.open = true"
        )
        faults += [f"{path}: {one}" for one in looked_at(page, width, by_axe=True)]
    # The bar at the foot of the window covers what is under it; at the end of the page
    # nothing is.
    to_end = "scrollTo(0, document.documentElement.scrollHeight)"
    page.goto(f"{live}{prefix}/lab/new?view=yaml")
    page.fill("#body", text_of("x", SCORE.replace("score_min", "score_mni")))
    page.click(".sticky button[value=save]")
    page.evaluate(to_end)
    faults += [f"a wrong text: {one}" for one in looked_at(page, width, by_axe=True)]
    page.goto(f"{live}{prefix}/lab/new?policy=tech_sme_2017")
    page.fill("[name='p.score_min']", "many")
    page.click(".sticky button[value=save]")
    page.evaluate(to_end)
    faults += [f"a wrong number: {one}" for one in looked_at(page, width, by_axe=True)]
    context.close()

    assert [] == faults
