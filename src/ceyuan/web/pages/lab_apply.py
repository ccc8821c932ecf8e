# SPDX-License-Identifier: Apache-2.0
"""From the form's fields to a draft's changes: what differs from today, and only that."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ceyuan.declarations.patch import number
from ceyuan.kernel import UsageError, unit
from ceyuan.office.parameters import typed_number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ceyuan.declarations.policy import Parameter, Setting
    from ceyuan.web.pages.lab_draft import Draft, Typed

_CODES = re.compile(r"[\s,;，；、]+")
_SPAN = re.compile(r"\s*(?:–|—|~|至|\.\.)\s*")
_QUOTIENT = re.compile(r"(\d{1,9})\s*/\s*(\d{1,9})\Z")
MOST_ROWS = 30


@dataclass(frozen=True, slots=True)
class Taking:
    """Takes what was typed for one policy into a draft.

    Args:
        draft: The reform.
        typed: The fields; what cannot be read is noted there.
        today: The values in force on the day, as the policy's file has them.
    """

    draft: Draft
    typed: Typed
    today: Mapping[str, Setting | None]

    @property
    def _policy(self) -> str:
        return self.typed.rule.id

    def take(self) -> None:
        """Take everything."""
        said, typed = self.typed.rule.said, self.typed
        for name, parameter in said.parameters.items():
            self._parameter(name, parameter)
        for name, clause in {**said.scope, **said.clauses}.items():
            self._clause(name, clause.test)
        for name, let in said.let.items():
            self._text(f"l.{name}", "let", let.expr, name=name, key="expr")
        self._added()
        self._text("decide", "decide", said.decide or "")
        self._text("amount", "amount", said.amount.expr if said.amount else "")
        self._validity()
        if "repeal.shown" in typed.said:
            repeal = {"repeal": True} if typed.text("repeal") else None
            self.draft.put(self._policy, "repeal", repeal)

    # --- parameters -----------------------------------------------------------------

    def _parameter(self, name: str, parameter: Parameter) -> None:
        field, typed = f"p.{name}", self.typed
        if not any(one == field or one.startswith(f"{field}.") for one in typed.said):
            return
        days = {
            "from": typed.day(f"{field}.from"),
            "until": typed.day(f"{field}.until"),
        }
        dated = {key: day for key, day in days.items() if day is not None}
        value = self._value(field, name, parameter)
        if any(one == field or one.startswith(f"{field}.") for one in typed.wrong):
            return
        if value is None and dated:
            msg = "写了起止日期，还要写新值 (a value is asked for these days)"
            typed.wrong[field] = UsageError(msg)
            return
        now = file_value(self.today.get(name))
        same = value is None or (not dated and value.items() <= now.items())
        said = None if same else {"parameter": name, **(value or {}), **dated}
        self.draft.put(self._policy, "parameter", said, name)

    def _value(
        self, field: str, name: str, parameter: Parameter
    ) -> dict[str, Any] | None:
        """Return what was typed, as a change says it; None: nothing was."""
        if parameter.kind in ("steps", "marginal"):
            rows = self._rows(field, parameter)
            if not rows:
                return None
            if parameter.kind == "marginal":
                return {"brackets": rows}
            mine = self.draft.one(self._policy, "parameter", name)
            now = file_value(self.today.get(name))
            kept = {k: now[k] for k in ("absent",) if k in now and k not in mine}
            return {"steps": rows, **kept}
        text = self.typed.text(field)
        if not text:
            return None
        if parameter.kind == "number":
            return {"value": self._number(field, text, parameter, parameter.unit)}
        if parameter.kind == "flag":
            return {"value": text == "yes"}
        if parameter.kind == "date":
            return {"value": self.typed.day(field)}
        return {"value": [code for code in _CODES.split(text) if code]}

    def _number(self, field: str, text: str, parameter: Parameter, name: str) -> object:
        """Return an exact number in a unit; noted as wrong where it is none."""
        quotient = _QUOTIENT.match(text)
        try:
            if quotient is not None and int(quotient[2]):
                return number(Fraction(int(quotient[1]), int(quotient[2])))
            wanted = unit(name)
            return number(typed_number(text, wanted, of=parameter.zh) / wanted.scale)
        except UsageError as error:
            self.typed.wrong[field] = error
            return None

    def _rows(self, field: str, parameter: Parameter) -> list[dict[str, Any]]:
        """Return the rows of a table; a row of which nothing is said is left out."""
        is_steps, rows = parameter.kind == "steps", []
        for at in range(MOST_ROWS):
            bound = self.typed.text(f"{field}.{at}.bound") or ""
            gives = self.typed.text(f"{field}.{at}.gives") or ""
            if not bound and not gives:
                continue
            row: dict[str, Any] = {}
            if bound:
                kind = self.typed.text(f"{field}.{at}.kind") or "from"
                here = f"{field}.{at}.bound"
                value = self._number(here, bound, parameter, parameter.unit)
                row[kind if is_steps else "up_to"] = value
            elif is_steps:
                row["else"] = True
            ends = [
                self._number(f"{field}.{at}.gives", one, parameter, parameter.gives)
                for one in _SPAN.split(gives)
            ]
            row["gives" if is_steps else "rate"] = ends[0] if len(ends) == 1 else ends
            rows.append(row)
        return rows

    # --- expressions ----------------------------------------------------------------

    def _clause(self, name: str, test: str) -> None:
        if f"c.{name}" not in self.typed.said:
            return
        if self.typed.text(f"d.{name}"):
            if not self.draft.where(self._policy, "drop_clause", name):
                dropped = {"drop_clause": name}
                self.draft.put(self._policy, "drop_clause", dropped, name)
            return
        self.draft.put(self._policy, "drop_clause", None, name)
        self._text(f"c.{name}", "clause", test, name=name, key="test")

    def _text(
        self, field: str, verb: str, now: str, *, name: str = "", key: str = ""
    ) -> None:
        """Take an expression: under a key of its change, or as the change itself."""
        text = self.typed.text(field)
        if text is None:
            return
        said: dict[str, Any] | None = None
        if text and text.split() != now.split():
            said = {verb: name, key: text} if key else {verb: text}
        self.draft.put(self._policy, verb, said, name)

    def _added(self) -> None:
        rule, typed = self.typed.rule, self.typed
        taken = {str(one.get("add_clause")) for one in self.draft.changes}
        taken |= {*rule.said.clauses, *rule.said.parameters, *rule.said.let}
        for at in range(MOST_ROWS):
            test, name = typed.text(f"a.{at}.test"), typed.text(f"a.{at}.name") or ""
            if test is None or not (test or name):
                continue
            if not name:
                name = next(
                    n for k in range(1, 999) if (n := f"extra_{k}") not in taken
                )
                taken.add(name)
            words = {k: t for k in ("zh", "en") if (t := typed.text(f"a.{at}.{k}"))}
            made: dict[str, Any] = {"add_clause": name, "test": test, **words}
            if not self.draft.where(self._policy, "add_clause", name):
                made["absent"] = False  # what has no such figure does not meet it
            self.draft.put(self._policy, "add_clause", made if test else None, name)

    def _validity(self) -> None:
        typed, now = self.typed, self.typed.rule.said.validity
        if "v.from" not in typed.said:
            return
        since, until = typed.day("v.from"), typed.day("v.until")
        if typed.wrong.keys() & {"v.from", "v.until"}:
            return
        said: dict[str, Any] = {}
        if since is not None and since != now.from_:
            said["from"] = since
        if until != now.until:
            said["until"] = until
        self.draft.put(self._policy, "validity", {"validity": said} if said else None)


def file_value(now: Setting | None) -> dict[str, Any]:
    """Return a value in force as a change would say it; empty where none is."""
    if now is None:
        return {}
    if now.steps is not None:
        absent = {} if now.absent is None else {"absent": number(now.absent)}
        return {"steps": [_step(row) for row in now.steps], **absent}
    if now.brackets is not None:
        return {
            "brackets": [
                {
                    **({} if b.up_to is None else {"up_to": number(b.up_to)}),
                    "rate": number(b.rate),
                }
                for b in now.brackets
            ]
        }
    value: Any = now.value
    if isinstance(value, Fraction):
        value = number(value)
    return {"value": list(value) if isinstance(value, tuple) else value}


def _step(row: Any) -> dict[str, Any]:
    said: dict[str, Any] = {"else": True}
    if row.from_ is not None:
        said = {"from": number(row.from_)}
    elif row.above is not None:
        said = {"above": number(row.above)}
    ends = row.gives if isinstance(row.gives, tuple) else (row.gives,)
    told = [number(one) for one in ends]
    return {**said, "gives": told[0] if len(told) == 1 else told}
