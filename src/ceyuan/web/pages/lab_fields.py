# SPDX-License-Identifier: Apache-2.0
"""The fields of the form for one policy: today's rule, and what the draft says of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ceyuan.kernel import unit_names
from ceyuan.office.phrases import Words
from ceyuan.office.said_values import valued
from ceyuan.web.pages.lab_apply import file_value
from ceyuan.web.pages.lab_field import ParameterField, TextField
from ceyuan.web.spoken import in_tongue

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ceyuan.declarations import Region, Rule
    from ceyuan.declarations.policy import Setting
    from ceyuan.web.pages.lab_draft import Draft, Typed

_KINDS = ("number", "date", "flag", "steps", "marginal", "set")
"""What is changed most often comes first."""


@dataclass(frozen=True, slots=True)
class PolicyForm:
    """Makes the fields of one policy.

    Args:
        region: The rules as they are.
        rule: The policy.
        draft: The reform.
        as_of: Day on which today's values are in force.
        locale: Language of the page.
        typed: What was typed and could not be taken.
        office: What the office has set, as typed, by `policy.parameter`.
    """

    region: Region
    rule: Rule
    draft: Draft
    as_of: date
    locale: str
    typed: Typed | None = None
    office: Mapping[str, str] = field(default_factory=dict)

    def today(self) -> dict[str, Setting | None]:
        """Return the values in force on the day, as the policy's file has them."""
        day = self.rule.day(self.as_of, self.as_of.year - 1)
        return {
            name: next(
                (
                    v
                    for v in one.values
                    if (v.from_ or date.min) <= day <= (v.until or date.max)
                ),
                None,
            )
            for name, one in self.rule.said.parameters.items()
        }

    def parameters(self) -> Iterator[ParameterField]:
        """Yield the parameters in the file's order."""
        articles = self.rule.said.articles
        kinds = [one.kind for one in self.rule.said.parameters.values()]
        order = sorted(range(len(kinds)), key=lambda at: (_KINDS.index(kinds[at]), at))
        values = list(self.today().items())
        for name, now in (values[at] for at in order):
            said = self.rule.said.parameters[name]
            change = self.draft.one(self.rule.id, "parameter", name)
            shown = {**file_value(now), **change} if change else file_value(now)
            article = articles.get(now.article) if now is not None else None
            yield ParameterField(
                f"p.{name}",
                said,
                said.kind,
                _unit(said.unit),
                _unit(said.gives),
                None if now is None else valued(self.region, self.rule, name, now),
                self.office.get(f"{self.rule.id}.{name}", ""),
                "" if article is None else article.article,
                "" if now is None else now.confidence,
                self._value(f"p.{name}", change),
                tuple(self._rows(f"p.{name}", said.kind, shown)),
                self._typed(f"p.{name}.from", _day(change.get("from"))),
                self._typed(f"p.{name}.until", _day(change.get("until"))),
                self.draft.is_locked(self.rule.id, "parameter", name),
                self._wrong(f"p.{name}"),
                now.value if now and isinstance(now.value, Fraction) else None,
            )

    def _value(self, field_: str, change: Mapping[str, Any]) -> str:
        value = change.get("value")
        if isinstance(value, bool):
            text = "yes" if value else "no"
        elif isinstance(value, list):
            text = " ".join(map(str, value))
        else:
            text = "" if value is None else str(value)
        own = change.get("unit")
        if text and isinstance(own, str) and own in unit_names():
            text = f"{text} {own}"
        return self._typed(field_, text)

    def _rows(
        self, field_: str, kind: str, value: Mapping[str, Any]
    ) -> Iterator[tuple[str, str, str]]:
        rows = [r for r in value.get(kind_key(kind), []) if isinstance(r, dict)]
        for at, row in enumerate([*rows, {}] if rows else []):
            key = next((k for k in ("from", "above", "up_to") if k in row), "from")
            gives = row.get("gives", row.get("rate", ""))
            shown = "–".join(map(str, gives)) if isinstance(gives, list) else gives
            yield (
                self._typed(f"{field_}.{at}.bound", str(row.get(key, ""))),
                self._typed(f"{field_}.{at}.gives", str(shown)),
                key,
            )

    def conditions(self) -> Iterator[TextField]:
        """Yield the conditions, those of scope first."""
        said = self.rule.said
        for name, clause in {**said.scope, **said.clauses}.items():
            change = self.draft.one(self.rule.id, "clause", name)
            article = said.articles.get(clause.article)
            gone = bool(self.draft.where(self.rule.id, "drop_clause", name))
            yield TextField(
                f"c.{name}",
                clause.zh,
                clause.en,
                self._words(name),
                clause.test.strip(),
                self._typed(f"c.{name}", str(change.get("test", clause.test)).strip()),
                "" if article is None else article.article,
                gone,
                self.draft.is_locked(self.rule.id, "clause", name),
            )

    def results(self) -> Iterator[TextField]:
        """Yield intermediate results, how conditions are joined, and the amount."""
        said = self.rule.said
        for name, let in said.let.items():
            change = self.draft.one(self.rule.id, "let", name)
            value = self._typed(f"l.{name}", str(change.get("expr", let.expr)).strip())
            yield TextField(
                f"l.{name}", let.zh, let.en, self._words(name), let.expr.strip(), value
            )
        for key, now in (
            ("decide", said.decide),
            ("amount", said.amount.expr if said.amount else None),
        ):
            if now is None:
                continue
            change = self.draft.one(self.rule.id, key)
            value = self._typed(key, str(change.get(key, now)).strip())
            yield TextField(key, "", "", "", now.strip(), value)

    def added(self) -> list[dict[str, str]]:
        """Return the conditions that the draft adds, and an empty one."""
        places = self.draft.where(self.rule.id, "add_clause")
        found = [self.draft.data["change"][at] for at in places]
        return [
            {
                "id": f"a.{at}",
                "name": str(one.get("add_clause", "")),
                **{
                    key: self._typed(f"a.{at}.{key}", str(one.get(key, "")))
                    for key in ("zh", "en", "test")
                },
            }
            for at, one in enumerate([*found, {}])
        ]

    def validity(self) -> dict[str, str]:
        """Return first and last day of the policy under the reform."""
        now = self.rule.said.validity
        said = self.draft.one(self.rule.id, "validity").get("validity")
        mine = said if isinstance(said, dict) else {}
        return {
            "since": self._typed("v.from", _day(mine.get("from", now.from_))),
            "until": self._typed("v.until", _day(mine.get("until", now.until))),
        }

    @property
    def is_repealed(self) -> bool:
        """Return whether the draft repeals the policy."""
        return bool(self.draft.where(self.rule.id, "repeal"))

    def _words(self, name: str) -> str:
        words = Words(self.region, self.rule, self.locale)
        return words.phrase(self.rule.scope.definitions[name].node)

    def _typed(self, field_: str, otherwise: str) -> str:
        """Return what a field holds: what was typed, if that could not be taken."""
        if self.typed is None:
            return otherwise
        text = self.typed.text(field_)
        return otherwise if text is None else text

    def _wrong(self, field_: str) -> tuple[str, ...]:
        wrong = self.typed.wrong if self.typed is not None else {}
        return tuple(
            in_tongue(error.message, self.locale)
            for name, error in wrong.items()
            if name == field_ or name.startswith(f"{field_}.")
        )

    @property
    def has_conditions(self) -> bool:
        """Return whether the draft changes a condition."""
        verbs = ("clause", "add_clause", "drop_clause")
        return any(self.draft.where(self.rule.id, verb) for verb in verbs)

    @property
    def has_results(self) -> bool:
        """Return whether the draft changes an intermediate result or what follows."""
        verbs = ("let", "decide", "amount", "validity", "repeal")
        return any(self.draft.where(self.rule.id, verb) for verb in verbs)


def kind_key(kind: str) -> str:
    """Return under which key a change says a table."""
    return "brackets" if kind == "marginal" else kind


def _unit(name: str) -> str:
    return "" if name == "1" else name


def _day(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value or "")
