# SPDX-License-Identifier: Apache-2.0
"""Why: the condition tree of a decision, from the interpreter's own evaluation.

Nothing is computed a second way: each branch asks the interpreter that decided.
A condition shows the value observed, the threshold, and the margin (positive:
so much to spare; negative: so much short), each in its own unit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from ceyuan.kernel import UNKNOWN, Unit
from ceyuan.language import (
    Coded,
    Fixed,
    Interpreter,
    Quotient,
    Range,
    Root,
    Value,
    Verdict,
    settle,
    write,
)
from ceyuan.language.ranges import NONE, Truth3
from ceyuan.language.tree import (
    All,
    AnyOf,
    Call,
    Choose,
    Compare,
    Name,
    Node,
    Not,
    Number,
    children,
)
from ceyuan.policies.decide import Decision, decide_and_keep

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from ceyuan.declarations import Rule
    from ceyuan.language import Context, FactKey, Setting

Kind = Literal["all", "any", "not", "clause", "condition", "let", "fact", "parameter"]


@dataclass(frozen=True, slots=True)
class Branch:
    """One branch of a condition tree.

    Args:
        kind: What it is.
        name: Clause, definition, fact or parameter; "" for a bare condition.
        node: The expression.
        answer: Whether it holds; None for what is no condition.
        value: What is known of the number; None for what is no number.
        codes: The code or codes observed.
        unit: Unit of value, threshold and margin.
        order: How the value is compared.
        threshold: What it is compared with.
        margin: How much is to spare (negative: short); None when not exact.
        year: Fiscal year of a yearly fact.
        missing: Unknown facts that leave it open.
        parts: What it is made of.
    """

    kind: Kind
    name: str
    node: Node
    answer: Truth3 | None = None
    value: Value | None = None
    codes: frozenset[str] | None = None
    unit: Unit | None = None
    order: str = ""
    threshold: Value | None = None
    margin: Fraction | None = None
    year: int | None = None
    missing: frozenset[FactKey] = NONE
    parts: tuple[Branch, ...] = ()

    @property
    def text(self) -> str:
        """Return the expression as it is written."""
        return write(self.node)

    def walk(self) -> Iterator[Branch]:
        """Yield this branch and all beneath it."""
        yield self
        for part in self.parts:
            yield from part.walk()


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision with its condition tree.

    Args:
        decision: The decision.
        tree: Why, from the whole down to facts and parameters; None when the
            policy does not apply on the day.
        context: Day, base year, parameters.
    """

    decision: Decision
    tree: Branch | None
    context: Context


def explain(
    rule: Rule,
    facts: Fixed,
    *,
    as_of: date,
    base_year: int | None = None,
    settings: Mapping[str, Setting] | None = None,
    variant: str = "",
) -> Explanation:
    """Return a decision and why it is so.

    Args:
        rule: The policy.
        facts: What is known of the subject.
        as_of: Day of the decision.
        base_year: Fiscal year that yearly facts mean.
        settings: Parameters set by the office.
        variant: The choice that is explained where the applicant made none; by
            default the one that the decision reports.
    """
    context = rule.context(as_of, base_year=base_year, settings=settings)
    variants = rule.said.variants
    if variant and variants is not None:
        facts = facts.with_values({(variants.fact, None): variant})
    decision, asked = decide_and_keep(
        rule, facts, context, remember=True, variant=variant
    )
    if asked is None:
        return Explanation(decision, None, context)
    if variant:
        decision = replace(decision, variant=variant)
    return Explanation(decision, _Explainer(rule, context, asked).whole(), context)


