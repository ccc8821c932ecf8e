# SPDX-License-Identifier: Apache-2.0
"""The value of a parameter that spends a budget, found beside the pages.

It is asked for on today's rules or on a saved reform, as `ceyuan simulate --solve` asks.
What is found is not believed as it stands: the value is put into a reform, and the
reform is tried as any other, so that the cost is told with its interval and with who
gains and loses; where the two ways do not give the same cost to the fen, that is the
result, and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any, get_args

import polars as pl

from ceyuan.declarations.patch import number
from ceyuan.declarations.reform import parse_reform
from ceyuan.kernel import UNKNOWN, UsageError, unit
from ceyuan.office.auditing import audit
from ceyuan.office.jobs import BEHALF, enqueue, job_of, jobs_of
from ceyuan.office.parameters import typed_settings
from ceyuan.office.reform_job import watched
from ceyuan.office.reform_text import read_data, read_text, write_reform
from ceyuan.office.reforms import (
    Asking,
    check_day,
    last_version,
    reform_of,
    save,
)
from ceyuan.office.simulating import solve_for, trial, try_reform
from ceyuan.policies.budget import Use, solvable, solved_json
from ceyuan.policies.simulated import simulated_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from psycopg import Connection

    from ceyuan.declarations import Region, Rule
    from ceyuan.declarations.reform import Reform
    from ceyuan.office.jobs import Job, Progress
    from ceyuan.office.memory import Memory
    from ceyuan.office.reforms import SavedReform
    from ceyuan.office.simulating import Trial
    from ceyuan.policies.budget import Solved

KIND = "solve"
NO_REFORM = "reform: none\nzh: 现行\nen: As it is\n"
"""Today's rules as a reform: what the command line takes where none is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Solving:
    """What is to be found, and on what.

    Args:
        reform: Id of a saved reform; empty: today's rules.
        parameter: `policy.parameter`.
        budget: In fen.
        use: Which cost the budget is for: `definite`, or `most`.
        as_of: Day of the decisions.
        params: Parameters set by the office, as they are typed.
        low: Least value that is tried, in the parameter's unit; None: 0.
        high: Greatest; None: it is looked for.
        step: Distance of the values; None: a usual one for the unit.
    """

    parameter: str
    budget: int
    as_of: date
    reform: str = ""
    use: Use = "definite"
    params: tuple[str, ...] = ()
    low: Fraction | None = None
    high: Fraction | None = None
    step: Fraction | None = None

    @property
    def policy(self) -> str:
        """Return the policy whose parameter it is."""
        return self.parameter.partition(".")[0]

    @property
    def name(self) -> str:
        """Return the parameter's name within its policy."""
        return self.parameter.partition(".")[2]

    def said(self) -> dict[str, Any]:
        """Return it as a job keeps it."""
        ends = {"low": self.low, "high": self.high, "step": self.step}
        return {
            "reform": self.reform,
            "parameter": self.parameter,
            "budget": self.budget,
            "use": self.use,
            "as_of": self.as_of.isoformat(),
            "params": list(self.params),
            **{key: None if end is None else str(end) for key, end in ends.items()},
        }


def asked(job: Job) -> Solving:
    """Return what a job looks for."""
    said = job.said
    low, high, step = (
        None if said[key] is None else Fraction(said[key])
        for key in ("low", "high", "step")
    )
    return Solving(
        parameter=said["parameter"],
        budget=said["budget"],
        as_of=date.fromisoformat(said["as_of"]),
        reform=said["reform"],
        use=said["use"],
        params=tuple(said["params"]),
        low=low,
        high=high,
        step=step,
    )


