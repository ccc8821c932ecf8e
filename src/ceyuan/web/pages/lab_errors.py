# SPDX-License-Identifier: Apache-2.0
"""What is wrong with a reform, told with its line, in the language of the page.

Faults of declarations are told in English by the reader that finds them, with a code
for each kind. A Chinese page says what the kind means, how it is mended and what was
nearly meant, and lets the English stand beside.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ceyuan.kernel import CeyuanError, RuleError
from ceyuan.web.spoken import tongues
from ceyuan.web.words import catalogue

if TYPE_CHECKING:
    from ceyuan.web.pages.lab_draft import Draft

_NEAR = re.compile(r"did you mean `([^`]*)`\?")
_KNOWN = re.compile(r"known: (.*)")
_AROUND = 1
_LONG = 400


@dataclass(frozen=True, slots=True)
class Told:
    """Something wrong, as the page tells it.

    Args:
        zh: What, in Chinese; empty where only its kind is known.
        en: What, in English.
        code: Its kind; empty for none.
        help: Id of the words on what the kind means and how to mend it.
        near: What was nearly meant.
        known: What could be meant.
        hint: Another hint.
        line: Line of the YAML, from 1; 0: none.
        lines: The lines around: number, text, whether it is the one.
        field: Id of the field to mend.
        number: Which change, from 1; 0: none.
    """

    zh: str
    en: str
    code: str = ""
    help: str = ""
    near: str = ""
    known: str = ""
    hint: str = ""
    line: int = 0
    lines: tuple[tuple[int, str, bool], ...] = ()
    field: str = ""
    number: int = 0


def told_error(
    error: CeyuanError, draft: Draft | None, *, text: str = "", field: str = ""
) -> Told:
    """Return what an error says."""
    zh, en = tongues(error.message)
    near, known = _NEAR.search(error.hint), _KNOWN.match(error.hint)
    # A page that is not English has the words of its own on the kind.
    is_plain = isinstance(error, RuleError) and error.hint.isascii()
    hint = "" if near or known or is_plain else error.hint
    plain = Told(
        zh[:_LONG],
        (en or zh)[:_LONG],
        near=near[1] if near else "",
        known=known[1] if known else "",
        hint=hint,
        field=field,
    )
    if not isinstance(error, RuleError):
        return plain
    help_ = f"lab.{error.code.lower()}"
    number = _number(error, draft)
    return replace(
        plain,
        field=field or _field(draft, number),
        code=error.code,
        help=help_ if help_ in catalogue() else "",
        line=error.line if text else 0,
        lines=_lines(text, error.line),
        number=number,
    )


def _number(error: RuleError, draft: Draft | None) -> int:
    """Return which change an error is about."""
    match = re.match(r"change\.(\d+)", error.clause)
    if match is not None:
        return int(match[1]) + 1
    policy = error.clause.partition(" ")[0]
    if draft is None or not policy:
        return 0
    places = [
        at for at, one in enumerate(draft.changes, 1) if one.get("policy") == policy
    ]
    return places[0] if len(places) == 1 else 0


def _field(draft: Draft | None, number: int) -> str:
    if draft is None or not 0 < number <= len(draft.data["change"]):
        return ""
    return f"change-{number}"


def _lines(text: str, line: int) -> tuple[tuple[int, str, bool], ...]:
    rows = text.split("\n")
    if not text or not 0 < line <= len(rows):
        return ()
    first, last = max(1, line - _AROUND), min(len(rows), line + _AROUND)
    return tuple((at, rows[at - 1][:200], at == line) for at in range(first, last + 1))
