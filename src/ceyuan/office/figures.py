# SPDX-License-Identifier: Apache-2.0
"""What is said of one condition: value, what is asked, margin, where from, how.

Everything is read off the branch of the condition tree; a figure is put into
words once and its cells are looked up in the table it was read from. A derived
fact (a share, a count of patents) is told by the facts it was derived from.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from ceyuan.kernel import UNKNOWN
from ceyuan.language import Root, settle
from ceyuan.language.tree import Arith, Compare, Day, Member, Name, Node
from ceyuan.office.phrases import ORDERS, Words, show_apart

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ceyuan.declarations import Rule
    from ceyuan.facts import FactTable
    from ceyuan.language import FactKey, Value
    from ceyuan.policies import Branch

LACKS_SHOWN = 4
CODES_SHOWN = 3


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
class Told:
    """What is said of one condition; see `Reason` for the fields."""

    observed: str = ""
    threshold: str = ""
    margin: str = ""
    given: tuple[Given, ...] = ()
    scores: tuple[Score, ...] = ()


class Figures:
    """Puts the conditions of one policy and one firm into words.

    Args:
        words: The words of the policy.
        table: Where the facts came from; None: no places are told.
        index: The firm's row in the table.
        known: Facts of the firm already in words; filled as it goes.
    """

    def __init__(
        self,
        words: Words,
        table: FactTable | None,
        index: int,
        known: dict[FactKey, Given],
    ) -> None:
        self.words = words
        self.rule: Rule = words.rule
        self.table = table
        self.index = index
        self.known = known

    def of(self, branch: Branch) -> Told:
        """Return what is said of a condition."""
        inner = branch
        while inner.kind in ("all", "any") and len(inner.parts) == 1:
            inner = inner.parts[0]
        given = tuple(self._given(inner))
        node = inner.node
        if inner.kind == "not":
            under = inner.parts[0]
            asked = self.words.yes(answer=False) if under.kind == "fact" else ""
            return Told(self._observed(under, given), asked, given=given)
        if isinstance(node, Member):
            asked = self.words.options(node.value, node.options)
            return Told(self._observed(inner, given), asked, given=given)
        if not isinstance(node, Compare):
            return Told(self._observed(inner, given), given=given)
        if inner.value is None or inner.threshold is None:
            right = self.words.operand(node.left, node.right)
            asked = f"{ORDERS[inner.order]} {right}" if inner.order else ""
            return Told(self._observed(inner, given), asked, given=given)
        if self._is_day(node):
            return self._days(inner, inner.value, inner.threshold, given)
        return self._compared(inner, node, inner.value, inner.threshold, given)

    def _days(
        self, branch: Branch, value: Value, threshold: Value, given: tuple[Given, ...]
    ) -> Told:
        days = self.words.pick("天", "days")
        return Told(
            self.words.day(value),
            f"{ORDERS[branch.order]} {self.words.day(threshold)}",
            self._margin_words(branch, lambda gap: f"{gap} {days}"),
            given,
        )

    def _compared(
        self,
        branch: Branch,
        node: Compare,
        value: Value,
        threshold: Value,
        given: tuple[Given, ...],
    ) -> Told:
        words, unit = self.words, branch.unit
        label = words.label(node.left, node.right)
        if branch.margin is not None:
            observed, asked = show_apart(
                _exact(value), _exact(threshold), unit, words, label
            )
        else:
            observed = words.value(value, unit, label)
            asked = words.value(threshold, unit, label)
            if threshold.missing and _is_office(threshold.missing):
                asked = words.pick("待设定的线", "a line not yet set")
        right = node.right
        if isinstance(right, Name) and right.value not in self.rule.said.parameters:
            name = words.name(right.value)
            asked = words.pick(f"{asked}（{name}）", f"{asked} ({name})")
        return Told(
            observed,
            f"{ORDERS[branch.order]} {asked}",
            self._margin(branch, label),
            given,
            tuple(self._scores(branch)),
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

    def _margin_words(self, branch: Branch, shown: Callable[[Fraction], str]) -> str:
        gap = branch.margin
        if gap is None:
            return ""
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
            return records.place(self.index)
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
        lacks = tuple(self.words.name(*key) for key in sorted_keys(part)[:LACKS_SHOWN])
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


def sorted_keys(branch: Branch) -> tuple[FactKey, ...]:
    """Return the facts that leave a branch open, in a fixed order."""
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
