# SPDX-License-Identifier: Apache-2.0
"""From a policy's file to a rule that can be evaluated.

Here every name is resolved, every expression checked for types and units, every
parameter for overlapping dates, every reference to an article for existence.
What passes can be evaluated; what does not says file, line, clause, cause, mend.
"""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from ceyuan.kernel import UNKNOWN, RuleError, unit, year_end
from ceyuan.language import (
    Checker,
    Context,
    Definition,
    FactSymbol,
    Marginal,
    Node,
    ParameterSymbol,
    Scope,
    Setting,
    Step,
    Steps,
    names,
    parse,
    walk,
)
from ceyuan.language.tree import All, Call, Name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ceyuan.declarations import policy as said
    from ceyuan.declarations.facts import Fact
    from ceyuan.declarations.source import Source
    from ceyuan.kernel import Unit


@dataclass(frozen=True, slots=True)
class Rule:
    """A policy ready to be evaluated.

    Args:
        id: The policy's id.
        said: What its file says.
        scope: What its names mean.
        in_scope: Clauses that say to whom it applies; empty: to everybody.
        checks: Conditions on the data.
        clauses: Clause ids, in the file's order.
        decide: The condition over the clauses.
        file: Its file name.
        digest: SHA-256 of its text.
        source: Its file, for lines in messages.
        checker: Its type check, for units.
        memo: What others derive from the rule alone, found once.
    """

    id: str
    said: said.Policy
    scope: Scope
    in_scope: tuple[str, ...]
    checks: tuple[str, ...]
    clauses: tuple[str, ...]
    decide: Node
    file: str
    digest: str
    source: Source = field(repr=False, compare=False)
    checker: Checker = field(repr=False, compare=False)
    memo: dict[object, object] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _units: dict[int, Unit | None] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _contexts: dict[tuple[date, int], Context] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def context(
        self,
        as_of: date,
        *,
        base_year: int | None = None,
        settings: Mapping[str, Setting] | None = None,
    ) -> Context:
        """Return the day, the base year and the parameters in force.

        Args:
            as_of: Day of the decision.
            base_year: Fiscal year that yearly facts mean; the last closed one
                by default.
            settings: Parameters set by an office or a test, by name; they win.
        """
        year = as_of.year - 1 if base_year is None else base_year
        if (as_of, year) not in self._contexts:
            self._contexts[as_of, year] = self._context(as_of, year)
        known = self._contexts[as_of, year]
        if not settings:
            return known
        return replace(known, settings={**known.settings, **settings})

    def _context(self, as_of: date, year: int) -> Context:
        day = self.day(as_of, year)
        settings = {
            name: _in_force(parameter, day)
            for name, parameter in self.said.parameters.items()
        }
        waived = frozenset(c for c in self.clauses if not self.asked(c, day))
        return Context(as_of, year, settings, waived)

    def day(self, as_of: date, base_year: int) -> date:
        """Return the day whose rules apply: the decision's, or the year's end."""
        return as_of if self.said.clock == "as_of" else year_end(base_year)

    def in_force(self, day: date) -> bool:
        """Return whether the policy can be decided on a day."""
        span = self.said.validity
        return span.from_ <= day and (span.until is None or day <= span.until)

    def asked(self, clause: str, day: date) -> bool:
        """Return whether a clause is part of the policy on a day."""
        one = self.said.clauses[clause]
        return (one.from_ is None or one.from_ <= day) and (
            one.until is None or day <= one.until
        )

    def unit(self, node: Node) -> Unit | None:
        """Return the unit of a number; None for 0 and for what is no number."""
        key = id(node)
        if key not in self._units:
            found = self.checker.check(node, absent_said=True)
            self._units[key] = found.unit if found.name == "number" else None
        return self._units[key]

    def line(self, *path: str | int) -> int:
        """Return the line of a part of the file."""
        return self.source.line(path)


def fact_symbols(facts: Mapping[str, Fact]) -> dict[str, FactSymbol]:
    """Return the dictionary as the evaluators see it, in base units."""
    return {name: _symbol(name, fact) for name, fact in facts.items()}


