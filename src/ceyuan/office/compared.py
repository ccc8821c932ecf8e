# SPDX-License-Identifier: Apache-2.0
"""What a comparison of two runs says: in Python, as JSON, and as rows of a table."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ceyuan.kernel import ABSENT, UNKNOWN
from ceyuan.language import Marginal, Steps
from ceyuan.policies import OUTCOMES, show_known

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ceyuan.office.causes import Answer, CauseKind, FactChange, RuleChange
    from ceyuan.office.origins import Origin
    from ceyuan.office.running import Run
    from ceyuan.policies import Outcome

SCHEMA = "ceyuan.diff/1"
CAUSES: dict[str, tuple[str, str]] = {
    "facts": ("事实变了", "facts changed"),
    "identity": ("主体合并或拆开", "identities merged or parted"),
    "withdrawn": ("批次被撤回", "a batch was withdrawn"),
    "dates": ("事实只在其中一天有效", "facts that hold on one of the days only"),
    "rule": ("规则变了", "the rule changed"),
    "either": ("事实和规则各自都足以改变结论", "facts or rule, each by itself"),
    "together": ("事实和规则一起才改变结论", "facts and rule only together"),
    "unexplained": ("重算与存档不符", "decided again, it is not what was kept"),
}
"""Chinese and English of each cause."""
RULE_WHYS: dict[str, tuple[str, str]] = {
    "date": ("两个日期之间有一次生效的变更", "a dated change lies between the days"),
    "file": ("政策文件改了", "the policy file was changed"),
    "file_and_date": (
        "政策文件改了，且按日期生效",
        "the file was changed, as of a day",
    ),
    "set": ("判定时另行设定", "set by the office for the run"),
    "day": ("判定日不同", "another day"),
    "year": ("基准年度不同", "another base year"),
}
FACT_WHYS: dict[str, tuple[str, str]] = {
    "stated": ("其中一次判定时还不知道", "stated to one of the runs only"),
    "withdrawn": ("批次被撤回", "its batch was withdrawn"),
    "identity": ("主体合并或拆开", "identities merged or parted"),
    "dates": ("只在其中一天有效", "holds on one of the days only"),
    "authority": ("来源的先后变了", "the order of sources is another"),
    "": ("", ""),
}


@dataclass(slots=True)
class PolicyDiff:
    """How one policy's answers differ.

    Args:
        policy: The policy.
        subject: Kind of its subjects.
        outcomes: How many subjects went from which outcome code to which.
        clauses: Subjects of whom some clause is answered otherwise.
        amounts: Subjects whose amount differs.
        amount_before: Sum of amounts in fen, of subjects in both runs.
        amount_after: The same in the second run.
        changed: Subjects whose outcome or amount differs.
        causes: Of those looked at, how many for which cause.
    """

    policy: str
    subject: str
    outcomes: Counter[tuple[int, int]] = field(default_factory=Counter)
    clauses: int = 0
    amounts: int = 0
    amount_before: int = 0
    amount_after: int = 0
    changed: int = 0
    causes: Counter[str] = field(default_factory=Counter)

    @property
    def traced(self) -> int:
        """Return how many of those who changed were looked at."""
        return sum(self.causes.values())


@dataclass(frozen=True, slots=True)
class Cause:
    """Why one policy answers otherwise about one subject.

    Args:
        subject: Kind of the subject.
        org: Its organisation.
        key: Its key.
        code: Its credit code, where it is known.
        name: Its name, where it is known.
        policy: The policy.
        before: Outcome and amount of the first run.
        after: Outcome and amount of the second.
        kind: The cause.
        facts: The facts that turn it.
        rules: The pieces of the rule that do.
    """

    subject: str
    org: int
    key: str
    code: str
    name: str
    policy: str
    before: Answer
    after: Answer
    kind: CauseKind
    facts: tuple[FactChange, ...]
    rules: tuple[RuleChange, ...]


@dataclass(frozen=True, slots=True)
class Passage:
    """A subject that only one of the runs has.

    Args:
        subject: Kind of the subject.
        org: Its organisation.
        key: Its key.
        code: Its credit code, where it is known.
        name: Its name, where it is known.
        side: Which run has it: `a` or `b`.
        why: `identity`, `withdrawn`, `stated` (known to one run only), `dates`
            (nothing of it holds on the other day).
    """

    subject: str
    org: int
    key: str
    code: str
    name: str
    side: str
    why: str


@dataclass(slots=True)
class Compared:
    """How two runs differ.

    Args:
        a: The first run.
        b: The second.
        both: Per kind of subject, how many both runs have.
        only_a: Per kind of subject, how many only the first has.
        only_b: Per kind of subject, how many only the second has.
        policies: Per policy of both runs, how its answers differ.
        only_a_policies: Policies that only the first run decided.
        only_b_policies: Policies that only the second did.
        causes: Why, for some of those who changed.
        passages: Some of the subjects of only one run, with the reason.
        limit: At most so many pairs of subject and policy were looked at.
    """

    a: Run
    b: Run
    limit: int
    both: dict[str, int] = field(default_factory=dict)
    only_a: dict[str, int] = field(default_factory=dict)
    only_b: dict[str, int] = field(default_factory=dict)
    policies: dict[str, PolicyDiff] = field(default_factory=dict)
    only_a_policies: tuple[str, ...] = ()
    only_b_policies: tuple[str, ...] = ()
    causes: list[Cause] = field(default_factory=list)
    passages: list[Passage] = field(default_factory=list)
    facts: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def equal(self) -> bool:
        """Return whether nobody is decided otherwise and nobody came or went."""
        return not (
            any(p.changed or p.clauses for p in self.policies.values())
            or any(self.only_a.values())
            or any(self.only_b.values())
            or self.only_a_policies
            or self.only_b_policies
        )

    @property
    def synthetic(self) -> bool:
        """Return whether anything of it is invented."""
        return self.a.synthetic or self.b.synthetic


def compared_json(made: Compared) -> dict[str, Any]:
    """Return a comparison as JSON has it."""
    return {
        "schema": SCHEMA,
        "synthetic": made.synthetic,
        "equal": made.equal,
        "a": _run(made.a),
        "b": _run(made.b),
        "subjects": {
            subject: {
                "both": both,
                "only_a": made.only_a.get(subject, 0),
                "only_b": made.only_b.get(subject, 0),
            }
            for subject, both in made.both.items()
        },
        "policies": {name: _policy(one) for name, one in made.policies.items()},
        "only_a_policies": list(made.only_a_policies),
        "only_b_policies": list(made.only_b_policies),
        "limit": made.limit,
        "causes": [_cause(made, one) for one in made.causes],
        "passages": [
            {
                "subject": one.subject,
                "org": one.org,
                "key": one.key,
                "code": one.code,
                "name": one.name,
                "only": one.side,
                "why": one.why,
            }
            for one in made.passages
        ],
    }


def compared_rows(made: Compared) -> list[tuple[str, str, str, int, int, int, int]]:
    """Return the changes of outcome, most subjects first, ready to be printed.

    Policy, outcome before, outcome after, subjects; of the policy: subjects with
    another amount, and the sums of amounts before and after.
    """
    rows = [
        (
            one.policy,
            outcome_word(OUTCOMES[a]),
            outcome_word(OUTCOMES[b]),
            number,
            one.amounts,
            one.amount_before,
            one.amount_after,
        )
        for one in made.policies.values()
        for (a, b), number in one.outcomes.items()
        if a != b
    ]
    return sorted(rows, key=lambda row: (-row[3], row[:3]))


def outcome_word(outcome: Outcome | None) -> str:
    """Return an outcome as JSON has it; a refusal has a word of its own."""
    return "refused" if outcome is None else outcome.value


def fact_text(made: Compared, one: FactChange, locale: str = "zh") -> str:
    """Return a changed fact in a line: `研发费用（2025） 40 万元 → 62 万元`."""
    zh = locale == "zh"
    fact = made.facts.get(one.name)
    name = one.name if fact is None else fact.zh if zh else fact.en
    year = "" if one.year is None else f"（{one.year}）" if zh else f" ({one.year})"
    shown = [_shown(value, fact, zh=zh) for value in (one.before, one.after)]
    return f"{name}{year} {shown[0]} → {shown[1]}"


def _shown(value: Any, fact: Any, *, zh: bool) -> str:  # noqa: ANN401
    if value is None:
        return "不知道" if zh else "not known"
    if value is ABSENT:
        return "当时没有" if zh else "not there then"
    if isinstance(value, list):
        return f"{len(value)} 条" if zh else f"{len(value)} records"
    if isinstance(value, dict):
        if value["complete"]:
            return "清单完整" if zh else "a complete list"
        return "清单未必完整" if zh else "a list that may not be complete"
    return show_known(value, fact)


def _run(run: Run) -> dict[str, Any]:
    return {
        "run": run.id,
        "as_of": run.as_of.isoformat(),
        "known_at": run.known_at.isoformat(),
        "base_year": run.base_year,
        "settings": list(run.settings),
        "snapshot": run.snapshot,
        "declarations": run.declarations,
        "engine": run.engine,
        "synthetic": run.synthetic,
    }


def _policy(one: PolicyDiff) -> dict[str, Any]:
    return {
        "subject": one.subject,
        "changed": one.changed,
        "outcomes": [
            {
                "before": outcome_word(OUTCOMES[a]),
                "after": outcome_word(OUTCOMES[b]),
                "subjects": number,
            }
            for (a, b), number in sorted(one.outcomes.items())
        ],
        "clauses_changed": one.clauses,
        "amounts_changed": one.amounts,
        "amount_before_fen": one.amount_before,
        "amount_after_fen": one.amount_after,
        "traced": one.traced,
        "causes": dict(sorted(one.causes.items())),
    }


def _cause(made: Compared, one: Cause) -> dict[str, Any]:
    return {
        "subject": one.subject,
        "org": one.org,
        "key": one.key,
        "code": one.code,
        "name": one.name,
        "policy": one.policy,
        "before": {"outcome": outcome_word(one.before[0]), "amount_fen": one.before[1]},
        "after": {"outcome": outcome_word(one.after[0]), "amount_fen": one.after[1]},
        "cause": one.kind,
        "facts": [
            {
                "fact": f.name,
                "year": f.year,
                "before": plain_json(f.before),
                "after": plain_json(f.after),
                "text": fact_text(made, f),
                "alone": f.alone,
                "why": f.why,
                "from_before": [_origin(o) for o in f.origins_before],
                "from_after": [_origin(o) for o in f.origins_after],
            }
            for f in one.facts
        ],
        "rules": [_rule(r) for r in one.rules],
    }


def _rule(one: RuleChange) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "name": one.name,
        "before": plain_json(one.before),
        "after": plain_json(one.after),
        "why": one.why,
        "alone": one.alone,
    }


def _origin(one: Origin) -> dict[str, Any]:
    return {
        "source": one.source,
        "batch": one.batch or None,
        "statement": one.statement,
        "file": one.file or None,
        "row": one.row,
        "known_at": None if one.known_at is None else one.known_at.isoformat(),
        "org": one.handle,
    }


def plain_json(value: object) -> object:
    """Return a value as JSON has it; a number that is not whole is `num/den`."""
    match value:
        case bool() | int() | str():
            return value
        case Fraction():
            return value.numerator if value.denominator == 1 else str(value)
        case date():
            return value.isoformat()
        case frozenset():
            return sorted(plain_json(one) for one in value)  # type: ignore[type-var]
        case list() | tuple():
            return [plain_json(one) for one in value]
        case dict():
            return {name: plain_json(one) for name, one in value.items()}
        case Steps(rows, absent):
            return {
                "steps": [
                    {
                        "from": plain_json(r.bound),
                        "closed": r.closed,
                        "gives": [plain_json(r.low), plain_json(r.high)],
                    }
                    for r in rows
                ],
                "absent": plain_json(absent),
            }
        case Marginal(brackets):
            return {
                "brackets": [
                    {"up_to": plain_json(u), "rate": plain_json(r)} for u, r in brackets
                ]
            }
    if value is ABSENT:
        return "absent"
    assert value is None or value is UNKNOWN
    return None
