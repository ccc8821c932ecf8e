# SPDX-License-Identifier: Apache-2.0
"""The check-up: a table of firms in, every policy's answer for each firm out.

Here the rooms meet: `sheets` reads, `facts` understands, `policies` decides.
What comes out is one plain value; the workbook, the pages, the JSON and the
terminal all show it and compute nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ceyuan.engine import encode, shape_of
from ceyuan.kernel import UNKNOWN, Problem, Unknown, UsageError, last_closed_year
from ceyuan.language import FactKey, Fixed
from ceyuan.office.workers import spread
from ceyuan.policies import (
    OUTCOMES,
    Decision,
    Move,
    OneStep,
    Outcome,
    decide,
    nearest,
    one_step,
    plan,
)
from ceyuan.policies.begun import begun

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from datetime import date

    import polars as pl

    from ceyuan.declarations import Region, Rule
    from ceyuan.facts import FactTable, Row
    from ceyuan.language import Setting

FULL_ROWS = 2000
"""Up to so many firms each gets reasons, nearest steps and a page. Beyond, the
columns decide and the reasons are asked for firm by firm (`ceyuan explain`)."""
MISSING_ROWS = 20_000
"""Up to so many firms the facts that leave an answer open are still named."""


@dataclass(slots=True)
class FirmCheck:
    """What all policies say of one firm.

    Args:
        row: Its row in the sheet.
        facts: What is known of it.
        year: Fiscal year that its yearly facts mean.
        decisions: Decision per policy.
        moves: Lightest step per policy that fails and can be turned.
        one_step: The single clause that fails, per policy that is one step away
            (`is_one_step`).
        to_confirm: Declarations that an unknown outcome hangs on alone, per policy.
        potential: Amount due once what is to be confirmed is confirmed, in fen.
        signed: What each declaration that is a yes or a no has to say, per policy.
    """

    row: Row
    facts: Fixed
    year: int
    decisions: dict[str, Decision] = field(default_factory=dict)
    moves: dict[str, Move] = field(default_factory=dict)
    one_step: dict[str, str] = field(default_factory=dict)
    to_confirm: dict[str, tuple[FactKey, ...]] = field(default_factory=dict)
    potential: dict[str, int] = field(default_factory=dict)
    signed: dict[str, dict[FactKey, bool]] = field(default_factory=dict, compare=False)

    def count(self, outcome: Outcome) -> int:
        """Return how many policies have an outcome."""
        return sum(d.outcome is outcome for d in self.decisions.values())

    @property
    def amount(self) -> int:
        """Return the sum of amounts due, in fen; savings and payments alike."""
        return sum(d.amount or 0 for d in self.decisions.values())


@dataclass(slots=True)
class Checkup:
    """The answers for a whole table.

    Args:
        region: Facts and policies.
        as_of: Day of the decisions.
        year: Fiscal year that yearly facts mean.
        table: What was read.
        rules: The policies checked.
        firms: One per row of the table.
        problems: What is wrong with the data, in the order of the sheet.
        settings: Parameters set by the office, by policy and name.
        is_full: Whether every firm has reasons and nearest steps.
    """

    region: Region
    as_of: date
    year: int
    table: FactTable
    rules: tuple[Rule, ...]
    firms: list[FirmCheck]
    problems: list[Problem]
    settings: Mapping[str, Mapping[str, Setting]] = field(default_factory=dict)
    is_full: bool = True

    def firm(self, wanted: str) -> list[FirmCheck]:
        """Return the firms of a name, a part of a name, a credit code, or a row."""
        return matching(self.firms, wanted)


def matching(firms: Sequence[FirmCheck], wanted: str) -> list[FirmCheck]:
    """Return the firms of a name, a part of a name, a credit code, or a row.

    Rows of one and the same firm count once, the first of them.
    """
    found = [f for f in firms if wanted in (f.row.uscc, f.row.name)]
    if not found and wanted.isdigit():
        found = [f for f in firms if f.row.row == int(wanted)]
    if not found and wanted:
        found = [f for f in firms if wanted in f.row.name]
    once = {(f.row.name, f.row.uscc): f for f in reversed(found)}
    return list(reversed(once.values()))


def check_table(
    table: FactTable,
    region: Region,
    *,
    as_of: date,
    policies: Sequence[str] = (),
    subject: str = "firm",
    settings: Mapping[str, Mapping[str, Setting]] | None = None,
    only: str = "",
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Checkup:
    """Return every policy's answer for each firm of a table.

    Args:
        table: The facts.
        region: Facts and policies.
        as_of: Day of the decisions.
        policies: Policy ids; all policies of the subject by default.
        subject: What the rows of the table are.
        settings: Parameters set by the office, by policy and name.
        only: Decide this firm alone (a name, a part of it, a code, a row); the
            others stay without decisions.
        progress: Called with firms done and firms in all.

    Raises:
        UsageError: A policy does not exist.
    """
    rules = chosen_rules(region, policies, subject)
    year, years = base_years(table, as_of)
    firms = [
        FirmCheck(row, begun(fixed_facts(table, i), region.facts, subject), years[i])
        for i, row in enumerate(table.rows)
    ]
    given = settings or {}
    is_full = len(firms) <= FULL_ROWS
    if only:
        for firm in matching(firms, only):
            check_firm(firm, rules, region, as_of=as_of, settings=given)
        return Checkup(
            region, as_of, year, table, rules, firms, table.problems, given, is_full
        )
    if is_full:

        def one(firm: FirmCheck) -> FirmCheck:
            check_firm(firm, rules, region, as_of=as_of, settings=given)
            return firm

        checked = []
        for firm in spread(one, firms):
            checked.append(firm)
            progress(len(checked), len(firms))
        firms = checked
    else:
        _in_columns(firms, rules, as_of, given, progress)
        if len(firms) <= MISSING_ROWS:
            firms = _named_missing(firms, rules, as_of, given, progress)
        else:
            table.notes.append(_not_named(table.file))
    problems = [*table.problems, *_refused(firms, rules, table.file)]
    return Checkup(region, as_of, year, table, rules, firms, problems, given, is_full)


def base_years(table: FactTable, as_of: date) -> tuple[int, list[int]]:
    """Return the fiscal year of a table, and that of each of its rows.

    It is the latest year of the sheet's own figures that has ended; what is
    decided is then decided on that year, and said so. Rows that each state their
    year (a column of years) have each their own.
    """
    closed = last_closed_year(as_of)
    own = [
        year
        for (_, year), column in table.columns.items()
        if year is not None and year <= closed and column.file == table.file
    ]
    year = max(own, default=closed)
    sheets = [table.columns_guessed, *table.columns_guessed.more]
    by_row = any(c.fact == "year" for sheet in sheets for c in sheet.columns.values())
    if not by_row:
        return year, [year] * len(table.rows)
    latest = [
        max(
            (key[1] for key, _ in table.known(i) if key[1] and key[1] <= closed),
            default=year,
        )
        for i in range(len(table.rows))
    ]
    return year, latest


def chosen_rules(
    region: Region, policies: Sequence[str], subject: str
) -> tuple[Rule, ...]:
    """Return the rules asked for, or all of a subject."""
    subjects = sorted({rule.said.subject for rule in region.rules.values()})
    if subject not in subjects:
        msg = f"没有 `{subject}` 这种对象的政策 (no policy about such a subject)"
        raise UsageError(msg, hint=f"--subject 可以是: {'、'.join(subjects)}")
    if policies:
        return tuple(region.rule(policy) for policy in policies)
    return tuple(r for r in region.rules.values() if r.said.subject == subject)


def fixed_facts(table: FactTable, index: int) -> Fixed:
    """Return one row's facts as the interpreter takes them."""
    linked = {}
    for name, column in table.records.items():
        records = column.records[index]
        if records is not None:
            linked[name] = (records, column.whole(index))
    return Fixed(dict(table.known(index)), linked)


