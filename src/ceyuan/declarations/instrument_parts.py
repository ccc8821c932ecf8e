# SPDX-License-Identifier: Apache-2.0
"""An instrument as it stands in its file: keys, accounts, moves, limits.

The model holds what the file says, checked for shape; `instrument_checks` resolves
its names and checks its expressions. The one hard idea is the *place*: an account is
written as a path with keys in it (`voucher/{year}/firm/{firm}`), and a move becomes
entries when its keys are given. Everything that is a number stands as an expression
of the house's language, so that a limit is a parameter with its article and never a
figure in Python.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, model_validator

from ceyuan.declarations.parts import Part, Text, UnitName
from ceyuan.declarations.policy import (
    Article,
    Document,
    Let,
    Output,
    Parameter,
    ParameterKind,
    Rounding,
    Setting,
)

KeyKind = Literal["year", "code", "id"]
InputKind = Literal["number", "flag", "date", "code"]
Side = Literal["debit", "credit"]
MoveRole = Literal["officer", "finance", "bank", "provider", "system"]


def _text(value: object) -> object:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if whole else value


Expr = Annotated[str, BeforeValidator(_text)]
"""An expression of the language; a whole number may stand without quotes."""


class Commodity(Part):
    """What an account counts: money, vouchers, minutes, parts of a whole.

    Args:
        zh: Chinese name.
        en: English name.
        unit: The unit in which expressions speak of it.
        per_unit: How many of its smallest unit one `unit` is.
        smallest: Name of the smallest unit.
        decimals: Decimal places of a `unit` when it is shown.
        shown_in: Word behind a shown amount.
        units: Further units that a person may type, each in smallest units.
    """

    zh: str
    en: str
    unit: UnitName
    per_unit: int
    smallest: Text
    decimals: int
    shown_in: Text
    units: dict[str, int] = {}


class CommodityFile(Part):
    """`commodities.yaml`: all commodities of a region, by id."""

    commodities: dict[str, Commodity]


class ParameterSaid(Part):
    """A parameter of an instrument: a policy's, or one of its own.

    Args:
        from_policy: The policy whose parameter it is; values and unit are its.
        name: The parameter's name there; the same name by default.
        zh: Chinese name of an own one.
        en: English name of an own one.
        kind: Kind of an own one.
        unit: Unit of an own one.
        gives: Unit of what an own table gives.
        values: Dated, cited values of an own one; none: set by the office.
    """

    from_policy: str = ""
    name: str = ""
    zh: str = ""
    en: str = ""
    kind: ParameterKind = "number"
    unit: UnitName = "1"
    gives: UnitName = "1"
    values: tuple[Setting, ...] = ()

    @model_validator(mode="after")
    def _one_home(self) -> ParameterSaid:
        own = bool(self.zh or self.en or self.values)
        if bool(self.from_policy) == own or (self.name and own):
            msg = "a parameter is either a policy's (`from_policy`) or has zh and en"
            raise ValueError(msg)
        if own and not (self.zh and self.en):
            msg = "a parameter of its own has a name in both languages"
            raise ValueError(msg)
        return self

    def own(self) -> Parameter:
        """Return an own parameter as policies have them."""
        return Parameter(
            zh=self.zh,
            en=self.en,
            kind=self.kind,
            unit=self.unit,
            gives=self.gives,
            values=self.values,
        )


class Key(Part):
    """What tells one case from another: a year, a firm's code, a number."""

    zh: str
    en: str
    kind: KeyKind


class Input(Part):
    """What is told with a move.

    Args:
        zh: Chinese name.
        en: English name.
        kind: number, flag, date or code.
        unit: Unit of a number.
        commodity: The commodity that a number counts; its unit is meant then, and
            its further units may be typed.
        codes: Codes that it can be.
        negative: Whether a number can be below 0.
    """

    zh: str
    en: str
    kind: InputKind = "number"
    unit: UnitName = "1"
    commodity: str = ""
    codes: dict[str, Text] = {}
    negative: bool = False


class AccountSaid(Part):
    """An account, by the path that the keys complete.

    Args:
        path: Its path, with keys in braces.
        commodity: What it counts.
        side: On which side it grows.
        floor: It never has less, holds counted.
        ceiling: It never has more, holds counted.
        sets: Sets whose ceiling it counts towards.
    """

    path: str
    commodity: str
    side: Side
    zh: str
    en: str
    floor: Expr | None = None
    ceiling: Expr | None = None
    sets: tuple[str, ...] = ()


class SetSaid(Part):
    """Accounts with one ceiling together, by the name that the keys complete."""

    name: str
    commodity: str
    zh: str
    en: str
    ceiling: Expr


class Requirement(Part):
    """A condition of a move, with its article.

    Args:
        test: Condition; true means met.
        article: What asks it: an article of this file, or `policy.article`.
        absent: What a comparison with something absent counts as.
    """

    zh: str
    en: str
    test: str
    article: str
    absent: bool | None = None


class Split(Part):
    """An amount split by shares that sum to the whole.

    Args:
        of: The amount.
        into: Share of each account.
        remainder: Who takes what the floors leave; one of the accounts.
    """

    of: Expr
    into: dict[str, Expr]
    remainder: str


class Layer(Part):
    """One layer of a waterfall: an account, and how much it takes at most."""

    account: str
    up_to: Expr | None = None


