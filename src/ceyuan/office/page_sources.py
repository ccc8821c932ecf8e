# SPDX-License-Identifier: Apache-2.0
"""What a policy rests on, and how sure each part of it is.

A document that nobody has seen, or a number found in a newspaper, must not look
like the text of the law: each document carries its confidence in words, articles
and numbers are counted by it, and those unconfirmed are named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ceyuan.office.page_parts import Html, element
from ceyuan.office.telling import CONFIDENCE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from ceyuan.declarations import Rule


def sources(rule: Rule, as_of: date, year: int) -> Html:
    """Return what a policy rests on, and how sure each part of it is."""
    key = ("page sources", as_of, year)
    if key not in rule.memo:
        rule.memo[key] = element(
            "div", *_sources(rule, rule.day(as_of, year)), class_="sources"
        )
    found = rule.memo[key]
    assert isinstance(found, Html)
    return found


def _sources(rule: Rule, day: date) -> Iterator[Html]:
    said = rule.said
    texts = []
    for document in said.documents.values():
        parts = [f"《{document.zh}》" if document.number else document.zh]
        parts += [document.number, document.issuer]
        if document.date is not None:
            parts.append(document.date.isoformat())
        shown = "，".join(p for p in parts if p)
        texts.append(f"{shown}（{CONFIDENCE[document.confidence][0]}）")
    values, unset = _sure_values(rule, day)
    counts: list[str] = []
    for title, sure in (
        ("条款", _sure_articles(rule)),
        ("数值", values),
    ):
        for tag, (word, _) in CONFIDENCE.items():
            names = sure.get(tag, [])
            which = f"（{'、'.join(names)}）" if tag == "U" else ""
            if names:
                counts.append(f"{title}{word} {len(names)} 项{which}")
    if unset:
        counts.append(f"待主管部门设定 {len(unset)} 项")
    yield element(
        "p", element("b", "依据："), "；".join(texts), "。", "；".join(counts), "。"
    )
    if said.coverage == "partial":
        uncovered = "；".join(text.zh for text in said.uncovered)
        yield element("p", element("b", "未编入的部分："), uncovered)


def _sure_articles(rule: Rule) -> dict[str, list[str]]:
    """Return the articles of a policy by how sure their text is."""
    sure: dict[str, list[str]] = {}
    for article in rule.said.articles.values():
        names = sure.setdefault(article.confidence, [])
        if article.article not in names:
            names.append(article.article)
    return sure


def _sure_values(rule: Rule, day: date) -> tuple[dict[str, list[str]], list[str]]:
    """Return the parameters in force by how sure they are, and those not set."""
    sure: dict[str, list[str]] = {}
    unset: list[str] = []
    for parameter in rule.said.parameters.values():
        in_force = [
            value
            for value in parameter.values
            if (value.from_ is None or value.from_ <= day)
            and (value.until is None or day <= value.until)
        ]
        if not in_force:
            unset.append(parameter.zh)
        for value in in_force:
            sure.setdefault(value.confidence, []).append(parameter.zh)
    return sure, unset
