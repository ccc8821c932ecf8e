# SPDX-License-Identifier: Apache-2.0
"""The records of a region: types, sources, forms and the ladder, read and checked.

They stand beside the facts and policies and are read apart from them, because what
decides about a firm does not need them. The one hard idea is that everything is
checked against everything when it is read: a key, a link, a form's line or a tier
that names what does not exist is found here, with file and line, and not by the
first file that somebody imports.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING

from ceyuan.declarations.forms import Form, FormFile
from ceyuan.declarations.ladder import LadderFile, Tier
from ceyuan.declarations.parts import Text, build
from ceyuan.declarations.record_checks import Book, check
from ceyuan.declarations.record_types import (
    Attribute,
    RecordFile,
    RecordType,
    SourceFile,
    SourceSaid,
)
from ceyuan.declarations.region import (
    DEFAULT_REGION,
    _folders,
    _read,
    load_region,
)
from ceyuan.kernel import RuleError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from ceyuan.declarations.source import Source


@dataclass(frozen=True, slots=True)
class Records:
    """What is kept of a region's world, its parents' included.

    Args:
        types: Record types by id.
        sources: Sources by id, the one believed first before the others.
        purposes: What attributes may be used for, by id.
        forms: Forms by id.
        ladder: Tiers by id, lowest first.
        digest: SHA-256 over these declarations, in order of their names.
        attributes: All attributes of each type, inherited ones included.
        errors: Declarations that are wrong; empty for `load_records`.
    """

    types: Mapping[str, RecordType]
    sources: Mapping[str, SourceSaid]
    purposes: Mapping[str, Text]
    forms: Mapping[str, Form]
    ladder: Mapping[str, Tier]
    digest: str
    attributes: Mapping[str, Mapping[str, Attribute]] = field(repr=False)
    errors: tuple[RuleError, ...] = ()

    def type(self, name: str) -> RecordType:
        """Return a record type.

        Raises:
            UsageError: There is no such type.
        """
        if name not in self.types:
            raise _unknown("record type", name, self.types)
        return self.types[name]

    def form(self, name: str) -> Form:
        """Return a form.

        Raises:
            UsageError: There is no such form.
        """
        if name not in self.forms:
            raise _unknown("form", name, self.forms)
        return self.forms[name]

    def source(self, name: str) -> SourceSaid:
        """Return a source.

        Raises:
            UsageError: There is no such source.
        """
        if name not in self.sources:
            raise _unknown("source", name, self.sources)
        return self.sources[name]

    def attribute(self, type_: str, name: str) -> Attribute:
        """Return an attribute of a type.

        Raises:
            UsageError: There is no such type or attribute.
        """
        self.type(type_)
        known = self.attributes[type_]
        if name not in known:
            what = f"attribute of `{type_}`"
            raise _unknown(what, name, known)
        return known[name]

    def order(self, type_: str, attribute: str) -> tuple[str, ...]:
        """Return every source, the one believed first for an attribute at the front.

        A ruling settles everything; then come the attribute's own sources, then
        the others in the order of the sources' file.

        Raises:
            UsageError: There is no such type or attribute.
        """
        named = self.attribute(type_, attribute).sources
        return tuple(
            dict.fromkeys(
                [*(s for s in self.sources if s == "ruling"), *named, *self.sources]
            )
        )


@cache
def load_records(region: str = DEFAULT_REGION, root: Path | None = None) -> Records:
    """Return the records of a region that has no error.

    Args:
        region: Its id.
        root: The folder of all regions; another one for declarations kept from
            an earlier day.

    Raises:
        RuleError: The first declaration that is wrong.
        UsageError: There is no such region.
    """
    loaded = read_records(region, root)
    if loaded.errors:
        raise loaded.errors[0]
    return loaded


def read_records(region: str = DEFAULT_REGION, root: Path | None = None) -> Records:
    """Return the records of a region with the errors of their declarations.

    Raises:
        RuleError: The facts or policies of the region are wrong.
        UsageError: There is no such region.
    """
    base = load_region(region, root)
    book = Book(base.facts, base.rules)
    digest = hashlib.sha256()
    folders = _folders(region, root)
    for source in _each(folders, "sources.yaml", book.errors, digest, root):
        _add_sources(source, book)
    for source in _each(folders, "records/*.yaml", book.errors, digest, root):
        _add_types(source, book)
    for source in _each(folders, "forms/*.yaml", book.errors, digest, root):
        _add_forms(source, book)
    for source in _each(folders, "ladder.yaml", book.errors, digest, root):
        _set_ladder(source, book)
    check(book)
    _merge(book)
    return Records(
        book.types,
        book.sources,
        book.purposes,
        book.forms,
        book.ladder,
        digest.hexdigest(),
        book.attributes,
        tuple(book.errors),
    )


def _each(
    folders: Iterable[Path],
    names: str,
    errors: list[RuleError],
    digest: hashlib._Hash,
    root: Path | None,
) -> Iterable[Source]:
    for folder in folders:
        for path in sorted(folder.glob(names)):
            source = _read(path, errors, digest, root)
            if source is not None:
                yield source


def _add_sources(source: Source, book: Book) -> None:
    try:
        said = build(SourceFile, source)
    except RuleError as error:
        book.errors.append(error)
        return
    for name, one in said.sources.items():
        book.add(book.sources, "sources", name, one, source)
    for name, text in said.purposes.items():
        book.add(book.purposes, "purposes", name, text, source)


def _add_types(source: Source, book: Book) -> None:
    try:
        said = build(RecordFile, source)
    except RuleError as error:
        book.errors.append(error)
        return
    for name, one in said.records.items():
        if book.add(book.types, "records", name, one, source):
            book.attributes[name] = one.all_attributes(book.facts)
    for name, more in said.authority.items():
        book.add(book.more, "authority", name, more, source)


def _merge(book: Book) -> None:
    """Give the types of parent regions what this region says of its own facts."""
    for name, more in book.more.items():
        if name in book.types:
            before = book.types[name]
            update = {"authority": (*before.authority, *more)}
            book.types[name] = merged = before.model_copy(update=update)
            book.attributes[name] = merged.all_attributes(book.facts)


def _add_forms(source: Source, book: Book) -> None:
    try:
        said = build(FormFile, source).forms
    except RuleError as error:
        book.errors.append(error)
        return
    for name, one in said.items():
        book.add(book.forms, "forms", name, one, source)


def _set_ladder(source: Source, book: Book) -> None:
    """Take a ladder; the one of the region itself replaces its parents'."""
    try:
        said = build(LadderFile, source).tiers
    except RuleError as error:
        book.errors.append(error)
        return
    book.ladder.clear()
    for name in said:
        book.home.pop(("tiers", name), None)
    for name, tier in said.items():
        book.add(book.ladder, "tiers", name, tier, source)


_WORDS = {"record": "记录类型", "form": "表单", "source": "来源", "attribute": "属性"}


def _unknown(what: str, name: str, known: Iterable[str]) -> UsageError:
    names = list(known)
    near = get_close_matches(name, names, n=1)
    hint = (
        f"是不是 `{near[0]}`？ (did you mean `{near[0]}`?)"
        if near
        else f"已知的 (known): {', '.join(names)}"
    )
    msg = (
        f"没有{_WORDS.get(what.split(maxsplit=1)[0], '')} `{name}` (there is no {what})"
    )
    return UsageError(msg, hint=hint)
