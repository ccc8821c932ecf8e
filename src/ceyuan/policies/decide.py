# SPDX-License-Identifier: Apache-2.0
"""One subject, one policy, one decision: the interpreter's side.

The order of what outranks what: a policy not in force, or out of whose scope
the subject is, does not apply; data that contradict each other are refused; a
definite failure outranks a missing input; a missing input outranks a judge; a
policy of which only a part is encoded never answers better than `refer`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from ceyuan.kernel import UNKNOWN, unit
from ceyuan.language import (
    FactKey,
    Fixed,
    Interpreter,
    Quotient,
    Range,
    Setting,
    Verdict,
    names,
    settle,
)
from ceyuan.language.ranges import NONE, Gone, Root, Truth3

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from ceyuan.declarations import Rule
    from ceyuan.declarations.policy import Round
    from ceyuan.language import Context, Value


class Outcome(StrEnum):
    """What a decision says."""

    ELIGIBLE = "eligible"
    INELIGIBLE = "ineligible"
    UNKNOWN = "unknown"
    REFER = "refer"
    NOT_APPLICABLE = "not_applicable"


Supplier = Literal["firm", "declaration", "office", "judge", "choice"]


@dataclass(frozen=True, slots=True)
class Decision:
    """What one policy says of one subject, and what it hangs on.

    Args:
        policy: Policy id.
        outcome: The answer; None when the data were refused by a check.
        clauses: Answer of each clause; a clause not in force is left out.
        missing: Unknown facts that can still change the answer.
        refused: Checks that the data failed.
        amount: Amount due in fen, when eligible and the policy has one.
        outputs: Further results in base units (None: not known).
        variant: The applicant's choice for which this is the answer.
        variants: The answers for all choices.
    """

    policy: str
    outcome: Outcome | None
    clauses: Mapping[str, Truth3] = field(default_factory=dict)
    missing: frozenset[FactKey] = NONE
    refused: tuple[str, ...] = ()
    amount: int | None = None
    outputs: Mapping[str, Value | Truth3 | str] = field(default_factory=dict)
    variant: str = ""
    variants: Mapping[str, Decision] = field(default_factory=dict)

    @property
    def failing(self) -> tuple[str, ...]:
        """Return the clauses that are definitely not met."""
        return tuple(c for c, answer in self.clauses.items() if answer is False)

    def chosen(self, variant: str) -> Decision:
        """Return the answer for another choice than the one reported."""
        if variant == self.variant:
            return self
        return replace(self.variants[variant], variant=variant, variants=self.variants)


_RANK = {
    Outcome.ELIGIBLE: 0,
    Outcome.REFER: 1,
    Outcome.UNKNOWN: 2,
    Outcome.INELIGIBLE: 3,
    Outcome.NOT_APPLICABLE: 4,
    None: 5,
}


def decide(
    rule: Rule,
    facts: Fixed,
    *,
    as_of: date,
    base_year: int | None = None,
    settings: Mapping[str, Setting] | None = None,
) -> Decision:
    """Return what a policy says of a subject on a day.

    Args:
        rule: The policy.
        facts: What is known of the subject, in base units.
        as_of: Day of the decision.
        base_year: Fiscal year that yearly facts mean; the last closed one by
            default.
        settings: Parameters set by the office, by name.
    """
    context = rule.context(as_of, base_year=base_year, settings=settings)
    return decide_and_keep(rule, facts, context)[0]


def decide_and_keep(
    rule: Rule,
    facts: Fixed,
    context: Context,
    *,
    remember: bool = False,
    variant: str = "",
) -> tuple[Decision, Interpreter | None]:
    """Return a decision, and the interpreter that can then be asked why.

    There is none to ask when the policy is not in force on the day. Where the
    applicant has made no choice, it is that of the variant asked for, or of the
    best one.
    """
    if not rule.in_force(rule.day(context.as_of, context.base_year)):
        return Decision(rule.id, Outcome.NOT_APPLICABLE), None
    variants = rule.said.variants
    if variants is None or facts.value(variants.fact, None) is not UNKNOWN:
        asked = Interpreter(rule.scope, context, facts, remember=remember)
        return decide_with(rule, asked, context), asked
    answers: dict[str, Decision] = {}
    keepers: dict[str, Interpreter] = {}
    for code in variants.order:
        chosen = facts.with_values({(variants.fact, None): code})
        asked = Interpreter(rule.scope, context, chosen, remember=remember)
        if keepers:
            first = keepers[variants.order[0]]
            asked.adopt(first, _free_of_choice(rule, variants.fact))
        answers[code] = decide_with(rule, asked, context)
        keepers[code] = asked
    best = variant or min(answers, key=lambda code: _RANK[answers[code].outcome])
    return replace(answers[best], variant=best, variants=answers), keepers[best]


def _free_of_choice(rule: Rule, choice: str) -> frozenset[str]:
    """Return the definitions that are the same whatever the applicant chooses."""
    key = ("free of", choice)
    if key not in rule.memo:
        touched = {choice}
        definitions = rule.scope.definitions
        nodes = {name: one.node for name, one in definitions.items()}
        nodes |= {
            name: fact.derive
            for name, fact in rule.scope.facts.items()
            if fact.derive is not None
        }
        while True:
            more = {
                name
                for name, node in nodes.items()
                if name not in touched and names(node) & touched
            }
            if not more:
                break
            touched |= more
        rule.memo[key] = frozenset(definitions) - touched
    found = rule.memo[key]
    assert isinstance(found, frozenset)
    return found


def decide_with(rule: Rule, interpreter: Interpreter, context: Context) -> Decision:
    """Return a decision by an interpreter that can then be asked why."""
    scope = _junction([_truth(interpreter, name) for name in rule.in_scope])
    if scope.value is False:
        outputs = _outputs(rule, interpreter)
        return Decision(rule.id, Outcome.NOT_APPLICABLE, outputs=outputs)
    refused = tuple(
        name for name in rule.checks if _truth(interpreter, name).value is False
    )
    if refused:
        outputs = _outputs(rule, interpreter)
        return Decision(rule.id, None, refused=refused, outputs=outputs)
    clauses = {
        name: _truth(interpreter, name)
        for name in rule.clauses
        if name not in context.waived
    }
    answers = {name: verdict.value for name, verdict in clauses.items()}
    core = interpreter.ask(rule.decide)
    whole = _junction([scope, core]) if scope.value is True else _open(scope, core)
    outputs = _outputs(rule, interpreter)
    outcome, missing, amount = _outcome(rule, interpreter, whole)
    return Decision(rule.id, outcome, answers, missing, (), amount, outputs)


def _open(scope: Verdict, core: Verdict) -> Verdict:
    """Not knowing whether it applies, a failure is not yet a failure."""
    return Verdict(UNKNOWN, scope.missing | core.missing)


def _junction(verdicts: list[Verdict]) -> Verdict:
    if any(v.value is False for v in verdicts):
        return Verdict(False)
    if any(v.value is UNKNOWN for v in verdicts):
        return Verdict(UNKNOWN, NONE.union(*(v.missing for v in verdicts)))
    return Verdict(True)


def _truth(interpreter: Interpreter, name: str) -> Verdict:
    found = interpreter.defined(name)
    assert isinstance(found, Verdict)
    return found


def _outcome(
    rule: Rule, interpreter: Interpreter, whole: Verdict
) -> tuple[Outcome, frozenset[FactKey], int | None]:
    """Return outcome, missing facts and amount.

    An amount that cannot be told yet is as good as a missing answer: what it
    needs is asked together with what the status needs.
    """
    if whole.value is False:
        return Outcome.INELIGIBLE, NONE, None
    missing = whole.missing
    due: Range | None = None
    if rule.said.amount is not None:
        value = interpreter.defined("output:amount")
        assert isinstance(value, (Range, Quotient))
        due = settle(value)
        if not due.exact:
            missing = missing | due.missing
    if whole.value is UNKNOWN or (due is not None and not due.exact):
        return open_outcome(rule, missing), missing, None
    if due is None or rule.said.amount is None:
        return _best(rule), NONE, None
    assert due.low is not None
    return _best(rule), NONE, rounded(Fraction(due.low), rule.said.amount.round)


def _best(rule: Rule) -> Outcome:
    return Outcome.ELIGIBLE if rule.said.coverage == "full" else Outcome.REFER


def open_outcome(rule: Rule, missing: frozenset[FactKey]) -> Outcome:
    """Return `unknown` when data are missing, `refer` when only a judge is."""
    facts = rule.scope.facts
    if all(name in facts and facts[name].judged for name, _ in missing):
        return Outcome.REFER
    return Outcome.UNKNOWN


def rounded(value: Fraction, how: Round) -> int:
    """Return an amount in fen, rounded once by the policy's own rule."""
    step = how.to * unit(how.unit).scale
    count = value / step
    if how.mode == "down":
        whole = count.numerator // count.denominator
    elif how.mode == "up":
        whole = -(-count.numerator // count.denominator)
    else:  # half up, away from zero
        size = (abs(count) * 2 + 1) // 2
        whole = int(size if count >= 0 else -size)
    result = whole * step
    assert result.denominator == 1
    return int(result)


def _outputs(rule: Rule, interpreter: Interpreter) -> dict[str, Value | Truth3 | str]:
    found: dict[str, Value | Truth3 | str] = {}
    for name in rule.said.outputs:
        value = interpreter.defined(f"output:{name}")
        if isinstance(value, Verdict):
            found[name] = value.value
        elif isinstance(value, Root):
            found[name] = value
        elif isinstance(value, Range) or hasattr(value, "top"):
            whole = settle(value)  # type: ignore[arg-type]
            found[name] = whole
    return found


def output_value(value: Value | Truth3 | str) -> Fraction | bool | None:
    """Return an output that is exactly known; None where it is not."""
    if isinstance(value, bool):
        return value
    if isinstance(value, Range) and value.exact and value.gone is Gone.NO:
        assert value.low is not None
        return Fraction(value.low)
    return None
