# SPDX-License-Identifier: Apache-2.0
"""What accounts are called: a path says which declared account it is, and whose.

`first_scale/2026/pool` is the pool of 首次升规奖励 for 2026; `payable/9131…` is what a
firm is still to be paid. Several instruments may declare the same path (`payable/…`):
it is then nobody's in particular, and called by what it is everywhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ceyuan.declarations.instrument import keys_in
from ceyuan.office.paying import BANK

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from psycopg import Connection

    from ceyuan.declarations.instruments import Instruments

_PAYEES = """
select distinct on (party) party, holder from payee where party = any(%s)
order by party, id desc
"""
_CLAIMS = """
select distinct on (party) party, name from entitlement
where party = any(%s) and name <> '' order by party, made_at desc
"""
_KEY = re.compile(r"\\\{(\w+)\\\}")
_SHARED = {
    "payable": ("应付", "payable"),
    BANK: ("国库付出", "paid out by the treasury"),
}
"""What several instruments share, or none declares."""


@dataclass(frozen=True, slots=True)
class Named:
    """An account as people call it.

    Args:
        path: Its path.
        zh: What it is, in Chinese.
        en: The same in English.
        instrument: The instrument that declares it; empty: several, or none.
        account: Its name there.
        year: Of which year; empty: of none.
        parties: Codes and numbers in the path, those that name somebody or a case.
    """

    path: str
    zh: str
    en: str
    instrument: str = ""
    account: str = ""
    year: str = ""
    parties: tuple[str, ...] = ()


@dataclass(slots=True)
class Names:
    """The names of all accounts of a region; of a path, in no time the second time."""

    instruments: Instruments
    _patterns: dict[str, list[tuple[re.Pattern[str], str, str]]] = field(
        default_factory=dict
    )
    _found: dict[str, Named] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for one in self.instruments.instruments.values():
            for name, account in one.said.accounts.items():
                first = account.path.partition("/")[0]
                pattern = _KEY.sub(r"(?P<\1>[^/]+)", re.escape(account.path))
                told = (re.compile(f"{pattern}\\Z"), one.id, name)
                self._patterns.setdefault(first, []).append(told)
        for some in self._patterns.values():
            # `…/partner/guidance` is itself, not a partner of this name.
            some.sort(key=lambda told: told[0].groups)

    def of(self, path: str) -> Named:
        """Return what an account is called; its path where nobody declares it."""
        if path not in self._found:
            self._found[path] = self._named(path)
        return self._found[path]

    def _named(self, path: str) -> Named:
        if path in _SHARED:
            return Named(path, *_SHARED[path])
        first, _, rest = path.partition("/")
        if first in _SHARED:
            return Named(path, *_SHARED[first], parties=(rest,))
        for pattern, instrument, name in self._patterns.get(first, ()):
            if match := pattern.match(path):
                said = self.instruments.instruments[instrument].said
                account, keys = said.accounts[name], match.groupdict()
                return Named(
                    path,
                    account.zh,
                    account.en,
                    instrument,
                    name,
                    keys.pop("year", ""),
                    tuple(keys[k] for k in keys_in(account.path) if k in keys),
                )
        return Named(path, path, path)

    def begins(self, instrument: str) -> tuple[str, ...]:
        """Return what the paths of an instrument's own accounts begin with."""
        one = self.instruments.instrument(instrument)
        found = (
            account.path.partition("{")[0]
            for account in one.said.accounts.values()
            if account.path.partition("/")[0] not in _SHARED
        )
        return tuple(dict.fromkeys(found))


def parties_named(conn: Connection, parties: Iterable[str]) -> Mapping[str, str]:
    """Return how parties are called, by their codes: as payees, or as claimants."""
    wanted = sorted({one for one in parties if one})
    found: dict[str, str] = {}
    for statement in (_PAYEES, _CLAIMS):
        missing = [one for one in wanted if one not in found]
        if missing:
            found |= dict(conn.execute(statement, (missing,)).fetchall())
    return found
