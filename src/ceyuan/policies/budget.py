# SPDX-License-Identifier: Apache-2.0
"""The value of a parameter that spends a budget.

The parameter moves on a grid: whole fen, whole persons, hundredths of a percent. If
a higher line always costs less (or always more), the last value within the budget is
found by halving, and its neighbour, which is tried too, is beyond the budget: no value
of the grid comes closer. Whether that is so is not assumed but sampled, and checked
on every value that is tried; if it is not so, the best of the sampled values is
returned, and said to be no more than that.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeAlias

from ceyuan.engine import open_shape, run_batches
from ceyuan.kernel import UNKNOWN, UsageError, unit
from ceyuan.policies.amounts import HIGH
from ceyuan.policies.batch import CODES, Plan, plan
from ceyuan.policies.decide import Outcome
from ceyuan.policies.rows import only, read_by
from ceyuan.policies.sums import summed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import date

    import polars as pl

    from ceyuan.declarations import Rule
    from ceyuan.engine import Linked
    from ceyuan.language import Fixed, Setting
    from ceyuan.policies.reform import Batch

Use: TypeAlias = Literal["definite", "most"]
Course: TypeAlias = Literal["rising", "falling", "level", "neither"]
_Kept: TypeAlias = "tuple[pl.DataFrame, Mapping[str, Linked], Mapping[int, Fixed]]"
SOLVE_SCHEMA = "ceyuan.solve/1"
_DOUBLINGS = 40
_LEVEL = 4
"""So many doublings without another cost end the search for bounds."""


@dataclass(frozen=True, slots=True)
class Tried:
    """One value that was tried, in the parameter's unit, and its cost in fen."""

    value: Fraction
    cost: int


@dataclass(frozen=True, slots=True)
class Solved:
    """The value that spends a budget.

    Args:
        policy: Policy id.
        parameter: Its parameter.
        unit: The parameter's unit.
        step: Distance of the values that were possible.
        budget: In fen.
        use: Whether the definite cost was meant, or the greatest possible one.
        value: The value; None: none that was tried stays within the budget.
        cost: Its cost.
        exact: No value of the grid between the bounds comes closer.
        course: How the cost goes with the value, as far as was tried.
        tried: All that was tried, by value.
    """

    policy: str
    parameter: str
    unit: str
    step: Fraction
    budget: int
    use: Use
    value: Fraction | None
    cost: int | None
    exact: bool
    course: Course
    tried: tuple[Tried, ...]


