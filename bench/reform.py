# SPDX-License-Identifier: Apache-2.0
"""A reform of some policies, simulated, against the evaluation of these policies.

Invented firms, drawn as for `bench/rules`, with four groupings. Measured apart: the
plain run of the touched policies (outcomes, clause masks, amounts), and the whole
simulation: self-check, both sides, intervals, transitions, groups, named firms.

    python -m bench.reform --rows 1000000
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from bench.data import AS_OF, SEED, any_firms
from bench.measure import best, rate, rows_asked, tell
from ceyuan.declarations import read_region
from ceyuan.declarations.reform import parse_reform
from ceyuan.engine import BATCH_ROWS, open_shape, run_batches, slices
from ceyuan.language import column_name
from ceyuan.policies import plan
from ceyuan.policies.reform import simulate

if TYPE_CHECKING:
    from ceyuan.declarations import Region
    from ceyuan.declarations.reform import Reform

REFORMS = {
    "one_status": "{policy: tech_sme_2017, parameter: score_min, value: 55}",
    "one_amount": "{policy: tech_transfer_cit, parameter: exempt_max, value: 800}",
    "a_saving": "{policy: rd_super_2023, parameter: general_rate, value: 110}",
    "a_new_clause": (
        "{policy: xjr_2026, add_clause: spends, "
        "test: 'rd_expense / revenue >= 0.03', zh: 研发占比, en: share of R&D}"
    ),
}
GROUPS = {"district": 16, "industry": 20, "size": 4, "tier": 6}


def main() -> None:
    """Measure each reform."""
    rows = rows_asked()
    region = read_region()
    for name, change in REFORMS.items():
        text = f"reform: bench\nzh: 测\nen: bench\nchange:\n  - {change}\n"
        _measure(name, parse_reform(text, region), region, rows)


def _measure(name: str, reform: Reform, region: Region, rows: int) -> None:
    rules = [region.rules[policy] for policy in sorted(reform.touched)]
    frame = _firms(reform, region, rows)
    ready = plan(rules, open_shape(frame.columns), as_of=AS_OF)
    alone, _ = best(
        lambda: pl.concat(run_batches(slices(frame, BATCH_ROWS), ready.run))
    )
    after = reform.rules(region)
    seconds, found = best(
        lambda: simulate(
            region.rules,
            after,
            ((part, {}) for part in slices(frame, BATCH_ROWS)),
            as_of=AS_OF,
            touched=reform.touched,
            groups={group: group for group in GROUPS},
        )
    )
    tell(
        f"reform_{name}",
        **rate(rows, seconds),
        evaluation_alone_s=round(alone, 5),
        ratio=round(seconds / alone, 2),
        in_columns=not ready.interpreted,
        turned=sum(e.turns.gain + e.turns.lose for e in found.policies.values()),
    )


def _firms(reform: Reform, region: Region, rows: int) -> pl.DataFrame:
    """Return invented firms with all that both sides read, and their groups."""
    rules = [
        side[policy]
        for side in (region.rules, reform.rules(region))
        for policy in sorted(reform.touched)
        if policy in side
    ]
    symbols = rules[0].scope.facts
    every = [
        column_name(name, year if symbol.yearly else None)
        for name, symbol in symbols.items()
        if symbol.kind not in ("records", "text")
        for year in range(AS_OF.year - 5, AS_OF.year + 1)
    ]
    reads = plan(rules, open_shape(every), as_of=AS_OF).reads.facts
    wanted = [(n, y, s) for (n, y), s in reads.items() if s.derive is None]
    frame = any_firms(rows, wanted)
    draw = np.random.default_rng(SEED + 7)
    return frame.with_columns(
        pl.Series(group, draw.integers(0, size, rows)).cast(pl.String)
        for group, size in GROUPS.items()
    )


if __name__ == "__main__":
    main()