def check_firm(
    firm: FirmCheck,
    rules: Sequence[Rule],
    region: Region,
    *,
    as_of: date,
    settings: Mapping[str, Mapping[str, Setting]],
) -> None:
    """Decide every policy for one firm and find its nearest steps."""
    base_year = firm.year
    for rule in rules:
        given = settings.get(rule.id)
        decision = decide(
            rule, firm.facts, as_of=as_of, base_year=base_year, settings=given
        )
        firm.decisions[rule.id] = decision
        if decision.outcome is Outcome.INELIGIBLE:
            moves = nearest(
                rule,
                firm.facts,
                region.facts,
                as_of=as_of,
                base_year=base_year,
                settings=given,
                limit=1,
            )
            if moves:
                firm.moves[rule.id] = moves[0]
            step = one_step(
                rule, firm.facts, decision, as_of, base_year=base_year, settings=given
            )
            if step is not None and is_one_step(region, step, moves):
                firm.one_step[rule.id] = step.clause
                # Of several choices the one within reach is shown.
                firm.decisions[rule.id] = decision.chosen(step.variant)
        elif decision.outcome is Outcome.UNKNOWN:
            _confirmable(firm, rule, decision, region, (as_of, base_year), given)


def is_one_step(region: Region, step: OneStep, moves: Sequence[Move]) -> bool:
    """Return whether the one clause that fails is really all that is in the way.

    One change has to mend it, for the same choice of the applicant, and after it nothing
    may be missing but what the firm can sign or a person has to judge. A clause that
    takes several changes, or after which the real questions only begin, is no step.
    """
    if not moves or len(moves[0].shifts) != 1 or moves[0].variant != step.variant:
        return False
    after = moves[0]
    return after.outcome is not Outcome.UNKNOWN or only_declarations(
        region, after.missing
    )


