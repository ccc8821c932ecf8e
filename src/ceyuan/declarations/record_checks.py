# SPDX-License-Identifier: Apache-2.0
"""What is checked of record types, forms and the ladder when they are read.

Each check names what is wrong with file, line and the nearest name that exists, and
the checks go on: one run shows all that has to be mended.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, TypeVar

from ceyuan.declarations.compose import fact_symbols
from ceyuan.declarations.record_types import RESERVED
from ceyuan.kernel import RuleError, unit
from ceyuan.language import Checker, Definition, Scope, names, parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ceyuan.declarations.compose import Rule
    from ceyuan.declarations.facts import Fact
    from ceyuan.declarations.forms import Form, FormColumn, FormLine
    from ceyuan.declarations.ladder import Tier
    from ceyuan.declarations.parts import Text
    from ceyuan.declarations.record_types import (
        Attribute,
        Authority,
        RecordType,
        SourceSaid,
    )
    from ceyuan.declarations.source import Path_, Source

_Said = TypeVar("_Said")


@dataclass(slots=True)
class Book:
    """What has been read so far, where it stands, and what is wrong with it.

    Args:
        facts: The fact dictionary.
        rules: The policies.
        sources: Sources by id.
        purposes: Purposes by id.
        types: Record types by id.
        attributes: All attributes of each type.
        more: What a region adds to the authorities of its parents' types.
        forms: Forms by id.
        ladder: Tiers by id.
        home: File of each part, by section and id.
        errors: What is wrong.
    """

    facts: Mapping[str, Fact]
    rules: Mapping[str, Rule]
    sources: dict[str, SourceSaid] = field(default_factory=dict)
    purposes: dict[str, Text] = field(default_factory=dict)
    types: dict[str, RecordType] = field(default_factory=dict)
    attributes: dict[str, dict[str, Attribute]] = field(default_factory=dict)
    more: dict[str, tuple[Authority, ...]] = field(default_factory=dict)
    forms: dict[str, Form] = field(default_factory=dict)
    ladder: dict[str, Tier] = field(default_factory=dict)
    home: dict[tuple[str, str], Source] = field(default_factory=dict)
    errors: list[RuleError] = field(default_factory=list)

    def add(
        self,
        into: dict[str, _Said],
        section: str,
        name: str,
        said: _Said,
        source: Source,
    ) -> bool:
        """Add a part under its id; a second one of that id is an error."""
        if name in into:
            before = self.home[section, name].name
            msg = f"`{name}` is already in {before}"
            error = RuleError(msg, code="D301", hint="rename one of the two")
            _place(error, source, (section, name))
            self.errors.append(error)
            return False
        into[name] = said
        self.home[section, name] = source
        return True

    def wrong(self, code: str, path: Path_, msg: str, hint: str = "") -> None:
        """Note what is wrong at a part; the path begins with section and id."""
        error = RuleError(msg, code=code, hint=hint)
        _place(error, self.home[str(path[0]), str(path[1])], path)
        self.errors.append(error)

    def known(
        self, code: str, path: Path_, what: str, name: str, among: Iterable[str]
    ) -> bool:
        """Return whether a name exists; note it with the nearest when not."""
        names_ = list(among)
        if name in names_:
            return True
        near = get_close_matches(name, names_, n=1)
        hint = f"did you mean `{near[0]}`?" if near else f"known: {_few(names_)}"
        self.wrong(code, path, f"there is no {what} `{name}`", hint)
        return False


def check(book: Book) -> None:
    """Check all types, forms and tiers of a book."""
    for name, type_ in book.types.items():
        _check_type(book, name, type_)
    for name in book.more:
        path = ("authority", name)
        book.known("D303", path, "record type", name, book.types)
    for name, form in book.forms.items():
        _check_form(book, name, form)
    _check_ladder(book)


def _check_type(book: Book, name: str, type_: RecordType) -> None:
    at = ("records", name)
    attributes = book.attributes[name]
    _check_names(book, at, type_)
    _check_origin(book, at, type_)
    _check_sources(book, at, type_)
    _check_privacy(book, at, type_, attributes)
    for place, part in enumerate(type_.key):
        if part != "year":
            book.known("D303", (*at, "key", place), "attribute", part, attributes)
    for place, part in enumerate(type_.key_may_lack):
        where = (*at, "key_may_lack", place)
        book.known("D303", where, "part of the key", part, type_.key)
    path: Path_
    for part, target in type_.links.items():
        path = (*at, "links", part)
        book.known("D304", path, "attribute", part, attributes)
        found = book.known("D304", path, "record type", target, book.types)
        if found and len(book.types[target].key) > 1:
            msg = f"one value cannot name a `{target}`: its key has several attributes"
            book.wrong("D304", path, msg, "link to a type with one key attribute")
    for place_, clock in (
        ("valid_from", type_.valid_from),
        ("valid_to", type_.valid_to),
        ("withdrawn", type_.withdrawn),
    ):
        path = (*at, place_)
        if not clock or not book.known("D307", path, "attribute", clock, attributes):
            continue
        if attributes[clock].kind != "date":
            msg = f"`{clock}` is a {attributes[clock].kind}, not a date"
            book.wrong("D307", path, msg, "name a date attribute, or leave it out")


def _check_names(book: Book, at: tuple[str, str], type_: RecordType) -> None:
    """Check that no name and no heading of a type means two things."""
    inherited = {
        n
        for n, f in book.facts.items()
        if type_.facts_of and type_.facts_of in f.subject
    }
    heads = {
        head: name
        for name, attribute in book.attributes[at[1]].items()
        if name not in type_.attributes
        for head in (attribute.zh, *attribute.headings.zh)
    }
    if type_.role is not None:
        for head in (type_.role.zh, *type_.role.headings.zh):
            heads.setdefault(head, type_.role.id)
    for name, attribute in type_.attributes.items():
        path = (*at, "attributes", name)
        if name in RESERVED:
            msg = f"`{name}` is a column of every batch"
            book.wrong("D301", path, msg, "give the attribute another name")
        if name in inherited:
            msg = f"`{name}` is a fact of `{type_.facts_of}` already"
            book.wrong("D301", path, msg, "leave it out, or rename it")
        if attribute.kind == "records":
            msg = f"`{name}` is a list of records"
            book.wrong("D301", path, msg, "declare a record type of its own")
        for head in sorted({attribute.zh, *attribute.headings.zh}):
            if heads.setdefault(head, name) != name:
                msg = f"the heading {head} means `{heads[head]}` and `{name}`"
                book.wrong("D301", path, msg, "keep it at one of the two")


def _check_origin(book: Book, at: tuple[str, str], type_: RecordType) -> None:
    subjects = {s for fact in book.facts.values() for s in fact.subject}
    if type_.facts_of:
        path = (*at, "facts_of")
        book.known("D305", path, "subject", type_.facts_of, sorted(subjects))
    if not type_.feeds:
        return
    path = (*at, "feeds")
    if not book.known("D305", path, "fact", type_.feeds, book.facts):
        return
    fact = book.facts[type_.feeds]
    if fact.kind != "records":
        msg = f"`{type_.feeds}` is a {fact.kind}, no list of records"
        book.wrong("D305", path, msg, "name a fact of the kind records")
    for name, said in fact.fields.items():
        own = type_.attributes.get(name)
        if own is None:
            continue
        wanted = (said.kind, unit(said.unit or "1").dims, set(said.codes))
        if (own.kind, own.measure.dims, set(own.codes)) != wanted:
            msg = f"`{name}` is not what the field of `{type_.feeds}` is"
            hint = "leave the attribute out: it is taken from the fact"
            book.wrong("D305", (*at, "attributes", name), msg, hint)


def _check_sources(book: Book, at: tuple[str, str], type_: RecordType) -> None:
    more = book.more.get(at[1], ())
    path: Path_
    for place, source in enumerate(type_.sources):
        book.known("D302", (*at, "sources", place), "source", source, book.sources)
    for name, attribute in type_.attributes.items():
        for source in attribute.sources:
            path = (*at, "attributes", name, "sources")
            book.known("D302", path, "source", source, book.sources)
    met: set[str] = set()
    authorities: list[tuple[Path_, Authority]] = [
        *(((*at, "authority", n), one) for n, one in enumerate(type_.authority)),
        *((("authority", at[1], n), one) for n, one in enumerate(more)),
    ]
    for path, one in authorities:
        for source in one.sources:
            book.known("D302", (*path, "sources"), "source", source, book.sources)
        inside = (*path, "attributes")
        for name in one.attributes:
            book.known("D303", inside, "attribute", name, book.attributes[at[1]])
            if name in met:
                msg = f"`{name}` has its sources named twice"
                book.wrong("D301", inside, msg, "keep it in one of the lists")
            met.add(name)


def _check_privacy(
    book: Book,
    at: tuple[str, str],
    type_: RecordType,
    attributes: Mapping[str, Attribute],
) -> None:
    path: Path_
    if type_.person:
        path = (*at, "person")
        found = book.known("D306", path, "attribute", type_.person, attributes)
        if found and attributes[type_.person].kind != "text":
            msg = f"`{type_.person}` names a person and must be a text"
            book.wrong("D306", path, msg, "make it a text")
    for place, purpose in enumerate(type_.purpose):
        path = (*at, "purpose", place)
        book.known("D306", path, "purpose", purpose, book.purposes)
    for name, attribute in attributes.items():
        path = (*at, "attributes", name)
        if name in type_.attributes:
            for purpose in type_.attributes[name].purpose:
                book.known("D306", path, "purpose", purpose, book.purposes)
        if attribute.sensitivity != "personal":
            continue
        if not attribute.purpose:
            msg = f"`{name}` is personal and nothing says what it may be used for"
            book.wrong("D306", path, msg, "name its `purpose`, or leave it out")
        if not type_.person:
            msg = f"`{name}` is personal and nothing says whose it is"
            book.wrong("D306", path, msg, "name the type's `person`")
        if name in type_.key:
            msg = f"`{name}` is personal and part of the key, which is not encrypted"
            book.wrong("D306", path, msg, "use a number of the person in the key")


def _check_form(book: Book, name: str, form: Form) -> None:
    at = ("forms", name)
    book.known("D302", (*at, "source"), "source", form.source, book.sources)
    if not book.known("D308", (*at, "record"), "record type", form.record, book.types):
        return
    attributes = book.attributes[form.record]
    mapped: list[tuple[Path_, FormLine | FormColumn]] = [
        *(((*at, "lines", n), line) for n, line in enumerate(form.lines)),
        *(((*at, "table", n), column) for n, column in enumerate(form.table)),
    ]
    met: set[str] = set(form.constants)
    for path, one in mapped:
        if not book.known("D308", path, "attribute", one.attribute, attributes):
            continue
        if one.attribute in met:
            msg = f"`{one.attribute}` is stated twice by one form"
            book.wrong("D308", path, msg, "keep one of the two")
        met.add(one.attribute)
        _check_unit(book, path, attributes[one.attribute], one.unit or form.unit)
        for code in getattr(one, "codes", ()):
            codes = attributes[one.attribute].codes
            book.known("D308", path, "code", code, codes)
    for attribute, value in form.constants.items():
        path = (*at, "constants", attribute)
        if book.known("D308", path, "attribute", attribute, attributes):
            codes = attributes[attribute].codes
            if codes:
                book.known("D308", path, "code", value, codes)


def _check_unit(
    book: Book, path: Path_, attribute: Attribute, said: str | None
) -> None:
    if attribute.kind != "number":
        return
    if said is None:
        if path[2] == "lines":
            msg = "a figure of a form needs its unit"
            book.wrong("D308", path, msg, "name `unit` here or for the whole form")
    elif not unit(said).like(attribute.measure):
        msg = f"{said} does not fit {attribute.unit}, the unit of the attribute"
        book.wrong("D308", path, msg, "mend the unit or the attribute")


def _check_ladder(book: Book) -> None:
    if not book.ladder:
        return
    symbols = fact_symbols(book.facts)
    definitions = {
        f"fact:{n}": Definition(s.derive, absent_as=False)
        for n, s in symbols.items()
        if s.derive is not None
    }
    checker = Checker(Scope(symbols, {}, definitions))
    for name, tier in book.ladder.items():
        at = ("tiers", name)
        for place, policy in enumerate(tier.policies):
            path = (*at, "policies", place)
            book.known("D309", path, "policy", policy, book.rules)
        if tier.held is not None:
            _check_held(book, (*at, "held"), tier.held, checker)


def _check_held(book: Book, path: Path_, held: str, checker: Checker) -> None:
    try:
        node = parse(held)
        found = checker.check(node, absent_said=True)
    except RuleError as error:
        _place(error, book.home[str(path[0]), str(path[1])], path)
        book.errors.append(error)
        return
    if found.name != "truth":
        msg = f"`{held}` is a {found.name}, not a condition"
        book.wrong("D309", path, msg, "write what is true of a firm that holds it")
    for fact in sorted(names(node)):
        if fact in book.facts and "firm" not in book.facts[fact].subject:
            msg = f"`{fact}` is no fact of a firm"
            book.wrong("D309", path, msg, "use a fact whose subject is firm")


def _place(error: RuleError, source: Source, path: Path_) -> None:
    error.file, error.line = source.name, source.line(path)
    error.clause = ".".join(str(step) for step in path[1:])


def _few(names_: list[str]) -> str:
    more = ", …" if len(names_) > 8 else ""  # noqa: PLR2004 - a line holds about eight
    return ", ".join(names_[:8]) + more
