# SPDX-License-Identifier: Apache-2.0
"""One firm, all policies, warm: decided, explained, and its nearest steps.

Many firms are tried, each with half of its facts missing, and the median and the
slowest are told: a person waits for their own firm, not for the fastest one.
"""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

from bench.data import AS_OF, any_firms
from bench.measure import say, tell
from bench.rules.everything import drawn
from ceyuan.declarations import read_region
from ceyuan.policies import decide, explain, facts_of, nearest

if TYPE_CHECKING:
    from collections.abc import Callable

    from ceyuan.declarations import Rule
    from ceyuan.language import Fixed

_FIRMS = 20
_RUNS = 3


def main() -> None:
    """Measure the three verbs."""
    region = read_region()
    rules = list(region.rules.values())
    facts, wanted = rules[0].scope.facts, drawn(rules)
    frame = any_firms(_FIRMS, wanted, missing=0.5)
    firms = [facts_of(frame, row, facts, {}) for row in range(_FIRMS)]
    _tell("one_firm_decided", rules, firms, lambda r, f: decide(r, f, as_of=AS_OF))
    _tell("one_firm_explained", rules, firms, lambda r, f: explain(r, f, as_of=AS_OF))
    _tell(
        "one_firm_nearest",
        rules,
        firms,
        lambda r, f: nearest(r, f, region.facts, as_of=AS_OF),
    )


def _tell(
    engine: str,
    rules: list[Rule],
    firms: list[Fixed],
    verb: Callable[[Rule, Fixed], object],
) -> None:
    say(f"{engine} ...")
    taken = []
    for firm in firms:
        fastest = float("inf")
        for _ in range(_RUNS):
            start = time.perf_counter()
            for rule in rules:
                verb(rule, firm)
            fastest = min(fastest, time.perf_counter() - start)
        taken.append(fastest * 1000)
    tell(
        engine,
        policies=len(rules),
        firms=len(firms),
        median_ms=round(statistics.median(taken), 2),
        slowest_ms=round(max(taken), 2),
    )


if __name__ == "__main__":
    main()