def _confirmable(
    firm: FirmCheck,
    rule: Rule,
    decision: Decision,
    region: Region,
    when: tuple[date, int],
    settings: Mapping[str, Setting] | None,
) -> None:
    """Tell apart what hangs only on what the firm can declare with a signature."""
    if not only_declarations(region, decision.missing):
        return
    after, signed = assume_declared(rule, firm.facts, decision, region, when, settings)
    if after.outcome is Outcome.UNKNOWN:
        if not only_declarations(region, after.missing):
            return  # once confirmed, figures would still be missing
    elif after.outcome not in (Outcome.ELIGIBLE, Outcome.REFER):
        return
    firm.to_confirm[rule.id] = tuple(sorted(decision.missing, key=str))
    firm.signed[rule.id] = signed
    if after.amount is not None:
        firm.potential[rule.id] = after.amount


def only_declarations(region: Region, missing: frozenset[FactKey]) -> bool:
    """Return whether all that is missing is what a firm can declare."""
    return bool(missing) and all(
        name in region.facts and region.facts[name].supplied_by == "declaration"
        for name, _ in missing
    )


def assume_declared(
    rule: Rule,
    facts: Fixed,
    decision: Decision,
    region: Region,
    when: tuple[date, int],
    settings: Mapping[str, Setting] | None,
) -> tuple[Decision, dict[FactKey, bool]]:
    """Return the decision once the firm has declared what favours it, and what that is.

    Each missing flag is set to the value that does not make the policy fail; a
    declaration that is no flag stays open.
    """
    trial, current = facts, decision
    settled: set[FactKey] = set()
    signed: dict[FactKey, bool] = {}
    while current.outcome is Outcome.UNKNOWN:
        flags = [
            key
            for key in sorted(current.missing - settled, key=str)
            if key[0] in region.facts and region.facts[key[0]].kind == "flag"
        ]
        if not flags:
            break
        settled.add(flags[0])
        for value in (True, False):
            attempt = trial.with_values({flags[0]: value})
            after = decide(
                rule, attempt, as_of=when[0], base_year=when[1], settings=settings
            )
            if after.outcome not in (Outcome.INELIGIBLE, Outcome.NOT_APPLICABLE, None):
                trial, current = attempt, after
                signed[flags[0]] = value
                break
    return current, signed


