# SPDX-License-Identifier: Apache-2.0
"""What a page says of one policy under a reform: sums, groups, charts, outcomes."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ceyuan.policies import OUTCOME_WORDS, Outcome
from ceyuan.web.pages.lab_charts import (
    cost_chart,
    group_chart,
    quantity_text,
    spread_charts,
)
from ceyuan.web.words import word

if TYPE_CHECKING:
    from collections.abc import Mapping

ORDER = ("eligible", "refer", "unknown", "ineligible", "not_applicable", "refused")
_MOST_BARS = 24


def policy_told(
    whole: Mapping[str, Any], effect: Mapping[str, Any], policy: str, locale: str
) -> dict[str, Any]:
    """Return the sums of a policy, the chart of its cost, who moves from where to where."""
    one, said = effect["policies"][policy], whole["policies"][policy]
    costs = [one[side]["cost"] for side in ("before", "after")]
    chart = None
    if costs[0] is not None:
        note = word(
            "lab.chart_note",
            locale,
            as_of=whole["document"]["as_of"],
            snapshot=whole["document"]["snapshot"][:12],
        )
        chart = cost_chart(policy, costs, note, locale)
    return {
        **said,
        "id": policy,
        "change": one["change"],
        "turns": one,
        "subjects": effect["subjects"],
        "costs": costs if costs[0] is not None else None,
        "difference": None
        if costs[0] is None
        else costs[1]["definite"] - costs[0]["definite"],
        "chart": chart,
        "net": signed(said["holds"][1] - said["holds"][0]),
        "burden": [
            {
                "words": f"lab.asks_{key}",
                "before": said["asks"][0][key],
                "after": said["asks"][1][key],
                "difference": signed(said["asks"][1][key] - said["asks"][0][key]),
            }
            for key in ("unknown", "judged", "conditions", "facts")
        ],
        "moves": _moves(one["transitions"], locale),
    }


def signed(count: int) -> str:
    """Return a difference of counts with its sign."""
    sign = "+" if count > 0 else "−" if count < 0 else ""
    return f"{sign}{abs(count):,}"


def _moves(transitions: list[dict[str, Any]], locale: str) -> dict[str, Any]:
    """Return how many go from which outcome to which, as a table."""
    counted = {(t["before"], t["after"]): t["subjects"] for t in transitions}
    there = [o for o in ORDER if any(o in pair for pair in counted)]
    return {
        "heads": [outcome_word(o, locale) for o in there],
        "rows": [
            (
                outcome_word(a, locale),
                [(counted.get((a, b), 0), a != b) for b in there],
            )
            for a in there
        ],
        "moved": sum(n for (a, b), n in counted.items() if a != b),
    }


def outcome_word(outcome: str, locale: str) -> str:
    """Return an outcome in words."""
    key = None if outcome == "refused" else Outcome(outcome)
    return OUTCOME_WORDS[key][2 if locale == "en" else 1]


def groups_shown(
    whole: Mapping[str, Any],
    effect: Mapping[str, Any],
    policy: str,
    by: str,
    locale: str,
) -> dict[str, Any] | None:
    """Return what falls to the groups of one grouping; None where there are none."""
    shares = effect["policies"][policy]["groups"].get(by)
    if not shares:
        return None
    at = 2 if locale == "en" else 1
    said = whole["groupings"][by]
    words = {one[0]: one[at] for one in said["groups"]}
    order = list(words)
    rows = []
    for share in shares:
        value = share["value"]
        before, after = share["before"], share["after"]
        rows.append(
            {
                **share,
                "name": word("lab.group_unknown", locale)
                if share["unknown"]
                else words.get(value, value),
                "place": len(order)
                if value not in order
                else order.index(value) - share["unknown"],
                "difference": None
                if before is None
                else after["definite"] - before["definite"],
            }
        )
    rows.sort(key=lambda row: (row["unknown"], row["place"]))
    for row in rows:
        row["moves"] = bool(row["gain"] or row["lose"] or row["difference"])
    is_money = rows[0]["difference"] is not None
    bars = [
        (row["name"], row["difference"] if is_money else row["gained"] - row["lost"])
        for row in rows
        if row["moves"]
    ]
    grouping = said["en" if locale == "en" else "zh"]
    chart = None
    if any(value for _, value in bars) and len(bars) <= _MOST_BARS:
        chart = group_chart(
            f"{policy}-{by}",
            bars,
            grouping=grouping,
            is_money=is_money,
            unit=unit_word(effect["subject"], locale),
            locale=locale,
        )
    return {
        "rows": rows,
        "money": is_money,
        "chart": chart,
        "name": grouping,
        "moving": len(bars),
        "still": len(rows) - len(bars),
    }


def unit_word(subject: str, locale: str) -> str:
    """Return by what subjects are counted."""
    any_ = "" if subject == "firm" else "_any"
    return word(f"lab.subjects_unit{any_}", locale)


def spreads_told(
    whole: Mapping[str, Any], policy: str, locale: str
) -> list[dict[str, Any]]:
    """Return the lines that the reform moves, each with its charts."""
    found = []
    for number, spread in enumerate(whole["spreads"]):
        if spread["policy"] != policy:
            continue
        thresholds = [
            None
            if spread[side] is None
            else quantity_text(spread, Fraction(spread[side]["threshold"]), locale)
            for side in ("before", "after")
        ]
        found.append(
            {
                **spread,
                "title": spread["en" if locale == "en" else "zh"],
                "what": spread["quantity"][locale == "en"],
                "thresholds": thresholds,
                "charts": spread_charts(
                    spread,
                    f"{policy}-{number}",
                    unit_word(whole["policies"][policy]["subject"], locale),
                    locale,
                ),
            }
        )
    return found


def firms_told(whole: Mapping[str, Any], locale: str) -> list[dict[str, Any]]:
    """Return who gains and who loses by each policy, by name, most first."""
    found = []
    for effect in whole["document"]["effects"]:
        for policy, one in effect["policies"].items():
            said = whole["policies"][policy]
            for key, turn in (("gainers", "gain"), ("losers", "lose")):
                rows = [_firm(said, firm, locale) for firm in one[key]]
                if rows:
                    found.append(
                        {
                            "policy": said,
                            "gains": key == "gainers",
                            "rows": rows,
                            "whole": one[turn],
                        }
                    )
    return found


def _firm(
    said: Mapping[str, Any], firm: Mapping[str, Any], locale: str
) -> dict[str, Any]:
    amounts = firm["amount_before"], firm["amount_after"]
    difference = (
        None if amounts == (None, None) else (amounts[1] or 0) - (amounts[0] or 0)
    )
    clauses = said["clauses"]
    return {
        **firm,
        "name": firm.get("name") or firm["id"],
        "code": firm.get("code", ""),
        "before": outcome_word(firm["before"], locale),
        "after": outcome_word(firm["after"], locale),
        "difference": difference,
        "turned": [clauses.get(c, [c, c])[locale == "en"] for c in firm["turned"]],
    }
