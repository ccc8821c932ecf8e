# SPDX-License-Identifier: Apache-2.0
"""The words that find the same value again: a command, and Python, run as they stand."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

from ceyuan.declarations.patch import number
from ceyuan.kernel import show_money
from ceyuan.office.reform_out import python_text, python_tuple
from ceyuan.office.solving import NO_REFORM

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ceyuan.office.reforms import SavedReform
    from ceyuan.office.solving import Solving


def command(
    solving: Solving,
    reform: SavedReform | None,
    found: Mapping[str, Any],
    *,
    region: str,
) -> str:
    """Return the command that finds the same value."""
    budget = show_money(solving.budget, unit="元", with_unit=False).replace(",", "")
    words = ["ceyuan", "simulate", *([] if reform is None else [reform.file])]
    words += ["--solve", solving.parameter, "--budget", f"{budget}元"]
    words += ["--as-of", solving.as_of.isoformat(), "--known-at", found["known_at"]]
    if solving.use != "definite":
        words += ["--use", solving.use]
    for one in solving.params:
        words += ["--param", one]
    for name in ("low", "high", "step"):
        end = getattr(solving, name)
        if end is not None:
            words += [f"--{name}", f"{number(end)}"]
    return shlex.join([*words, "--region", region, "--json"])


def python(
    solving: Solving,
    reform: SavedReform | None,
    found: Mapping[str, Any],
    *,
    region: str,
) -> str:
    """Return Python that finds the same value."""
    ends = "".join(
        f"        {name}=Fraction({json.dumps(str(end))}),\n"
        for name in ("low", "high", "step")
        if (end := getattr(solving, name)) is not None
    )
    fraction = "from fractions import Fraction\n" if ends else ""
    return f"""\
from datetime import date
{fraction}from pathlib import Path

from ceyuan.declarations.reform import parse_reform
from ceyuan.office import open_memory, solve_for, trial
from ceyuan.office.memory import read_moment
from ceyuan.office.parameters import typed_settings

text = {python_text(NO_REFORM if reform is None else reform.body)}
said = {python_tuple(list(solving.params))}
with open_memory(Path(), region={json.dumps(region)}) as memory:
    reform = parse_reform(text, memory.region)
    tested = trial(
        memory,
        as_of=date.fromisoformat({json.dumps(solving.as_of.isoformat())}),
        known_at=read_moment({json.dumps(found["known_at"])}),
        settings=typed_settings(memory.region, said),
        said=said,
    )
    solved = solve_for(
        tested,
        {json.dumps(solving.parameter)},
        {solving.budget},
        reform=reform,
        use={json.dumps(solving.use)},
{ends}    )
print(solved.value, solved.unit, solved.cost)
"""