def _in_columns(
    firms: list[FirmCheck],
    rules: Sequence[Rule],
    as_of: date,
    settings: Mapping[str, Mapping[str, Setting]],
    progress: Callable[[int, int], None],
) -> None:
    """Decide many firms at once; reasons are left to be asked for."""
    size = 20_000
    symbols = rules[0].scope.facts if rules else {}
    done = 0
    years = sorted({firm.year for firm in firms})
    of_year = {year: [f for f in firms if f.year == year] for year in years}
    batches = [
        (of, rows[start : start + size])
        for of, rows in of_year.items()
        for start in range(0, len(rows), size)
    ]
    for year, part in batches:
        frame, linked, unfit = encode([f.facts for f in part], symbols)
        ready = plan(
            rules,
            shape_of(frame, linked),
            as_of=as_of,
            base_year=year,
            settings=settings,
        )
        exact = {row: part[row].facts for row in unfit}
        result = ready.run(frame, linked, exact=exact)
        for rule in rules:
            given = settings.get(rule.id)
            context = rule.context(as_of, base_year=year, settings=given)
            for firm in _fill(part, rule, result, context.waived):
                # A check refused the data; which one, the interpreter says.
                firm.decisions[rule.id] = decide(
                    rule, firm.facts, as_of=as_of, base_year=year, settings=given
                )
        done += len(part)
        progress(done, len(firms))


def _fill(
    part: list[FirmCheck], rule: Rule, result: pl.DataFrame, waived: Collection[str]
) -> list[FirmCheck]:
    """Set one policy's decisions; return the firms whose data it refuses.

    Firms with the same answers share one decision: a million are a few hundred.
    """
    made: dict[tuple[int, int, int, int | None], Decision] = {}
    refused: list[FirmCheck] = []
    outcomes = result[rule.id].to_list()
    met = result[f"{rule.id}:met"].to_list()
    open_ = result[f"{rule.id}:open"].to_list()
    name = f"{rule.id}:amount"
    amounts = result[name].to_list() if name in result.columns else [None] * len(part)
    for firm, answer in zip(
        part, zip(outcomes, met, open_, amounts, strict=True), strict=True
    ):
        decision = made.get(answer)
        if decision is None:
            decision = made[answer] = _shared(rule, answer, waived)
        if decision.outcome is None:
            refused.append(firm)
        firm.decisions[rule.id] = decision
    return refused


def _shared(
    rule: Rule, answer: tuple[int, int, int, int | None], waived: Collection[str]
) -> Decision:
    outcome = OUTCOMES[answer[0]]
    # Where a policy does not apply, or refuses the data, no clause is asked.
    is_silent = outcome is None or outcome is Outcome.NOT_APPLICABLE
    clauses: dict[str, bool | Unknown] = {
        clause: True if answer[1] >> k & 1 else UNKNOWN if answer[2] >> k & 1 else False
        for k, clause in enumerate(rule.clauses)
        if clause not in waived and not is_silent
    }
    return Decision(rule.id, outcome, clauses, amount=answer[3])


def _named_missing(
    firms: list[FirmCheck],
    rules: Sequence[Rule],
    as_of: date,
    settings: Mapping[str, Mapping[str, Setting]],
    progress: Callable[[int, int], None],
) -> list[FirmCheck]:
    """Return the firms with what leaves each open answer open."""

    def one(firm: FirmCheck) -> FirmCheck:
        for rule in rules:
            if firm.decisions[rule.id].outcome in (Outcome.UNKNOWN, Outcome.REFER):
                firm.decisions[rule.id] = decide(
                    rule,
                    firm.facts,
                    as_of=as_of,
                    base_year=firm.year,
                    settings=settings.get(rule.id),
                )
        return firm

    named = []
    for firm in spread(one, firms):
        named.append(firm)
        progress(len(named), len(firms))
    return named


def _not_named(file: str) -> Problem:
    return Problem(
        code="R291",
        message=f"企业多于 {MISSING_ROWS:,} 家，缺什么不逐家列出 "
        "(what is missing is not named firm by firm)",
        mend="逐家看用 `ceyuan explain`，或把表分成几张",
        file=file,
    )


def _refused(
    firms: list[FirmCheck], rules: Sequence[Rule], file: str
) -> Iterator[Problem]:
    """Data that a policy's checks refuse are a problem of that row."""
    for firm in firms:
        for rule in rules:
            for name in firm.decisions[rule.id].refused:
                said = rule.said.checks[name.removeprefix("check:")]
                yield Problem(
                    code="R301",
                    message=f"{rule.said.zh}：{said.zh}",
                    mend=said.mend.zh,
                    file=file,
                    sheet=firm.row.sheet,
                    row=firm.row.row,
                )
