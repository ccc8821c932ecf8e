# SPDX-License-Identifier: Apache-2.0
"""What the book is made of: accounts, transfers, balances.

A transfer is one row: it debits one account and credits another by the same whole
amount of one commodity, so nothing can come from nowhere. What an account *has* is
counted on its own side: an account of the side `credit` (a pool, a payable, a wallet)
grows by credits, one of the side `debit` (the treasury's outlay, the register of
shares) by debits.

A *hold* moves nothing yet; it reserves: what it would take is counted against the
floor of the one, what it would bring against the ceiling of the other. It is posted
once, whole or in part (the rest is freed), or void, or it expires.
Nothing is ever changed: a reversal is a transfer of its own that names the old one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import date, datetime

Side = Literal["debit", "credit"]
Kind = Literal["transfer", "hold", "post", "void", "expire", "reverse"]

KINDS: tuple[Kind, ...] = ("transfer", "hold", "post", "void", "expire", "reverse")
SETTLING: tuple[Kind, ...] = ("post", "void", "expire")
"""Kinds that end a hold; a hold has at most one of them."""
MOST = 10**15
"""The greatest amount of one transfer, in the smallest unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """One transfer as it is asked for.

    Args:
        id: Made by the client; the same id with the same body is answered as before.
        kind: What it does; `post`, `void` and `expire` end the hold named by `of`,
            `reverse` takes the transfer named by `of` back, whole or in part.
        debit: Path of the debited account; empty where `of` says it.
        credit: Path of the credited account; empty where `of` says it.
        amount: Whole number of the commodity's smallest unit, above 0. None for the
            kinds that name another transfer: all of it.
        commodity: What is counted; empty where `of` says it.
        code: What kind of movement, in a word (`voucher.redeem`).
        cause: What caused it: a case, a decision, a run.
        effective: The day on which it counts in the world.
        of: Id of the hold that is ended, or of the transfer that is reversed.
        expires: Last day on which a hold can be posted; None: it does not expire.
    """

    id: str
    kind: Kind = "transfer"
    debit: str = ""
    credit: str = ""
    amount: int | None = None
    commodity: str = ""
    code: str
    cause: str
    effective: date
    of: str = ""
    expires: date | None = None


@dataclass(frozen=True, slots=True)
class Posted:
    """The answer to a transfer.

    Args:
        id: Its id.
        seq: Its place in the book.
        fresh: False where it was in the book already, with the same body.
    """

    id: str
    seq: int
    fresh: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account as it is opened.

    Args:
        path: Its name, parts separated by `/`.
        commodity: What it counts.
        side: On which side it grows.
        floor: It never has less, holds counted; None: no floor.
        ceiling: It never has more, holds counted; None: no ceiling.
        opened: First day on which a transfer may count.
        sets: Names of the account sets whose ceiling it counts towards.
    """

    path: str
    commodity: str
    side: Side
    opened: date
    floor: int | None = None
    ceiling: int | None = None
    sets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSet:
    """Accounts that have one ceiling together (programme × year × firm).

    Args:
        name: Its name.
        commodity: What its accounts count.
        ceiling: What all of them may have together, holds counted.
    """

    name: str
    commodity: str
    ceiling: int | None = None


@dataclass(frozen=True, slots=True)
class Balance:
    """What an account has, on its own side.

    Args:
        path: The account.
        commodity: What is counted.
        side: On which side it grows.
        debits: Sum of posted debits.
        credits: Sum of posted credits.
        debits_held: Sum of open holds that would debit it.
        credits_held: Sum of open holds that would credit it.
        floor: Its floor; None: none.
        ceiling: Its ceiling; None: none.
        closed: Last day on which it took transfers; None: open.
    """

    path: str
    commodity: str
    side: Side
    debits: int
    credits: int
    debits_held: int
    credits_held: int
    floor: int | None = None
    ceiling: int | None = None
    closed: date | None = None

    @property
    def has(self) -> int:
        """Return what is posted, on its own side."""
        net = self.credits - self.debits
        return net if self.side == "credit" else -net

    @property
    def going(self) -> int:
        """Return what open holds would take from it."""
        return self.debits_held if self.side == "credit" else self.credits_held

    @property
    def coming(self) -> int:
        """Return what open holds would bring."""
        return self.credits_held if self.side == "credit" else self.debits_held

    @property
    def available(self) -> int:
        """Return what it has and no hold has reserved, above its floor."""
        return self.has - self.going - (self.floor or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A transfer as it stands in the book.

    Args:
        seq: Its place.
        id: Its id.
        kind: What it does.
        debit: Path of the debited account.
        credit: Path of the credited account.
        amount: In the smallest unit; of a `void` or `expire`, what was freed.
        commodity: What is counted.
        code: What kind of movement.
        cause: What caused it.
        effective: The day on which it counts.
        of: The hold it ended, or the transfer it reversed.
        expires: Last day on which a hold can be posted.
        link: Id of the first of the transfers that it succeeded with.
        actor: Who.
        known_at: When it was written.
        sha: Its hash.
    """

    seq: int
    id: str
    kind: Kind
    debit: str
    credit: str
    amount: int
    commodity: str
    code: str
    cause: str
    effective: date
    of: str
    expires: date | None
    link: str
    actor: str
    known_at: datetime
    sha: bytes
