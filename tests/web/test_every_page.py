# SPDX-License-Identifier: Apache-2.0
"""Every page, as each role finds it by its links: in Chromium, by axe, in both languages.

The portal is walked: from the start page along every link, one page for each named
address. Each is opened in Chinese at 1200 px and in English at 375 px, with JavaScript
and without, and has to hold: no violation of WCAG 2.2 AA that axe finds, one h1, a
title, nothing from another host, nothing that the content security policy refuses, no
sideways scrolling on a phone.

What an earlier role was shown in the same process a later one opens on a phone only,
without axe; `make soak` lets axe look at every page of every role.
"""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag, urlsplit

import pytest

from tests.web.conftest import session_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.town import Town

ROLES = ("", "企业甲", "园区经理", "经办人甲", "财务丙", "分析员", "审计员", "管理员")
AXE = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
MOST_BYTES = 60 * 1024
NO_PAGES = ("/static/", "/api/", "/account/logout", "/health")
LOOKED_AT: set[str] = set()
"""Named addresses that axe has looked at, for any role."""
NOT_WALKED = re.compile(r"/files/|\.csv|\.xlsx|\.json|export|download|/park/sample")


def name_of(path: str) -> str:
    """Return the name of the address that a path is of."""
    from django.urls import Resolver404, resolve

    try:
        return str(resolve(path).view_name)
    except Resolver404:
        return ""


def links(html: str) -> list[str]:
    """Return the addresses of ours that a page links to."""
    found = re.findall(r'<a [^>]*href="([^"]+)"', html)
    plain = [urldefrag(one.replace("&amp;", "&"))[0] for one in found]
    return [one for one in plain if one.startswith("/") and not one.startswith("//")]


def walk(client: Any) -> dict[str, str]:
    """Return one path for each named address that a caller comes to by links."""
    from django.test import Client

    assert isinstance(client, Client)
    found: dict[str, str] = {}
    ahead = ["/"]
    while ahead:
        path = ahead.pop(0)
        name = name_of(urlsplit(path).path)
        if not name or name in found or path.startswith("/en"):
            continue
        if path.startswith(NO_PAGES) or NOT_WALKED.search(path):
            continue
        answer = client.get(path)
        if answer.status_code in (301, 302):
            ahead.append(answer.headers["Location"])
            continue
        assert 200 == answer.status_code, (path, answer.status_code)
        if "text/html" not in answer.headers["Content-Type"]:
            continue
        found[name] = path
        ahead += links(answer.content.decode())
    return found


def context_of(browser: Any, live: str, role: str, **options: Any) -> Any:
    """Return a browser's context in which somebody is logged in."""
    made = browser.new_context(**options)
    if role:
        made.add_cookies(
            [{"name": "sessionid", "value": session_of(role), "url": live}]
        )
    return made


@pytest.mark.slow
@pytest.mark.parametrize("role", ROLES, ids=lambda one: one or "public")
def test_every_page_of_a_role(
    town: Town,
    live: str,
    browser: Any,
    client_of: Callable[[str], Any],
    role: str,
) -> None:
    pages = walk(client_of(role))
    new = {name: path for name, path in pages.items() if name not in LOOKED_AT}
    LOOKED_AT.update(new)
    known = [path for name, path in pages.items() if name not in new]
    look = Look(browser, live, role)
    faults = look.at(new.values(), 1200, "") + look.at(new.values(), 375, "/en")
    faults += look.at(known, 375, "", by_axe=False)
    without = context_of(browser, live, role, java_script_enabled=False)
    page = without.new_page()
    for path in list(pages.values())[:12]:
        page.goto(f"{live}{path}")
        assert 1 == page.locator("h1").count(), path
    without.close()

    assert [] == faults