def start(memory: Memory, solving: Solving) -> Job:
    """Ask for a value to be found; asked twice while it lasts, it is done once.

    Raises:
        RuleError: The reform does not fit today's policies any more.
        UsageError: There is no such parameter, or it cannot be solved for; the bounds,
            the step, the budget or the day make no sense.
    """
    check_day(solving.as_of)
    typed_settings(memory.region, solving.params)
    _check(memory, solving)
    said = solving.said()
    with memory.transaction() as conn:
        conn.execute(
            "select pg_advisory_xact_lock(hashtextextended(%s, 3))",
            (solving.parameter,),
        )
        for job in jobs_of(conn, kind=KIND):
            same = {k: v for k, v in job.said.items() if k != BEHALF} == said
            if same and not job.is_over:
                return job
        name = enqueue(conn, KIND, said, actor=memory.actor)
        about = solving.reform or solving.parameter
        audit(
            conn,
            "reform.simulate",
            [(about, None, {"job": name, **said})],
            actor=memory.actor,
        )
        return job_of(conn, name)


def _check(memory: Memory, solving: Solving) -> None:
    if solving.budget < 0:
        msg = f"预算 {solving.budget} 分小于零 (a budget below nothing)"
        raise UsageError(msg, hint="预算写零或以上")
    if solving.use not in get_args(Use):
        msg = f"没有这种费用 `{solving.use}` (no such cost)"
        raise UsageError(msg, hint="definite 或 most")
    if solving.step is not None and solving.step <= 0:
        msg = f"步长 {solving.step} 走不动 (a step that leads nowhere)"
        raise UsageError(msg, hint="步长写大于零的数")
    low, high = solving.low or Fraction(0), solving.high
    if high is not None and low >= high:
        msg = f"从 {low} 到 {high} 没有可试的值 (nothing between the bounds)"
        raise UsageError(msg, hint="最小的写得比最大的小")
    reform = _reform(memory, _body(memory, solving.reform))
    solvable(solving.parameter, reform.rules(memory.region), use=solving.use)


def choices(rules: Mapping[str, Rule]) -> dict[str, list[str]]:
    """Return what can be solved for: names of parameters by policy, in their order."""
    found = {}
    for policy, rule in rules.items():
        names = [n for n, p in rule.said.parameters.items() if p.kind == "number"]
        if rule.said.amount is not None and names:
            found[policy] = names
    return found


def _body(memory: Memory, reform: str) -> str:
    if not reform:
        return NO_REFORM
    with memory.transaction() as conn:
        return reform_of(conn, reform).body


def _reform(memory: Memory, body: str) -> Reform:
    if body == NO_REFORM:
        return parse_reform(body, memory.region)
    return read_text(body, memory.region)


def solve_job(memory: Memory, job: Job, progress: Progress) -> dict[str, Any]:
    """Find a value; return it with what it costs, and who gains and loses.

    Raises:
        UsageError: Nothing was imported about whom it touches, or nothing bounds the
            cost from above.
        Damaged: A sealed file is missing or was altered.
    """
    progress(0, 0, "read")
    solving = asked(job)
    body = _body(memory, solving.reform)
    reform = _reform(memory, body)
    tested = watched(
        trial(
            memory,
            as_of=solving.as_of,
            settings=typed_settings(memory.region, solving.params),
            said=solving.params,
            by=(),
        ),
        progress,
    )
    tested.groupings = {}  # who gains is counted as a whole here
    try:
        solved = solve_for(
            tested,
            solving.parameter,
            solving.budget,
            reform=reform,
            low=solving.low,
            high=solving.high,
            step=solving.step,
            use=solving.use,
            told=lambda number: progress(number, 0, "solve"),
        )
        progress(0, 0, "simulate")
        return _found(tested, solving, body, reform, solved)
    except pl.exceptions.InvalidOperationError as error:
        msg = "这些值使金额大得数不清 (an amount beyond 64 bits of fen)"
        raise UsageError(msg, hint="给一个小些的最大值") from error