def _symbol(name: str, fact: Fact) -> FactSymbol:
    scale = fact.measure.scale
    low = None if fact.min is None else fact.min * scale
    high = None if fact.max is None else fact.max * scale
    limit = max(abs(low or Fraction(0)), abs(high or Fraction(0))) or Fraction(10**15)
    return FactSymbol(
        name,
        fact.kind,
        fact.measure.base,
        fact.yearly,
        low if low is not None and (low == 0 or fact.bounded) else None,
        high if fact.bounded else None,
        limit,
        fact.decimals,
        fact.supplied_by == "judge",
        parse(fact.derive) if fact.derive else None,
        tuple(fact.codes),
        fact.default,
        {
            key: FactSymbol(
                key,
                part.kind,
                unit(part.unit or "1").base,
                codes=tuple(part.codes),
            )
            for key, part in fact.fields.items()
        },
    )


def compose(
    said_: said.Policy, facts: Mapping[str, FactSymbol], source: Source
) -> Rule:
    """Return a policy ready to be evaluated.

    Raises:
        RuleError: Something in it is wrong; file, line and clause are named.
    """
    _distinct(said_, facts, source)
    definitions: dict[str, Definition] = {}
    for section, parts in _sections(said_):
        for name, (text, absent) in parts.items():
            with _place(source, section, name):
                definitions[name] = Definition(
                    parse(text), said_.absent if absent is None else absent
                )
    decide = _decide(said_, source)
    whole = All((*(Name(n) for n in said_.scope), decide))
    definitions["eligible"] = Definition(whole)
    parameters = {
        name: _parameter(said_.policy, name, one)
        for name, one in said_.parameters.items()
    }
    for name, symbol in parameters.items():
        with _place(source, "parameters", name):
            _check_judged(symbol, facts)
    with _place(source, "variants"):
        _check_variants(said_.variants, facts)
    scope = Scope(facts, parameters, definitions)
    rule = Rule(
        said_.policy,
        said_,
        scope,
        tuple(said_.scope),
        tuple(f"check:{name}" for name in said_.checks),
        tuple(said_.clauses),
        decide,
        source.name,
        hashlib.sha256(source.text.encode()).hexdigest(),
        source,
        Checker(scope),
    )
    _check(rule, source)
    _check_articles(said_, source)
    for name, one in said_.parameters.items():
        with _place(source, "parameters", name):
            _check_dates(one)
            for value in one.values:
                _setting(one, value)
    return rule


@contextmanager
def _place(source: Source, *path: str) -> Iterator[None]:
    """Add file, line and clause to an error that has none."""
    try:
        yield
    except RuleError as error:
        if not error.file:
            error.file = source.name
            error.line = source.line(path)
            error.clause = ".".join(path)
        raise


def _sections(
    said_: said.Policy,
) -> list[tuple[str, dict[str, tuple[str, bool | None]]]]:
    outputs = {f"output:{n}": (o.expr, o.absent) for n, o in said_.outputs.items()}
    if said_.amount is not None:
        outputs["output:amount"] = (said_.amount.expr, said_.amount.absent)
    return [
        ("let", {n: (x.expr, x.absent) for n, x in said_.let.items()}),
        ("scope", {n: (x.test, x.absent) for n, x in said_.scope.items()}),
        ("clauses", {n: (x.test, x.absent) for n, x in said_.clauses.items()}),
        ("checks", {f"check:{n}": (x.test, x.absent) for n, x in said_.checks.items()}),
        ("outputs", outputs),
    ]


def _distinct(
    said_: said.Policy, facts: Mapping[str, FactSymbol], source: Source
) -> None:
    """One name means one thing: a second meaning would be read as the first."""
    seen: dict[str, str] = dict.fromkeys(facts, "facts")
    seen["as_of"] = seen["eligible"] = "language"
    for section in ("parameters", "let", "scope", "clauses"):
        for name in getattr(said_, section):
            if name in seen:
                msg = f"`{name}` is already a name in {seen[name]}"
                raise RuleError(
                    msg,
                    code="D220",
                    file=source.name,
                    line=source.line((section, name)),
                    clause=f"{section}.{name}",
                    hint="give it a name of its own",
                )
            seen[name] = section


def _parameter(policy: str, name: str, one: said.Parameter) -> ParameterSymbol:
    gives = unit(one.gives)
    return ParameterSymbol(
        name,
        one.kind,
        unit(one.unit).base,
        gives.base,
        f"{policy}.{name}",
        one.judged,
    )


