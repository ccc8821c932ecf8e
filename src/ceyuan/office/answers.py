# SPDX-License-Identifier: Apache-2.0
"""Answers as objects: they print well, and give frames."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import polars as pl

from ceyuan.office.reasons import Reason, reasons
from ceyuan.office.result import outcome_word
from ceyuan.office.told import key_text, move_text
from ceyuan.policies import OUTCOME_WORDS
from ceyuan.policies.words import ANSWERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ceyuan.office.checkup import Checkup
    from ceyuan.policies import Branch, Decision, Explanation, Move

_WHY = {
    "clause": pl.String,
    "answer": pl.Boolean,
    "matters": pl.Boolean,
    "text": pl.String,
    "observed": pl.String,
    "threshold": pl.String,
    "margin": pl.String,
    "source": pl.String,
    "article": pl.String,
}


@dataclass(frozen=True, slots=True)
class Why:
    """A decision and the conditions it follows from.

    Args:
        explanation: The decision with its condition tree.
        checkup: The check-up it belongs to.
        index: The firm's row in it.
    """

    explanation: Explanation
    checkup: Checkup
    index: int

    @property
    def decision(self) -> Decision:
        """Return the decision."""
        return self.explanation.decision

    @property
    def tree(self) -> Branch | None:
        """Return the condition tree; None when the policy is not in force."""
        return self.explanation.tree

    def reasons(self) -> tuple[Reason, ...]:
        """Return the conditions as rows, in the order of the policy."""
        return reasons(
            self.explanation,
            self.checkup.region,
            table=self.checkup.table,
            index=self.index,
        )

    def to_frame(self) -> pl.DataFrame:
        """Return one row per condition: answer, value, threshold, margin, article."""
        said = self.checkup.region.rule(self.decision.policy).said
        rows = [
            {
                "clause": one.clause,
                "answer": one.answer if isinstance(one.answer, bool) else None,
                "matters": one.matters,
                "text": "  " * one.depth + one.text,
                "observed": one.observed,
                "threshold": one.threshold,
                "margin": one.margin,
                "source": "；".join(g.place for g in one.given if g.place),
                "article": said.articles[one.article].article if one.article else "",
            }
            for one in self.reasons()
        ]
        return pl.DataFrame(rows, schema=_WHY)

    def __repr__(self) -> str:
        said = self.checkup.region.rule(self.decision.policy).said
        mark, word, _ = OUTCOME_WORDS[self.decision.outcome]
        lines = [f"{said.zh}  {mark} {word}"]
        for one in self.reasons():
            mark, word, _ = ANSWERS[one.answer]
            seen = "  ".join(x for x in (one.observed, one.threshold, one.margin) if x)
            indent = "  " * (one.depth + 1)
            lines.append(f"{indent}{mark} {word}  {one.text}  {seen}".rstrip())
        if self.decision.missing:
            keys = sorted(self.decision.missing, key=str)
            lines.append("  缺：" + "、".join(key_text(self.checkup, k) for k in keys))
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        word = outcome_word(self.decision.outcome)
        said = self.checkup.region.rule(self.decision.policy).said
        return (
            f"<p>{escape(said.zh)}：{escape(word)}</p>{self.to_frame()._repr_html_()}"
        )


@dataclass(frozen=True, slots=True)
class Moves:
    """The smallest changes that turn a policy, lightest first."""

    moves: tuple[Move, ...]
    checkup: Checkup

    def __len__(self) -> int:
        return len(self.moves)

    def __iter__(self) -> Iterator[Move]:
        return iter(self.moves)

    def __getitem__(self, index: int) -> Move:
        return self.moves[index]

    def to_frame(self) -> pl.DataFrame:
        """Return one row per move."""
        rows = [
            {
                "policy": move.policy,
                "move": move_text(self.checkup.region, move),
                "outcome": move.outcome.value,
                "amount_fen": move.amount,
                "missing": sorted({name for name, _ in move.missing}),
                "turns": list(move.turns),
            }
            for move in self.moves
        ]
        return pl.DataFrame(
            rows,
            schema={
                "policy": pl.String,
                "move": pl.String,
                "outcome": pl.String,
                "amount_fen": pl.Int64,
                "missing": pl.List(pl.String),
                "turns": pl.List(pl.String),
            },
        )

    def __repr__(self) -> str:
        if not self.moves:
            return "没有能改的一步 (no step)"
        return "\n".join(
            f"{self.checkup.region.rule(m.policy).said.zh}："
            f"{move_text(self.checkup.region, m)}"
            for m in self.moves
        )

    def _repr_html_(self) -> str:
        return self.to_frame()._repr_html_()
