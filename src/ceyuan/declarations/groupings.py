# SPDX-License-Identifier: Apache-2.0
"""By what the effects of a reform are told: district, industry, size, tier.

A grouping is an attribute of the subject, a row of bands (the first whose test holds;
not known where an earlier one is not), or the ladder (the highest tier that is held).
Who belongs to no group that is known is a group of its own.

What a grouping says is checked against the dictionary and the records before anything
is told by it: a misspelt name would otherwise be one large group of the unknown. A
band has no parameters, so what is counted one by one (persons, pieces) may meet a bare
number in it; money may not, as nobody could tell 元 from 万元.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, NoReturn

from pydantic import model_validator

from ceyuan.declarations.compose import fact_symbols
from ceyuan.declarations.parts import Part, build
from ceyuan.declarations.records import load_records
from ceyuan.declarations.region import DEFAULT_REGION, REGIONS, _folders, load_region
from ceyuan.declarations.source import read_source
from ceyuan.kernel import PURE, RuleError
from ceyuan.language import Checker, Definition, Scope, names, parse

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ceyuan.declarations.records import Records
    from ceyuan.declarations.region import Region
    from ceyuan.declarations.source import Path_, Source

SUBJECT = "firm"
"""Whose effects are told by groups."""
_ONE_WORD = frozenset({"text", "code", "flag", "date"})
"""Kinds of attributes whose values can name groups."""
COUNTS = frozenset({"人", "件"})
"""Base units of what is counted one by one."""


class Band(Part):
    """One band: the subjects for which a test holds, and no test before it."""

    zh: str
    en: str
    test: str


class Grouping(Part):
    """One grouping; exactly one of its three ways is given.

    Args:
        zh: Chinese name.
        en: English name.
        attribute: An attribute with one value per subject.
        bands: Bands in order.
        ladder: The highest tier of the ladder that is held.
    """

    zh: str
    en: str
    attribute: str = ""
    bands: dict[str, Band] = {}
    ladder: bool = False

    @model_validator(mode="after")
    def _one_way(self) -> Grouping:
        if bool(self.attribute) + bool(self.bands) + self.ladder != 1:
            msg = "a grouping is an attribute, bands, or the ladder"
            raise ValueError(msg)
        return self


class GroupingFile(Part):
    """`groupings.yaml`."""

    groupings: dict[str, Grouping]


@cache
def load_groupings(
    region: str = DEFAULT_REGION, root: Path | None = None
) -> Mapping[str, Grouping]:
    """Return the groupings of a region; its own replace its parents'.

    Raises:
        RuleError: The file is wrong, or names what does not exist.
        UsageError: There is no such region.
    """
    base, records = load_region(region, root), load_records(region, root)
    found: dict[str, Grouping] = {}
    for folder in _folders(region, root):
        path = folder / "groupings.yaml"
        if path.is_file():
            name = path.relative_to(root or REGIONS).as_posix()
            source = read_source(path, name=name)
            said = build(GroupingFile, source).groupings
            check = _Check(source, base, records, _checker(base))
            for name, grouping in said.items():
                check.grouping(("groupings", name), grouping)
            found |= said
    return found


def _checker(base: Region) -> Checker:
    """Return a checker to whom a count is a pure number."""
    symbols = {
        n: replace(s, unit=PURE) if s.unit.name in COUNTS else s
        for n, s in fact_symbols(base.facts).items()
    }
    definitions = {
        f"fact:{n}": Definition(s.derive, absent_as=False)
        for n, s in symbols.items()
        if s.derive is not None
    }
    return Checker(Scope(symbols, {}, definitions))


@dataclass(frozen=True, slots=True)
class _Check:
    """The groupings of one file, held against the dictionary and the records."""

    source: Source
    base: Region
    records: Records
    checker: Checker

    def grouping(self, at: Path_, said: Grouping) -> None:
        if said.attribute:
            self._attribute((*at, "attribute"), said.attribute)
        if said.ladder and not self.records.ladder:
            msg = "the region declares no ladder"
            self._wrong((*at, "ladder"), msg, "declare it in `ladder.yaml`")
        for name, band in said.bands.items():
            self._test((*at, "bands", name, "test"), band.test)

    def _attribute(self, at: Path_, name: str) -> None:
        types = self.records.types.items()
        kind = next((t for t, said in types if said.facts_of == SUBJECT), SUBJECT)
        known = self.records.attributes.get(kind, {})
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = (
                f"did you mean `{near[0]}`?" if near else "name one of its attributes"
            )
            self._wrong(at, f"the records of a {SUBJECT} have no `{name}`", hint)
        attribute = known[name]
        fault = ""
        if attribute.sensitivity == "personal":
            fault = "is personal"
        elif attribute.derive is not None:
            fault = "is derived from other facts"
        elif attribute.kind not in _ONE_WORD:
            fault = f"is a {attribute.kind}"
        if fault:
            msg = f"`{name}` {fault}; it cannot name groups"
            self._wrong(at, msg, "write `bands` with a test each")

    def _test(self, at: Path_, test: str) -> None:
        try:
            node = parse(test)
            found = self.checker.check(node, absent_said=True)
        except RuleError as error:
            error.file, error.line = self.source.name, self.source.line(at)
            error.clause = ".".join(str(step) for step in at[1:])
            raise
        if found.name != "truth":
            msg = f"`{test}` is a {found.name}, not a condition"
            self._wrong(at, msg, "write what is true of the firms of the band")
        for fact in sorted(names(node)):
            if SUBJECT not in self.base.facts[fact].subject:
                msg = f"`{fact}` is no fact of a {SUBJECT}"
                self._wrong(at, msg, f"use a fact whose subject is {SUBJECT}")

    def _wrong(self, at: Path_, msg: str, hint: str) -> NoReturn:
        raise RuleError(
            msg,
            code="D310",
            file=self.source.name,
            line=self.source.line(at),
            clause=".".join(str(step) for step in at[1:]),
            hint=hint,
        )
