# SPDX-License-Identifier: Apache-2.0
"""The tech-SME rule as declared in YAML, compiled and run in batches.

Twice: complete facts with outcome and score, as the peers do it; and 5 % of every
fact missing with three-valued answers and clause masks, which no peer does. An
answer given in spite of gaps counts as wrong when the complete facts say otherwise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from bench.data import AS_OF, MISSING, tech_firms, tech_frame
from bench.measure import best, rate, rows_asked, say, tell
from bench.rules.oracle import answers, wrong
from ceyuan.declarations import read_region
from ceyuan.engine import run_batches, shape_of, slices
from ceyuan.policies import OUTCOMES, Plan, decide, facts_of, plan

if TYPE_CHECKING:
    from bench.data import Array

POLICY = "tech_sme_2017"
BATCH = 262_144
"""Larger than the default: one rule is short, and threads should not wait."""
_SAMPLE = 400


def main() -> None:
    """Measure both, and check a sample of each against the interpreter."""
    rows = rows_asked()
    rule = read_region().rule(POLICY)
    columns = tech_firms(rows)
    right, points = answers(columns)

    frame = tech_frame(columns, rule.scope.facts)
    short = plan(
        [rule], shape_of(frame), as_of=AS_OF, with_clauses=False, outputs=["score"]
    )
    seconds, found = best(lambda: _run(short, frame))
    outcome, score = found[POLICY].to_numpy(), found[f"{POLICY}:score"].to_numpy()
    tell(
        "ceyuan",
        **rate(rows, seconds),
        **wrong(columns, outcome, score),
        oracle_agrees_with_interpreter=_checked(short, frame, right, points),
    )

    frame = tech_frame(columns, rule.scope.facts, missing=MISSING)
    full = plan([rule], shape_of(frame), as_of=AS_OF)
    seconds, found = best(lambda: _run(full, frame))
    outcome = found[POLICY].to_numpy()
    definite = np.isin(outcome, (0, 3))
    tell(
        "ceyuan_unknowns_and_masks",
        **rate(rows, seconds),
        wrong_outcomes=int((definite & (outcome != right)).sum()),
        undecided=int((~definite).sum()),
        interpreter_agrees=_checked(full, frame, outcome, None),
    )


def _run(made: Plan, frame: pl.DataFrame) -> pl.DataFrame:
    return pl.concat(run_batches(slices(frame, BATCH), made.run))


def _checked(
    made: Plan,
    frame: pl.DataFrame,
    outcome: Array,
    score: Array | None,
) -> str:
    """Return on how many rows of a sample the interpreter says the same."""
    rule = made.rules[0]
    draw = np.random.default_rng(1)
    rows = sorted(draw.choice(frame.height, min(_SAMPLE, frame.height), replace=False))
    agreed = 0
    for row in rows:
        facts = facts_of(frame, int(row), rule.scope.facts, {})
        decision = decide(rule, facts, as_of=AS_OF)
        same = OUTCOMES[int(outcome[row])] == decision.outcome
        if score is not None:
            found = decision.outputs["score"]
            same = same and getattr(found, "low", None) == int(score[row])
        if not same:
            say(f"row {row}: expected {outcome[row]}, interpreter {decision.outcome}")
        agreed += same
    return f"{agreed} of {len(rows)}"


if __name__ == "__main__":
    main()
