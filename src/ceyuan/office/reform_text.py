# SPDX-License-Identifier: Apache-2.0
"""A reform written out: what a form said, as the file that a person would write.

What is written reads as the same data again; short values stand on the line of their
change, expressions of several lines as they are.

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

if TYPE_CHECKING:
    from collections.abc import Mapping

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_NO_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
# Inside quotes these would end a line, and be read as a blank.
_BREAKS = {c: f"\\u{c:04x}" for c in (0x85, 0x2028, 0x2029, 0xFEFF)}


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
    return json.dumps(text, ensure_ascii=False).translate(_BREAKS)
