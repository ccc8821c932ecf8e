# SPDX-License-Identifier: Apache-2.0
"""What a redline is made of: parts of a policy, their two sides, piece by piece."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from ceyuan.office.said_values import Value

Kind = Literal[
    "parameter", "clause", "scope", "check", "let", "decide", "amount", "validity"
]
Change = Literal["changed", "added", "removed"]
Op = Literal["same", "out", "in"]


@dataclass(frozen=True, slots=True)
class Mark:
    """A piece that stays, goes or comes.

    Args:
        op: Which of the three.
        text: The piece, of an expression.
        value: The value, of a parameter.
    """

    op: Op
    text: str = ""
    value: Value | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """One side of a part.

    Args:
        zh: In words.
        en: In English words.
        value: The value in force on the day, of a parameter; None: it is not set.
    """

    zh: str = ""
    en: str = ""
    value: Value | None = None


@dataclass(frozen=True, slots=True)
class Cited:
    """Where today's text stands.

    Args:
        article: The article.
        zh: Its document.
        en: The same in English.
    """

    article: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a policy that would be different.

    Args:
        kind: What it is.
        change: Whether it is changed, added or removed.
        name: Its name in the file.
        zh: What it is called.
        en: The same in English.
        before: As it is; None: it is not there.
        after: As it would be.
        marks: What stays, goes and comes, piece by piece.
        cited: Where today's text stands; None: nowhere.
        later: It makes no difference on the day; a difference is dated otherwise.
    """

    kind: Kind
    change: Change
    name: str
    zh: str
    en: str
    before: Said | None
    after: Said | None
    marks: tuple[Mark, ...] = ()
    cited: Cited | None = None
    later: bool = False


@dataclass(frozen=True, slots=True)
class PolicyRedline:
    """What would be different in one policy.

    Args:
        policy: Its id.
        zh: Its name.
        en: Its name in English.
        change: Whether it is changed, added or repealed.
        parts: The parts that differ; none: the change says what holds already.
    """

    policy: str
    zh: str
    en: str
    change: Literal["changed", "added", "repealed"]
    parts: tuple[Part, ...]