def _check_judged(one: ParameterSymbol, facts: Mapping[str, FactSymbol]) -> None:
    """Who chooses within a band is a person, who chooses in the band's unit."""
    if not one.judged:
        return
    chosen = facts.get(one.judged)
    if chosen is None:
        raise Checker.unknown(one.judged, set(facts), "fact")
    if not chosen.judged or chosen.kind != "number" or not chosen.unit.like(one.gives):
        msg = f"`{one.judged}` is no judged number of the unit {one.gives.name}"
        raise RuleError(msg, code="D212", hint="say `supplied_by: judge`")


def _check_variants(
    variants: said.Variants | None, facts: Mapping[str, FactSymbol]
) -> None:
    if variants is None:
        return
    if variants.fact not in facts:
        raise Checker.unknown(variants.fact, set(facts), "fact")
    for code in variants.order:
        if code not in facts[variants.fact].codes:
            raise Checker.unknown(
                code, set(facts[variants.fact].codes), f"code of {variants.fact}"
            )


def _decide(said_: said.Policy, source: Source) -> Node:
    if said_.decide is None:
        return All(tuple(Name(c) for c in said_.clauses))
    with _place(source, "decide"):
        node = parse(said_.decide)
        mentioned = names(node)
        forgotten = [c for c in said_.clauses if c not in mentioned]
        if forgotten:
            msg = f"`decide` leaves out the clauses {', '.join(forgotten)}"
            raise RuleError(msg, code="D221", hint="use them, or make them outputs")
        return node


def _check(rule: Rule, source: Source) -> None:
    """Check every expression; the first wrong one is named with its line."""
    checker = rule.checker
    wanted = {"scope": "truth", "clauses": "truth", "checks": "truth"}
    for section, parts in _sections(rule.said):
        for name in parts:
            plain = name.split(":")[-1]
            path = (section, plain) if plain != "amount" else ("amount",)
            with _place(source, *path):
                found = checker.definition(name)
                if section in wanted and found.name != wanted[section]:
                    msg = f"a condition is asked, `{plain}` is a {found.name}"
                    raise RuleError(msg, code="D212")
                if section in ("let", "outputs"):
                    _check_unit(rule.said, section, plain, found.name, found.unit)
                if plain == "amount" and found.absent:
                    msg = "the amount may be absent; say `if_absent(…, 0)`"
                    raise RuleError(msg, code="D214")
    with _place(source, "decide"):
        checker.check(rule.decide, absent_said=False)
    _check_absent_steps(rule, checker, source)


def _check_absent_steps(rule: Rule, checker: Checker, source: Source) -> None:
    """A table entered with what may be absent says what that gives."""
    for section, parts in _sections(rule.said):
        for name in parts:
            for node in walk(rule.scope.definitions[name].node):
                if not (isinstance(node, Call) and node.function == "steps"):
                    continue
                table = node.arguments[1]
                assert isinstance(table, Name)
                values = rule.said.parameters[table.value].values
                if checker.check(node.arguments[0], absent_said=True).absent and any(
                    v.absent is None for v in values
                ):
                    msg = f"`{table.value}` does not say what an absent value gives"
                    raise RuleError(
                        msg,
                        code="D214",
                        file=source.name,
                        line=source.line(("parameters", table.value)),
                        clause=f"{section}.{name}",
                        hint="add `absent: 0` beside its steps",
                    )


def _check_unit(
    said_: said.Policy, section: str, name: str, kind: str, found: Unit | None
) -> None:
    if kind != "number" or found is None:
        return
    if section == "let":
        declared = said_.let[name].unit
    elif name == "amount":
        declared = "元"
    else:
        declared = said_.outputs[name].unit
    if declared is not None and not unit(declared).like(found):
        msg = f"`{name}` is said to be in {declared}, its expression gives {found.name}"
        raise RuleError(msg, code="D213", hint="mend the unit or the expression")


def _check_articles(said_: said.Policy, source: Source) -> None:
    """Every clause and every value cites an article that the file holds."""
    for name, article in said_.articles.items():
        if article.document not in said_.documents:
            _no_article(source, ("articles", name), "document", article.document)
    cited: list[tuple[tuple[str, ...], str]] = [
        (("clauses", n), c.article) for n, c in said_.clauses.items()
    ]
    cited += [(("scope", n), c.article) for n, c in said_.scope.items()]
    cited += [
        (("parameters", n, "values", str(i)), v.article)
        for n, p in said_.parameters.items()
        for i, v in enumerate(p.values)
    ]
    if said_.amount is not None:
        cited.append((("amount", "round"), said_.amount.round.article))
    if said_.replaces is not None and said_.replaces.beside is not None:
        cited.append((("replaces", "beside"), said_.replaces.beside))
    for path, article_id in cited:
        if article_id not in said_.articles:
            _no_article(source, path, "article", article_id)


