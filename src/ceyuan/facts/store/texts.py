# SPDX-License-Identifier: Apache-2.0
"""Back from a canonical text to the record that it is of.

Names in a canonical text grow, so a piece that does not begin with a later name is
part of the value before it: the key of a record may hold the mark that parts columns.
A text that could be read in two ways is read in one; `said_by` sees at writing that
it is the right one.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from ceyuan.facts.store.columns import BASE, MARK, canonical, column_type
from ceyuan.kernel import CeyuanError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from ceyuan.facts.store.kinds import Kind

_COLUMN = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def split_text(text: str) -> tuple[str, str, dict[str, str]]:
    """Return record type, source, and the text of each column that says something.

    Raises:
        ValueError: It is no canonical text.
    """
    record, source, *pieces = text.split(MARK)
    said: dict[str, str] = {}
    last = ""
    for piece in pieces:
        match = _COLUMN.match(piece)
        if match is not None and match[1] > last:
            last = match[1]
            said[last] = piece[match.end() :]
        elif last:
            said[last] += MARK + piece
        else:
            msg = f"not a canonical text: {piece[:40]!r}"
            raise ValueError(msg)
    return record, source, said


def said_by(values: Mapping[str, object], record: str, source: str) -> str:
    """Return the canonical text of a stored row, which reads back as the row.

    Raises:
        CeyuanError: A value holds what parts columns and would be read as two.
    """
    text = canonical(values, record, source)
    head = f"{record}{MARK}{source}{MARK}"
    for name, part in split_text(text)[2].items():
        if (
            canonical({name: values.get(name)}, record, source)
            != f"{head}{name}={part}"
        ):
            msg = f"`{record}` 的 `{name}` 里有分隔符，不能出具回执 (it holds a separator)"
            raise CeyuanError(msg, hint="更正这个值，重新判定，再出具")
    return text


def frame_of(
    rows: Sequence[Mapping[str, str]], kind: Kind, *, more: Collection[str] = ()
) -> pl.DataFrame:
    """Return records from the texts of their columns, typed as they are stored.

    `more` names attributes that have a column although no row says anything of them.
    Columns that are neither of every record nor an attribute of the type are left out.

    Raises:
        ValueError: A text is not of its column's type.
    """
    types = {n: t for n, t in BASE.items() if n not in {"file", "row", "sha"}}
    for name in sorted({*more, *(n for row in rows for n in row)} - set(BASE)):
        if name in kind.attributes:
            types[name] = column_type(
                kind.attributes[name], personal=name in kind.personal
            )
    columns = [
        pl.Series(name, [_read(row.get(name), of) for row in rows], dtype=of)
        for name, of in types.items()
    ]
    return pl.DataFrame(columns).with_columns(pl.col("key").fill_null(""))


def _read(text: str | None, of: Any) -> object:  # noqa: ANN401
    if text is None:
        return None
    if isinstance(of, pl.List):
        return text.split(",") if text else []
    if isinstance(of, pl.Datetime):
        return _EPOCH + timedelta(microseconds=int(text))
    if of == pl.Date:
        return date.fromisoformat(text)
    if of == pl.Binary:
        return bytes.fromhex(text)
    if of == pl.Boolean:
        return {"true": True, "false": False}[text]
    return text if of == pl.String else int(text)
