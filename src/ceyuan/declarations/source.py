# SPDX-License-Identifier: Apache-2.0
"""Read YAML exactly: no float, no silent duplicate, and the line of every part.

YAML's own float would turn 0.05 into a binary fraction before anybody could
object; here a number with a point becomes a `Decimal`. Each mapping key and
list item keeps its line, so that an error found much later still names it.

The document is built straight from the parser's events. So no tag is resolved,
and what could make a small file huge is refused as soon as it is met: an alias
(ten lines of them unfold to a billion parts), endless nesting, endless numbers.
A character that nobody sees is refused too: it is a slip, or it hides something.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from ceyuan.kernel import RuleError
from ceyuan.kernel.numbers import MOST_SIGNS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from ruamel.yaml.events import Event

Data: TypeAlias = (
    "str | int | Decimal | bool | date | list[Data] | dict[str, Data] | None"
)
Path_: TypeAlias = "tuple[str | int, ...]"

_INT = re.compile(r"[-+]?\d[\d_]*\Z")
_DECIMAL = re.compile(r"[-+]?\d[\d_]*\.\d+\Z")
_NUMBER = re.compile(r"[-+]?\d[\d_.]*\Z")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_WORDS: dict[str, bool | None] = {
    "true": True,
    "false": False,
    "null": None,
    "~": None,
    "": None,
}
DEEPEST = 50
"""More levels than this are no declaration: a policy has about eight."""


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


def read_source(path: Path, *, name: str = "") -> Source:
    """Read a YAML file.

    Raises:
        RuleError: The file is no YAML, a key stands twice in one mapping, or a
            part is an alias or nested without end.
    """
    return parse_source(path.read_text(encoding="utf-8"), name=name or path.name)


def parse_source(text: str, *, name: str) -> Source:
    """Read a YAML text; see `read_source`."""
    _seen(text, name)
    reader = _Reader(YAML(typ="safe", pure=False).parse(text), name)
    try:
        data = reader.document()
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(
            error, "context_mark", None
        )
        said = getattr(error, "problem", "") or str(error).partition("\n")[0]
        msg = f"not readable as YAML: {said}"
        raise RuleError(
            msg,
            code="D101",
            file=name,
            line=(mark.line + 1) if mark else 0,
            hint="mend the indentation or the quotes on that line",
        ) from error
    return Source(name, data, reader.lines, text)


def _seen(text: str, name: str) -> None:
    """See that every character of a text can be seen, or is a blank.

    Raises:
        RuleError: One is a control character, is invisible, or is half a character.
    """
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        plain = line.removesuffix("\r")
        odd = "" if plain.isprintable() else next(filter(_is_odd, plain), "")
        if odd:
            msg = f"有看不见的字符 U+{ord(odd):04X} (a character that nobody sees)"
            hint = "delete it, and type the line again"
            raise RuleError(msg, code="D101", file=name, line=number, hint=hint)


def _is_odd(character: str) -> bool:
    """Return whether a character is none that is seen, and no blank."""
    blank = character == "\t" or unicodedata.category(character) == "Zs"
    return not (blank or character.isprintable())


class _Reader:
    """Builds one document from the parser's events."""

    def __init__(self, events: Iterator[Event], name: str) -> None:
        self.events = events
        self.name = name
        self.lines: dict[Path_, int] = {}

    def document(self) -> Data:
        """Return the only document of a text; None when there is none."""
        data: Data = None
        started = False
        for event in self.events:
            if not isinstance(event, DocumentStartEvent):
                continue
            if started:
                msg = "not readable as YAML: a second document begins"
                hint = "one file holds one document; take the `---` away"
                raise self._error("D101", msg, event, (), hint)
            started = True
            data = self._part(next(self.events), ())
        return data

    def _part(self, event: Event, path: Path_) -> Data:
        self.lines.setdefault(path, _line(event))
        if isinstance(event, ScalarEvent):
            return self._scalar(event, path)
        if isinstance(event, AliasEvent):
            msg = f"`*{event.anchor}` repeats another part by an alias"
            hint = "write the part out where it is meant; aliases can unfold endlessly"
            raise self._error("D104", msg, event, path, hint)
        if len(path) >= DEEPEST:
            msg = f"parts stand in more than {DEEPEST} levels of one another"
            hint = "close the brackets, or write the part on a level of its own"
            raise self._error("D104", msg, event, path[:3], hint)
        if isinstance(event, SequenceStartEvent):
            return self._list(path)
        assert isinstance(event, MappingStartEvent)
        return self._mapping(path)

    def _scalar(self, event: ScalarEvent, path: Path_) -> Data:
        text = self._text(event, path)
        if len(text) > MOST_SIGNS and _NUMBER.match(text) and not event.style:
            msg = f"a number of {len(text):,} characters; at most {MOST_SIGNS}"
            hint = "write an ordinary number, or put it in quotes if it is a text"
            raise self._error("D101", msg, event, path, hint)
        try:
            return _scalar(event)
        except ValueError as error:
            msg = f"`{text}` is no day of the calendar"
            hint = "mend the date, or put it in quotes if it is a text"
            raise self._error("D101", msg, event, path, hint) from error

    def _text(self, event: ScalarEvent, path: Path_) -> str:
        """Return what a scalar says; an escape brings nothing in that is not seen."""
        text = str(event.value)
        odd = next((c for c in text if c != "\n" and _is_odd(c)), "")
        if odd:
            msg = f"有看不见的字符 U+{ord(odd):04X} (a character that nobody sees)"
            raise self._error("D101", msg, event, path, "take the escape away")
        return text

    def _list(self, path: Path_) -> Data:
        built: list[Data] = []
        for event in self.events:
            if isinstance(event, SequenceEndEvent):
                break
            built.append(self._part(event, (*path, len(built))))
        return built

    def _mapping(self, path: Path_) -> Data:
        built: dict[str, Data] = {}
        for event in self.events:
            if isinstance(event, MappingEndEvent):
                break
            if not isinstance(event, ScalarEvent):
                if isinstance(event, AliasEvent):
                    self._part(event, path)  # which refuses it
                msg = "not readable as YAML: a key is a list or a mapping"
                hint = "write one word before the colon, in quotes if it has brackets"
                raise self._error("D101", msg, event, path, hint)
            key = self._text(event, path)
            if key in built:
                msg = f"`{key}` stands twice in one mapping"
                hint = "keep one of the two, or give the other a name of its own"
                raise self._error("D102", msg, event, path, hint)
            self.lines[*path, key] = _line(event)
            built[key] = self._part(next(self.events), (*path, key))
        return built

    def _error(
        self, code: str, msg: str, event: Event, path: Path_, hint: str
    ) -> RuleError:
        clause = ".".join(map(str, path))
        line = _line(event)
        return RuleError(
            msg, code=code, file=self.name, line=line, clause=clause, hint=hint
        )


def _line(event: Event) -> int:
    return int(event.start_mark.line) + 1


def _scalar(event: ScalarEvent) -> Data:
    text = str(event.value)
    if event.style in ("'", '"', "|", ">"):
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