class Waterfall(Part):
    """An amount through layers: each takes up to its cap, the next the rest."""

    of: Expr
    layers: tuple[Layer, ...]


class ByHoldings(Part):
    """An amount split by what everybody has.

    Args:
        of: The amount.
        holdings: The account of a holder; its path ends with the free key.
        key: The free key: who holds.
        to: The account that takes a holder's part.
    """

    of: Expr
    holdings: str
    key: str
    to: str


class Leg(Part):
    """One transfer of a move, or several made by one rule.

    A leg names two accounts and an amount; or one account and a rule (`split`,
    `waterfall`, `by_holdings`) that names the others.
    """

    debit: str = ""
    credit: str = ""
    amount: Expr | None = None
    split: Split | None = None
    waterfall: Waterfall | None = None
    by_holdings: ByHoldings | None = None
    hold: bool = False
    expires: Expr | None = None
    round: Rounding | None = None

    @model_validator(mode="after")
    def _one_rule(self) -> Leg:
        rules = (self.split, self.waterfall, self.by_holdings)
        given = [self.amount is not None, *(r is not None for r in rules)]
        if sum(given) != 1:
            msg = "exactly one of `amount`, `split`, `waterfall`, `by_holdings`"
            raise ValueError(msg)
        sides = bool(self.debit) + bool(self.credit)
        if sides != (2 if self.amount is not None else 1):
            msg = "with `amount` two accounts are named, with a rule one"
            raise ValueError(msg)
        if self.expires is not None and not self.hold:
            msg = "only a hold expires: say `hold: true`"
            raise ValueError(msg)
        return self


class Move(Part):
    """What can be done with an instrument, and by whom.

    Args:
        role: Who may.
        id: What makes it this one move; with the instrument and the move's name in
            front it is the id of its transfers, so that nothing happens twice.
        article: What it rests on.
        requires: Conditions that have to be met.
        legs: Its transfers.
        settles: The move whose holds it posts, with the same keys.
        voids: The move whose holds it makes void.
        reverses: The move whose transfers it takes back.
        amount: How much of each hold or transfer; all of it by default.
        amounts: The same, one for each part of the other move in its order.
        round: How `amount` and `amounts` are rounded.
    """

    zh: str
    en: str
    role: MoveRole
    id: str
    article: str
    requires: tuple[Requirement, ...] = ()
    legs: tuple[Leg, ...] = ()
    settles: str = ""
    voids: str = ""
    reverses: str = ""
    amount: Expr | None = None
    amounts: tuple[Expr, ...] = ()
    round: Rounding | None = None

    @model_validator(mode="after")
    def _something(self) -> Move:
        others = [n for n in (self.settles, self.voids, self.reverses) if n]
        if len(others) > 1 or not (others or self.legs):
            msg = "a move has legs, or one of `settles`, `voids`, `reverses`"
            raise ValueError(msg)
        told = (self.amount is not None) + bool(self.amounts)
        if told > 1 or (told and (self.voids or not others)):
            msg = "one of `amount`, `amounts`, with `settles` or `reverses` only"
            raise ValueError(msg)
        return self

    @property
    def other(self) -> str:
        """Return the move that it settles, voids or reverses; empty: none."""
        return self.settles or self.voids or self.reverses


class Days(Part):
    """A number of days: an instrument's parameter, or a number with its article."""

    parameter: str = ""
    days: int | None = None
    article: str = ""

    @model_validator(mode="after")
    def _one(self) -> Days:
        if bool(self.parameter) == (self.days is not None):
            msg = "exactly one of `parameter`, `days`"
            raise ValueError(msg)
        if (self.days is not None) != bool(self.article):
            msg = "a number of days cites its article, a parameter does not"
            raise ValueError(msg)
        return self


class Entitlement(Part):
    """How what a policy grants becomes a claim on this instrument.

    Args:
        policy: The policy that grants it; empty where an officer decides each.
        mode: How it is granted (达标即享、免申即享).
        once: Whether a subject gets it once for all time.
        promise: The move that promises: it holds, or issues.
        confirm: The move that confirms; none where the promise is the whole.
        cancel: The move that takes it back before it is confirmed.
        objection_days: How long others may object; None: no notice.
        confirm_days: How long the subject has to confirm; None: it need not.
        pool: The account that it is paid from.
    """

    policy: str = ""
    mode: Literal["threshold_grant", "auto_grant"]
    once: bool
    promise: str
    confirm: str = ""
    cancel: str
    objection_days: Days | None = None
    confirm_days: Days | None = None
    pool: str


class InstrumentSaid(Part):
    """One instrument, one file."""

    instrument: str
    region: str
    zh: str
    en: str
    summary: Text
    policies: tuple[str, ...] = ()
    documents: dict[str, Document] = {}
    articles: dict[str, Article] = {}
    parameters: dict[str, ParameterSaid] = {}
    keys: dict[str, Key]
    inputs: dict[str, Input] = {}
    let: dict[str, Let] = {}
    accounts: dict[str, AccountSaid]
    sets: dict[str, SetSaid] = {}
    moves: dict[str, Move]
    outputs: dict[str, Output] = {}
    entitlement: Entitlement | None = None
    uncovered: tuple[Text, ...] = ()
    sources: dict[str, str] = {}
