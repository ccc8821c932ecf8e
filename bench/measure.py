# SPDX-License-Identifier: Apache-2.0
"""How a bench measures: best of several runs, peak memory, one JSON line.

The machine is shared and noisy, so the best run counts: noise only ever adds.
Each engine runs in a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import argparse
import gc
import json
import resource
import sys
import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

_T = TypeVar("_T")


def best(
    work: Callable[[], _T], *, runs: int = 5, budget: float = 4.0
) -> tuple[float, _T]:
    """Return the seconds of the fastest run, after one to warm up, and its result.

    Args:
        work: What is measured.
        runs: Run at least so often.
        budget: Go on for so many seconds; a quiet moment on a shared machine comes
            to whoever waits, and every engine waits as long.
    """
    result = work()
    fastest, spent = float("inf"), 0.0
    while runs > 0 or spent < budget:
        del result
        gc.collect()
        start = time.perf_counter()
        result = work()
        seconds = time.perf_counter() - start
        fastest, spent, runs = min(fastest, seconds), spent + seconds, runs - 1
    return fastest, result


def peak_mb() -> int:
    """Return the peak resident memory of this process, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def rows_asked() -> int:
    """Return how many rows this process was asked to measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    return int(parser.parse_args().rows)


def say(text: str) -> None:
    """Tell the person at the terminal; results go to stdout."""
    print(text, file=sys.stderr, flush=True)


def tell(engine: str, **measured: object) -> None:
    """Print one result as one JSON line."""
    print(json.dumps({"engine": engine, **measured}), flush=True)


def rate(rows: int, seconds: float) -> dict[str, object]:
    """Return the fields that every engine reports."""
    return {
        "rows": rows,
        "seconds": round(seconds, 5),
        "rows_per_s": round(rows / seconds),
        "peak_mb": peak_mb(),
    }