class _Explainer:
    def __init__(self, rule: Rule, context: Context, asked: Interpreter) -> None:
        self._rule = rule
        self._context = context
        self._asked = asked
        self._done: dict[tuple[str, int], Branch] = {}

    def whole(self) -> Branch:
        """Return the tree: to whom it applies, what it asks, what is due."""
        parts = [self._defined(name) for name in self._rule.in_scope]
        parts.append(self._condition(self._rule.decide, None))
        verdict = self._asked.defined("eligible")
        assert isinstance(verdict, Verdict)
        if self._rule.said.amount is not None:
            node = self._rule.scope.definitions["output:amount"].node
            parts.append(self._number(node, None, name="amount"))
        return Branch(
            "all",
            self._rule.id,
            self._rule.decide,
            verdict.value,
            missing=verdict.missing,
            parts=tuple(parts),
        )

    def _defined(self, name: str) -> Branch:
        definition = self._rule.scope.definitions[name]
        if name in self._context.waived:
            return Branch("clause", name, definition.node, None)
        found = self._asked.defined(name)
        said = self._rule.said
        kind: Kind = "clause" if name in said.clauses or name in said.scope else "let"
        if isinstance(found, Verdict):
            inner = self._condition(definition.node, definition.absent_as)
            return Branch(
                kind,
                name,
                definition.node,
                found.value,
                missing=found.missing,
                parts=(inner,),
            )
        return self._number(definition.node, definition.absent_as, name=name)

    def _condition(self, node: Node, absent_as: bool | None) -> Branch:
        verdict = self._asked.ask(node, absent_as=absent_as)
        match node:
            case Name(name) if name in self._rule.scope.definitions:
                return self._defined(name)
            case Name(name) if name in self._rule.scope.facts:
                return self._fact(name, 0)
            case Name(name):
                return Branch("parameter", name, node, verdict.value)
            case All(parts):
                inner = tuple(self._condition(p, absent_as) for p in parts)
                return self._junction("all", node, verdict, inner)
            case AnyOf(parts):
                inner = tuple(self._condition(p, absent_as) for p in parts)
                return self._junction("any", node, verdict, inner)
            case Not(value):
                inner = (self._condition(value, absent_as),)
                return self._junction("not", node, verdict, inner)
            case Compare(order, left, right):
                return self._comparison(node, order, left, right, verdict)
            case Choose(arms, otherwise):
                chosen = self._arm(arms, otherwise, absent_as)
                if chosen is not None:
                    return self._condition(chosen, absent_as)
        return Branch(
            "condition",
            "",
            node,
            verdict.value,
            missing=verdict.missing,
            parts=self._mentioned(node),
        )

    def _arm(
        self,
        arms: tuple[tuple[Node, Node], ...],
        otherwise: Node,
        absent_as: bool | None,
    ) -> Node | None:
        """Return the arm of a CASE that is taken; None while that is open."""
        for test, value in arms:
            answer = self._asked.ask(test, absent_as=absent_as).value
            if answer is UNKNOWN:
                return None
            if answer is True:
                return value
        return otherwise

    @staticmethod
    def _junction(
        kind: Kind, node: Node, verdict: Verdict, parts: tuple[Branch, ...]
    ) -> Branch:
        return Branch(
            kind, "", node, verdict.value, missing=verdict.missing, parts=parts
        )

    def _comparison(
        self, node: Compare, order: str, left: Node, right: Node, verdict: Verdict
    ) -> Branch:
        parts = self._mentioned(node)
        a, b = self._asked.result(left), self._asked.result(right)
        if isinstance(a, (Coded, Verdict)):
            codes = a.options if isinstance(a, Coded) else None
            return Branch(
                "condition",
                "",
                node,
                verdict.value,
                codes=codes,
                order=order,
                missing=verdict.missing,
                parts=parts,
            )
        assert isinstance(b, (Range, Quotient, Root))
        unit = self._rule.unit(left)
        return Branch(
            "condition",
            "",
            node,
            verdict.value,
            value=a,
            unit=unit,
            order=order,
            threshold=b,
            margin=margin(a, order, b),
            missing=verdict.missing,
            parts=parts,
        )

    def _mentioned(self, node: Node) -> tuple[Branch, ...]:
        """Return what an expression is made of, each name once."""
        branches = (self._named(name, back) for name, back in self._read(node, 0))
        return tuple(branch for branch in branches if branch is not None)

    def _read(self, node: Node, back: int) -> tuple[tuple[str, int], ...]:
        """Return the names under a node, each once; found once per rule."""
        key = ("reads", id(node), back)
        known = self._rule.memo.get(key)
        if known is None:  # the node is kept, so that its id stays its own
            known = (node, tuple(dict.fromkeys(_reads(node, back))))
            self._rule.memo[key] = known
        found: tuple[tuple[str, int], ...] = known[1]  # type: ignore[index]
        return found

    def _named(self, name: str, back: int) -> Branch | None:
        """Return the branch of a name, built once however often it is read."""
        if (name, back) not in self._done:
            branch = self._name(name, back)
            if branch is None:
                return None
            self._done[name, back] = branch
        return self._done[name, back]

    def _name(self, name: str, back: int) -> Branch | None:
        scope = self._rule.scope
        if name in scope.definitions:
            return self._defined(name)
        if name in scope.facts:
            return self._fact(name, back)
        if name in scope.parameters:
            symbol = scope.parameters[name]
            setting = self._context.settings.get(name, UNKNOWN)
            value = None
            if isinstance(setting, Fraction):
                value = Range(setting, setting)
            missing = NONE
            if setting is UNKNOWN:
                missing = frozenset({(symbol.fact, None)})
            return Branch(
                "parameter",
                name,
                Name(name),
                value=value,
                unit=symbol.unit,
                missing=missing,
            )
        return None

    def _number(self, node: Node, absent_as: bool | None, *, name: str) -> Branch:
        value = self._asked.measure(node, absent_as=absent_as)
        return Branch(
            "let",
            name,
            node,
            value=value,
            unit=self._rule.unit(node),
            missing=value.missing,
            parts=self._mentioned(node),
        )

    def _fact(self, name: str, back: int) -> Branch:
        symbol = self._rule.scope.facts[name]
        year = self._context.base_year - back if symbol.yearly else None
        if symbol.kind == "records":
            return Branch("fact", name, Name(name), year=year)
        found = self._asked.fact(name, back)
        parts: tuple[Branch, ...] = ()
        if symbol.derive is not None and self._asked.is_derived(name, back):
            reads = self._read(symbol.derive, back if symbol.yearly else 0)
            parts = tuple(
                self._fact(read, years)
                for read, years in reads
                if read in self._rule.scope.facts
            )
        if isinstance(found, Verdict):
            return Branch(
                "fact",
                name,
                Name(name),
                found.value,
                year=year,
                missing=found.missing,
                parts=parts,
            )
        if isinstance(found, Coded):
            return Branch(
                "fact",
                name,
                Name(name),
                codes=found.options,
                year=year,
                missing=found.missing,
                parts=parts,
            )
        return Branch(
            "fact",
            name,
            Name(name),
            value=found,
            unit=symbol.unit,
            year=year,
            missing=found.missing,
            parts=parts,
        )


def margin(left: Value, order: str, right: Value) -> Fraction | None:
    """Return how much is to spare; None when it is not exactly known."""
    if isinstance(left, Root) or isinstance(right, Root):
        return None
    a, b = settle(left), settle(right)
    if not (a.exact and b.exact) or order in ("=", "<>"):
        return None
    assert a.low is not None
    assert b.low is not None
    gap = Fraction(a.low) - b.low
    return gap if order in (">", ">=") else -gap


def _reads(node: Node, back: int) -> Iterator[tuple[str, int]]:
    """Yield the names an expression reads, yearly facts with their years back."""
    match node:
        case Name(name):
            yield name, back
        case Call("prev", (Name(name), Number(years))):
            yield name, back + int(years)
        case Call("sum_years", (Name(name), Number(years))):
            for n in range(int(years)):
                yield name, back + n
        case Call("cagr", (Name(name), Number(years))):
            yield name, back
            yield name, back + int(years) - 1
        case Call("growth", (Name(name),)):
            yield name, back
            yield name, back + 1
        case Call("count_where", (Name(name), _)):
            yield name, 0
        case Call("held", _):
            yield "certificates", 0
        case _:
            for child in children(node):
                yield from _reads(child, back)
