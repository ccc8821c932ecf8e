# SPDX-License-Identifier: Apache-2.0
"""Read YAML exactly: no float, no silent duplicate, and the line of every part.

YAML's own float would turn 0.05 into a binary fraction before anybody could
object; here a number with a point becomes a `Decimal`. Each mapping key and
list item keeps its line, so that an error found much later still names it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode
from ruamel.yaml.resolver import VersionedResolver

from ceyuan.kernel import RuleError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ruamel.yaml.nodes import Node

Data: TypeAlias = (
    "str | int | Decimal | bool | date | list[Data] | dict[str, Data] | None"
)
Path_: TypeAlias = "tuple[str | int, ...]"

_INT = re.compile(r"[-+]?\d[\d_]*\Z")
_DECIMAL = re.compile(r"[-+]?\d[\d_]*\.\d+\Z")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_WORDS: dict[str, bool | None] = {
    "true": True,
    "false": False,
    "null": None,
    "~": None,
    "": None,
}


@dataclass(frozen=True, slots=True)
class Source:
    """One YAML document with the line of each of its parts.

    Args:
        name: File name for messages, without its folder.
        data: The document as plain Python data.
        lines: Line (from 1) of each key and item, by its path from the root.
        text: The document as it stands, for display and hashing.
    """

    name: str
    data: Data
    lines: dict[Path_, int] = field(repr=False)
    text: str = field(repr=False, default="")

    def line(self, path: Sequence[str | int]) -> int:
        """Return the line of a part, or of the nearest part around it."""
        for end in range(len(path), -1, -1):
            found = self.lines.get(tuple(path[:end]))
            if found is not None:
                return found
        return 1


class _Untagged(VersionedResolver):  # type: ignore[misc]
    """Resolves no tag: `_scalar` reads what we allow, exactly, and sooner."""

    def resolve(self, kind: object, value: object, implicit: object) -> str:
        """Return one and the same tag for everything."""
        return "tag:yaml.org,2002:str"


def read_source(path: Path, *, name: str = "") -> Source:
    """Read a YAML file.

    Raises:
        RuleError: The file is no YAML, or a key stands twice in one mapping.
    """
    return parse_source(path.read_text(encoding="utf-8"), name=name or path.name)


def parse_source(text: str, *, name: str) -> Source:
    """Read a YAML text; see `read_source`."""
    loader = YAML(typ="safe", pure=False)
    loader.Resolver = _Untagged
    try:
        node = loader.compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        msg = f"not readable as YAML: {error.problem or error.context}"
        raise RuleError(
            msg,
            code="D101",
            file=name,
            line=(mark.line + 1) if mark else 0,
            hint="mend the indentation or the quotes on that line",
        ) from error
    lines: dict[Path_, int] = {}
    data = None if node is None else _build(node, (), lines, name)
    return Source(name, data, lines, text)


def _build(node: Node, path: Path_, lines: dict[Path_, int], name: str) -> Data:
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, ScalarNode):
        try:
            return _scalar(node)
        except ValueError as error:
            msg = f"`{node.value}` is no day of the calendar"
            raise RuleError(
                msg,
                code="D101",
                file=name,
                line=node.start_mark.line + 1,
                clause=".".join(map(str, path)),
                hint="mend the date, or put it in quotes if it is a text",
            ) from error
    if isinstance(node, SequenceNode):
        return [
            _build(item, (*path, index), lines, name)
            for index, item in enumerate(node.value)
        ]
    assert isinstance(node, MappingNode)
    built: dict[str, Data] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value)
        line = key_node.start_mark.line + 1
        if key in built:
            msg = f"`{key}` stands twice in one mapping"
            raise RuleError(
                msg,
                code="D102",
                file=name,
                line=line,
                clause=".".join(map(str, path)),
                hint="keep one of the two, or give the other a name of its own",
            )
        lines[(*path, key)] = line
        built[key] = _build(value_node, (*path, key), lines, name)
    return built


def _scalar(node: ScalarNode) -> Data:
    text = str(node.value)
    if node.style in ("'", '"', "|", ">"):
        return text
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if _INT.match(text):
        return int(text.replace("_", ""))
    if _DECIMAL.match(text):
        return Decimal(text.replace("_", ""))
    if _DATE.match(text):
        return date.fromisoformat(text)
    return text
