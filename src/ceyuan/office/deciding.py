# SPDX-License-Identifier: Apache-2.0
"""A stored decision of one firm, unpacked: clause by clause, with what came after."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ceyuan.office.correcting import Revision, revisions
from ceyuan.office.firms import FIRM, Firm, find_firm
from ceyuan.office.runs import decision, find
from ceyuan.policies import OUTCOMES, Outcome

if TYPE_CHECKING:
    from ceyuan.declarations import Rule
    from ceyuan.office.memory import Memory
    from ceyuan.office.running import Run

from ceyuan.kernel import UsageError

_WORDS = {
    "eligible": ("符合", "eligible"),
    "ineligible": ("不符合", "ineligible"),
    "unknown": ("缺数据", "unknown"),
    "refer": ("待判断", "to be judged"),
    "not_applicable": ("不适用", "not applicable"),
    "refused": ("数据有误", "refused: data contradict"),
}
_STATES = {
    "met": ("满足", "met"),
    "not_met": ("不满足", "not met"),
    "open": ("缺数据", "open"),
}
_SIGNS = {"met": "✓", "not_met": "✗", "open": "?"}


@dataclass(frozen=True, slots=True)
class ClauseTold:
    """One clause of a stored decision: `met`, `not_met` or `open`."""

    id: str
    zh: str
    en: str
    state: str

    @property
    def sign(self) -> str:
        """Return its sign."""
        return _SIGNS[self.state]

    def words(self, locale: str) -> str:
        """Return what it asks, and how it was answered."""
        zh, en = _STATES[self.state]
        return f"{self.zh}（{zh}）" if locale == "zh" else f"{self.en} ({en})"


@dataclass(frozen=True, slots=True)
class AnswerTold:
    """What a run kept of one policy for one firm.

    Args:
        rule: The policy as it was.
        outcome: The outcome; `refused` where the data contradicted each other.
        amount: Amount due in fen; None: none.
        hangs: It hangs on a disagreement between sources.
        clauses: The clauses that were asked.
        revisions: What was decided after corrections, in order.
    """

    rule: Rule
    outcome: str
    amount: int | None
    hangs: bool
    clauses: tuple[ClauseTold, ...]
    revisions: tuple[Revision, ...]

    @property
    def now(self) -> AnswerTold:
        """Return the answer as it stands: after the last correction."""
        if not self.revisions:
            return self
        after = self.revisions[-1].after
        clauses = _clauses(self.rule, after["outcome"], after["met"], after["open"])
        return replace(
            self, outcome=after["outcome"], amount=after["amount"], clauses=clauses
        )

    def title(self, locale: str) -> str:
        """Return the policy's name and id."""
        said = self.rule.said
        return f"{said.zh if locale == 'zh' else said.en} `{self.rule.id}`"

    def outcome_word(self, locale: str) -> str:
        """Return the outcome in words."""
        return outcome_text(self.outcome, locale)


@dataclass(frozen=True, slots=True)
class DecisionTold:
    """What a run kept of one firm."""

    run: Run
    firm: Firm
    answers: tuple[AnswerTold, ...]


def stored(memory: Memory, firm: str, name: str, *, policy: str = "") -> DecisionTold:
    """Return what a run kept of a firm, with the declarations of then.

    Raises:
        UsageError: There is no such run, firm or policy in it.
    """
    run = find(memory, name)
    declared = memory.declared_then(run.declarations, run.region)
    who = find_firm(memory.reading(run.as_of, run.known_at), firm)
    row = decision(memory, run, FIRM, who.org)
    if row is None:
        msg = f"判定 {run.id} 里没有 {who} (the run did not decide this firm)"
        raise UsageError(msg, hint="它可能是后来才导入的；再 `ceyuan run` 一次")
    policies = run.policies[FIRM]
    if policy:
        declared.region.rule(policy)
        if policy not in policies:
            msg = f"`{policy}` 不是关于企业的政策 (not about firms)"
            raise UsageError(msg)
    later = revisions(memory, run, who.org)
    return DecisionTold(
        run,
        who,
        tuple(
            answer_told(declared.region.rule(one), bit, row, later)
            for bit, one in enumerate(policies)
            if not policy or one == policy
        ),
    )


def answer_told(
    rule: Rule, bit: int, row: dict[str, Any], later: list[Revision]
) -> AnswerTold:
    """Return what a run kept of one policy.

    Args:
        rule: The policy.
        bit: Its place among the policies of the run about that kind of subject.
        row: The answers that were kept of the subject.
        later: Corrections of the subject's answers.
    """
    outcome = str(OUTCOMES[row[rule.id]] or "refused")
    met, open_ = row[f"{rule.id}:met"], row[f"{rule.id}:open"]
    return AnswerTold(
        rule,
        outcome,
        row.get(f"{rule.id}:amount"),
        bool(row["hangs"] >> bit & 1),
        _clauses(rule, outcome, met, open_),
        tuple(r for r in later if r.policy == rule.id),
    )


def _clauses(
    rule: Rule, outcome: str, met: int | None, open_: int | None
) -> tuple[ClauseTold, ...]:
    """Return the clauses that were asked; none where nothing was decided."""
    if outcome in ("refused", str(Outcome.NOT_APPLICABLE)):
        return ()
    return tuple(
        _clause(rule, at, met or 0, open_ or 0) for at in range(len(rule.clauses))
    )


def clauses_turned(memory: Memory, revision: Revision) -> list[ClauseTold]:
    """Return the clauses that a revision answers otherwise, as they are now."""
    rule = memory.region.rules.get(revision.policy)
    if rule is None:
        return []
    before, after = revision.before, revision.after
    turned = (before["met"] ^ after["met"]) | (before["open"] ^ after["open"])
    return [
        _clause(rule, at, after["met"], after["open"])
        for at in range(len(rule.clauses))
        if turned >> at & 1
    ]


def _clause(rule: Rule, at: int, met: int, open_: int) -> ClauseTold:
    said = rule.said.clauses[rule.clauses[at]]
    state = "met" if met >> at & 1 else "open" if open_ >> at & 1 else "not_met"
    return ClauseTold(rule.clauses[at], said.zh, said.en, state)


def outcome_text(outcome: str, locale: str) -> str:
    """Return an outcome in words."""
    return _WORDS[outcome][locale != "zh"]


def decision_json(told: DecisionTold) -> dict[str, Any]:
    """Return a stored decision, schema `ceyuan.decision/1`."""
    return {
        "schema": "ceyuan.decision/1",
        "run": told.run.id,
        "as_of": told.run.as_of.isoformat(),
        "known_at": told.run.known_at.isoformat(),
        "synthetic": told.run.synthetic,
        "code": told.firm.code,
        "name": told.firm.name,
        "policies": [
            {
                "policy": one.rule.id,
                "outcome": one.outcome,
                "amount_fen": one.amount,
                "hangs_on_disagreement": one.hangs,
                "clauses": {c.id: c.state for c in one.clauses},
                "revisions": [
                    {"claim": r.claim, "before": r.before, "after": r.after}
                    for r in one.revisions
                ],
            }
            for one in told.answers
        ],
    }
