# SPDX-License-Identifier: Apache-2.0
"""The policy library's verbs: lint, worked cases, what differs, one policy as data."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ceyuan.declarations import (
    Region,
    Rule,
    build,
    check_succession,
    compose,
    fact_symbols,
    read_region,
    read_source,
)
from ceyuan.declarations.cases import CaseMapping
from ceyuan.declarations.policy import Policy
from ceyuan.declarations.region import REGIONS
from ceyuan.engine import encode, shape_of
from ceyuan.kernel import RuleError, UsageError
from ceyuan.policies.batch import OUTCOMES, plan
from ceyuan.policies.cases import Case, CaseReport, differences, read_cases
from ceyuan.policies.cases import Difference as CaseDifference
from ceyuan.policies.decide import Decision, Outcome, decide

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ceyuan.facts.catalogue import FactEntry


def linted(
    region: str, paths: Sequence[Path] = ()
) -> tuple[int, tuple[RuleError, ...]]:
    """Return how many policies were read and every error found.

    Args:
        region: The region whose facts the policies may name.
        paths: Files to check; all of the region by default.
    """
    loaded = read_region(region)
    if not paths:
        return len(loaded.rules) + len(loaded.errors), loaded.errors
    symbols = fact_symbols(loaded.facts)
    errors = []
    rules = dict(loaded.rules)
    for path in paths:
        try:
            source = read_source(path)
            rule = compose(build(Policy, source), symbols, source)
            rules[rule.id] = rule
        except RuleError as error:
            errors.append(error)
        except (OSError, UnicodeDecodeError) as error:
            errors.append(RuleError(f"not readable: {error}", file=path.name))
    before = {error.message for error in loaded.errors}
    lines = check_succession(rules, unread={path.stem for path in paths})
    errors += [error for _, error in lines if error.message not in before]
    return len(paths), tuple(errors)


def case_files(rule: Rule) -> tuple[Path, list[Path]]:
    """Return the mapping of a policy's cases and its case files."""
    home = REGIONS / rule.file
    mapping = home.with_suffix(".cases.yaml")
    files = [home.with_suffix(s) for s in (".cases.csv", ".extra.cases.csv")]
    return mapping, [f for f in files if f.is_file()]


def run_cases(
    region: Region, ids: Sequence[str] = (), cases: Path | None = None
) -> list[CaseReport]:
    """Return what came of worked cases, through both evaluators.

    Args:
        region: The policies.
        ids: Policies to test; all by default.
        cases: A case file of the same headings instead of those beside the policy.

    Raises:
        UsageError: A policy has no cases, or the file has strange headings.
    """
    rules = [region.rule(i) for i in ids] if ids else list(region.rules.values())
    reports = []
    for rule in rules:
        mapping_path, files = case_files(rule)
        if not mapping_path.is_file():
            msg = f"`{rule.id}` has no mapping of cases beside it"
            raise UsageError(msg, hint=f"add {mapping_path.name}")
        mapping = build(CaseMapping, read_source(mapping_path))
        report = CaseReport(rule.id)
        for path in [cases] if cases is not None else files:
            found = read_cases(rule, mapping, path)
            report.cases += len(found)
            for case in found:
                report.checks += len(case.expected)
            report.differences += list(_run(rule, mapping, found))
        reports.append(report)
    return reports


def _run(
    rule: Rule, mapping: CaseMapping, cases: Sequence[Case]
) -> Iterator[CaseDifference]:
    by_columns = in_columns(rule, cases)
    for case, told in zip(cases, by_columns, strict=True):
        decision = decide(
            rule,
            case.facts,
            as_of=case.as_of,
            base_year=case.base_year,
            settings=case.settings,
        )
        yield from differences(rule, mapping, case, decision, evaluator="interpreter")
        other = replace(decision, outcome=told[0], amount=told[1])
        if other != decision:
            yield from differences(rule, mapping, case, other, evaluator="columns")
            yield from _disagree(rule, case, decision, other)


def _disagree(
    rule: Rule, case: Case, decision: Decision, told: Decision
) -> Iterator[CaseDifference]:
    """The two evaluators must agree, also where the case expects nothing."""
    yield CaseDifference(
        rule.id,
        case.id,
        "evaluators",
        f"{decision.outcome} {decision.amount}",
        f"{told.outcome} {told.amount}",
        case.why,
        "columns",
    )


def in_columns(
    rule: Rule, cases: Sequence[Case]
) -> list[tuple[Outcome | None, int | None]]:
    """Return outcome and amount of each case by the compiler to columns.

    Cases of one day and the same parameters make one batch.
    """
    batches: dict[str, list[int]] = {}
    for index, case in enumerate(cases):
        key = repr((case.as_of, case.base_year, sorted(case.settings.items())))
        batches.setdefault(key, []).append(index)
    found: dict[int, tuple[Outcome | None, int | None]] = {}
    for rows in batches.values():
        first = cases[rows[0]]
        subjects = [cases[i].facts for i in rows]
        frame, linked, unfit = encode(subjects, rule.scope.facts)
        ready = plan(
            [rule],
            shape_of(frame, linked),
            as_of=first.as_of,
            base_year=first.base_year,
            settings={rule.id: first.settings},
        )
        result = ready.run(frame, linked, exact={r: subjects[r] for r in unfit})
        name = f"{rule.id}:amount"
        amounts = result[name] if name in result.columns else [None] * len(rows)
        for index, code, amount in zip(rows, result[rule.id], amounts, strict=True):
            found[index] = (OUTCOMES[code], amount)
    return [found[i] for i in range(len(cases))]


