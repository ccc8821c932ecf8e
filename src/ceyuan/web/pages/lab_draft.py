# SPDX-License-Identifier: Apache-2.0
"""A reform while it is being written: the form and the YAML are two views of it.

A draft is the reform's data. The form shows one policy of it at a time: a field for
each part that a reform may change, filled with what the draft says. What the form does
not know (a new parameter, one parameter changed twice, words of a clause) stays in the
draft as it is, and the field that would stand for it is locked.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from ceyuan.kernel import UsageError
from ceyuan.office.reform_text import in_one_line, read_data, write_reform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ceyuan.declarations import Region, Rule

TITLE = ("reform", "zh", "en", "note")


@dataclass(slots=True)
class Draft:
    """A reform's data, and the text that it is.

    Args:
        data: The data; `change` is always a list.
        text: The text as it was typed; "" once the form has changed something.
    """

    data: dict[str, Any]
    text: str = ""

    @classmethod
    def of(cls, text: str) -> Draft:
        """Return the draft that a text is.

        Raises:
            RuleError: It cannot be read.
        """
        data = read_data(text)
        if not isinstance(data.get("change"), list):
            data["change"] = []
        return cls(data, text)

    @classmethod
    def new(cls) -> Draft:
        """Return a draft without a title and without changes."""
        return cls({"reform": "", "zh": "", "en": "", "change": []})

    @property
    def body(self) -> str:
        """Return it as YAML; as it was typed where the form changed nothing."""
        return self.text or write_reform(self.data)

    @property
    def has_comments(self) -> bool:
        """Return whether the text says more than its data."""
        return any(line.lstrip().startswith("#") for line in self.text.splitlines())

    @property
    def changes(self) -> list[dict[str, Any]]:
        """Return the changes that can be told: mappings."""
        return [one for one in self.data["change"] if isinstance(one, dict)]

    def title(self, said: Mapping[str, str]) -> None:
        """Take what the form says of the reform as a whole."""
        for key in TITLE:
            if key in said:
                self._said(key, " ".join(said[key].split()))

    def finish(self, today: date) -> None:
        """Give it what it must have and nobody typed: an id, a name in English."""
        if not self.data.get("reform"):
            self._said("reform", _fresh(today))
        if not self.data.get("en"):
            self._said("en", str(self.data.get("zh", "")))

    def _said(self, key: str, value: str) -> None:
        if str(self.data.get(key) or "") == value:
            return
        self.data[key] = value
        if key == "note" and not value:
            del self.data[key]
        order = [*TITLE, *(k for k in self.data if k not in (*TITLE, "change"))]
        self.data = {k: self.data[k] for k in (*order, "change") if k in self.data}
        self.text = ""

    def where(self, policy: str, verb: str, name: str | None = None) -> list[int]:
        """Return the places of the changes of one kind, of one part or of any."""
        return [
            at
            for at, one in enumerate(self.data["change"])
            if isinstance(one, dict)
            and one.get("policy") == policy
            and verb in one
            and (name is None or one[verb] == name)
        ]

    def one(self, policy: str, verb: str, name: str | None = None) -> dict[str, Any]:
        """Return the only change of a part; empty where there is none or several."""
        at = self.where(policy, verb, name)
        found: dict[str, Any] = self.data["change"][at[0]] if len(at) == 1 else {}
        return found

    def is_locked(self, policy: str, verb: str, name: str | None = None) -> bool:
        """Return whether a part is changed in more than one place."""
        return len(self.where(policy, verb, name)) > 1

    def put(
        self, policy: str, verb: str, said: Mapping[str, Any] | None, name: str = ""
    ) -> None:
        """Put a change of one part in the place of the one there is.

        Args:
            policy: The policy.
            verb: What is changed.
            said: The change; None: what the form shows of it is as it is today.
            name: The part, where there are several of the kind.
        """
        at = self.where(policy, verb, name or None)
        if len(at) > 1:
            return
        old = self.data["change"][at[0]] if at else {}
        shown = SHOWN.get(verb, frozenset()) | {"policy", verb}
        kept = {
            k: v for k, v in old.items() if k not in shown and k not in (said or {})
        }
        head = {"policy": policy, verb: old.get(verb)}
        if said is not None:
            made = {**head, **said, **kept}
        else:  # what the form does not show stays, where it says something by itself
            made = {**head, **kept} if verb in _ALONE and kept else {}
        if made == old:
            return
        self.text = ""
        if at and made:
            self.data["change"][at[0]] = made
        elif at:
            del self.data["change"][at[0]]
        elif said is not None:
            self.data["change"].append(made)

    def drop(self, place: int) -> None:
        """Take a change out."""
        if 0 <= place < len(self.data["change"]):
            del self.data["change"][place]
            self.text = ""


SHOWN = {
    "parameter": frozenset({"value", "steps", "brackets", "unit", "from", "until"}),
    "clause": frozenset({"test"}),
    "add_clause": frozenset({"test", "zh", "en"}),
    "let": frozenset({"expr"}),
}
"""What the form shows of a change; the rest stays as the draft has it."""
_ALONE = frozenset({"clause", "let"})


def _fresh(today: date) -> str:
    return f"reform_{today:%Y%m%d}_{secrets.token_hex(2)}"


def changes_told(draft: Draft, region: Region) -> list[dict[str, Any]]:
    """Return the changes of a draft: the policy, the part, and how it is written."""
    found = []
    for one in draft.data["change"]:
        said = one if isinstance(one, dict) else {"?": one}
        policy = said.get("policy")
        rule = region.rules.get(policy) if isinstance(policy, str) else None
        found.append(
            {
                "rule": rule,
                "policy": policy or "",
                "part": None if rule is None else _part(rule, said),
                "text": in_one_line(said),
            }
        )
    return found


def _part(rule: Rule, said: Mapping[str, Any]) -> object:
    """Return what a change is about, where the policy has a name for it."""
    clauses = {**rule.said.scope, **rule.said.clauses}
    for verb, parts in (
        ("parameter", rule.said.parameters),
        ("clause", clauses),
        ("drop_clause", clauses),
        ("let", rule.said.let),
    ):
        name = said.get(verb)
        if isinstance(name, str) and name in parts:
            return parts[name]
    return None


@dataclass(slots=True)
class Typed:
    """What was typed into the form of one policy, and what is wrong with it.

    Args:
        rule: The policy.
        said: The fields, by name.
        wrong: What is wrong, by field.
    """

    rule: Rule
    said: Mapping[str, str]
    wrong: dict[str, UsageError] = field(default_factory=dict)

    def text(self, name: str) -> str | None:
        """Return what a field holds; None where the form did not have it."""
        found = self.said.get(name)
        return None if found is None else found.replace("\r\n", "\n").strip()

    def day(self, name: str) -> date | None:
        """Return the day of a field; noted as wrong where it is none."""
        text = self.text(name)
        if not text:
            return None
        try:
            return date.fromisoformat(text)
        except ValueError:
            msg = f"“{text}”不是日期 (not a day)"
            self.wrong[name] = UsageError(msg, hint="2027-01-01")
            return None
