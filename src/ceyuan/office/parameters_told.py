# SPDX-License-Identifier: Apache-2.0
"""What the office has not set yet, although money could ask for it; what it is called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ceyuan.kernel import UNKNOWN, UsageError
from ceyuan.office.moving_typed import settings_from
from ceyuan.office.stacking import OWNER, load_stacking

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from ceyuan.office.memory import Memory


def lacking(
    memory: Memory, in_force: Mapping[str, str], on: date
) -> list[dict[str, str]]:
    """Return the parameters of instruments that neither a text nor the office says.

    Args:
        memory: The office's memory.
        in_force: What the office has set.
        on: On which day.
    """
    found: dict[str, dict[str, str]] = {}
    for one in memory.declared.instruments.instruments.values():
        known = {**one.settings(on), **settings_from(one, in_force)}
        for name, home in one.homes.items():
            if known[name] is UNKNOWN:
                said = one.parameters[name]
                found[home] = {
                    "name": home,
                    "zh": said.zh,
                    "en": said.en,
                    "unit": said.unit or "",
                    "instrument": one.id,
                }
    return list(found.values())


def stacking_said(
    memory: Memory, in_force: Mapping[str, str]
) -> dict[str, tuple[str, str]]:
    """Return what each stacking group is called, and its rule; empty: none."""
    return {
        name: (group.zh, in_force.get(f"{OWNER}.{name}") or group.rule or "")
        for name, group in load_stacking(memory.region.id).items()
    }


@dataclass(frozen=True, slots=True)
class ParameterCalled:
    """What a parameter is called, and whose it is.

    Args:
        zh: Its name.
        en: The same in English.
        kind: `number`, `flag`, `set`, `date`, a table, or `rule` for stacking.
        unit: Unit of a number.
        owner_zh: The policy, the instrument or the group that asks for it.
        owner_en: The same in English.
    """

    zh: str
    en: str
    kind: str
    unit: str
    owner_zh: str
    owner_en: str


def parameter_called(memory: Memory, name: str) -> ParameterCalled:
    """Return what a parameter is called.

    Raises:
        UsageError: There is none of this name.
    """
    owner, _, own = name.partition(".")
    groups = load_stacking(memory.region.id)
    if owner == OWNER and own in groups:
        group = groups[own]
        return ParameterCalled(
            "叠加规则", "stacking rule", "rule", "", group.zh, group.en
        )
    rule = memory.region.rules.get(owner)
    if rule is not None and own in rule.said.parameters:
        one = rule.said.parameters[own]
        said = rule.said
        return ParameterCalled(one.zh, one.en, one.kind, one.unit, said.zh, said.en)
    for instrument in memory.declared.instruments.instruments.values():
        for inner, home in instrument.homes.items():
            if home == name:
                asked = instrument.parameters[inner]
                return ParameterCalled(
                    asked.zh,
                    asked.en,
                    asked.kind,
                    asked.unit or "",
                    instrument.said.zh,
                    instrument.said.en,
                )
    msg = f"没有参数 `{name}` (no such parameter)"
    raise UsageError(msg)
