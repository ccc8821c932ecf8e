# SPDX-License-Identifier: Apache-2.0
"""Runs as jobs: decide everything, make a run again, compare two of them."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ceyuan.kernel import UNKNOWN, unit
from ceyuan.office.auditing import audit
from ceyuan.office.compared import RULE_WHYS, compared_json, fact_text, plain_json
from ceyuan.office.comparing import compare
from ceyuan.office.parameters import typed_settings
from ceyuan.office.replaying import replay
from ceyuan.office.running import engine_version, run
from ceyuan.office.runs import listed
from ceyuan.office.settings import run_settings, settings_in_force
from ceyuan.office.sheets_job import ask_for_sheets
from ceyuan.policies import show_number

if TYPE_CHECKING:
    from collections.abc import Callable

    from ceyuan.declarations import Region
    from ceyuan.declarations.policy import Parameter
    from ceyuan.office.causes import RuleChange
    from ceyuan.office.compared import Compared
    from ceyuan.office.jobs import Job, Progress
    from ceyuan.office.memory import Memory
    from ceyuan.office.running import Run

RUN, REPLAY, COMPARE = "run", "replay", "compare"
CAUSES = 300
"""For at most so many changes of a policy the cause is found for a page."""


def do_run(memory: Memory, job: Job, progress: Progress) -> dict[str, Any]:
    """Decide every policy for every subject; the work of a job of the kind `run`."""
    day = date.fromisoformat(job.said["as_of"])
    said = run_settings(memory, day, ())
    before = listed(memory)[:1]
    made = run(
        memory,
        as_of=day,
        settings=typed_settings(memory.region, said),
        said=said,
        progress=_counted(progress, before[0] if before else None),
    )
    with memory.transaction() as conn:
        audit(
            conn,
            "run.make",
            [(made.id, None, {"as_of": day, "subjects": dict(made.subjects)})],
            actor=memory.actor,
            reason=job.said.get("reason", ""),
        )
    ask_for_sheets(memory)
    return {"run": made.id}


def do_replay(memory: Memory, job: Job, progress: Progress) -> dict[str, Any]:
    """Make a run again and compare; the work of a job of the kind `replay`."""
    name = job.said["run"]
    known = next((one for one in listed(memory) if one.id == name), None)
    made = replay(memory, name, progress=_counted(progress, known))
    return {
        "run": made.run.id,
        "equal": made.equal,
        "decided": made.decided,
        "different": made.count,
        "engine": {"then": made.run.engine, "now": made.engine},
        "differences": [
            {
                "subject": d.subject,
                "org": d.org,
                "key": d.key,
                "policy": d.policy,
                "clause": d.clause,
                "what": d.what,
                "stored": d.stored,
                "now": d.now,
            }
            for d in made.differences
        ],
    }


def do_compare(memory: Memory, job: Job, progress: Progress) -> dict[str, Any]:
    """Compare two runs; the work of a job of the kind `compare`."""
    made = compare(
        memory,
        job.said["a"],
        job.said["b"],
        limit=CAUSES,
        progress=lambda subject, done: progress(done, 0, subject),
    )
    return with_words(made, memory.region)


def with_words(made: Compared, region: Region) -> dict[str, Any]:
    """Return a comparison as JSON has it, with all that changed in both languages."""
    told = compared_json(made)
    for said, cause in zip(told["causes"], made.causes, strict=True):
        for fact, changed in zip(said["facts"], cause.facts, strict=True):
            fact["text_en"] = fact_text(made, changed, "en")
        for rule, turned in zip(said["rules"], cause.rules, strict=True):
            rule["text"] = _rule_text(region, cause.policy, turned, zh=True)
            rule["text_en"] = _rule_text(region, cause.policy, turned, zh=False)
    return told


def _rule_text(region: Region, policy: str, one: RuleChange, *, zh: bool) -> str:
    """Return a changed piece of a rule in a line: `额度 未设定 → 10.00 万元`."""
    why = RULE_WHYS[one.why][not zh]
    known = region.rules.get(policy)
    said = None if known is None else known.said.parameters.get(one.name)
    if one.kind != "parameter" or said is None:
        name = "" if one.name == one.kind else one.name
        return f"{one.kind} {name}（{why}）" if zh else f"{one.kind} {name} ({why})"
    shown = [_value_text(said, value, zh=zh) for value in (one.before, one.after)]
    turned = f"{said.zh if zh else said.en} {shown[0]} → {shown[1]}"
    return f"{turned}（{why}）" if zh else f"{turned} ({why})"


def _value_text(said: Parameter, value: object, *, zh: bool) -> str:
    if value is None or value is UNKNOWN:
        return "未设定" if zh else "not set"
    if isinstance(value, bool):
        return ("是" if value else "否") if zh else ("yes" if value else "no")
    if isinstance(value, (int, Fraction)):
        return show_number(value, unit(said.unit), label=said.unit)
    return str(plain_json(value))


def replay_said(run: str) -> dict[str, str]:
    """Return the words of a replay: of which run, and with which engine."""
    return {"run": run, "engine": engine_version()}


def compare_said(a: str, b: str) -> dict[str, str]:
    """Return the words of a comparison: of which runs, and with which engine."""
    return {"a": a, "b": b, "engine": engine_version()}


def unset_in_policies(memory: Memory, on: date) -> list[dict[str, str]]:
    """Return the parameters that policies in force on a day ask and nobody set.

    What hangs on one of them is decided `unknown`, never guessed.
    """
    with memory.transaction() as conn:
        kept = settings_in_force(conn, on)
    region = memory.region
    ours = [f"{k}={v}" for k, v in kept.items() if k.partition(".")[0] in region.rules]
    settings = typed_settings(region, ours)
    found = []
    for rule in region.rules.values():
        if not rule.in_force(rule.day(on, on.year - 1)):
            continue
        known = rule.context(on, settings=settings.get(rule.id)).settings
        for name, said in rule.said.parameters.items():
            if known.get(name, UNKNOWN) is UNKNOWN:
                found.append(
                    {
                        "name": f"{rule.id}.{name}",
                        "zh": said.zh,
                        "en": said.en,
                        "unit": said.unit,
                        "kind": said.kind,
                        "policy": rule.id,
                    }
                )
    return found


def _counted(progress: Progress, like: Run | None) -> Callable[[str, int], None]:
    """Return a teller of subjects that says of how many, as far as a run tells it."""
    expected = {} if like is None else dict(like.subjects)
    told: dict[str, int] = {}

    def say(subject: str, done: int) -> None:
        told[subject] = done
        whole = sum(max(expected.get(s, 0), told.get(s, 0)) for s in expected | told)
        progress(sum(told.values()), whole if expected else 0, subject)

    return say
