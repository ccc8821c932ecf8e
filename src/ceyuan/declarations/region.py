# SPDX-License-Identifier: Apache-2.0
"""A region: its facts and its policies, on top of those of its parent.

A city is a folder: `region.yaml`, `facts/*.yaml`, `policies/*.yaml`. Everything
in it is data; replacing the folder replaces the city.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ceyuan.declarations.compose import Rule, compose, fact_symbols
from ceyuan.declarations.facts import Fact, FactFile
from ceyuan.declarations.parts import Part, build
from ceyuan.declarations.policy import Policy
from ceyuan.declarations.source import Source, read_source
from ceyuan.declarations.succession import check_succession
from ceyuan.kernel import RuleError, UsageError
from ceyuan.language import Checker, Definition, FactSymbol, Scope, Type, names, parse

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
def load_region(region: str = DEFAULT_REGION, root: Path | None = None) -> Region:
    """Return a region that has no error.

    Args:
        region: Its id, the name of its folder.
        root: The folder of all regions; another one for declarations kept from
            an earlier day.

    Raises:
        RuleError: The first declaration that is wrong.
        UsageError: There is no such region.
    """
    loaded = read_region(region, root=root)
    if loaded.errors:
        raise loaded.errors[0]
    return loaded


def read_region(
    region: str = DEFAULT_REGION,
    *,
    extra: Sequence[Path] = (),
    root: Path | None = None,
) -> Region:
    """Return a region with the errors of its declarations collected.

    Args:
        region: Its id, the name of its folder.
        extra: Further policy files, for linting a draft beside the region.
        root: The folder of all regions.

    Raises:
        UsageError: There is no such region.
    """
    folders = _folders(region, root)
    errors: list[RuleError] = []
    facts: dict[str, Fact] = {}
    home: dict[str, Source] = {}
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted((folder / "facts").glob("*.yaml")):
            source = _read(path, errors, digest, root)
            if source is not None:
                _add_facts(source, facts, home, errors)
    symbols = _sound(fact_symbols(facts), home, errors)
    rules: dict[str, Rule] = {}
    paths = [
        path
        for folder in folders
        for path in sorted((folder / "policies").glob("*.yaml"))
        if not path.name.endswith(".cases.yaml")
    ]
    for path in [*paths, *extra]:
        source = _read(path, errors, digest, root)
        if source is None:
            continue
        try:
            said = build(Policy, source)
            _own_name(said, source, path)
            rules[said.policy] = compose(said, symbols, source)
        except RuleError as error:
            errors.append(error)
    unread = {path.stem for path in (*paths, *extra)} - set(rules)
    errors += [error for _, error in check_succession(rules, unread=unread)]
    return Region(region, facts, rules, digest.hexdigest(), tuple(errors))


def _folders(region: str, root: Path | None = None) -> list[Path]:
    root = REGIONS if root is None else root
    chain: list[Path] = []
    current: str | None = region
    while current is not None:
        folder = root / current
        if folder in chain:
            msg = f"the region `{region}` stands on itself"
            file = f"{current}/region.yaml"
            raise RuleError(msg, code="D211", file=file, hint="mend its `extends`")
        if not (folder / "region.yaml").is_file():
            known = sorted(p.parent.name for p in REGIONS.glob("*/region.yaml"))
            msg = f"there is no region `{current}`"
            raise UsageError(msg, hint=f"known regions: {', '.join(known)}")
        chain.insert(0, folder)
        current = build(RegionFile, read_source(folder / "region.yaml")).extends
    return chain


def _read(
    path: Path,
    errors: list[RuleError],
    digest: hashlib._Hash,
    root: Path | None = None,
) -> Source | None:
    root = REGIONS if root is None else root
    name = path.name
    if path.is_relative_to(root):
        name = path.relative_to(root).as_posix()
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
    home: dict[str, Source],
    errors: list[RuleError],
) -> None:
    try:
        added = build(FactFile, source).facts
    except RuleError as error:
        errors.append(error)
        return
    for name, fact in added.items():
        if name in facts:
            msg = f"the fact `{name}` is already in {home[name].name}"
            errors.append(_at(RuleError(msg, code="D220"), source, name))
            continue
        try:
            parse(fact.derive or "0")
        except RuleError as error:
            errors.append(_at(error, source, name))
            fact = fact.model_copy(update={"derive": None})  # noqa: PLW2901
        facts[name] = fact
        home[name] = source


def _at(error: RuleError, source: Source, name: str) -> RuleError:
    """Return an error with the place of its fact."""
    error.file, error.clause = source.name, name
    error.line = source.line(("facts", name))
    return error


def _sound(
    symbols: Mapping[str, FactSymbol],
    home: Mapping[str, Source],
    errors: list[RuleError],
) -> dict[str, FactSymbol]:
    """Return the facts without the derivations that are wrong."""
    circles = _circles(symbols)
    sound = {
        n: replace(s, derive=None) if n in circles else s for n, s in symbols.items()
    }
    for name, way in circles.items():
        error = RuleError(f"`{name}` is derived from itself: {way}", code="D211")
        errors.append(_at(error, home[name], name))
    definitions = {
        f"fact:{n}": Definition(s.derive, absent_as=False)
        for n, s in sound.items()
        if s.derive is not None
    }
    checker = Checker(Scope(sound, {}, definitions))
    wrong = []
    for key in definitions:
        name = key.removeprefix("fact:")
        try:
            _check_derivation(sound[name], checker.definition(key))
        except RuleError as error:
            errors.append(_at(error, home[name], name))
            wrong.append(name)
    return sound | {n: replace(sound[n], derive=None) for n in wrong}


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


def _circles(symbols: Mapping[str, FactSymbol]) -> dict[str, str]:
    """Return the facts that are derived from themselves, with the way round."""
    found: dict[str, str] = {}

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            found[name] = " → ".join((*path[path.index(name) :], name))
            return
        symbol = symbols.get(name)
        if symbol is not None and symbol.derive is not None:
            for read in sorted(names(symbol.derive)):
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
