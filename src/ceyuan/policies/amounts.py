# SPDX-License-Identifier: Apache-2.0
"""What a subject may be due: the least and the greatest amount, in fen.

An amount is told when it is known; what a budget needs is more: between which two
sums the truth lies while facts are missing. Who is eligible for sure is due at
least the lower end of the amount; who may be eligible is due nothing at least, and
the upper end at most; who is not, nothing. Rounding never turns an order round, so
the ends are rounded as the amount is. An end that no fact bounds stays open.

Twice, as everything here: for columns and for the interpreter. Both speak of data
that pass the checks of the policy, and of an applicant who chooses the best variant.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from ceyuan.kernel import unit
from ceyuan.language import TRUE, Fixed, Graph, Interpreter, Line, Whole, settle
from ceyuan.language.graph import Bit, same
from ceyuan.language.ranges import Gone, Quotient, Range
from ceyuan.policies.decide import Outcome, decide_with, rounded

if TYPE_CHECKING:
    from ceyuan.declarations import Rule
    from ceyuan.declarations.policy import Round
    from ceyuan.language import Compiler, Context, Verdict

LOW, HIGH = "amount_low", "amount_high"
"""Names of the two columns, behind the policy's id."""

Ends: TypeAlias = "dict[str, tuple[Whole, Bit]]"
_MOST = 2**63 - 1
"""An end beyond 64 bits of fen is as good as none."""
_MAY_BE = (Outcome.ELIGIBLE, Outcome.REFER, Outcome.UNKNOWN)
LAST_MAY_BE = 2
"""Codes of outcomes up to here leave an amount possible (`batch.CODES`)."""


def rounded_columns(how: Round, g: Graph, end: Whole, line: Line) -> Whole:
    """Return one end of an amount in fen, rounded once, as `decide.rounded` does."""
    step = int(how.to * unit(how.unit).scale)
    by = line.scale / step
    top = g.times(end, by.numerator)
    bottom = g.times(line.below, by.denominator)
    # Rows without an amount (and columns without any) must not divide by 0.
    bottom = g.select(g.gt(bottom, same(0)), bottom, same(1))
    if how.mode == "down":
        whole = g.floor(top, bottom)
    elif how.mode == "up":
        whole = g.times(g.floor(g.times(top, -1), bottom), -1)
    else:
        negative = g.gt(same(0), top)
        size = g.select(negative, g.times(top, -1), top)
        doubled = g.add(g.times(size, 2), bottom)
        size = g.floor(doubled, g.times(bottom, 2))
        whole = g.select(negative, g.times(size, -1), size)
    return g.times(whole, step)


def end_columns(
    how: Round, compiler: Compiler, line: Line, *, sure: Bit, may: Bit
) -> Ends:
    """Return both ends as whole numbers, each with where it is bounded.

    Args:
        how: How the amount is rounded.
        compiler: Where operations are written.
        line: The amount before it is rounded.
        sure: Who is eligible whatever is missing.
        may: Who is not ruled out.
    """
    g, nothing = compiler.g, same(0)
    found: Ends = {}
    for name, end, known in (
        (LOW, line.low, line.low_ok),
        (HIGH, line.high, line.high_ok),
    ):
        whole = rounded_columns(how, g, end, line)
        beyond = g.gt(nothing, whole) if name == LOW else g.gt(whole, nothing)
        taken = g.or_(sure, beyond)  # who may get nothing gets 0 at the inner end
        value = g.select(g.and_(may, taken), whole, nothing)
        fits = g.and_(g.ge(same(_MOST), value), g.ge(value, same(-_MOST)))
        bounded = g.and_(known, line.here, fits)
        found[name] = value, g.or_(g.not_(may), bounded)
    return found


def better_ends(
    g: Graph, outcomes: tuple[Whole, Whole], first: Ends, second: Ends
) -> Ends:
    """Return the ends over two variants: of both where both are possible."""
    if not first:
        return {}
    may_a, may_b = (g.ge(same(LAST_MAY_BE), code) for code in outcomes)
    found: Ends = {}
    for name, (a, a_ok) in first.items():
        b, b_ok = second[name]
        over = g.gt(b, a) if name == LOW else g.gt(a, b)
        take_a = g.and_(may_a, g.or_(g.not_(may_b), over))
        known = g.and_(g.or_(g.not_(may_a), a_ok), g.or_(g.not_(may_b), b_ok))
        found[name] = g.select(take_a, a, b), known
    return found


def no_ends() -> Ends:
    """Return the ends of a policy that gives nothing to anybody on a day."""
    return {name: (same(0), TRUE) for name in (LOW, HIGH)}


def amount_ends(
    rule: Rule, facts: Fixed, context: Context
) -> tuple[int | None, int | None]:
    """Return the least and the greatest amount of one subject; None: no bound."""
    if not rule.in_force(rule.day(context.as_of, context.base_year)):
        return 0, 0
    variants = rule.said.variants
    worlds = [facts]
    if variants is not None and (variants.fact, None) not in facts.values:
        key = (variants.fact, None)
        worlds = [facts.with_values({key: code}) for code in variants.order]
    found = [_ends(rule, Interpreter(rule.scope, context, f), context) for f in worlds]
    possible = [ends for ends in found if ends is not None]
    if not possible:
        return 0, 0
    lows = [low for low, _ in possible]
    highs = [high for _, high in possible]
    return (
        None if None in lows else min(x for x in lows if x is not None),
        None if None in highs else max(x for x in highs if x is not None),
    )


def _ends(
    rule: Rule, asked: Interpreter, context: Context
) -> tuple[int | None, int | None] | None:
    """Return the ends for one choice; None when it cannot be due."""
    how = rule.said.amount
    assert how is not None
    if decide_with(rule, asked, context).outcome not in _MAY_BE:
        return None
    value = asked.defined("output:amount")
    assert isinstance(value, (Range, Quotient))
    due = settle(value)
    answers: list[Verdict] = [asked.ask(rule.decide)]
    for name in rule.in_scope:
        one = asked.defined(name)
        answers.append(one)  # type: ignore[arg-type]
    sure = rule.said.coverage == "full" and all(a.value is True for a in answers)
    ends: list[int | None] = []
    for end, inner in ((due.low, min), (due.high, max)):
        if end is None or due.gone is not Gone.NO:
            ends.append(None)
            continue
        whole = rounded(Fraction(end), how.round)
        taken = whole if sure else inner(whole, 0)
        ends.append(taken if abs(taken) <= _MOST else None)
    return ends[0], ends[1]
