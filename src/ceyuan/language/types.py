# SPDX-License-Identifier: Apache-2.0
"""The check at load: names, types, units, and what may be absent.

A policy that compares 元 with 人 does not load, and neither does one whose
clause may meet something absent without saying what that counts as.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Literal

from ceyuan.kernel import PURE, RuleError, Unit, unit
from ceyuan.language.tree import (
    All,
    AnyOf,
    Arith,
    Call,
    Choose,
    Compare,
    Day,
    Member,
    Name,
    Node,
    Not,
    Number,
    Truth,
    Word,
)
from ceyuan.language.write import write

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ceyuan.language.scope import FactSymbol, Scope

TypeName = Literal["number", "truth", "date", "code", "codes", "records", "table"]
DAYS = unit("天")
YEARS = unit("年")
PIECES = unit("件")
MOST_YEARS = 10
"""No rule looks further back."""


@dataclass(frozen=True, slots=True)
class Type:
    """The type of a node.

    Args:
        name: What it is.
        unit: Unit of a number; None for 0, which fits every unit.
        absent: Whether it may be absent.
        constant: Made of literals, parameters and the day only.
        root: Compound growth, which can only be compared.
        codes: Codes that a code may take; empty: not limited.
        literal: A quoted word.
    """

    name: TypeName
    unit: Unit | None = PURE
    absent: bool = False
    constant: bool = False
    root: bool = False
    codes: tuple[str, ...] = ()
    literal: bool = False


class Checker:
    """Checks the expressions of one scope; definitions are checked once."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._fields: Mapping[str, FactSymbol] | None = None
        self._absent_said = True
        self._done: dict[str, Type] = {}
        self._open: list[str] = []

    def check(self, node: Node, *, absent_said: bool) -> Type:
        """Return the type of an expression.

        Args:
            node: The expression.
            absent_said: Whether its clause says what absent counts as.

        Raises:
            RuleError: A name, a type or a unit is wrong.
        """
        before, self._absent_said = self._absent_said, absent_said
        try:
            return self._type(node)
        finally:
            self._absent_said = before

    def definition(self, name: str) -> Type:
        """Return the type of a definition.

        Raises:
            RuleError: It is wrong, or defined by itself.
        """
        if name in self._done:
            return self._done[name]
        if name in self._open:
            circle = " → ".join([*self._open[self._open.index(name) :], name])
            msg = f"`{name}` is defined by itself: {circle}"
            raise RuleError(msg, code="D211", hint="break the circle")
        self._open.append(name)
        try:
            found = self._scope.definitions[name]
            result = self.check(found.node, absent_said=found.absent_as is not None)
        finally:
            self._open.pop()
        self._done[name] = result
        return result

    def _type(self, node: Node) -> Type:
        match node:
            case Number(value):
                free = None if value == 0 else PURE
                return Type("number", free, constant=True)
            case Word(value):
                return Type("code", codes=(value,), literal=True, constant=True)
            case Truth():
                return Type("truth", constant=True)
            case Day():
                return Type("date", constant=True)
            case Name(value):
                return self._name(value)
            case Arith():
                return self._arith(node)
            case Compare():
                return self._compare(node)
            case Member():
                return self._member(node)
            case Not(value):
                self._want(value, "truth")
                return Type("truth")
            case All(parts) | AnyOf(parts):
                for part in parts:
                    self._want(part, "truth")
                return Type("truth")
            case Choose():
                return self._choose(node)
            case Call(function, arguments):
                return _CALLS[function](self, node, arguments)

    def _name(self, name: str) -> Type:
        if self._fields is not None:
            if name in self._fields:
                return self._fact(self._fields[name])
            raise self.unknown(name, set(self._fields), "field of the record")
        if name in self._scope.definitions:
            return self.definition(name)
        if name in self._scope.parameters:
            symbol = self._scope.parameters[name]
            kind: TypeName = {
                "number": "number",
                "set": "codes",
                "flag": "truth",
                "date": "date",
            }.get(symbol.kind, "table")  # type: ignore[assignment]
            return Type(kind, symbol.unit, constant=True)
        if name == "as_of":
            return Type("date", constant=True)
        if name in self._scope.facts:
            return self._fact(self._scope.facts[name])
        known = {*self._scope.definitions, *self._scope.parameters, *self._scope.facts}
        raise self.unknown(name, known, "fact, parameter, definition or clause")

    @staticmethod
    def unknown(name: str, known: set[str], what: str) -> RuleError:
        """Return the error of a name that nothing stands for, with the near miss."""
        near = get_close_matches(name, sorted(known), n=1)
        hint = f"did you mean `{near[0]}`?" if near else "declare it first"
        return RuleError(f"`{name}` is no {what}", code="D210", hint=hint)

    def _fact(self, symbol: FactSymbol) -> Type:
        kind: TypeName = {
            "number": "number",
            "flag": "truth",
            "date": "date",
            "codes": "codes",
            "records": "records",
        }.get(symbol.kind, "code")  # type: ignore[assignment]
        root = False
        absent = symbol.yearly
        if symbol.derive is not None and kind == "number":
            before, self._fields = self._fields, None
            derived = self.check(symbol.derive, absent_said=True)
            self._fields = before
            root = derived.root
            absent = absent or derived.absent
        return Type(kind, symbol.unit, absent=absent, root=root, codes=symbol.codes)

    def _want(self, node: Node, name: TypeName) -> Type:
        found = self._type(node)
        if found.name != name:
            msg = f"a {name} is asked, `{write(node)}` is a {found.name}"
            raise RuleError(msg, code="D212")
        return found

    def _plain(self, node: Node) -> Type:
        found = self._want(node, "number")
        if found.root:
            msg = f"compound growth can only be compared: `{write(node)}`"
            raise RuleError(msg, code="D212")
        return found

    def _arith(self, node: Arith) -> Type:
        left, right = self._type(node.left), self._type(node.right)
        for side, part in ((left, node.left), (right, node.right)):
            if side.name != "number":
                hint = "use days_between, years_between" if side.name == "date" else ""
                msg = f"`{write(part)}` is a {side.name}, not a number"
                raise RuleError(msg, code="D212", hint=hint)
            if side.root:
                msg = f"compound growth can only be compared: `{write(node)}`"
                raise RuleError(msg, code="D212")
        absent = left.absent or right.absent
        constant = left.constant and right.constant
        if node.sign in "+-":
            self._same_unit(left, right, node)
            return Type("number", left.unit or right.unit, absent, constant)
        a, b = left.unit or PURE, right.unit or PURE
        if node.sign == "*":
            return Type("number", (a * b).base, absent, constant)
        never = isinstance(node.right, Number) and node.right.value > 0
        return Type("number", (a / b).base, absent or not never, constant)

    def _same_unit(self, left: Type, right: Type, node: Node) -> None:
        if left.unit is None or right.unit is None or left.unit.like(right.unit):
            return
        msg = f"{left.unit.name} meets {right.unit.name} in `{write(node)}`"
        raise RuleError(
            msg, code="D213", hint="both sides of a comparison or a sum need one unit"
        )

    def _compare(self, node: Compare) -> Type:
        left, right = self._type(node.left), self._type(node.right)
        names = {left.name, right.name}
        if len(names) != 1 or names & {"codes", "records", "table"}:
            msg = f"{left.name} meets {right.name} in `{write(node)}`"
            raise RuleError(msg, code="D212", hint="compare like with like")
        if left.name in ("code", "truth"):
            if node.order not in ("=", "<>"):
                msg = f"codes and flags have no order: `{write(node)}`"
                raise RuleError(msg, code="D212", hint="use = or <>")
            self._known_codes(left, right, node)
        if left.name == "number":
            self._same_unit(left, right, node)
            if (left.root and not right.constant) or (right.root and not left.constant):
                msg = f"compound growth is compared with a parameter: `{write(node)}`"
                raise RuleError(msg, code="D212")
            if right.root:
                msg = f"write compound growth on the left: `{write(node)}`"
                raise RuleError(msg, code="D212")
            self._absent(left.absent or right.absent, node)
        return Type("truth")

    def _absent(self, may_be: bool, node: Node) -> None:
        if may_be and not self._absent_said:
            msg = f"something in `{write(node)}` may be absent (no such year, or"
            msg += " nothing to divide by), and nothing says what that counts as"
            raise RuleError(
                msg, code="D214", hint="add `absent: false` or `absent: true`"
            )

    def _known_codes(self, left: Type, right: Type, node: Node) -> None:
        for fact, word in ((left, right), (right, left)):
            if word.literal and fact.codes and not fact.literal:
                strange = [c for c in word.codes if c not in fact.codes]
                if strange:
                    near = get_close_matches(strange[0], fact.codes, n=1)
                    hint = f"did you mean `{near[0]}`?" if near else ""
                    msg = f"'{strange[0]}' is no code of it: `{write(node)}`"
                    raise RuleError(msg, code="D215", hint=hint)

    def _member(self, node: Member) -> Type:
        value = self._type(node.value)
        for option in node.options:
            found = self._type(option)
            if value.name == "number" and found.name == "number":
                self._same_unit(value, found, node)
                if value.root:
                    raise RuleError("compound growth has no set", code="D212")
                self._absent(value.absent, node)
                continue
            if value.name != "code" or found.name not in ("code", "codes"):
                msg = f"{value.name} IN {found.name}: `{write(node)}`"
                raise RuleError(msg, code="D212")
            self._known_codes(value, found, node)
        return Type("truth")

    def _choose(self, node: Choose) -> Type:
        for test, _ in node.arms:
            self._want(test, "truth")
        types = [self._type(v) for _, v in node.arms] + [self._type(node.otherwise)]
        first = types[0]
        if first.name not in ("number", "truth") or any(t.root for t in types):
            msg = f"CASE gives numbers or truths: `{write(node)}`"
            raise RuleError(msg, code="D212")
        known = next((t for t in types if t.unit is not None), first)
        for other in types:
            if other.name != first.name:
                msg = f"{first.name} or {other.name} in `{write(node)}`"
                raise RuleError(msg, code="D212")
            if other.name == "number":
                self._same_unit(known, other, node)
        return Type(first.name, known.unit, any(t.absent for t in types))

    # --- functions ----------------------------------------------------------------

    def _extreme(self, node: Call, arguments: tuple[Node, ...]) -> Type:
        types = [self._plain(a) for a in arguments]
        known = next((t for t in types if t.unit is not None), types[0])
        for other in types:
            self._same_unit(known, other, node)
        constant = all(t.constant for t in types)
        return Type("number", known.unit, any(t.absent for t in types), constant)

    def _table(self, node: Call, arguments: tuple[Node, ...]) -> Type:
        value = self._want(arguments[0], "number")
        table = arguments[1]
        wanted = node.function
        symbol = (
            self._scope.parameters.get(table.value) if isinstance(table, Name) else None
        )
        if symbol is None or symbol.kind != wanted:
            msg = f"`{write(table)}` is no {wanted} parameter"
            raise RuleError(msg, code="D212")
        self._same_unit(value, Type("number", symbol.unit), node)
        if wanted == "marginal":
            self._plain(arguments[0])
            product = ((value.unit or symbol.unit) * symbol.gives).base
            return Type("number", product, value.absent)
        return Type("number", symbol.gives.base)

    def _years(self, node: Call, arguments: tuple[Node, ...]) -> Type:
        name = arguments[0]
        symbol = self._scope.facts.get(name.value) if isinstance(name, Name) else None
        if symbol is None or symbol.kind != "number" or not symbol.yearly:
            msg = f"`{node.function}` takes a yearly fact: `{write(node)}`"
            raise RuleError(msg, code="D212")
        fact = self._type(name)
        if fact.root:
            raise RuleError("compound growth has no years", code="D212")
        if len(arguments) > 1:
            count = arguments[1]
            least = {"prev": 1, "sum_years": 1, "cagr": 2}[node.function]
            if (
                not isinstance(count, Number)
                or count.value.denominator != 1
                or not least <= count.value <= MOST_YEARS
            ):
                msg = f"a number of years from {least} to {MOST_YEARS}: `{write(node)}`"
                raise RuleError(msg, code="D212")
            if node.function == "cagr":
                return Type("number", PURE, absent=True, root=count.value != least)
        if node.function == "growth":
            return Type("number", PURE, absent=True)
        return Type("number", fact.unit, absent=node.function == "prev")

    def _if_absent(self, node: Call, arguments: tuple[Node, ...]) -> Type:
        value, other = (self._plain(a) for a in arguments)
        self._same_unit(value, other, node)
        return Type("number", value.unit or other.unit, other.absent)

    def _count(self, node: Call, arguments: tuple[Node, ...]) -> Type:
        name, test = arguments
        symbol = self._scope.facts.get(name.value) if isinstance(name, Name) else None
        if symbol is None or symbol.kind != "records":
            msg = f"`count_where` counts linked records: `{write(node)}`"
            raise RuleError(msg, code="D212")
        before, self._fields = self._fields, symbol.fields
        try:
            self._want(test, "truth")
        finally:
            self._fields = before
        return Type("number", PIECES)

    def _held(self, node: Call, arguments: tuple[Node, ...]) -> Type:
        record = self._scope.facts.get("certificates")
        if record is None or not isinstance(arguments[0], Word):
            msg = f"`held` takes the code of a certificate: `{write(node)}`"
            raise RuleError(msg, code="D212")
        self._known_codes(
            Type("code", codes=record.fields["certificate"].codes),
            self._type(arguments[0]),
            node,
        )
        if len(arguments) > 1 and not self._want(arguments[1], "date").constant:
            raise RuleError("`held` asks for a fixed day", code="D212")
        return Type("truth")

    def _has_any(self, node: Call, arguments: tuple[Node, ...]) -> Type:
        value = self._want(arguments[0], "codes")
        if not isinstance(arguments[0], Name):
            raise RuleError("`has_any` takes a set fact", code="D212")
        for word in arguments[1:]:
            found = self._type(word)
            if not found.literal:
                raise RuleError("`has_any` takes quoted codes", code="D212")
            self._known_codes(value, found, node)
        return Type("truth")

    def _dates(self, node: Call, arguments: tuple[Node, ...]) -> Type:
        types = [self._want(a, "date") for a in arguments]
        counted = {"years_between": YEARS, "days_between": DAYS, "year": PURE}
        constant = all(t.constant for t in types)
        return Type("number", counted[node.function], constant=constant)

    def _add_years(self, node: Call, arguments: tuple[Node, ...]) -> Type:
        start = self._want(arguments[0], "date")
        years = self._want(arguments[1], "number")
        if not years.constant or not (
            years.unit is None or years.unit in (YEARS, PURE)
        ):
            msg = f"`add_years` adds a fixed number of years: `{write(node)}`"
            raise RuleError(msg, code="D212")
        return Type("date", constant=start.constant)


_CALLS: dict[str, Callable[[Checker, Call, tuple[Node, ...]], Type]] = {
    "least": Checker._extreme,
    "greatest": Checker._extreme,
    "steps": Checker._table,
    "marginal": Checker._table,
    "prev": Checker._years,
    "sum_years": Checker._years,
    "growth": Checker._years,
    "cagr": Checker._years,
    "if_absent": Checker._if_absent,
    "count_where": Checker._count,
    "held": Checker._held,
    "has_any": Checker._has_any,
    "years_between": Checker._dates,
    "days_between": Checker._dates,
    "add_years": Checker._add_years,
    "year": Checker._dates,
}
