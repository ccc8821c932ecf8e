# SPDX-License-Identifier: Apache-2.0
"""A firm's page on paper: nothing folded, no card in two, and where it is verified."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from ceyuan.office.firm_groups import ARRIVED_OR_ON_ITS_WAY, ENTITLED, group_by_answer
from ceyuan.policies import Outcome
from tests.web.test_every_page import context_of

if TYPE_CHECKING:
    from tests.town import Town


@pytest.mark.parametrize(
    ("fen", "group"),
    [(0, ENTITLED), (1, ARRIVED_OR_ON_ITS_WAY), (None, ARRIVED_OR_ON_ITS_WAY)],
)
def test_a_saving_of_nothing_has_not_arrived(fen: int | None, group: object) -> None:
    decision = SimpleNamespace(outcome=Outcome.ELIGIBLE, amount=fen)
    check: Any = SimpleNamespace(to_confirm={}, one_step={}, decisions={"p": decision})
    rule: Any = SimpleNamespace(
        id="p", said=SimpleNamespace(amount=SimpleNamespace(basis="saving"))
    )

    assert group_by_answer(check, rule) == group


@pytest.mark.slow
def test_a_page_on_paper_is_open_whole_and_can_be_verified(
    town: Town, live: str, browser: Any
) -> None:
    context = context_of(
        browser, live, "企业甲", viewport={"width": 794, "height": 1123}
    )
    page = context.new_page()
    page.goto(f"{live}/me")
    paper = page.locator(".paper")
    on_screen = paper.is_visible()
    page.emulate_media(media="print")

    tops = page.eval_on_selector_all(
        "ul.tiles > li", "all => all.map(one => one.getBoundingClientRect().top)"
    )
    folded = page.eval_on_selector_all(
        "main details:not(.noprint)",
        "all => all.filter(one => one.lastElementChild.getClientRects().length === 0)"
        ".length",
    )
    split = page.eval_on_selector_all(
        "article.policy", "all => all.map(one => getComputedStyle(one).breakInside)"
    )

    assert not on_screen
    assert paper.is_visible()
    assert "不是行政决定" in paper.inner_text()
    assert f"{live}/r/r" in paper.inner_text()
    assert paper.locator("svg").count() == 1
    assert len(set(tops)) == 1
    assert len(tops) > 2
    assert folded == 0
    assert set(split) == {"avoid"}
    context.close()
