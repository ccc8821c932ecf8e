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
from fractions import Fraction
from typing import TYPE_CHECKING

from ceyuan.kernel import UNKNOWN
from ceyuan.language import Root, settle
from ceyuan.language.tree import Arith, Compare, Day, Member, Name, Node
from ceyuan.office.phrases import ORDERS, Words, show_apart

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ceyuan.declarations import Region, Rule
    from ceyuan.facts import FactTable
    from ceyuan.language import FactKey, Value
    from ceyuan.language.ranges import Truth3
    from ceyuan.policies import Branch, Explanation

LACKS_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Given:
    """One fact under a condition, with its value in words and its place."""

    key: FactKey
    name: str
    value: str
    place: str


@dataclass(frozen=True, slots=True)
class Score:
    """How a number was reached: a sum of parts, or the facts it was read from.

    Args:
        whole: The number by name: `综合评分 96 分`.
        is_sum: Whether the parts add up to it; otherwise it was read from them.
        parts: `科技人员得分 16 分`, in their order; a sum's carry their signs.
        lacks: Names of what is missing.
    """

    whole: str
    is_sum: bool
    parts: tuple[str, ...]
    lacks: tuple[str, ...] = ()

    def line(self, words: Words) -> str:
        """Return it in one line."""
        if self.is_sum:
            return f"{self.whole} = {' '.join(self.parts)}"
        comma = words.pick("，", ", ")
        told = comma.join(self.parts)
        if self.lacks:
            lacks = words.pick("、", ", ").join(self.lacks)
            more = words.pick(f"缺 {lacks}", f"lacks {lacks}")
            told = words.pick("；", "; ").join(part for part in (told, more) if part)
        return words.pick(f"{self.whole}（{told}）", f"{self.whole} ({told})")


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
    told = _Teller(
        Words(region, rule, locale), rule, table, index, {} if known is None else known
    )
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


