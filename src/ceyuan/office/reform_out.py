# SPDX-License-Identifier: Apache-2.0
"""What came of a reform, to take along: a table, the figures, the words to get them again.

The words are run as they stand: the command in the working folder of the office, the
Python in the same place. Both name the moment up to which facts count, so that what was
learned since does not change the answer.
"""

from __future__ import annotations

import json
import shlex
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from ceyuan.office.reform_job import NAMED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ceyuan.office.reforms import SavedReform

HEADINGS = (
    "policy", "policy_zh", "policy_en", "grouping", "group", "group_zh", "group_en",
    "subjects", "gained", "more", "lost", "less",
    "cost_before_fen", "cost_after_fen", "difference_fen",
    "least_before_fen", "most_before_fen", "least_after_fen", "most_after_fen",
)  # fmt: skip
NAMED_HEADINGS = (
    "policy", "gains_or_loses", "code", "name", "outcome_before", "outcome_after",
    "amount_before_fen", "amount_after_fen", "conditions",
)  # fmt: skip
WHOLE = "total"


def table(found: Mapping[str, Any]) -> Iterator[list[object]]:
    """Yield the rows of the table: each policy as a whole, then its groups."""
    for effect in found["document"]["effects"]:
        for policy, one in effect["policies"].items():
            said = found["policies"][policy]
            head = [policy, said["zh"], said["en"]]
            whole = {
                **one,
                "subjects": effect["subjects"],
                "before": one["before"]["cost"],
                "after": one["after"]["cost"],
            }
            yield [*head, WHOLE, "", "", "", *_figures(whole)]
            for name, shares in one["groups"].items():
                words = {w[0]: w[1:] for w in found["groupings"][name]["groups"]}
                for share in shares:
                    value = share["value"]
                    unknown = ["未知", "unknown"]
                    group = unknown if value is None else words.get(value, [value] * 2)
                    yield [
                        *head, name, "" if value is None else value, *group,
                        *_figures(share),
                    ]  # fmt: skip


def _figures(share: Mapping[str, Any]) -> list[object]:
    before, after = share["before"], share["after"]
    turns = [share[key] for key in ("subjects", "gained", "more", "lost", "less")]
    if before is None or after is None:
        return [*turns, *[""] * 7]
    costs = [before["definite"], after["definite"]]
    ends = [one[key] for one in (before, after) for key in ("least", "most")]
    return [
        *turns,
        *costs,
        costs[1] - costs[0],
        *("" if end is None else end for end in ends),
    ]


def named_table(found: Mapping[str, Any]) -> Iterator[list[object]]:
    """Yield who is named: those who gain and those who lose, most first."""
    for effect in found["document"]["effects"]:
        for policy, one in effect["policies"].items():
            clauses = found["policies"][policy]["clauses"]
            for word, key in (("gains", "gainers"), ("loses", "losers")):
                for firm in one[key]:
                    turned = [clauses.get(c, [c])[0] for c in firm["turned"]]
                    yield [
                        policy, word, firm.get("code", ""), firm.get("name", ""),
                        firm["before"], firm["after"], firm["amount_before"],
                        firm["amount_after"], "、".join(turned),
                    ]  # fmt: skip


def document(found: Mapping[str, Any], *, with_names: bool) -> dict[str, Any]:
    """Return the document `ceyuan.simulate/1`; without names, lists of firms are empty."""
    made: dict[str, Any] = deepcopy(found["document"])
    if not with_names:
        for effect in made["effects"]:
            for one in effect["policies"].values():
                one["gainers"], one["losers"] = [], []
    return made


def command(reform: SavedReform, found: Mapping[str, Any], *, region: str) -> str:
    """Return the command that gives the same figures."""
    said = found["document"]
    words = [
        "ceyuan", "simulate", reform.file, "--as-of", said["as_of"],
        "--known-at", said["known_at"],
    ]  # fmt: skip
    for one in found["params"]:
        words += ["--param", one]
    for one in found["by"]:
        words += ["--by", one]
    words += ["--limit", str(NAMED), "--region", region, "--json"]
    return shlex.join(words)


def python(reform: SavedReform, found: Mapping[str, Any], *, region: str) -> str:
    """Return Python that gives the same figures."""
    said = found["document"]
    return f"""\
from datetime import date
from pathlib import Path

from ceyuan.declarations.reform import parse_reform
from ceyuan.office import open_memory, trial, try_reform
from ceyuan.office.memory import read_moment
from ceyuan.office.parameters import typed_settings

text = {python_text(reform.body)}
said = {python_tuple(found["params"])}
with open_memory(Path(), region={json.dumps(region)}) as memory:
    reform = parse_reform(text, memory.region)
    tested = trial(
        memory,
        as_of=date.fromisoformat({json.dumps(said["as_of"])}),
        known_at=read_moment({json.dumps(said["known_at"])}),
        settings=typed_settings(memory.region, said),
        said=said,
        by={python_tuple(found["by"])},
    )
    tried = try_reform(tested, reform, named={NAMED})
for simulated in tried.effects:
    assert simulated.checks.sound
    for policy, effect in simulated.policies.items():
        print(policy, effect.turns, effect.before, effect.after)
"""


def python_text(text: str) -> str:
    """Return a text as Python reads it: line by line where nothing stands against it."""
    if "\\" in text or '"""' in text or "\r" in text or not text.endswith("\n"):
        return repr(text)
    return f'"""\\\n{text}"""'


def python_tuple(words: list[str]) -> str:
    """Return words as a tuple that Python reads."""
    inside = ", ".join(json.dumps(one, ensure_ascii=False) for one in words)
    return f"({inside},)" if words else "()"
