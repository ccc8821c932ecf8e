# SPDX-License-Identifier: Apache-2.0
"""What the office has not set yet, although money could ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ceyuan.kernel import UNKNOWN
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
