# SPDX-License-Identifier: Apache-2.0
"""A town of invented firms, as the files that its offices would hand in.

    make_town(folder, firms=1_000_000, seed=7)

The same seed writes the same bytes, and a firm is the same in every town of that
seed, however many firms there are. The firms are made and written in chunks, so a
town of a million needs no more memory than one of a hundred thousand.

What is written is every attribute that a policy of the region reads and that nothing
derives, each from the office that would know it (`town_sheets`), the main ones from
several that differ now and then. `town.yaml` says of each file what it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ceyuan.city.town_details import add_details
from ceyuan.city.town_draws import Lots
from ceyuan.city.town_files import SAID, SheetFile
from ceyuan.city.town_lists import lists
from ceyuan.city.town_model import Cells, make_firms
from ceyuan.city.town_names import MOST_FIRMS, codes, names
from ceyuan.city.town_plain import plain
from ceyuan.city.town_said import (
    FINANCE,
    OWN,
    REGISTRY,
    RESEARCH,
    RIGHTS,
    SURVEY,
    TAX,
    TRANSFER,
)
from ceyuan.city.town_sheets import firm_sheets
from ceyuan.city.town_subjects import SUBJECTS, subject_sheets
from ceyuan.declarations import load_region
from ceyuan.declarations.records import load_records
from ceyuan.kernel import UsageError
from ceyuan.language import names as names_in

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from os import PathLike

    from ceyuan.city.town_model import Firms
    from ceyuan.city.town_sheets import Sheet
    from ceyuan.declarations.facts import Fact
    from ceyuan.declarations.region import Region

CHUNK = 65_536
MANIFEST = "town.yaml"
_ELSEWHERE = frozenset(
    (*TAX, *RESEARCH, *TRANSFER, *SURVEY, *OWN, *REGISTRY, *FINANCE, *RIGHTS)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TownSaid:
    """What was written.

    Args:
        folder: Where.
        manifest: The file that says what each file is.
        firms: How many firms.
        seed: The seed.
        files: What the manifest says of each file.
    """

    folder: Path
    manifest: Path
    firms: int
    seed: int
    files: tuple[Mapping[str, Any], ...]

    @property
    def rows(self) -> int:
        """Return how many rows all files have."""
        return sum(file["rows"] for file in self.files)


def make_town(
    folder: str | PathLike[str],
    *,
    firms: int,
    seed: int,
    region: str = "shanghai",
    last_year: int = 2025,
    progress: Callable[[int, int], None] | None = None,
) -> TownSaid:
    """Write the files of an invented town into a folder, and its manifest.

    Args:
        folder: Made where it is missing; files of the same names are replaced.
        firms: How many, up to a million.
        seed: Another seed, another town.
        region: Whose policies say what is written.
        last_year: The last year with figures; four years before it have them too.
        progress: Called with how many firms are done, and of how many.

    Raises:
        UsageError: No firms, or more than there are names for.
    """
    if not 1 <= firms <= MOST_FIRMS:
        msg = f"企业数须在 1 到 {MOST_FIRMS} 之间，现为 {firms}"
        raise UsageError(msg, hint=f"`firms` must be from 1 to {MOST_FIRMS}")
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    manifest = place / MANIFEST
    manifest.unlink(missing_ok=True)  # a town that is half made has none
    declared = load_region(region)
    attributes = load_records(region).attributes
    sheets = plan_sheets(declared, attributes, last_year)
    files = [
        SheetFile(place, sheet, attributes[sheet.record_type], seed=seed)
        for sheet in sheets
    ]
    rest = {n: attributes["firm"][n] for n in _of_firms(declared, attributes["firm"])}
    for start in range(0, firms, CHUNK):
        numbers = np.arange(start, min(start + CHUNK, firms), dtype=np.int64)
        chunk = _chunk(Lots(seed, numbers), rest, last_year)
        own = codes(numbers)
        form = chunk.has["listed"] | chunk.lots.chance(600, "share form")
        called = names(chunk.lots, chunk.trade, share_form=form)
        for file in files:
            file.add(file.sheet.told(chunk), own, called)
        if progress is not None:
            progress(int(numbers[-1]) + 1, firms)
    for file in files:
        file.close()
    said = tuple(file.said() for file in files)
    _write_manifest(
        manifest,
        {
            "format": 1,
            "synthetic": True,
            "mark": SAID,
            "region": region,
            "seed": seed,
            "firms": firms,
            "years": list(range(last_year - 4, last_year + 1)),
            "files": list(said),
        },
    )
    return TownSaid(folder=place, manifest=manifest, firms=firms, seed=seed, files=said)


def attributes_read(region: Region) -> frozenset[str]:
    """Return the facts that policies read and nothing derives.

    What an applicant chooses is left out, and so are lists of records, which have
    files of their own.
    """
    seen: set[str] = set()
    waiting: list[str] = []
    for rule in region.rules.values():
        for definition in rule.scope.definitions.values():
            waiting += names_in(definition.node)
        waiting += names_in(rule.decide)
    while waiting:
        name = waiting.pop()
        if name in seen or name not in region.facts:
            continue
        seen.add(name)
        for rule in list(region.rules.values())[:1]:
            derive = rule.scope.facts[name].derive
            waiting += () if derive is None else names_in(derive)
    return frozenset(
        name
        for name in seen
        if (fact := region.facts[name]).derive is None
        and fact.kind != "records"
        and fact.supplied_by != "choice"
    )


def plan_sheets(
    region: Region,
    attributes: Mapping[str, Mapping[str, Fact]],
    last_year: int,
) -> list[Sheet]:
    """Return the sheets of a town: every attribute that policies read is on one."""
    read = attributes_read(region)
    facts = attributes["firm"]
    rest = _of_firms(region, facts)
    flat = [n for n in rest if not facts[n].yearly]
    office = tuple(n for n in flat if facts[n].supplied_by == "office")
    judged = tuple(n for n in flat if facts[n].supplied_by == "judge")
    declared = tuple(n for n in flat if n not in {*office, *judged})
    subjects = {
        kind: {
            name: fact
            for name, fact in attributes[kind].items()
            if name in read and kind in region.facts[name].subject
        }
        for kind in SUBJECTS
        if kind in attributes
    }
    return [
        *firm_sheets(
            last_year,
            declared=declared,
            office=office,
            judged=judged,
            yearly=tuple(n for n in rest if facts[n].yearly),
        ),
        *lists(last_year),
        *subject_sheets(last_year, {k: f for k, f in subjects.items() if f}),
    ]


def _of_firms(region: Region, facts: Mapping[str, Fact]) -> list[str]:
    """Return what policies read of firms and no sheet of its own has."""
    read = attributes_read(region)
    return sorted(
        name
        for name in read & set(facts)
        if "firm" in region.facts[name].subject and name not in _ELSEWHERE
    )


def _chunk(lots: Lots, rest: Mapping[str, Fact], last_year: int) -> Firms:
    """Return firms with every fact that a sheet asks for."""
    firms = make_firms(lots, last_year=last_year)
    add_details(firms, last_year=last_year)
    merit = np.where(firms.has["does_rd"], firms.merit, firms.merit // 4)
    for name, fact in rest.items():
        if not fact.yearly and name not in firms.facts:
            firms.facts[name] = plain(name, fact, lots, merit, last_year=last_year)
        for year in firms.years if fact.yearly else ():
            firms.years[year].setdefault(
                name,
                plain(name, fact, lots.of(year), merit, last_year=last_year),
            )
    if "transfers_technology" not in firms.facts:
        firms.facts["transfers_technology"] = Cells(np.zeros_like(firms.merit))
    return firms


def _write_manifest(path: Path, said: Mapping[str, Any]) -> None:
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.default_flow_style = False
    yaml.allow_unicode = True
    yaml.width = 120
    with path.open("w", encoding="utf-8", newline="\n") as file:
        yaml.dump(said, file)