class _Teller:
    def __init__(
        self,
        words: Words,
        rule: Rule,
        table: FactTable | None,
        index: int,
        known: dict[FactKey, Given],
    ) -> None:
        self.words = words
        self.known = known
        self.rule = rule
        self.table = table
        self.index = index

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
                missing=_sorted(branch),
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
        said = self.rule.said
        clause = said.clauses.get(branch.name) or said.scope.get(branch.name)
        return Reason(
            depth,
            kind,
            branch.name,
            branch.answer,
            matters,
            self.words.name(branch.name),
            article=clause.article if clause is not None else "",
            missing=_sorted(branch),
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
            missing=_sorted(branch),
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
        inner = branch
        while inner.kind in ("all", "any") and len(inner.parts) == 1:
            inner = inner.parts[0]
        given = tuple(self._given(inner))
        row = replace(row, given=given)
        node = inner.node
        if inner.kind == "not":
            under = inner.parts[0]
            return replace(
                row,
                observed=self._observed(under, given),
                threshold=self.words.yes(answer=False) if under.kind == "fact" else "",
            )
        if isinstance(node, Member):
            asked = self.words.options(node.value, node.options)
            return replace(row, observed=self._observed(inner, given), threshold=asked)
        if not isinstance(node, Compare):
            return replace(row, observed=self._observed(inner, given))
        if inner.value is None or inner.threshold is None:
            right = self.words.operand(node.left, node.right)
            asked = f"{ORDERS[inner.order]} {right}" if inner.order else ""
            return replace(row, observed=self._observed(inner, given), threshold=asked)
        return self._compared(row, inner, node)

    def _compared(self, row: Reason, inner: Branch, node: Compare) -> Reason:
        assert inner.value is not None
        assert inner.threshold is not None
        order = ORDERS[inner.order]
        if self._is_day(node):
            days = self.words.pick("天", "days")
            margin = self._margin_words(inner, lambda gap: f"{gap} {days}")
            return replace(
                row,
                observed=self.words.day(inner.value),
                threshold=f"{order} {self.words.day(inner.threshold)}",
                margin=margin,
            )
        label = self.words.label(node.left, node.right)
        observed = self.words.value(inner.value, inner.unit, label)
        asked = self.words.value(inner.threshold, inner.unit, label)
        if inner.threshold.missing and _is_office(inner.threshold.missing):
            asked = self.words.pick("待设定的线", "a line not yet set")
        if inner.margin is not None:
            observed, asked = show_apart(
                _exact(inner.value),
                _exact(inner.threshold),
                inner.unit,
                self.words,
                label,
            )
        named = node.right if isinstance(node.right, Name) else None
        if named is not None and named.value not in self.rule.said.parameters:
            name = self.words.name(named.value)
            asked = self.words.pick(f"{asked}（{name}）", f"{asked} ({name})")
        return replace(
            row,
            observed=observed,
            threshold=f"{order} {asked}",
            margin=self._margin(inner, label),
            scores=tuple(self._scores(inner)),
        )

    def _is_day(self, node: Compare) -> bool:
        for side in (node.left, node.right):
            if isinstance(side, Day) or side == Name("as_of"):
                return True
            if isinstance(side, Name):
                fact = self.words.region.facts.get(side.value)
                parameter = self.rule.said.parameters.get(side.value)
                if fact is not None and fact.kind == "date":
                    return True
                if parameter is not None and parameter.kind == "date":
                    return True
        return False

    def _margin(self, branch: Branch, label: str) -> str:
        def shown(gap: Fraction) -> str:
            if (branch.unit is None or branch.unit.is_pure) and label not in (
                "1",
                "倍",
            ):
                points = self.words.number(gap, branch.unit, "%").removesuffix("%")
                return self.words.pick(f"{points} 个百分点", f"{points} points of %")
            return self.words.number(gap, branch.unit, label)

        return self._margin_words(branch, shown)

    def _margin_words(self, branch: Branch, shown: object) -> str:
        gap = branch.margin
        if gap is None:
            return ""
        assert callable(shown)
        if gap == 0:
            if branch.answer is True:
                return self.words.pick("刚好达到", "exactly met")
            return self.words.pick("刚好相等，须超过", "equal; more is asked")
        size = shown(abs(gap))
        if gap > 0:
            return self.words.pick(f"余 {size}", f"{size} to spare")
        return self.words.pick(f"差 {size}", f"{size} short")

    def _observed(self, branch: Branch, given: tuple[Given, ...]) -> str:
        """Return what is known under a branch that compares no number."""
        if branch.answer is UNKNOWN and branch.kind == "fact":
            return self.words.pick("未提供", "not supplied")
        if branch.kind == "fact" and isinstance(branch.answer, bool):
            return self.words.yes(answer=branch.answer)
        if branch.codes is not None and len(branch.codes) <= 3:
            fact = _first_fact(branch)
            words = [self.words.code(fact, c) for c in sorted(branch.codes)]
            return self.words.pick("、", ", ").join(words) or self.words.pick(
                "无", "none"
            )
        if not given:
            return self.words.pick("未提供", "not supplied") if branch.missing else ""
        if len(given) == 1:
            return given[0].value
        sign = self.words.pick("；", "; ")
        return sign.join(f"{g.name} {g.value}" for g in given)

    def _given(self, branch: Branch) -> Iterator[Given]:
        """Yield the supplied facts beneath a branch, each once."""
        seen: set[FactKey] = set()
        for fact in _facts(branch, self.table, self.index):
            key = (fact.name, fact.year)
            if key not in seen:
                seen.add(key)
                if key not in self.known:
                    name = self.words.name(fact.name, fact.year)
                    value, place = self._fact_value(fact), self.place(key)
                    self.known[key] = Given(key, name, value, place)
                if self.known[key].value:
                    yield self.known[key]

    def _fact_value(self, branch: Branch) -> str:
        fact = self.words.region.facts[branch.name]
        if self.table is not None:
            found = self.table.value(self.index, branch.name, branch.year)
            if found is not None:
                return self.words.known(found, fact)
        if branch.codes is not None:
            words = [self.words.code(branch.name, c) for c in sorted(branch.codes)]
            return self.words.pick("、", ", ").join(words)
        if branch.value is not None:
            if fact.kind == "date":
                return self.words.day(branch.value)
            return self.words.value(branch.value, branch.unit, fact.unit or "")
        if isinstance(branch.answer, bool):
            return self.words.yes(answer=branch.answer)
        return self._records(branch.name)

    def _records(self, name: str) -> str:
        column = None if self.table is None else self.table.records.get(name)
        records = None if column is None else column.records[self.index]
        if records is None:
            return ""
        count = len(records)
        return self.words.pick(f"{count} 条", f"{count} records")

    def place(self, key: FactKey) -> str:
        """Return where a fact was read: `tenants.xlsx 企业!F12`."""
        if self.table is None:
            return ""
        cell = self.table.cell(self.index, key)
        if cell is not None:
            return f"{cell.file} {cell}" if cell.file != self.table.file else str(cell)
        records = self.table.records.get(key[0])
        if records is not None and records.records[self.index] is not None:
            return " ".join(part for part in (records.file, records.sheet) if part)
        return ""

    def _scores(self, branch: Branch) -> Iterator[Score]:
        """Yield how the definitions compared were reached, outermost first."""
        for part in branch.parts:
            if part.kind == "let":
                yield from self._score(part)

    def _score(self, part: Branch) -> Iterator[Score]:
        if part.value is None:
            return
        inside = {p.name: p for p in part.parts if p.value is not None}
        label = self.words.label(Name(part.name))
        whole = self._figure(part, label)
        terms = [(sign, inside.get(_name(node))) for sign, node in _terms(part.node)]
        if len(terms) > 1 and all(term is not None for _, term in terms):
            pieces: list[str] = []
            for sign, term in terms:
                assert term is not None
                own = self.words.label(Name(term.name)) or label
                mark = f"{sign} " if pieces or sign == "−" else ""
                pieces.append(f"{mark}{self._figure(term, own)}")
            yield Score(whole, is_sum=True, parts=tuple(pieces))
            for _, term in terms:
                if term is not None and term.kind == "let":
                    yield from self._score(term)
            return
        facts = tuple(f"{g.name} {g.value}" for g in self._given(part))
        lacks = tuple(self.words.name(*key) for key in _sorted(part)[:LACKS_SHOWN])
        if facts or lacks:
            yield Score(whole, is_sum=False, parts=facts, lacks=lacks)

    def _figure(self, part: Branch, label: str) -> str:
        assert part.value is not None
        shown = self.words.value(part.value, part.unit, label)
        return f"{self.words.name(part.name, part.year)} {shown}"


def places(given: tuple[Given, ...]) -> tuple[str, ...]:
    """Return the cells of some facts, each sheet named once: `企业!F12、H12`."""
    by_sheet: dict[str, list[str]] = {}
    for one in given:
        if one.place:
            sheet, mark, cell = one.place.rpartition("!")
            found = by_sheet.setdefault(sheet if mark else one.place, [])
            if mark and cell not in found:
                found.append(cell)
    return tuple(
        f"{sheet}!{'、'.join(cells)}" if cells else sheet
        for sheet, cells in by_sheet.items()
    )


def _name(node: Node) -> str:
    return node.value if isinstance(node, Name) else ""


def _terms(node: Node, sign: str = "+") -> Iterator[tuple[str, Node]]:
    if isinstance(node, Arith) and node.sign in ("+", "-"):
        yield from _terms(node.left, sign)
        yield from _terms(node.right, "+" if node.sign == "+" else "−")
    else:
        yield sign, node


def _exact(value: Value) -> Fraction:
    assert not isinstance(value, Root)
    low = settle(value).low
    assert low is not None
    return Fraction(low)


def _is_office(keys: Iterable[FactKey]) -> bool:
    """Return whether all that is missing is parameters of an office."""
    return all("." in name for name, _ in keys)


def _sorted(branch: Branch) -> tuple[FactKey, ...]:
    return tuple(sorted(branch.missing, key=lambda k: (k[0], k[1] or 0)))


def _first_fact(branch: Branch) -> str:
    return next((b.name for b in branch.walk() if b.kind == "fact"), "")


def _facts(branch: Branch, table: FactTable | None, index: int) -> Iterator[Branch]:
    """Yield the facts a branch was read from; a derived one by what it is from."""
    if branch.kind == "fact":
        supplied = (
            table is not None
            and table.value(index, branch.name, branch.year) is not None
        )
        if supplied or not branch.parts:
            is_known = supplied or not branch.missing
            if is_known:
                yield branch
            return
    for part in branch.parts:
        yield from _facts(part, table, index)
