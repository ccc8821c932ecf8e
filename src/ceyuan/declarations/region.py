# SPDX-License-Identifier: Apache-2.0
"""A region: its facts and its policies, on top of those of its parent.

A city is a folder: `region.yaml`, `facts/*.yaml`, `policies/*.yaml`. Everything
in it is data; replacing the folder replaces the city.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ceyuan.declarations.compose import Rule, compose, fact_symbols
from ceyuan.declarations.facts import Fact, FactFile
from ceyuan.declarations.parts import Part, build
from ceyuan.declarations.policy import Policy
from ceyuan.declarations.source import Source, read_source
from ceyuan.kernel import RuleError, UsageError
from ceyuan.language import Checker, Definition, FactSymbol, Scope, Type, names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

REGIONS = Path(__file__).parent.parent / "regions"
DEFAULT_REGION = "shanghai"


class RegionFile(Part):
    """`region.yaml`: the names of a region and the region it stands on."""

    region: str
    zh: str
    en: str
    extends: str | None = None


@dataclass(frozen=True, slots=True)
class Region:
    """Facts and rules of a region, its parents' included.

    Args:
        id: The region's id.
        facts: The fact dictionary, by name.
        rules: Rules by policy id, national ones first.
        digest: SHA-256 over all declarations, in order of their names.
        errors: Declarations that did not load; empty for `load_region`.
    """

    id: str
    facts: Mapping[str, Fact]
    rules: Mapping[str, Rule]
    digest: str
    errors: tuple[RuleError, ...] = ()

    def rule(self, policy: str) -> Rule:
        """Return a rule.

        Raises:
            UsageError: There is no such policy.
        """
        if policy in self.rules:
            return self.rules[policy]
        near = get_close_matches(policy, self.rules, n=1)
        hint = f"did you mean `{near[0]}`?" if near else "see `ceyuan policy list`"
        msg = f"there is no policy `{policy}`"
        raise UsageError(msg, hint=hint)


@cache
def load_region(region: str = DEFAULT_REGION) -> Region:
    """Return a region that has no error.

    Raises:
        RuleError: The first declaration that is wrong.
        UsageError: There is no such region.
    """
    loaded = read_region(region)
    if loaded.errors:
        raise loaded.errors[0]
    return loaded


def read_region(region: str = DEFAULT_REGION, *, extra: Sequence[Path] = ()) -> Region:
    """Return a region with the errors of its declarations collected.

    Args:
        region: Its id, the name of its folder.
        extra: Further policy files, for linting a draft beside the region.

    Raises:
        UsageError: There is no such region.
    """
    folders = _folders(region)
    errors: list[RuleError] = []
    facts: dict[str, Fact] = {}
    home: dict[str, str] = {}
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted((folder / "facts").glob("*.yaml")):
            source = _read(path, errors, digest)
            if source is not None:
                _add_facts(source, facts, home, errors)
    symbols = fact_symbols(facts)
    _check_derivations(symbols, home, errors)
    rules: dict[str, Rule] = {}
    paths = [
        path
        for folder in folders
        for path in sorted((folder / "policies").glob("*.yaml"))
        if not path.name.endswith(".cases.yaml")
    ]
    for path in [*paths, *extra]:
        source = _read(path, errors, digest)
        if source is None:
            continue
        try:
            said = build(Policy, source)
            _own_name(said, source, path)
            rules[said.policy] = compose(said, symbols, source)
        except RuleError as error:
            errors.append(error)
    return Region(region, facts, rules, digest.hexdigest(), tuple(errors))


def _folders(region: str) -> list[Path]:
    chain: list[Path] = []
    current: str | None = region
    while current is not None:
        folder = REGIONS / current
        if not (folder / "region.yaml").is_file():
            known = sorted(p.parent.name for p in REGIONS.glob("*/region.yaml"))
            msg = f"there is no region `{current}`"
            raise UsageError(msg, hint=f"known regions: {', '.join(known)}")
        chain.insert(0, folder)
        current = build(RegionFile, read_source(folder / "region.yaml")).extends
    return chain


def _read(path: Path, errors: list[RuleError], digest: hashlib._Hash) -> Source | None:
    name = path.name
    if path.is_relative_to(REGIONS):
        name = path.relative_to(REGIONS).as_posix()
    try:
        source = read_source(path, name=name)
    except RuleError as error:
        errors.append(error)
        return None
    except (OSError, UnicodeDecodeError) as error:
        errors.append(RuleError(f"not readable: {error}", code="D100", file=name))
        return None
    digest.update(name.encode())
    digest.update(source.text.encode())
    return source


def _add_facts(
    source: Source,
    facts: dict[str, Fact],
    home: dict[str, str],
    errors: list[RuleError],
) -> None:
    try:
        added = build(FactFile, source).facts
    except RuleError as error:
        errors.append(error)
        return
    for name, fact in added.items():
        if name in facts:
            msg = f"the fact `{name}` is already in {home[name]}"
            errors.append(
                RuleError(
                    msg,
                    code="D220",
                    file=source.name,
                    line=source.line(("facts", name)),
                    clause=name,
                )
            )
            continue
        facts[name] = fact
        home[name] = source.name


def _check_derivations(
    symbols: Mapping[str, object], home: Mapping[str, str], errors: list[RuleError]
) -> None:
    typed = {n: s for n, s in symbols.items() if isinstance(s, FactSymbol)}
    definitions = {
        f"fact:{n}": Definition(s.derive, absent_as=False)
        for n, s in typed.items()
        if s.derive is not None
    }
    circles = _circles(typed)
    checker = Checker(Scope(typed, {}, definitions))
    for key in definitions:
        name = key.removeprefix("fact:")
        if name in circles:
            msg = f"`{name}` is derived from itself: {circles[name]}"
            errors.append(RuleError(msg, code="D211", file=home[name], clause=name))
            continue
        if circles:
            continue
        try:
            _check_derivation(typed[name], checker.definition(key))
        except RuleError as error:
            error.file, error.clause = home[name], name
            errors.append(error)


def _check_derivation(symbol: FactSymbol, found: Type) -> None:
    """Raise when a derivation gives another kind or unit than its fact has."""
    wanted = {"flag": "truth"}.get(symbol.kind, symbol.kind)
    same_unit = (
        found.name != "number" or found.unit is None or found.unit.like(symbol.unit)
    )
    if found.name != wanted or not same_unit:
        shown = found.unit.name if found.unit else ""
        msg = f"`{symbol.name}` is derived as a {found.name} {shown}"
        raise RuleError(msg, code="D213")


def _circles(symbols: Mapping[str, object]) -> dict[str, str]:
    """Return the facts that are derived from themselves, with the way round."""
    found: dict[str, str] = {}

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            found[name] = " → ".join((*path[path.index(name) :], name))
            return
        symbol = symbols.get(name)
        if isinstance(symbol, FactSymbol) and symbol.derive is not None:
            for read in names(symbol.derive):
                visit(read, (*path, name))

    for name in symbols:
        visit(name, ())
    return found


def _own_name(said: Policy, source: Source, path: Path) -> None:
    if said.policy != path.stem:
        msg = f"the policy `{said.policy}` stands in `{path.name}`"
        raise RuleError(
            msg,
            code="D225",
            file=source.name,
            line=source.line(("policy",)),
            hint="one policy is one file of its own name",
        )
