# SPDX-License-Identifier: Apache-2.0
"""The column map: how the columns of a sheet are to be understood.

The user writes one to settle a doubt (`--columns MAP.yaml`); the reader writes one
to say how it understood a sheet; the office keeps it and hands it in again for a
sheet of the same headings. The one hard idea is that these are one and the same
form, so that what was guessed can be dumped, corrected and used.

```yaml
sheet: 企业
header_row: 4        # last row of the heading
year: 2025           # of the columns that name none
columns:
  B: uscc
  F: {fact: revenue, unit: 万元, year: 2024}
  G: ignore
files:               # further files, of --with
  高企名单.xlsx: {complete: true, kind: hnte}
```
"""

from __future__ import annotations

import difflib
import io
import re
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError
from ruamel.yaml import YAML

from ceyuan.declarations.source import parse_source
from ceyuan.kernel import RuleError, UsageError, unit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ceyuan.declarations.facts import Fact
    from ceyuan.declarations.source import Source

_LETTERS = re.compile(r"[A-Z]{1,3}\Z")
IDENTITY_WORDS = ("name", "uscc", "year")
IGNORE = "ignore"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _known_unit(value: object) -> object:
    try:
        unit(str(value))
    except UsageError as error:
        raise ValueError(error.message) from error
    return value


class Choice(_Strict):
    """What one column holds.

    Args:
        fact: A fact of the dictionary; or `name`, `uscc`, `year`, `ignore`.
        unit: Unit of the figures as written.
        year: Fiscal year of the figures.
        field: For a records fact the field.
        kind: For a records fact the kind of record (`hnte`).
    """

    fact: str
    unit: Annotated[str, BeforeValidator(_known_unit)] | None = None
    year: int | None = None
    field: str = ""
    kind: str = ""


def _choice(value: object) -> object:
    return {"fact": value} if isinstance(value, str) else value


def _columns(value: object) -> object:
    if isinstance(value, dict):
        wrong = [str(k) for k in value if not _LETTERS.match(str(k))]
        if wrong:
            msg = f"{wrong[0]!r} is no column letter (A, B, …, AA)"
            raise ValueError(msg)
    return value


class SheetMap(_Strict):
    """How one sheet is to be understood.

    Args:
        sheet: The sheet's name; None for the one that is found.
        header_row: The last row of the heading, from 1.
        year: Fiscal year of the columns that name none.
        unit: Unit of the money columns that name none.
        complete: The list holds every record of every firm.
        kind: The kind of record the whole list is of (`hnte`).
        columns: By column letter.
    """

    sheet: str | None = None
    header_row: int | None = None
    year: int | None = None
    unit: Annotated[str, BeforeValidator(_known_unit)] | None = None
    complete: bool | None = None
    kind: str = ""
    columns: Annotated[
        dict[str, Annotated[Choice, BeforeValidator(_choice)]],
        BeforeValidator(_columns),
    ] = {}


class ColumnMap(SheetMap):
    """How the sheets of one check are to be understood.

    Args:
        more: Further sheets of the same file.
        files: Files joined with `--with`, by file name.
    """

    more: tuple[SheetMap, ...] = ()
    files: dict[str, SheetMap] = {}

    def of_sheet(self, name: str) -> SheetMap | None:
        """Return the map of a sheet of the main file; None when it has none."""
        for one in (self, *self.more):
            if one.sheet == name:
                return one
        return self if self.sheet is None else None

    def dump(self) -> str:
        """Return the map as YAML, short where it can be."""
        data = _short(self)
        if self.more:
            data["more"] = [_short(one) for one in self.more]
        if self.files:
            data["files"] = {name: _short(one) for name, one in self.files.items()}
        out = io.StringIO()
        writer = YAML()
        writer.allow_unicode = True
        writer.width = 200
        writer.dump(data, out)
        return out.getvalue()


def _short(one: SheetMap) -> dict[str, object]:
    plain = one.model_dump(
        include={"sheet", "header_row", "year", "unit", "complete", "kind"},
        exclude_defaults=True,
    )
    columns: dict[str, object] = {}
    for letter, choice in one.columns.items():
        values = choice.model_dump(exclude_defaults=True)
        columns[letter] = choice.fact if len(values) == 1 else values
    return {**plain, "columns": columns} if columns else plain


def read_columns(path: Path, *, dictionary: Mapping[str, Fact]) -> ColumnMap:
    """Read a column map.

    Raises:
        UsageError: The file is no YAML, has an unknown key or names an unknown
            fact; the message has the line and the nearest known word.
    """
    if not path.is_file():
        msg = f"column map `{path.name}` 不存在 (no such file)"
        raise UsageError(msg, hint="check the path given to --columns")
    return parse_columns(
        path.read_text(encoding="utf-8-sig"), name=path.name, dictionary=dictionary
    )


def parse_columns(text: str, *, name: str, dictionary: Mapping[str, Fact]) -> ColumnMap:
    """Read a column map from its text; see `read_columns`."""
    try:
        source = parse_source(text, name=name)
    except RuleError as error:
        raise UsageError(str(error), hint=error.hint) from error
    try:
        made = ColumnMap.model_validate(source.data or {})
    except ValidationError as error:
        raise _refused(error, source) from error
    for path, sheet in _sheets(made):
        for letter, choice in sheet.columns.items():
            _check_fact(choice, (*path, "columns", letter), source, dictionary)
    return made


def _sheets(made: ColumnMap) -> list[tuple[tuple[str | int, ...], SheetMap]]:
    return [
        ((), made),
        *((("more", at), one) for at, one in enumerate(made.more)),
        *((("files", name), one) for name, one in made.files.items()),
    ]


def _check_fact(
    choice: Choice,
    path: tuple[str | int, ...],
    source: Source,
    dictionary: Mapping[str, Fact],
) -> None:
    known = (*dictionary, *IDENTITY_WORDS, IGNORE)
    if choice.fact not in known:
        msg = f"{source.name}:{source.line(path)}: 没有名为 `{choice.fact}` 的事实 (unknown fact)"
        raise UsageError(
            msg, hint=_near(choice.fact, known) or "`ceyuan facts list` 列出全部事实"
        )
    fact = dictionary.get(choice.fact)
    if fact is None or choice.unit is None:
        return
    if fact.kind != "number" or not fact.measure.like(unit(choice.unit)):
        msg = (
            f"{source.name}:{source.line(path)}: `{choice.fact}` 不能以 {choice.unit} "
            f"为单位 (its unit is {fact.unit or 'none'})"
        )
        raise UsageError(msg, hint="改成同类的单位，如 元、万元、亿元 或 人")


def _refused(error: ValidationError, source: Source) -> UsageError:
    fault = min(error.errors(), key=lambda e: source.line(e["loc"]))
    where = ".".join(str(step) for step in fault["loc"])
    line = source.line(fault["loc"])
    if fault["type"] == "extra_forbidden":
        key = str(fault["loc"][-1])
        known = (*ColumnMap.model_fields, *Choice.model_fields)
        msg = f"{source.name}:{line}: 不认识的项 `{where}` (unknown key)"
        return UsageError(
            msg, hint=_near(key, known) or f"可用的项: {', '.join(known)}"
        )
    msg = f"{source.name}:{line}: `{where}`: {fault['msg']}"
    return UsageError(msg, hint="compare with the example in docs/errors/facts.md")


def _near(word: str, known: tuple[str, ...]) -> str:
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return f"是不是 `{close[0]}`？ (did you mean `{close[0]}`?)" if close else ""
