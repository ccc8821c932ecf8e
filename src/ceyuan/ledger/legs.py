# SPDX-License-Identifier: Apache-2.0
"""The legs of a move become lines: whole amounts between two accounts.

A line is an entry before it is one. Its id is the move's and the number of its part;
a part that comes to 0 gives no line and keeps its number.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ceyuan.declarations.instrument import HELD, MOVED, filled
from ceyuan.ledger.mechanisms import by_holdings, rounded, split, waterfall
from ceyuan.ledger.model import Transfer
from ceyuan.ledger.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date
    from fractions import Fraction

    from ceyuan.declarations.instrument import Instrument, MovePart
    from ceyuan.declarations.instrument_parts import ByHoldings, Leg
    from ceyuan.declarations.policy import Rounding
    from ceyuan.ledger.evaluated import Evaluated
    from ceyuan.ledger.look import Look
    from ceyuan.ledger.model import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One entry that a move would make, with everything filled in.

    Args:
        id: Its id.
        kind: What it does.
        debit: Path of the debited account.
        credit: Path of the credited account.
        amount: In smallest units; of what is made void, what is freed.
        commodity: What is counted.
        of: The hold that it ends, or the transfer that it takes back.
        expires: Last day of a hold.
    """

    id: str
    kind: Kind
    debit: str
    credit: str
    amount: int
    commodity: str
    of: str = ""
    expires: date | None = None

    def transfer(self, *, code: str, cause: str, day: date) -> Transfer:
        """Return it as the book is asked for it."""
        if self.of:
            whole = self.kind == "void"
            return Transfer(
                id=self.id,
                kind=self.kind,
                amount=None if whole else self.amount,
                code=code,
                cause=cause,
                effective=day,
                of=self.of,
            )
        return Transfer(
            id=self.id,
            kind=self.kind,
            debit=self.debit,
            credit=self.credit,
            amount=self.amount,
            commodity=self.commodity,
            code=code,
            cause=cause,
            effective=day,
            expires=self.expires,
        )


def part_id(stem: str, number: int, parts: int) -> str:
    """Return the id of a part: the move's own where it has only one."""
    return stem if parts == 1 else f"{stem}#{number}"


