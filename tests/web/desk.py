# SPDX-License-Identifier: Apache-2.0
"""Pages of the desk as tests read them, and entitlements brought about through them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import psycopg
from lxml import html

if TYPE_CHECKING:
    from datetime import date

Do = Callable[[], list[Any]]


def page(answer: Any) -> html.HtmlElement:
    """Return a page's document; it has one heading and answers 200."""
    assert answer.status_code == 200, answer.content.decode()[:2000]
    return parsed(answer)


def parsed(answer: Any) -> html.HtmlElement:
    """Return the document of an answer, whatever its status."""
    found = html.fromstring(answer.content.decode())
    assert found.xpath("count(//h1)") == 1
    return found


def text(element: html.HtmlElement) -> str:
    """Return what an element says, blanks joined."""
    return " ".join(element.text_content().split())


def main(answer: Any) -> str:
    """Return what the main part of a page says."""
    (found,) = parsed(answer).xpath("//main")
    return text(found)


def table(document: html.HtmlElement, at: int = 0) -> list[list[str]]:
    """Return the rows of a page's table, cell by cell."""
    found = document.xpath("//main//table")[at]
    return [[text(cell) for cell in row] for row in found.xpath("./tbody/tr")]


def links(document: html.HtmlElement) -> list[str]:
    """Return where the main part of a page leads."""
    return [str(one) for one in document.xpath("//main//a/@href")]


def hidden(document: html.HtmlElement, name: str) -> str:
    """Return the value of a hidden field."""
    (found,) = document.xpath(f"//input[@type='hidden'][@name='{name}']/@value")
    return str(found)


def posted(client: Any, where: str, **said: object) -> str:
    """Send a form whose answer leads on; return where it leads."""
    answer = client.post(where, {"once": "", **said})
    assert answer.status_code == 302, main(answer)
    return str(answer.headers["Location"])


def asked(url: str, question: str, *given: object) -> list[tuple[Any, ...]]:
    """Return what a question finds in the town's database."""
    with psycopg.connect(url) as connection:
        return connection.execute(question.encode(), given).fetchall()


def brought_about(client: Any, do_jobs: Do, *, year: int, on: date) -> dict[str, Any]:
    """Entitle a year through the pages: try, confirm; return what was written."""
    (run,) = [
        str(one)
        for one in page(client.get("/work/entitlements/entitle")).xpath(
            "//select[@name='run']/option[1]/@value"
        )
    ]
    tried = posted(
        client, "/work/entitlements/entitle",
        year=year, run=run, on=on.isoformat(), reason="补核定",
    )  # fmt: skip
    (dry,) = do_jobs()
    assert (dry.state, dry.error) == ("done", None)
    real = posted(client, tried)
    (made,) = do_jobs()
    assert (made.state, made.error) == ("done", None)
    assert client.get(real).status_code == 200
    result: dict[str, Any] = made.result
    return result