def _no_article(source: Source, path: tuple[str, ...], what: str, name: str) -> None:
    msg = f"{what} `{name}` is not in this file"
    steps = tuple(int(p) if p.isdigit() else p for p in path)
    raise RuleError(
        msg,
        code="D222",
        file=source.name,
        line=source.line(steps),
        clause=".".join(path),
        hint=f"add it under `{what}s`",
    )


def _check_dates(one: said.Parameter) -> None:
    """Two values in force on one day would make the answer a matter of order."""
    spans = sorted(
        (v.from_ or date.min, v.until or date.max, i) for i, v in enumerate(one.values)
    )
    for (_, end, first), (start, _, second) in pairwise(spans):
        if start <= end:
            a, b = sorted((first, second))
            msg = f"values {a + 1} and {b + 1} are both in force on {start}"
            raise RuleError(msg, code="D223", hint="end the older one the day before")


def _in_force(one: said.Parameter, day: date) -> Setting:
    for value in one.values:
        if (value.from_ or date.min) <= day <= (value.until or date.max):
            return _setting(one, value)
    return UNKNOWN


def _setting(one: said.Parameter, value: said.Setting) -> Setting:
    """Return a value in base units.

    Raises:
        RuleError: It does not fit the parameter's kind.
    """
    scale = unit(one.unit).scale
    if one.kind == "steps" and value.steps is not None:
        return _steps(one, value, scale)
    if one.kind == "marginal" and value.brackets is not None:
        rate = unit(one.gives).scale
        uppers = [None if b.up_to is None else b.up_to * scale for b in value.brackets]
        bounded = [u for u in uppers[:-1] if u is not None]
        if bounded != sorted(set(bounded)) or len(bounded) != len(uppers) - 1:
            raise RuleError("brackets must rise; only the last has no end", code="D224")
        rates = [b.rate * rate for b in value.brackets]
        if min(rates) < 0:  # more would give less, and ranges would be turned
            raise RuleError("a rate is not below 0", code="D224")
        return Marginal(tuple(zip(uppers, rates, strict=True)))
    if one.kind == "set" and isinstance(value.value, tuple):
        return frozenset(value.value)
    if one.kind == "flag" and isinstance(value.value, bool):
        return value.value
    if one.kind == "date" and isinstance(value.value, date):
        return value.value
    if one.kind == "number" and isinstance(value.value, Fraction):
        return value.value * scale
    msg = f"a {one.kind} parameter does not have such a value"
    raise RuleError(msg, code="D224")


def _steps(one: said.Parameter, value: said.Setting, scale: Fraction) -> Steps:
    assert value.steps is not None
    gives = unit(one.gives).scale
    rows = []
    for row in value.steps:
        least, most = (
            row.gives if isinstance(row.gives, tuple) else (row.gives, row.gives)
        )
        bound = row.from_ if row.from_ is not None else row.above
        rows.append(
            Step(
                None if bound is None else bound * scale,
                row.from_ is not None,
                least * gives,
                most * gives,
            )
        )
    if not rows or rows[-1].bound is not None:
        raise RuleError("the last row of steps is `else: true`", code="D224")
    keys = [(r.bound, not r.closed) for r in rows[:-1] if r.bound is not None]
    if len(keys) != len(rows) - 1 or keys != sorted(set(keys), reverse=True):
        raise RuleError("steps are written from the highest bound down", code="D224")
    lows, highs = [r.low for r in rows], [r.high for r in rows]
    falling = lows == sorted(lows, reverse=True) and highs == sorted(
        highs, reverse=True
    )
    rising = lows == sorted(lows) and highs == sorted(highs)
    if not (falling or rising) or any(r.low > r.high for r in rows):
        raise RuleError("points must rise or fall with the value", code="D224")
    absent = None if value.absent is None else value.absent * gives
    return Steps(tuple(rows), absent)
