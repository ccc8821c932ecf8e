# SPDX-License-Identifier: Apache-2.0
"""The reasons of a decision as rows: what a page and the terminal both show.

A condition tree is deep; a reader wants a list. Each clause becomes one row, a
clause of several conditions a row with more rows beneath it. A row knows whether
the outcome hangs on it: an unmet route beside a route that was taken does not
matter, and is not shown among what is lacking.

Nothing is decided here. Answer, value, threshold and margin are those of the
tree; this module only puts them into words and finds the cells they came from.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ceyuan.kernel import UNKNOWN
from ceyuan.language.tree import Compare
from ceyuan.office.figures import Figures, Given, Score, sorted_keys
from ceyuan.office.phrases import Words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ceyuan.declarations import Region
    from ceyuan.facts import FactTable
    from ceyuan.language import FactKey
    from ceyuan.language.ranges import Truth3
    from ceyuan.policies import Branch, Explanation


@dataclass(frozen=True, slots=True)
class Reason:
    """One row of the reasons.

    Args:
        depth: How deep it stands beneath its clause; a clause has 0.
        kind: `scope` (to whom it applies), `clause`, `all`, `any`, `condition`,
            `waived` (not in force on the day).
        clause: Id of the clause or definition; "" for a bare condition.
        answer: Whether it holds; None where it is not in force.
        matters: Whether the outcome hangs on it.
        text: What it asks, in words.
        observed: What is known of the subject.
        threshold: What is asked of it, with its order.
        margin: How much is to spare or short; "" when not exact.
        given: The facts it was read from.
        scores: How the number observed was reached, outermost first.
        joins: `all` or `any` where the rows beneath it make it up.
        article: Id of the article.
        missing: Unknown facts that leave it open.
    """

    depth: int
    kind: str
    clause: str
    answer: Truth3 | None
    matters: bool
    text: str
    observed: str = ""
    threshold: str = ""
    margin: str = ""
    given: tuple[Given, ...] = ()
    scores: tuple[Score, ...] = ()
    joins: str = ""
    article: str = ""
    missing: tuple[FactKey, ...] = ()


def reasons(
    explanation: Explanation,
    region: Region,
    *,
    table: FactTable | None = None,
    index: int = 0,
    locale: str = "zh",
    known: dict[FactKey, Given] | None = None,
) -> tuple[Reason, ...]:
    """Return the rows of an explanation, in the order of the policy's file.

    Args:
        explanation: The decision and its tree.
        region: Names of facts and policies.
        table: Where the facts came from; without it no places are told.
        index: The firm's row in the table.
        locale: `zh` or `en`.
        known: Facts of this firm already put into words for another policy;
            filled as it goes.
    """
    if explanation.tree is None:
        return ()
    rule = region.rules[explanation.decision.policy]
    words = Words(region, rule, locale)
    figures = Figures(words, table, index, {} if known is None else known)
    told = _Teller(words, figures)
    whole = explanation.tree
    amount = whole.parts[-1].name == "amount" and whole.parts[-1].kind == "let"
    parts = whole.parts[:-1] if amount else whole.parts
    scope, core = parts[:-1], parts[-1]
    rows: list[Reason] = []
    for branch in scope:
        rows += told.rows(branch, 0, matters=True, kind="scope")
    inner = core.parts if core.kind == "all" and not core.name else (core,)
    for branch in inner:
        rows += told.rows(branch, 0, matters=True)
    return tuple(rows)


def open_reasons(rows: tuple[Reason, ...], *, is_failed: bool) -> tuple[Reason, ...]:
    """Return the rows that are unmet or open and say more than that data are missing.

    A row of which nothing at all is known is left to the list of what is lacking. Of a
    policy that fails, what fails is shown: what is open cannot mend it.
    """
    shown = [
        row
        for row in rows
        if row.matters
        and row.answer is not True
        and row.kind != "waived"
        and not (row.answer is UNKNOWN and (is_failed or _is_bare(rows, row)))
    ]
    return tuple(
        row
        for n, row in enumerate(shown)
        if row.observed or row.given or _has_inner(shown, n)
    )


def _is_bare(rows: tuple[Reason, ...], row: Reason) -> bool:
    """Return whether nothing is known of a row and of all beneath it."""
    start = next(n for n, one in enumerate(rows) if one is row)
    for one in rows[start:]:
        if one is not row and one.depth <= row.depth:
            break
        asks_data = any("." not in name for name, _ in one.missing)
        tells = one.given and (asks_data or one.answer is False)
        if tells and one.matters and one.answer is not True:
            return False
    return True


def _has_inner(rows: list[Reason], number: int) -> bool:
    """Return whether a row has a row beneath it."""
    following = rows[number + 1 : number + 2]
    return bool(following) and following[0].depth > rows[number].depth


class _Teller:
    def __init__(self, words: Words, figures: Figures) -> None:
        self.words = words
        self.figures = figures

    def rows(
        self, branch: Branch, depth: int, *, matters: bool, kind: str = ""
    ) -> Iterator[Reason]:
        """Yield a branch as a row, and what stands beneath it."""
        if branch.kind in ("clause", "let") and branch.answer is not None:
            yield from self._named(
                branch, depth, matters=matters, kind=kind or "clause"
            )
        elif branch.kind == "clause":
            yield replace(
                self._clause(branch, depth, matters=False, kind="waived"), answer=None
            )
        elif branch.kind in ("all", "any") and len(branch.parts) > 1:
            yield self._junction(branch, depth, matters=matters)
            yield from self._beneath(branch, depth, matters=matters)
        else:
            text = self._text(branch)
            row = Reason(
                depth,
                "condition",
                "",
                branch.answer,
                matters,
                text,
                missing=sorted_keys(branch),
            )
            yield self._measured(row, branch)

    def _named(
        self,
        branch: Branch,
        depth: int,
        *,
        matters: bool,
        kind: str,
    ) -> Iterator[Reason]:
        row = self._clause(branch, depth, matters=matters, kind=kind)
        inner = branch.parts[0] if branch.parts else branch
        while inner.kind == "let" and inner.answer is not None and inner.parts:
            inner = inner.parts[0]
        if inner.kind in ("all", "any") and len(inner.parts) > 1:
            word = self._junction_word(inner)
            yield replace(row, threshold=word, joins=inner.kind)
            yield from self._beneath(inner, depth, matters=matters)
        else:
            yield self._measured(row, inner)

    def _beneath(
        self, branch: Branch, depth: int, *, matters: bool
    ) -> Iterator[Reason]:
        for part in branch.parts:
            # One part settles an "any" that holds and an "all" that fails; what
            # is open is settled by its open parts, beside those that hold.
            decides = part.answer is branch.answer
            if branch.kind == "all" and branch.answer is UNKNOWN:
                decides = part.answer is not False
            decides = matters and decides
            yield from self.rows(part, depth + 1, matters=decides)

    def _clause(
        self, branch: Branch, depth: int, *, matters: bool, kind: str
    ) -> Reason:
        said = self.words.rule.said
        clause = said.clauses.get(branch.name) or said.scope.get(branch.name)
        return Reason(
            depth,
            kind,
            branch.name,
            branch.answer,
            matters,
            self.words.name(branch.name),
            article=clause.article if clause is not None else "",
            missing=sorted_keys(branch),
        )

    def _junction(self, branch: Branch, depth: int, *, matters: bool) -> Reason:
        named = [p for p in branch.parts if p.kind == "clause"]
        first = self.words.name(named[0].name) if named else ""
        text = self._junction_word(branch)
        if first and len(named) == len(branch.parts):
            joined = self.words.pick("；", "; ").join(
                self.words.name(p.name) for p in named
            )
            text = self.words.pick(f"{text}：{joined}", f"{text}: {joined}")
        return Reason(
            depth,
            branch.kind,
            "",
            branch.answer,
            matters,
            text,
            joins=branch.kind,
            missing=sorted_keys(branch),
        )

    def _junction_word(self, branch: Branch) -> str:
        if branch.kind == "any":
            return self.words.pick("满足其一即可", "one of these is enough")
        return self.words.pick("须同时满足", "all of these")

    def _text(self, branch: Branch) -> str:
        node = branch.node
        asked = node.left if isinstance(node, Compare) else node
        return self.words.phrase(asked)

    def _measured(self, row: Reason, branch: Branch) -> Reason:
        """Return a row with what was observed and what is asked."""
        told = self.figures.of(branch)
        return replace(
            row,
            observed=told.observed,
            threshold=told.threshold,
            margin=told.margin,
            given=told.given,
            scores=told.scores,
        )
