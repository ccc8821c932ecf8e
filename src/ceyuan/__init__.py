# SPDX-License-Identifier: Apache-2.0
"""Ceyuan (策源): a city's support for science and technology, as one open system.

>>> import ceyuan
>>> city = ceyuan.open()
>>> city.policy("tech_sme_2017").zh
'科技型中小企业评价'

Everything heavy is imported when it is first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ceyuan.kernel import (
    CeyuanError,
    InputRejected,
    NotAllowed,
    Problem,
    RuleError,
    UsageError,
)

if TYPE_CHECKING:
    from ceyuan.office.city import (
        Batch,
        City,
        Firm,
        check,
        explain,
        nearest,
        open,  # noqa: A004 - the one verb a user types first
        whatif,
    )
    from ceyuan.office.memory import Memory, open_memory

__version__ = "0.1.0.dev0"

__all__ = [
    "Batch",
    "CeyuanError",
    "City",
    "Firm",
    "InputRejected",
    "Memory",
    "NotAllowed",
    "Problem",
    "RuleError",
    "UsageError",
    "check",
    "explain",
    "nearest",
    "open",
    "open_memory",
    "whatif",
]

_LAZY = frozenset(
    {"Batch", "City", "Firm", "check", "explain", "nearest", "open", "whatif"}
)


def __getattr__(name: str) -> object:
    if name in _LAZY:
        from ceyuan.office import city

        return getattr(city, name)
    if name in {"Memory", "open_memory"}:
        from ceyuan.office import memory

        return getattr(memory, name)
    msg = f"module 'ceyuan' has no attribute {name!r}"
    raise AttributeError(msg)