@pytest.mark.soak
@pytest.mark.parametrize("role", ROLES, ids=lambda one: one or "public")
def test_axe_looks_at_every_page_of_every_role(
    town: Town,
    live: str,
    browser: Any,
    client_of: Callable[[str], Any],
    role: str,
) -> None:
    pages = walk(client_of(role)).values()
    look = Look(browser, live, role)

    assert [] == look.at(pages, 1200, "") + look.at(pages, 375, "/en")


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody who is logged in looks at pages."""

    browser: Any
    live: str
    role: str

    def at(
        self, paths: Iterable[str], width: int, prefix: str, *, by_axe: bool = True
    ) -> list[str]:
        """Return what is wrong with pages at a width, in the language of a prefix."""
        context = context_of(
            self.browser,
            self.live,
            self.role,
            viewport={"width": width, "height": 800},
        )
        page = context.new_page()
        said = overheard(page, self.live)
        faults: list[str] = []
        for path in paths:
            said.clear()
            page.goto(f"{self.live}{prefix}{path}", wait_until="load")
            faults += [f"{width} {path}: {one}" for one in said]
            found = looked_at(page, width, by_axe=by_axe)
            faults += [f"{width} {path}: {one}" for one in found]
        context.close()
        return faults


def overheard(page: Any, live: str) -> list[str]:
    """Return a list that fills with errors and with what is asked of other hosts."""
    said: list[str] = []

    def message(one: Any) -> None:
        if one.type == "error":
            said.append(one.text)

    def request(one: Any) -> None:
        if not one.url.startswith((live, "data:")):
            said.append(one.url)

    page.on("console", message)
    page.on("request", request)
    return said


def looked_at(page: Any, width: int, *, by_axe: bool) -> list[str]:
    """Return what is wrong with the page that is open."""
    found = []
    if (count := page.locator("h1").count()) != 1:
        found.append(f"{count} h1")
    if not page.title().strip():
        found.append("no title")
    if width < 760:
        wide = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        if wide > 1:
            found.append(f"scrolls sideways by {wide} px")
    if not by_axe:
        return found
    page.evaluate(AXE)
    violations = page.evaluate(
        "rules => axe.run(document, {runOnly: {type: 'tag', values: rules},"
        " resultTypes: ['violations']}).then(found => found.violations)",
        RULES,
    )
    for one in violations:
        where = "; ".join(str(node["target"][0]) for node in one["nodes"][:3])
        found.append(f"{one['id']} ({len(one['nodes'])}): {where}")
    return found


@pytest.mark.parametrize("role", ["", "企业甲"], ids=["public", "firm"])
def test_a_page_weighs_less_than_sixty_kilobytes(
    client_of: Callable[[str], Any], town: Town, role: str
) -> None:
    client = client_of(role)
    paths = ["/", "/policies", "/policies/hnte_2016", *(["/me"] if role else [])]
    weights = {}
    for path in paths:
        answer = client.get(path, headers={"accept-encoding": "gzip"})
        html = answer.content
        whole = len(html)
        text = (
            gzip.decompress(html).decode() if html[:2] == b"\x1f\x8b" else html.decode()
        )
        for file in set(re.findall(r'(?:src|href)="(/static/[^"]+)"', text)):
            got = client.get(file, headers={"accept-encoding": "gzip"})
            whole += len(b"".join(got.streaming_content))
            got.close()
        weights[path] = whole

    assert {} == {path: size for path, size in weights.items() if size > MOST_BYTES}


def test_no_template_points_at_another_host() -> None:
    wrong = []
    for folder in ("templates", "static"):
        for path in (files("ceyuan.web") / folder).rglob("*"):  # type: ignore[attr-defined]
            if path.suffix in (".html", ".css", ".js"):
                text = path.read_text("utf-8")
                hosts = set(re.findall(r"https?://[^\s\"'<>)]+", text))
                hosts -= {"http://www.w3.org/2000/svg"}
                wrong += [f"{path.name}: {one}" for one in hosts]
                wrong += [path.name for mark in (" style=", "onclick=") if mark in text]

    assert [] == wrong


def test_the_words_are_there_in_both_languages_and_each_in_its_own_signs() -> None:
    from ceyuan.web.words import catalogue

    wrong = []
    for name, said in catalogue().items():
        braces = [sorted(re.findall(r"\{(\w+)[^}]*\}", said[k])) for k in ("zh", "en")]
        if braces[0] != braces[1]:
            wrong.append(f"{name}: braces")
        if re.search(r"[一-鿿]\s*[,;:!?()]", said["zh"]):
            wrong.append(f"{name}: a half-width sign in Chinese")
        if re.search(r"[，。；：（）、？！]", said["en"]):
            wrong.append(f"{name}: a full-width sign in English")

    assert [] == wrong


def test_every_word_that_a_template_asks_for_is_there() -> None:
    from ceyuan.web.words import catalogue

    asked = set()
    for path in (files("ceyuan.web") / "templates").rglob("*.html"):  # type: ignore[attr-defined]
        asked |= set(
            re.findall(r"{%-?\s*w\s+[\"']([\w.]+)[\"']", path.read_text("utf-8"))
        )

    whole = {one for one in asked if not one.endswith("_")}  # others are completed
    assert set() == whole - set(catalogue())


def test_axe_is_there_and_speaks(browser: Any) -> None:
    page = browser.new_page()
    page.set_content("<html><body><img src='x.png'></body></html>")
    page.evaluate(AXE)
    result = page.evaluate("axe.run(document)")
    page.close()

    assert "image-alt" in json.dumps([one["id"] for one in result["violations"]])