def solve(
    parameter: str,
    budget: int,
    *,
    rules: Mapping[str, Rule],
    frames: Callable[[], Iterable[Batch]],
    as_of: date,
    base_year: int | None = None,
    settings: Mapping[str, Mapping[str, Setting]] | None = None,
    low: Fraction | None = None,
    high: Fraction | None = None,
    step: Fraction | None = None,
    use: Use = "definite",
    samples: int = 9,
    threads: int | None = None,
    told: Callable[[int], None] | None = None,
) -> Solved:
    """Return the value of a parameter whose cost comes closest to a budget from below.

    Args:
        parameter: `policy.parameter`.
        budget: In fen.
        rules: The rules, a reform's where there is one.
        frames: Gives the batches; called once, what the policy reads is kept.
        as_of: Day of the decisions.
        base_year: Fiscal year that yearly facts mean; the last closed one by
            default.
        settings: Parameters set by the office, by policy and name.
        low: Least value, in the parameter's unit; 0 by default.
        high: Greatest value; found by default.
        step: Distance of values; by default 1 fen, 0.01 %, 1 of anything else, or
            the decimals of the value in force where these are finer.
        use: Which cost the budget is for.
        samples: So many values between the bounds are tried first.
        threads: Batches at once; all that this process may use by default.
        told: Called after each value with how many were tried.

    Raises:
        UsageError: The parameter is no number, the policy gives no amount, bounds
            or step make no sense, or the cost has no upper end.
    """
    policy, name = solvable(parameter, rules, use=use)
    rule = rules[policy]
    said = rule.said.parameters[name]
    scale = unit(said.unit).scale
    own = (settings or {}).get(policy, {})
    base = rule.context(as_of, base_year=base_year, settings=own)
    now = base.settings.get(name, UNKNOWN)
    at = now / scale if isinstance(now, Fraction) else None
    grid = _step(said.unit, scale, at) if step is None else step
    if grid <= 0:
        msg = f"步长 {grid} 走不动 (a step of {grid} leads nowhere)"
        raise UsageError(msg, hint="步长写大于零的数 (a step above 0)")
    if low is not None and high is not None and low >= high:
        msg = f"从 {low} 到 {high} 没有可试的值 (the bounds leave nothing between)"
        raise UsageError(
            msg, hint="最小的写得比最大的小 (the least below the greatest)"
        )
    asked = _Costs(
        rule, name, grid, scale, as_of, base.base_year, own, use, threads, told
    )
    asked.keep(frames())
    search = _Search(asked, budget)
    first = 0 if low is None else -(-low // grid)
    last = (high // grid) if high is not None else search.bound(first, at, grid)
    return search.solved(policy, name, said.unit, first, last, samples)


def solvable(
    parameter: str, rules: Mapping[str, Rule], *, use: Use = "definite"
) -> tuple[str, str]:
    """Return policy and name of a parameter that can be solved for.

    Raises:
        UsageError: There is no such parameter, it is no single number, its policy gives
            no amount, or only a part of the policy is encoded and the definite cost is
            asked for.
    """
    policy, _, name = parameter.partition(".")
    if policy not in rules:
        _missing(f"没有政策 `{policy}` (there is no such policy)", policy, rules)
    rule = rules[policy]
    if name not in rule.said.parameters:
        msg = f"`{policy}` 没有参数 `{name}` (there is no such parameter)"
        _missing(msg, name, rule.said.parameters)
    kind = rule.said.parameters[name].kind
    if kind != "number":
        msg = f"`{name}` 是 {kind}，只能求解一个数 (only a single number can be solved for)"
        numbers = [n for n, p in rule.said.parameters.items() if p.kind == "number"]
        hint = f"`{policy}` 的数 (its numbers)：{'、'.join(numbers) or '—'}"
        raise UsageError(msg, hint=hint)
    if rule.said.amount is None:
        msg = f"`{policy}` 不给金额，花不了预算 (it gives no amount)"
        raise UsageError(
            msg, hint="换一项有金额的政策 (name a policy with an `amount`)"
        )
    if rule.said.coverage == "partial" and use == "definite":
        msg = f"`{policy}` 只编了一部分，没有确定的费用 (no cost of it is definite)"
        raise UsageError(msg, hint="按最多的费用求解 (solve for `most`)")
    return policy, name


def _missing(msg: str, name: str, known: Iterable[str]) -> NoReturn:
    near = get_close_matches(name, list(known), n=1)
    hint = f"did you mean `{near[0]}`?" if near else "write it as policy.parameter"
    raise UsageError(msg, hint=hint)


def _step(name: str, scale: Fraction, now: Fraction | None) -> Fraction:
    """Return 1 fen, 0.01 %, 1 of anything else; finer if the value in force is."""
    measure = unit(name)
    least = Fraction(1)
    if measure.is_money:
        least = 1 / scale
    elif measure.is_pure:
        least = Fraction(1, 10_000) / scale
    while now is not None and (now / least).denominator != 1 and least > _FINEST:
        least /= 10
    return least


_FINEST = Fraction(1, 10**9)


@dataclass(slots=True)
class _Costs:
    """The cost of a policy at any value of its parameter, over the same subjects."""

    rule: Rule
    name: str
    grid: Fraction
    scale: Fraction
    as_of: date
    base_year: int
    settings: Mapping[str, Setting]
    use: Use
    threads: int | None
    told: Callable[[int], None] | None = None
    batches: list[_Kept] = field(default_factory=list)
    found: dict[int, int] = field(default_factory=dict)

    def keep(self, frames: Iterable[Batch]) -> None:
        """Keep what the policy reads of the subjects, and nothing else."""
        wanted = read_by([self.rule])
        for batch in frames:
            exact: Mapping[int, Fixed] = batch[2] if len(batch) > 2 else {}
            self.batches.append((only(batch[0], wanted), batch[1], exact))

    def at(self, count: int) -> int:
        """Return the cost where the parameter is so many steps."""
        if count not in self.found:
            self.found[count] = self._cost(count * self.grid * self.scale)
            if self.told is not None:
                self.told(len(self.found))
        return self.found[count]

    def _cost(self, value: Fraction) -> int:
        settings = {self.rule.id: {**self.settings, self.name: value}}
        plans: dict[object, Plan] = {}

        def cost(batch: _Kept) -> tuple[int, int]:
            frame, linked, exact = batch
            key = (tuple(frame.columns), frozenset(linked))
            return self._sum(plans[key].run(frame, linked, exact=exact))

        for frame, linked, _ in self.batches:
            key = (tuple(frame.columns), frozenset(linked))
            if key not in plans:
                plans[key] = plan(
                    [self.rule],
                    open_shape(frame.columns, frozenset(linked)),
                    as_of=self.as_of,
                    base_year=self.base_year,
                    settings=settings,
                    with_clauses=False,
                    with_ends=self.use == "most",
                )
        running: Any = run_batches
        told = list(running(self.batches, cost, threads=self.threads))
        unbounded = sum(count for _, count in told)
        if unbounded:
            msg = f"有 {unbounded} 个对象的金额没有上限 (nothing bounds their amounts)"
            hint = "按确定的费用求解，或补齐它们的数据 (solve for `definite`)"
            raise UsageError(msg, hint=hint)
        return sum(whole for whole, _ in told)

    def _sum(self, found: pl.DataFrame) -> tuple[int, int]:
        policy = self.rule.id
        if self.use == "most":
            ends = found[f"{policy}:{HIGH}"]
            return summed(ends), ends.null_count()
        eligible = found[policy] == CODES[Outcome.ELIGIBLE]
        return summed(found[f"{policy}:amount"].filter(eligible)), 0


class _Search:
    """Looks for the last value within a budget."""

    def __init__(self, costs: _Costs, budget: int) -> None:
        self.costs = costs
        self.budget = budget

    def bound(self, first: int, now: Fraction | None, grid: Fraction) -> int:
        """Return an upper bound: where the budget was crossed, or nothing moves."""
        start = max(1, first + 1, 0 if now is None else int(now // grid))
        within = self._within(first)
        last, level = self.costs.at(first), 0
        for doubling in range(_DOUBLINGS):
            count = start << doubling
            cost = self.costs.at(count)
            if self._within(count) is not within:
                return count
            level = level + 1 if cost == last else 0
            if level >= _LEVEL:
                return count
            last = cost
        return start << (_DOUBLINGS - 1)

    def _within(self, count: int) -> bool:
        return self.costs.at(count) <= self.budget

    def solved(
        self, policy: str, name: str, unit_: str, first: int, last: int, samples: int
    ) -> Solved:
        if last < first:
            msg = "两端之间没有一个可试的值 (no value lies between the bounds)"
            raise UsageError(msg, hint="放宽两端，或缩小步长 (a smaller step)")
        self._sample(first, last, samples)
        course = self._course()
        if course != "neither":
            self._halve()
            course = self._course()
        if course == "neither":
            self._sample(first, last, max(samples, 65))
        grid, found = self.costs.grid, self.costs.found
        fitting = [count for count in found if self._within(count)]
        sign = 1 if course == "rising" else -1  # among equals the one at the line
        best = max(fitting, key=lambda c: (found[c], sign * c), default=None)
        return Solved(
            policy,
            name,
            unit_,
            grid,
            self.budget,
            self.costs.use,
            None if best is None else best * grid,
            None if best is None else found[best],
            course != "neither",
            course,
            tuple(Tried(count * grid, found[count]) for count in sorted(found)),
        )

    def _sample(self, first: int, last: int, samples: int) -> None:
        for index in range(samples):
            self.costs.at(first + (last - first) * index // max(1, samples - 1))

    def _course(self) -> Course:
        costs = [self.costs.found[count] for count in sorted(self.costs.found)]
        if len(set(costs)) == 1:
            return "level"
        if costs == sorted(costs):
            return "rising"
        return "falling" if costs == sorted(costs, reverse=True) else "neither"

    def _halve(self) -> None:
        """Try values until the last one within the budget has a neighbour beyond."""
        counts = sorted(self.costs.found)
        for left, right in pairwise(counts):
            near, far, within = left, right, self._within(left)
            if within is self._within(right):
                continue
            while far - near > 1:
                middle = (near + far) // 2
                if self._within(middle) is within:
                    near = middle
                else:
                    far = middle


def solved_json(solved: Solved) -> dict[str, object]:
    """Return an answer as plain data; values as exact texts, amounts as whole fen."""
    return {
        "schema": SOLVE_SCHEMA,
        "policy": solved.policy,
        "parameter": solved.parameter,
        "unit": solved.unit,
        "step": str(solved.step),
        "budget": solved.budget,
        "use": solved.use,
        "value": None if solved.value is None else str(solved.value),
        "cost": solved.cost,
        "unspent": None if solved.cost is None else solved.budget - solved.cost,
        "exact": solved.exact,
        "course": solved.course,
        "tried": [{"value": str(t.value), "cost": t.cost} for t in solved.tried],
    }