def _found(
    tested: Trial, solving: Solving, body: str, reform: Reform, solved: Solved
) -> dict[str, Any]:
    """Return what was found, with the value tried as a reform of its own."""
    memory = tested.memory
    rule = reform.rules(memory.region)[solving.policy]
    said = rule.said.parameters[solving.name]
    amount = rule.said.amount
    assert amount is not None  # `solvable` has asked
    now = _now(memory.region, solving, tested)
    result: dict[str, Any] = {
        "solved": solved_json(solved),
        "zh": said.zh,
        "en": said.en,
        "policy_zh": rule.said.zh,
        "policy_en": rule.said.en,
        "coverage": rule.said.coverage,
        "subject": rule.said.subject,
        "basis": amount.basis,
        "now": None if now is None else str(now),
        "synthetic": tested.reading.synthetic,
        "snapshot": tested.snapshot.id,
        "known_at": tested.snapshot.known_at.isoformat(),
        "declarations": memory.declared.digest,
        "digest": reform.digest,
        "tried": None,
        "sound": True,
    }
    if solved.value is None:
        return result
    with_value = read_text(with_value_of(body, solving, solved.value), memory.region)
    effect = next(
        one
        for one in try_reform(tested, with_value, named=0).effects
        if solving.policy in one.policies
    )
    told: Any = simulated_json(effect)
    one = told["policies"][solving.policy]
    cost = one["after"]["cost"]
    same = cost["definite" if solved.use == "definite" else "most"] == solved.cost
    keys = ("gained", "more", "lost", "less")
    return result | {
        "sound": effect.checks.sound and same,
        "tried": {
            "subjects": effect.subjects,
            "before": one["before"]["cost"],
            "after": cost,
            **{key: one[key] for key in keys},
        },
    }


def _now(region: Region, solving: Solving, tested: Trial) -> Fraction | None:
    """Return the value in force; None where there is none, or only the reform has it."""
    rule = region.rules.get(solving.policy)
    if rule is None or solving.name not in rule.said.parameters:
        return None
    own = tested.settings.get(solving.policy, {})
    day = rule.context(tested.as_of, base_year=tested.base_year, settings=own)
    value = day.settings.get(solving.name, UNKNOWN)
    scale = unit(rule.said.parameters[solving.name].unit).scale
    return value / scale if isinstance(value, Fraction) else None


def with_value_of(body: str, solving: Solving, value: Fraction) -> str:
    """Return a reform's text with one change more: the value that was found."""
    data = read_data(body)
    change = {
        "policy": solving.policy,
        "parameter": solving.name,
        "value": number(value),
    }
    data["change"] = [*(data.get("change") or []), change]
    return write_reform(data)


def adopt(memory: Memory, job: Job) -> SavedReform:
    """Keep what was found as a reform: a version of its own, or a reform of its own.

    Adopted once more it is the same reform.

    Raises:
        UsageError: No value was found, or the reform has a later version by now.
    """
    solving, found = asked(job), job.result or {}
    text = (found.get("solved") or {}).get("value")
    if text is None or not found["sound"]:
        msg = "没有可以采用的值 (there is no value to be taken)"
        raise UsageError(msg, hint="改预算或范围，再求解")
    value = Fraction(text)
    body = with_value_of(_body(memory, solving.reform), solving, value)
    asking = Asking(solving.as_of, (), solving.params)
    if solving.reform:
        with memory.transaction() as conn:
            base = reform_of(conn, solving.reform)
        asking = Asking(solving.as_of, tuple(base.said["by"]), solving.params)
        return save(memory, body, asking, previous=base.id)
    shown = f"{number(value)} {found['solved']['unit']}".removesuffix(" 1")
    name = f"{solving.name}_{job.id[-8:]}"
    title = {
        "reform": name,
        "zh": f"{found['policy_zh']}：{found['zh']}定为 {shown}",
        "en": f"{found['policy_en']}: {found['en']} at {shown}",
    }
    with memory.transaction() as conn:
        before = last_version(conn, name)
    if before is not None:
        return before
    return save(memory, write_reform({**read_data(body), **title}), asking)


def solves(conn: Connection, reform: str) -> list[Job]:
    """Return the jobs that looked for a value on a reform, the newest first."""
    return [job for job in jobs_of(conn, kind=KIND) if job.said["reform"] == reform]
