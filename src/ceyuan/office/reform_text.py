# SPDX-License-Identifier: Apache-2.0
"""A reform's text: read from a stranger, and written as a person would write it.

Whatever is wrong in it is told with its line, like any fault of a declaration.
What is written reads as the same data again;
short values stand on the line of their change, expressions of several lines as they are.

>>> print(
...     write_reform(
...         {
...             "reform": "low",
...             "zh": "降",
...             "en": "Low",
...             "change": [
...                 {"policy": "tech_sme_2017", "parameter": "score_min", "value": 55}
...             ],
...         }
...     ),
...     end="",
... )
reform: low
zh: "降"
en: Low
change:
  - policy: tech_sme_2017
    parameter: score_min
    value: 55
"""

from __future__ import annotations

import json
import re
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ceyuan.declarations.reform import parse_reform
from ceyuan.declarations.source import parse_source
from ceyuan.kernel import RuleError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ceyuan.declarations.reform import Reform
    from ceyuan.declarations.region import Region

MOST = 64 * 1024
"""Characters of a reform; the largest policy has a third of it."""
NAME = "reform.yaml"
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_NO_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


def read_text(text: str, region: Region, *, name: str = NAME) -> Reform:
    """Return a reform that somebody typed, checked against a region.

    Raises:
        RuleError: Something in it is wrong; the line is named.
    """
    _not_too_long(text, name)
    made = parse_reform(text, region, name=name)
    for policy, rule in made.changed.items():
        if rule.said.amount is None:
            continue
        found = rule.checker.definition("output:amount").name
        if found != "number":
            msg = f"the amount of `{policy}` is a {found}, not a sum of money"
            raise RuleError(msg, code="D212", file=name, clause=policy)
    return made


def read_data(text: str, *, name: str = NAME) -> dict[str, Any]:
    """Return a reform's text as plain data, whatever it says.

    Raises:
        RuleError: It is no YAML, or no mapping.
    """
    _not_too_long(text, name)
    data = parse_source(text, name=name).data
    if not isinstance(data, dict):
        msg = "a reform begins with `reform:`, `zh:` and `en:`"
        raise RuleError(msg, code="D103", file=name, line=1, hint="reform: my_reform")
    return data


def _not_too_long(text: str, name: str) -> None:
    if len(text) > MOST:
        msg = f"改革方案有 {len(text):,} 个字符，至多 {MOST:,} 个 (too long)"
        raise RuleError(msg, code="D101", file=name, line=1, hint="分成几个方案")


def write_reform(data: Mapping[str, Any]) -> str:
    """Return a reform's data as YAML."""
    lines: list[str] = []
    for key, value in data.items():
        if key == "change" and isinstance(value, list) and value:
            lines.append("change:")
            for change in value:
                lines += _change(change)
        else:
            lines += _entry(key, value, "")
    return "\n".join(lines) + "\n"


def in_one_line(change: Mapping[str, Any]) -> str:
    """Return a change as it could stand on one line, without its policy."""
    said = {key: value for key, value in change.items() if key != "policy"}
    return " ".join(_flow(said).removeprefix("{").removesuffix("}").split())


def _change(change: object) -> list[str]:
    if not isinstance(change, dict) or not change:
        return [f"  - {_flow(change)}"]
    lines = [
        line for key, value in change.items() for line in _entry(key, value, "    ")
    ]
    return [f"  - {lines[0].removeprefix('    ')}", *lines[1:]]


def _entry(key: str, value: object, indent: str) -> list[str]:
    if isinstance(value, str) and _is_block(value):
        rows = value.split("\n")
        mark = "|-" if rows[-1] else "|"
        rows = rows if rows[-1] else rows[:-1]
        return [f"{indent}{_plain(key)}: {mark}", *(f"{indent}  {row}" for row in rows)]
    if isinstance(value, list) and len(value) > 1 and isinstance(value[0], dict):
        rows = [f"{indent}  - {_flow(one)}" for one in value]
        return [f"{indent}{_plain(key)}:", *rows]
    return [f"{indent}{_plain(key)}: {_flow(value)}"]


def _is_block(text: str) -> bool:
    """Return whether a text can stand as it is, line by line."""
    rows = text.removesuffix("\n").split("\n")
    return len(rows) > 1 and all(
        row and row == row.strip() and row.isprintable() for row in rows
    )


def _flow(value: object) -> str:
    match value:
        case dict():
            inside = ", ".join(f"{_plain(k)}: {_flow(v)}" for k, v in value.items())
            return f"{{{inside}}}"
        case list() | tuple():
            return f"[{', '.join(map(_flow, value))}]"
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case Decimal():
            return f"{value:f}"
        case date():
            return value.isoformat()
        case str():
            return _plain(value)
    return str(value)


def _plain(text: str) -> str:
    """Return a text, in quotes unless it is a word that reads as itself."""
    if _WORD.match(text) and text.lower() not in _NO_WORDS:
        return text
    return json.dumps(text, ensure_ascii=False)
