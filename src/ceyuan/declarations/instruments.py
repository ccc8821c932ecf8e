# SPDX-License-Identifier: Apache-2.0
"""The instruments of a region: read, checked, ready to be moved.

They stand beside the policies (`commodities.yaml`, `instruments/*.yaml`) and are read
apart from them, because what decides about a firm does not need them. A new
instrument is one file of its own name, with its worked cases beside it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING

from ceyuan.declarations.instrument_checks import compose_instrument
from ceyuan.declarations.instrument_parts import CommodityFile, InstrumentSaid
from ceyuan.declarations.parts import build
from ceyuan.declarations.region import DEFAULT_REGION, _folders, _read, load_region
from ceyuan.kernel import RuleError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from ceyuan.declarations.compose import Rule
    from ceyuan.declarations.instrument import Instrument
    from ceyuan.declarations.instrument_parts import Commodity
    from ceyuan.declarations.source import Source

PATTERNS = ("commodities.yaml", "instruments/*.yaml")


@dataclass(frozen=True, slots=True)
class Instruments:
    """All instruments of a region, its parents' included.

    Args:
        instruments: Instruments by id, national ones first.
        commodities: What accounts can count, by id.
        digest: SHA-256 over these declarations; empty where there are none.
        errors: Declarations that are wrong; empty for `load_instruments`.
    """

    instruments: Mapping[str, Instrument]
    commodities: Mapping[str, Commodity]
    digest: str
    errors: tuple[RuleError, ...] = ()

    def instrument(self, name: str) -> Instrument:
        """Return an instrument.

        Raises:
            UsageError: There is no such instrument.
        """
        if name in self.instruments:
            return self.instruments[name]
        near = get_close_matches(name, self.instruments, n=1)
        hint = (
            f"是不是 `{near[0]}`？ (did you mean `{near[0]}`?)"
            if near
            else "见 `ceyuan instrument list`"
        )
        msg = f"没有资金工具 `{name}` (there is no instrument)"
        raise UsageError(msg, hint=hint)

    def entitled_by(self, policy: str) -> tuple[Instrument, ...]:
        """Return the instruments on which what a policy grants becomes a claim."""
        return tuple(
            one
            for one in self.instruments.values()
            if one.said.entitlement is not None
            and one.said.entitlement.policy == policy
        )


@cache
def load_instruments(
    region: str = DEFAULT_REGION, root: Path | None = None
) -> Instruments:
    """Return the instruments of a region that has no error.

    Args:
        region: Its id.
        root: The folder of all regions; another one for declarations kept from
            an earlier day.

    Raises:
        RuleError: The first declaration that is wrong.
        UsageError: There is no such region.
    """
    loaded = read_instruments(region, root)
    if loaded.errors:
        raise loaded.errors[0]
    return loaded


def read_instruments(
    region: str = DEFAULT_REGION, root: Path | None = None
) -> Instruments:
    """Return the instruments of a region with the errors of their declarations.

    Raises:
        RuleError: The facts or policies of the region are wrong.
        UsageError: There is no such region.
    """
    rules = load_region(region, root).rules
    errors: list[RuleError] = []
    commodities: dict[str, Commodity] = {}
    instruments: dict[str, Instrument] = {}
    for _, source in _sources(region, root, PATTERNS[0], errors):
        try:
            said = build(CommodityFile, source).commodities
        except RuleError as error:
            errors.append(error)
            continue
        for name in said.keys() & commodities.keys():
            _twice(name, source, ("commodities", name), errors)
        commodities |= said
    for path, source in _sources(region, root, PATTERNS[1], errors):
        found = _one(source, path, rules, commodities, errors)
        if found is None:
            continue
        if found.id in instruments:
            _twice(found.id, source, ("instrument",), errors)
            continue
        instruments[found.id] = found
    return Instruments(
        instruments, commodities, instruments_digest(region, root), tuple(errors)
    )


def _one(
    source: Source,
    path: Path,
    rules: Mapping[str, Rule],
    commodities: Mapping[str, Commodity],
    errors: list[RuleError],
) -> Instrument | None:
    try:
        said = build(InstrumentSaid, source)
    except RuleError as error:
        errors.append(error)
        return None
    if said.instrument != path.stem:
        msg = f"the instrument `{said.instrument}` stands in `{path.name}`"
        hint = "one instrument is one file of its own name"
        line = source.line(("instrument",))
        errors.append(
            RuleError(msg, code="D225", file=source.name, line=line, hint=hint)
        )
        return None
    found, wrong = compose_instrument(said, source, rules, commodities)
    errors += wrong
    return found


def _twice(
    name: str, source: Source, path: tuple[str, ...], errors: list[RuleError]
) -> None:
    msg = f"`{name}` is already declared in another file"
    error = RuleError(msg, code="D301", file=source.name, line=source.line(path))
    error.hint = "rename one of the two"
    errors.append(error)


def instruments_digest(region: str, root: Path | None = None) -> str:
    """Return the SHA-256 over the instruments' files; empty where there are none.

    Nothing is parsed: what cites the declarations of a region can say so quickly.

    Raises:
        UsageError: There is no such region.
    """
    digest, some = hashlib.sha256(), False
    for folder in _folders(region, root):
        for pattern in PATTERNS:
            for path in _files(folder, pattern):
                some = True
                digest.update(path.relative_to(folder.parent).as_posix().encode())
                digest.update(path.read_bytes())
    return digest.hexdigest() if some else ""


def _files(folder: Path, pattern: str) -> list[Path]:
    return [
        p for p in sorted(folder.glob(pattern)) if not p.name.endswith(".cases.yaml")
    ]


def _sources(
    region: str, root: Path | None, pattern: str, errors: list[RuleError]
) -> Iterator[tuple[Path, Source]]:
    unused = hashlib.sha256()
    for folder in _folders(region, root):
        for path in _files(folder, pattern):
            source = _read(path, errors, unused, root)
            if source is not None:
                yield path, source
