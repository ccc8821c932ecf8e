# SPDX-License-Identifier: Apache-2.0
"""The official words of articles, as the office loaded them.

What ships with the system restates articles in our own words; the document's own
sentences are the office's to load, with their source. A later text of an article takes
the place of the one before, which stays written. A whole document that is pasted can
be taken apart by its article numbers first, for an officer to look at.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ceyuan.kernel import UsageError
from ceyuan.office.auditing import audit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from psycopg import Connection

    from ceyuan.declarations import Rule
    from ceyuan.office.memory import Memory

_READ = """
select article, body, source, actor, known_at from policy_text
where policy = %s order by id
"""
_WRITE = """
insert into policy_text (policy, article, body, source, actor) values (%s, %s, %s, %s, %s)
"""
MOST_TEXT = 20_000
MOST_SOURCE = 500
MOST_NUMBER = 60
NOWHERE = "(无)"
"""How an article is numbered that no document has."""
_NUMBER = "一二三四五六七八九十百零〇"
_ARTICLE = re.compile(rf"^[\s　]*(第[{_NUMBER}\d]+条)", re.MULTILINE)
_ITEM = re.compile(rf"^[\s　]*[（(]([{_NUMBER}]+)[）)]", re.MULTILINE)
_PLACE = re.compile(
    rf"(第[{_NUMBER}\d]+条)(?:第?[（(]?([{_NUMBER}]+)[）)]?(?:项|款)?)?"
)


@dataclass(frozen=True, slots=True)
class OfficialText:
    """The official words of an article.

    Args:
        article: The article.
        body: Its words.
        source: Where they were taken from.
        actor: Who loaded them.
        known_at: When.
        earlier: How many texts of it were loaded before.
    """

    article: str
    body: str
    source: str
    actor: str
    known_at: datetime
    earlier: int

    @property
    def sha256(self) -> str:
        """Return the hash of the words, to compare with the document."""
        return hashlib.sha256(self.body.encode()).hexdigest()


def official_texts(conn: Connection, policy: str) -> dict[str, OfficialText]:
    """Return the official words of a policy's articles, the last ones loaded."""
    found: dict[str, OfficialText] = {}
    for article, body, source, actor, known_at in conn.execute(_READ, (policy,)):
        before = found.get(article)
        earlier = 0 if before is None else before.earlier + 1
        found[article] = OfficialText(article, body, source, actor, known_at, earlier)
    return found


def load_texts(
    memory: Memory, policy: str, bodies: Mapping[str, str], *, source: str
) -> list[str]:
    """Load the official words of articles; return the articles that are new or changed.

    Args:
        memory: The office's memory.
        policy: The policy, or a draft.
        bodies: Words by article: the ids of the policy's file (of several that
            restate one place, the first), or the numbers of a draft's articles.
        source: Where the words were taken from.

    Raises:
        UsageError: There is no such article, nothing to load, no source, or too much.
    """
    rule = memory.region.rules.get(policy)
    kept = {name: _plain(body) for name, body in bodies.items() if body.strip()}
    if rule is not None:  # an article that is restated in parts has its words in each
        for one in places(rule):
            if one.id in kept:
                kept |= dict.fromkeys(one.articles, kept[one.id])
    if not source.strip() or len(source) > MOST_SOURCE:
        msg = "要写明原文的来源：网址、文号或公报期数 (a source is asked)"
        raise UsageError(msg, hint=f"至多 {MOST_SOURCE} 字")
    if not kept:
        msg = "没有要载入的文字 (nothing to load)"
        raise UsageError(msg, hint="至少填一条")
    for name, body in kept.items():
        if rule is not None and name not in rule.said.articles:
            msg = f"`{policy}` 没有条款 `{name}` (no such article)"
            raise UsageError(msg)
        if len(body) > MOST_TEXT or not 0 < len(name) <= MOST_NUMBER:
            msg = f"每条至多 {MOST_TEXT:,} 字 (too long)"
            raise UsageError(msg, hint=f"{name}：{len(body):,} 字")
    with memory.transaction() as conn:
        there = official_texts(conn, policy)
        new = [n for n, body in kept.items() if n not in there or there[n].body != body]
        for name in new:
            conn.execute(
                _WRITE, (policy, name, kept[name], source.strip(), memory.actor)
            )
        audit(
            conn,
            "policy.text",
            [
                (
                    f"{policy}.{name}",
                    {"sha256": there[name].sha256} if name in there else None,
                    {
                        "sha256": hashlib.sha256(kept[name].encode()).hexdigest(),
                        "source": source.strip(),
                    },
                )
                for name in new
            ],
            actor=memory.actor,
        )
    return new


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a document: its number, and the articles of the policy that it is.

    Args:
        id: The first of these articles; a text is loaded under it for all of them.
        number: Its number in the document.
        document: Id of the document.
        articles: The articles of the policy's file that restate it.
    """

    id: str
    number: str
    document: str
    articles: tuple[str, ...]


def places(rule: Rule) -> tuple[Place, ...]:
    """Return the places of a policy's documents that have words to load.

    What we say of our own, and what a text says nothing about, has none.
    """
    found: dict[tuple[str, str], list[str]] = {}
    for name, one in rule.said.articles.items():
        document = rule.said.documents[one.document]
        is_text = document.number or document.issuer
        if is_text and _plain_number(one.article) != NOWHERE:
            found.setdefault((one.document, one.article), []).append(name)
    return tuple(
        Place(names[0], number, document, tuple(names))
        for (document, number), names in found.items()
    )


def _plain_number(article: str) -> str:
    return unicodedata.normalize("NFKC", article).strip()


def taken_apart(rule: Rule, document: str, text: str) -> dict[str, str]:
    """Return the words of a document's articles, found by their numbers.

    An article that names an item (`第十一条(五)`) gets the item; where the document
    numbers no items, the whole article. What is not found is left out.

    Args:
        rule: The policy.
        document: Which of its documents was pasted.
        text: The whole document.
    """
    plain = _plain(text)
    marks = [(m.group(1), m.start()) for m in _ARTICLE.finditer(plain)]
    ends = [start for _, start in marks[1:]] + [len(plain)]
    whole: dict[str, str] = {}
    for (number, start), end in zip(marks, ends, strict=True):
        whole.setdefault(number, plain[start:end].strip())
    found: dict[str, str] = {}
    for name, one in rule.said.articles.items():
        place = _PLACE.match(_plain_number(one.article))
        if one.document != document or place is None or place.group(1) not in whole:
            continue
        article = whole[place.group(1)]
        words = _item(article, place.group(2)) if place.group(2) else article
        if words:
            found[name] = words
    return found


def _item(article: str, number: str) -> str:
    """Return an item of an article; the whole where it numbers none, else nothing."""
    marks = [(m.group(1), m.start()) for m in _ITEM.finditer(article)]
    for at, (item, start) in enumerate(marks):
        if item == number:
            end = marks[at + 1][1] if at + 1 < len(marks) else len(article)
            return article[start:end].strip()
    return "" if marks else article


def _plain(text: str) -> str:
    """Return a text without control characters, its lines as they are."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    # An ideographic space indents a paragraph, and is not printable to Python.
    return "".join(c for c in lines if c in "\n\t\u3000" or c.isprintable()).strip()