def policy_json(rule: Rule, day: date) -> dict[str, Any]:
    """Return one policy as data, with the parameters in force on a day."""
    said = rule.said
    inforce = rule.in_force(day)
    parameters = {}
    for name, parameter in said.parameters.items():
        values = [
            v
            for v in parameter.values
            if (v.from_ or date.min) <= day <= (v.until or date.max)
        ]
        one: dict[str, Any] = {
            "zh": parameter.zh,
            "en": parameter.en,
            "unit": parameter.unit,
            "kind": parameter.kind,
            "set": bool(values),
        }
        if values:
            value = values[0]
            one |= value.model_dump(
                mode="json", by_alias=True, exclude_none=True, exclude_defaults=True
            )
        parameters[name] = one
    return {
        "schema": "ceyuan.policy/1",
        "id": rule.id,
        "zh": said.zh,
        "en": said.en,
        "summary": said.summary.model_dump(),
        "subject": said.subject,
        "kind": said.kind,
        "coverage": said.coverage,
        "in_force": inforce,
        "replaces": None if said.replaces is None else said.replaces.policy,
        "as_of": day.isoformat(),
        "file": rule.file,
        "sha256": rule.digest,
        "documents": {
            n: d.model_dump(mode="json", exclude_none=True)
            for n, d in said.documents.items()
        },
        "articles": {
            n: a.model_dump(mode="json", exclude_none=True)
            for n, a in said.articles.items()
        },
        "parameters": parameters,
        "clauses": {
            n: c.model_dump(mode="json", by_alias=True, exclude_none=True)
            for n, c in said.clauses.items()
        },
        "decide": said.decide,
        "sources": dict(said.sources),
    }


def unset_parameters(region: Region) -> list[FactEntry]:
    """Return parameters without a value, as entries of the dictionary.

    Results name them as what an office has to supply.
    """
    found: list[FactEntry] = []
    for rule in region.rules.values():
        for name, parameter in rule.said.parameters.items():
            if parameter.values and all(v.until is None for v in parameter.values):
                continue
            found.append(
                {
                    "name": f"{rule.id}.{name}",
                    "zh": f"{rule.said.zh}：{parameter.zh}",
                    "en": f"{rule.said.en}: {parameter.en}",
                    "kind": "parameter",
                    "unit": parameter.unit,
                    "yearly": False,
                    "headings": {"zh": [], "en": []},
                    "meaning": None,
                    "by": "office",
                    "question": None,
                    "codes": {},
                    "fields": [],
                    "subject": [rule.said.subject],
                }
            )
    return found


def version_of(region: Region, said: str) -> dict[str, str]:
    """Return a version's parts as texts: a file, an id, or `id@date`.

    Raises:
        UsageError: There is neither such a file nor such a policy.
        RuleError: The file is wrong.
    """
    path = Path(said)
    if path.suffix == ".yaml":
        if not path.is_file():
            msg = f"没有文件 `{path}` (no such file)"
            raise UsageError(msg)
        source = read_source(path)
        rule = compose(build(Policy, source), fact_symbols(region.facts), source)
        return _parts(rule, None)
    name, _, day = said.partition("@")
    rule = region.rule(name)
    try:
        return _parts(rule, date.fromisoformat(day) if day else None)
    except ValueError as error:
        msg = f"`{day}` 不是日期 (not a date)"
        raise UsageError(msg, hint="写成 star_attribute_2024@2024-04-30") from error


def _parts(rule: Rule, day: date | None) -> dict[str, str]:
    said = rule.said
    parts = {
        f"clauses.{n}": f"{c.test}（{c.zh}）"
        for n, c in said.clauses.items()
        if day is None or rule.asked(n, day)
    }
    parts |= {f"let.{n}": x.expr for n, x in said.let.items()}
    parts |= {f"scope.{n}": c.test for n, c in said.scope.items()}
    parts |= {f"checks.{n}": c.test for n, c in said.checks.items()}
    parts |= {f"outputs.{n}": o.expr for n, o in said.outputs.items()}
    parts["decide"] = said.decide or "全部条件"
    if said.amount is not None:
        parts["amount"] = f"{said.amount.expr} ({said.amount.round})"
    for name, parameter in said.parameters.items():
        for value in parameter.values:
            inside = day is None or (
                (value.from_ or date.min) <= day <= (value.until or date.max)
            )
            if not inside:
                continue
            shown = value.model_dump_json(
                by_alias=True, exclude_none=True, exclude_defaults=True
            )
            span = (
                ""
                if day is not None
                else f"[{value.from_ or '…'}, {value.until or '…'}]"
            )
            parts[f"parameters.{name}{span}"] = f"{shown} {parameter.unit}"
        if not parameter.values:
            parts[f"parameters.{name}"] = "未设定"
    return parts


def changed_parts(
    old: dict[str, str], new: dict[str, str]
) -> list[tuple[str, str | None, str | None]]:
    """Return the parts that differ, with both texts (None: not there)."""
    order = [*old, *(name for name in new if name not in old)]
    return [
        (name, old.get(name), new.get(name))
        for name in order
        if old.get(name) != new.get(name)
    ]
