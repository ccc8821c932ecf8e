# SPDX-License-Identifier: Apache-2.0
"""An instrument as it stands: its parameters in force, its accounts, what may fall due.

What it declares is read from its file, what is set from the office's settings, what
its accounts have from the book: sums over all accounts of a kind, made by the database.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ceyuan.kernel import UNKNOWN
from ceyuan.ledger.look import BookLook
from ceyuan.ledger.moves import outputs
from ceyuan.office.moving_typed import office_settings
from ceyuan.office.settings import settings_in_force

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from psycopg import Connection

    from ceyuan.declarations.instrument import Instrument
    from ceyuan.declarations.policy import Setting
    from ceyuan.office.memory import Memory

EXPOSURE = "EXPOSURE"
_OPEN = ("client", "defaulted")
"""Accounts of an instrument that count what may still fall due."""
_SHARE = "government_share"
"""The parameter that says how much of a loss the treasury bears."""
_SUMS = """
select count(*), count(*) filter (where debits <> credits),
  coalesce(sum(credits - debits), 0), coalesce(sum(debits_held), 0),
  coalesce(sum(credits_held), 0)
from ledger_account
where starts_with(path, %(begin)s) and path ~ %(pattern)s
  and not (path ~ any(%(others)s::text[]))
"""
_KEY = re.compile(r"\\\{\w+\\\}")


@dataclass(frozen=True, slots=True)
class AccountSum:
    """All accounts of a kind together, on their own side.

    Args:
        name: The account's name in the instrument.
        count: How many are open.
        full: How many of them have anything.
        has: What they have.
        going: What holds would take.
        coming: What holds would bring.
    """

    name: str
    count: int
    full: int
    has: int
    going: int
    coming: int


@dataclass(frozen=True, slots=True)
class ParameterInForce:
    """A parameter and what it is on a day.

    Args:
        home: Owner and name: `risk_loan.bank_share`.
        zh: What it is called.
        en: The same in English.
        unit: Unit of a number; empty or `1`: none.
        text: Its value as it is written or was typed; empty: not set.
        by_office: Whether the office set it.
        place: The article that says it; empty: none does.
        confidence: How sure that is; empty where the office set it.
    """

    home: str
    zh: str
    en: str
    unit: str
    text: str
    by_office: bool
    place: str
    confidence: str


@dataclass(frozen=True, slots=True)
class Exposure:
    """What may fall due of an instrument that guarantees.

    Args:
        instrument: The instrument.
        cases: How many accounts have an open exposure.
        open: What is outstanding, in fen.
        promised: What holds would add.
        share: The treasury's share of a loss; None: not set, or told case by case.
        parameter: The parameter that says the share; empty: there is none.
    """

    instrument: str
    cases: int
    open: int
    promised: int
    share: Any
    parameter: str

    @property
    def due(self) -> int | None:
        """Return what the treasury would pay if all of it fell due, in whole fen."""
        return None if self.share is None else int(self.open * self.share)

    @property
    def percent(self) -> str:
        """Return the share in percent, to one decimal."""
        if self.share is None:
            return ""
        tenths = round(self.share * 1000)
        return f"{tenths // 10}.{tenths % 10}%"


def account_sums(conn: Connection, one: Instrument) -> list[AccountSum]:
    """Return, for each account that an instrument alone declares, what they have."""
    patterns = {name: _pattern(a.path) for name, a in one.said.accounts.items()}
    found = []
    seen: set[str] = set()
    for name, said in one.said.accounts.items():
        # Next year's pool is a pool like this year's: it is not counted twice.
        if said.path.startswith("payable/") or patterns[name] in seen:
            continue
        seen.add(patterns[name])
        others = [
            pattern
            for other, pattern in patterns.items()
            if other != name and _keys(pattern) < _keys(patterns[name])
        ]
        row: Any = conn.execute(
            _SUMS,
            {
                "begin": said.path.partition("{")[0],
                "pattern": patterns[name],
                "others": others,
            },
        ).fetchone()
        count, full, net, debits_held, credits_held = map(int, row)
        grows = said.side == "credit"
        found.append(
            AccountSum(
                name,
                count,
                full,
                net if grows else -net,
                debits_held if grows else credits_held,
                credits_held if grows else debits_held,
            )
        )
    return found


def _pattern(path: str) -> str:
    return f"^{_KEY.sub('[^/]+', re.escape(path))}$"


def _keys(pattern: str) -> int:
    return pattern.count("[^/]+")


def parameters_in_force(
    conn: Connection, one: Instrument, on: date
) -> list[ParameterInForce]:
    """Return the parameters of an instrument, and what each is on a day."""
    typed = settings_in_force(conn, on)
    found = []
    for name, home in one.homes.items():
        said = one.parameters[name]
        declared = _declared(said.values, on)
        place = ""
        if declared is not None:
            owner = home.partition(".")[0]
            cited = (f"{owner}.{declared.article}", declared.article)
            known = [one.articles[key] for key in cited if key in one.articles]
            place = known[0].place if known else ""
        text = typed.get(home, "")
        if not text and declared is not None:
            text = _text(declared, said.unit)
        found.append(
            ParameterInForce(
                home,
                said.zh,
                said.en,
                said.unit,
                text,
                home in typed,
                "" if home in typed else place,
                declared.confidence if declared and home not in typed else "",
            )
        )
    return found


def _declared(values: tuple[Setting, ...], on: date) -> Setting | None:
    for one in values:
        since, until = one.from_, one.until
        if (since is None or since <= on) and (until is None or on <= until):
            return one
    return None


def _text(one: Setting, unit: str) -> str:
    """Return a value as it is written; a table by its lines."""
    if one.steps is not None or one.brackets is not None:
        return "…"
    if isinstance(one.value, bool):
        return "✓" if one.value else "✗"
    if isinstance(one.value, tuple):
        return ", ".join(one.value)
    number = str(one.value)
    return number if unit in ("", "1") else f"{number}\u00a0{unit}"


def figures(
    conn: Connection, one: Instrument, keys: Mapping[str, str], on: date
) -> dict[str, str]:
    """Return what an instrument shows of its accounts, as exact numbers."""
    settings = office_settings(conn, one, on)
    return outputs(one, keys=keys, day=on, look=BookLook(conn), settings=settings)


def exposures(memory: Memory, conn: Connection, on: date) -> list[Exposure]:
    """Return what may fall due, by instrument; those without an account are left out.

    Args:
        memory: The office's memory.
        conn: The transaction.
        on: The day whose shares hold.
    """
    found = []
    for one in memory.declared.instruments.instruments.values():
        counted = {
            name
            for name, account in one.said.accounts.items()
            if account.commodity == EXPOSURE and name in _OPEN
        }
        if not counted:
            continue
        sums = [s for s in account_sums(conn, one) if s.name in counted and s.count]
        if not sums:
            continue
        parameter = _SHARE if _SHARE in one.parameters else ""
        settings = {**one.settings(on), **office_settings(conn, one, on)}
        share = settings[parameter] if parameter else UNKNOWN
        found.append(
            Exposure(
                one.id,
                sum(s.full for s in sums),
                sum(s.has for s in sums),
                sum(s.coming for s in sums),
                None if share is UNKNOWN else share,
                parameter,
            )
        )
    return found