@dataclass(slots=True)
class Maker:
    """Makes the lines of one move.

    Args:
        instrument: The instrument.
        move: The move's name.
        keys: The case.
        day: The day on which it counts.
        look: A look at the book.
        found: Its expressions, evaluated.
        stem: What ids begin with.
        said: What had to be said.
    """

    instrument: Instrument
    move: str
    keys: Mapping[str, str]
    day: date
    look: Look
    found: Evaluated
    stem: str
    said: list[str] = field(default_factory=list)
    _touched: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)

    def lines(self) -> list[Line]:
        """Return the lines, in the order of the parts; those of 0 are left out."""
        parts = self.instrument.parts(self.move)
        taken = [p for p in parts if p.target is not None]
        return [*self._taken(taken, len(parts)), *self._own(parts)]

    def touched(self) -> list[tuple[str, Mapping[str, str]]]:
        """Return the accounts that have to be open, each with its keys."""
        return self._touched

    # --- what settles, voids, reverses ---------------------------------------------

    def _taken(self, parts: list[MovePart], count: int) -> Iterator[Line]:
        said = self.instrument.move(self.move)
        if not parts:
            return
        total = len(self.instrument.parts(said.other))
        other = f"{self.instrument.id}/{said.other}/"
        other += filled(self.instrument.move(said.other).id, self.keys)
        names = {
            p.number: part_id(other, p.target.number, total)
            for p in parts
            if p.target is not None
        }
        written = self.look.written(list(names.values()))
        texts = said.amounts or (said.amount,) * len(parts)
        for part, text in zip(parts, texts, strict=True):
            of = names[part.number]
            entry = written.get(of)
            if entry is None and written:
                continue  # the part came to 0 there, so that nothing is to be done
            amount = 0 if entry is None else entry.amount
            kind: Kind = "reverse" if said.reverses else "void"
            if said.settles:
                kind = "post"
            if text is not None and entry is not None:
                word = MOVED if said.reverses else HELD
                exact = self.found.exact(text, part.commodity, word, amount)
                amount = self._whole(exact, said.round, part)
                if amount == 0 and kind == "post":
                    self.said.append(
                        f"第{part.number}笔实付为 0，冻结作废 (nothing due, hold freed)"
                    )
                    kind, amount = "void", entry.amount
                elif amount == 0:
                    continue
            # What is not in the book is asked for as well: the book says why not.
            yield Line(
                id=part_id(self.stem, part.number, count),
                kind=kind,
                debit="" if entry is None else self._side(entry.debit, entry.credit),
                credit="" if entry is None else self._side(entry.credit, entry.debit),
                amount=max(amount, 1),
                commodity=part.commodity,
                of=of,
            )

    def _side(self, same: str, turned: str) -> str:
        return turned if self.instrument.move(self.move).reverses else same

    # --- its own legs ----------------------------------------------------------------

    def _own(self, parts: tuple[MovePart, ...]) -> Iterator[Line]:
        said = self.instrument.move(self.move)
        for place, leg in enumerate(said.legs):
            mine = [p for p in parts if p.leg == place]
            expires = None if leg.expires is None else self.found.day(leg.expires)
            if leg.by_holdings is not None:
                yield from self._holders(leg, leg.by_holdings, mine[0], expires)
                continue
            amounts = self._amounts(leg, mine)
            for part, amount in zip(mine, amounts, strict=True):
                if amount == 0:
                    self.said.append(
                        f"第{part.number}笔为 0，略去 (part {part.number} is 0, left out)"
                    )
                    continue
                yield self._line(part, amount, self.keys, expires, len(parts))

    def _amounts(self, leg: Leg, parts: list[MovePart]) -> Iterable[int]:
        commodity = parts[0].commodity
        if leg.amount is not None:
            return [self._amount(leg.amount, leg.round, parts[0])]
        if leg.split is not None:
            whole = self._amount(leg.split.of, leg.round, parts[0])
            shares = {n: self.found.number(t) for n, t in leg.split.into.items()}
            return split(whole, shares, leg.split.remainder).values()
        assert leg.waterfall is not None
        whole = self._amount(leg.waterfall.of, leg.round, parts[0])
        layers = [
            (str(place), self.found.limit(layer.up_to, commodity))
            for place, layer in enumerate(leg.waterfall.layers)
        ]
        return waterfall(whole, layers).values()

    def _holders(
        self, leg: Leg, rule: ByHoldings, part: MovePart, expires: date | None
    ) -> Iterator[Line]:
        path = self.instrument.account(rule.holdings).path
        prefix = filled(path.removesuffix(f"{{{rule.key}}}"), self.keys)
        holdings = {
            b.path.removeprefix(prefix): b.has for b in self.look.under(prefix) if b.has
        }
        whole = self._amount(rule.of, leg.round, part)
        for holder, amount in by_holdings(whole, holdings).items():
            if not amount:
                continue
            keys = {**self.keys, rule.key: holder}
            yield self._line(part, amount, keys, expires, 0, f".{holder}")

    def _line(
        self,
        part: MovePart,
        amount: int,
        keys: Mapping[str, str],
        expires: date | None,
        count: int,
        holder: str = "",
    ) -> Line:
        self._touched += [(part.debit, keys), (part.credit, keys)]
        return Line(
            id=part_id(self.stem, part.number, count) + holder,
            kind="hold" if part.holds else "transfer",
            debit=filled(self.instrument.account(part.debit).path, keys),
            credit=filled(self.instrument.account(part.credit).path, keys),
            amount=amount,
            commodity=part.commodity,
            expires=expires,
        )

    def _amount(self, text: str, mode: Rounding | None, part: MovePart) -> int:
        return self._whole(self.found.exact(text, part.commodity), mode, part)

    def _whole(self, exact: Fraction, mode: Rounding | None, part: MovePart) -> int:
        """Return an amount in whole smallest units.

        Raises:
            Refused: L101, it is below 0.
        """
        if exact < 0:
            name = part_id(self.stem, part.number, 0)
            raise Refused("L101", {"id": name, "amount": str(exact)})
        if mode is None and exact.denominator != 1:
            word = self.instrument.commodities[part.commodity].smallest
            self.said.append(
                f"第{part.number}笔算得 {exact} {word.zh}，不足一{word.zh}的舍去 "
                f"(part {part.number}: less than a {word.en} is cut off)"
            )
        return rounded(exact, mode or "down")
