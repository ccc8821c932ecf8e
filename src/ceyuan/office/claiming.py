# SPDX-License-Identifier: Apache-2.0
"""Claims made at a desk: in favour of one of two sources, or as somebody told them.

What is claimed is never what a page says: it is read again from what is held, by the
source that was chosen. Evidence is not kept, its name and its hash are.
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ceyuan.kernel import UNKNOWN, UsageError
from ceyuan.office.correcting import claim
from ceyuan.office.firms import find_firm
from ceyuan.office.holding import held_of
from ceyuan.office.parameters import typed_facts
from ceyuan.office.uploads import safe_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from ceyuan.facts.store.statements import Value
    from ceyuan.kernel import Unknown
    from ceyuan.language import FactKey
    from ceyuan.office.correcting import Claim
    from ceyuan.office.firms import Firm
    from ceyuan.office.holding import Held
    from ceyuan.office.memory import Memory

MOST = 50 * 2**20
UNSAID = frozenset({"未知", "unknown", "?", "？"})


class Sent(Protocol):
    """A file as a form sends it."""

    name: str

    def chunks(self) -> Iterable[bytes]:
        """Yield its bytes, piece by piece."""


@dataclass(frozen=True, slots=True)
class Stated:
    """One attribute of a firm, with what each source states of it.

    Args:
        firm: The firm.
        one: The attribute.
        synthetic: It is invented.
    """

    firm: Firm
    one: Held
    synthetic: bool


def stated_of(
    memory: Memory, code: str, attribute: str, year: object, *, on: date
) -> Stated:
    """Return what each source states of one attribute of a firm.

    Args:
        memory: The office's memory.
        code: Credit code or name of the firm.
        attribute: The attribute.
        year: Its year, as typed; empty for none.
        on: The day.

    Raises:
        UsageError: There is no such firm or attribute, or nobody states it.
    """
    said = str(year).strip()
    at = int(said) if said.isdecimal() else None
    if not attribute:
        msg = "没有说是哪一项 (which attribute?)"
        raise UsageError(msg)
    held = held_of(memory, code, as_of=on, attribute=attribute)
    for one in held.facts:
        if one.attribute == attribute and one.year == at:
            return Stated(held.firm, one, held.synthetic)
    msg = f"`{attribute}` 没有人说过 (nobody states it)"
    raise UsageError(msg)


def dispute(
    memory: Memory,
    held: Stated,
    *,
    source: str,
    reason: str,
    on: date,
    evidence: Sent | None = None,
) -> Claim:
    """Claim that one source is right about an attribute.

    Args:
        memory: The office's memory; its actor claims.
        held: The attribute.
        source: The source; empty: neither is to be relied on.
        reason: Why.
        on: The day.
        evidence: A file that shows it.

    Raises:
        UsageError: The source does not state it, or no reason is given.
    """
    value: Value | Unknown = UNKNOWN
    if source:
        found = next((s for s in held.one.stated if s.source == source), None)
        if found is None:
            msg = f"`{source}` 没有说过这一项 (does not state it)"
            raise UsageError(msg)
        value = found.value
    key = (held.one.attribute, held.one.year)
    return _claim(memory, held.firm, key, value, reason, on, evidence, kind="dispute")


def typed_claim(
    memory: Memory,
    *,
    firm: str,
    fact: str,
    year: int | None,
    value: str,
    reason: str,
    on: date,
    evidence: Sent | None = None,
    role: str = "officer",
) -> Claim:
    """Claim what somebody typed: a firm, a fact by name, its year and value.

    Raises:
        UsageError: There is no such firm or fact, the value cannot be read, it already
            is what is claimed, or no reason is given.
    """
    who = find_firm(memory.reading(on), firm.strip())
    name = fact.strip()
    facts = memory.region.facts
    name = next((n for n, f in facts.items() if name in (n, f.zh, f.en)), name)
    key: FactKey = (name, year)
    wanted: Value | Unknown = UNKNOWN
    if value.strip().lower() not in UNSAID:
        said = f"{name}@{year}={value}" if year else f"{name}={value}"
        # A yearly fact without a year is refused by `claim`, with its name.
        ((found, known),) = typed_facts(memory.region, [said], base_year=0).items()
        key = (found[0], found[1] or None)
        wanted = known
    return _claim(
        memory, who, key, wanted, reason, on, evidence, kind="correction", role=role
    )


def _claim(
    memory: Memory,
    firm: Firm,
    key: FactKey,
    value: Value | Unknown,
    reason: str,
    on: date,
    evidence: Sent | None,
    *,
    kind: str,
    role: str = "officer",
) -> Claim:
    options: dict[str, Any] = {
        "reason": reason,
        "as_of": on,
        "kind": kind,
        "role": role,
    }
    with _laid(evidence) as place:
        return claim(memory, firm, key, value, evidence=place, **options)


@contextmanager
def _laid(sent: Sent | None) -> Iterator[Path | None]:
    """Lay a sent file where it can be hashed, for as long as that takes."""
    if sent is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="ceyuan-") as folder:
        place, size = Path(folder) / safe_name(sent.name), 0
        with place.open("wb") as file:
            for piece in sent.chunks():
                size += len(piece)
                if size > MOST:
                    msg = f"证据文件大于 {MOST // 2**20} MB (evidence is too large)"
                    raise UsageError(msg, hint="只留与这一项有关的几页")
                file.write(piece)
        yield place
