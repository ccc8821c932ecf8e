# SPDX-License-Identifier: Apache-2.0
"""A reform: a patch over the policies of a region, as a file of its own.

It says what would be different, and nothing else: a value, a condition, an amount,
a policy less or more. The result is composed and checked by the same code as any
policy, so a reform can say nothing that a policy could not. The format is told in
`docs/reform.md`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from ceyuan.declarations.compose import Rule, compose, fact_symbols
from ceyuan.declarations.parts import Part, build
from ceyuan.declarations.patch import Patch, number
from ceyuan.declarations.policy import Policy
from ceyuan.declarations.source import Source, parse_source, read_source
from ceyuan.declarations.succession import check_succession
from ceyuan.kernel import RuleError, UsageError, unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ceyuan.declarations.region import Region
    from ceyuan.declarations.source import Path_
    from ceyuan.language import Setting

_SAID = frozenset({"zh", "en", "article", "absent"})
_DATES = frozenset({"from", "until"})
_VALUE = frozenset({"value", "steps", "brackets", "absent", "unit", "note"})
_CITED = frozenset({"article", "confidence", "sources"})
VERBS: Mapping[str, frozenset[str]] = {
    "parameter": _VALUE | _DATES | _CITED,
    "add_parameter": _VALUE | _DATES | _CITED | {"zh", "en", "kind", "gives", "judged"},
    "clause": _SAID | _DATES | {"test"},
    "add_clause": _SAID | _DATES | {"test"},
    "drop_clause": frozenset(),
    "decide": frozenset(),
    "let": frozenset({"expr", "zh", "en", "unit", "absent"}),
    "amount": frozenset({"zh", "en", "round", "absent", "basis"}),
    "validity": frozenset(),
    "repeal": frozenset(),
    "add_policy": frozenset(),
}
"""What a change can do, each with the keys that it may have besides."""
_FORMAT = "compare with the format in docs/reform.md"


class ReformFile(Part):
    """A reform's file: its names, and its changes as they stand."""

    reform: str
    zh: str
    en: str
    note: str = ""
    change: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Reform:
    """A reform, checked against a region.

    Args:
        id: Its id.
        zh: Its name.
        en: Its name in English.
        note: What it is about.
        changed: Rules as they would be, added ones last, by policy.
        added: Policies that the region does not have.
        repealed: Policies that would be no more.
        values: Policies and parameters whose values it says.
        digest: SHA-256 of its text and of what it adds.
        source: Its file.
    """

    id: str
    zh: str
    en: str
    note: str = ""
    changed: Mapping[str, Rule] = field(default_factory=dict)
    added: frozenset[str] = frozenset()
    repealed: frozenset[str] = frozenset()
    values: frozenset[tuple[str, str]] = frozenset()
    digest: str = ""
    source: Source | None = field(default=None, repr=False, compare=False)

    @property
    def touched(self) -> frozenset[str]:
        """Return the policies that are not as they were.

        Policies read facts only, never one another; so these are all.
        """
        return frozenset(self.changed) | self.repealed

    def settings(
        self, settings: Mapping[str, Mapping[str, Setting]]
    ) -> dict[str, dict[str, Setting]]:
        """Return what an office has set, but for what the reform says anew.

        What an office sets outranks a policy's own value; it must not outrank the
        value whose effect is asked for.
        """
        return {
            policy: {
                name: value
                for name, value in own.items()
                if (policy, name) not in self.values
            }
            for policy, own in settings.items()
        }

    def rules(self, region: Region) -> dict[str, Rule]:
        """Return all rules of a region as they would be, in its order."""
        kept = {
            name: self.changed.get(name, rule)
            for name, rule in region.rules.items()
            if name not in self.repealed
        }
        return kept | {name: self.changed[name] for name in sorted(self.added)}


def read_reform(path: Path, region: Region) -> Reform:
    """Read a reform.

    Args:
        path: Its file; policies that it adds are looked for beside it.
        region: What it changes.

    Raises:
        RuleError: Something in it is wrong; file and line are named.
        UsageError: There is no such file.
    """
    try:
        source = read_source(path)
    except (OSError, UnicodeDecodeError) as error:
        msg = f"the reform `{path.name}` is not readable: {error}"
        raise UsageError(msg, hint="hand in a YAML file, see docs/reform.md") from error
    return _Reading(source, region, path.parent).reform()


def parse_reform(text: str, region: Region, *, name: str = "REFORM.yaml") -> Reform:
    """Read a reform's text; it can add no policy from a file."""
    return _Reading(parse_source(text, name=name), region, None).reform()


class _Reading:
    """Applies the changes of one reform in their order."""

    def __init__(self, source: Source, region: Region, folder: Path | None) -> None:
        self.source = source
        self.region = region
        self.folder = folder
        self.patches: dict[str, Patch] = {}
        self.repealed: dict[str, int] = {}
        self.added: dict[str, Rule] = {}
        self.title: dict[str, str] = {}
        self.values: set[tuple[str, str]] = set()

    def reform(self) -> Reform:
        try:
            said = build(ReformFile, self.source)
        except RuleError as error:
            error.hint = _FORMAT
            raise
        if not said.reform.isidentifier() or not said.reform.isascii():
            msg = f"`{said.reform}` is no id: letters, digits and `_` are asked"
            self._wrong(("reform",), msg, "e.g. `reform: lower_line_2027`", "D103")
        self.title = {"id": said.reform, "zh": said.zh, "en": said.en}
        for index, change in enumerate(said.change):
            self._change(("change", index), change)
        changed = {
            policy: patch.rule(rule.scope.facts, rule)
            for policy, patch in self.patches.items()
            for rule in (self.region.rules[policy],)
        }
        digest = hashlib.sha256(self.source.text.encode())
        for rule in self.added.values():
            digest.update(rule.source.text.encode())
        reform = Reform(
            said.reform,
            said.zh,
            said.en,
            said.note,
            changed | self.added,
            frozenset(self.added),
            frozenset(self.repealed),
            frozenset(self.values),
            digest.hexdigest(),
            self.source,
        )
        self._succession(reform, said.change)
        return reform

    def _succession(self, reform: Reform, changes: Sequence[dict[str, Any]]) -> None:
        """Refuse a reform by which two versions of a policy would hold on one day.

        Raises:
            RuleError: The first that is wrong, at the change of days that makes it so,
                or in the file of the policy that is added.
        """
        rules = reform.rules(self.region)
        for new, error in check_succession(rules, unread=reform.repealed):
            assert new.said.replaces is not None
            pair = (new.id, new.said.replaces.policy)
            days = [
                ("change", at, "validity")
                for at, change in enumerate(changes)
                if "validity" in change and change.get("policy") in pair
            ]
            if days and new.id not in self.added:
                msg = f"`{new.id}`: {error.message}"
                self._wrong(days[-1], msg, error.hint, error.code)
            raise error

    # --- one change -----------------------------------------------------------------

    def _change(self, at: Path_, change: dict[str, Any]) -> None:
        verb = self._verb(at, change)
        if verb == "add_policy":
            self._add_policy(at, change[verb])
            return
        policy = change["policy"]
        self._exists(at, "policy", policy, self.region.rules, "policy")
        if policy in self.repealed or (verb == "repeal" and policy in self.patches):
            msg = f"`{policy}` is repealed and changed in one reform"
            self._wrong(at, msg, "keep one of the two", "D231")
        if verb == "repeal":
            if change[verb] is not True:
                msg = "`repeal` is `true`, or the change is left out"
                self._wrong((*at, verb), msg, "write `repeal: true`", "D103")
            self.repealed[policy] = self.source.line(at)
            return
        if policy not in self.patches:
            tree = self.region.rules[policy].source.data
            self.patches[policy] = Patch(policy, tree, self.source, at)
        _DOES[verb](self, self.patches[policy], at, change)

    def _verb(self, at: Path_, change: dict[str, Any]) -> str:
        """Return what a change does; its keys fit that."""
        verbs = [verb for verb in VERBS if verb in change]
        if len(verbs) != 1:
            said = [key for key in change if key != "policy"]
            near = [n for key in said for n in get_close_matches(key, VERBS, 1)]
            msg = f"a change says exactly one of {', '.join(VERBS)}"
            if verbs:
                msg += f"; this one says {' and '.join(verbs)}"
            hint = f"did you mean `{near[0]}`?" if near and not verbs else _FORMAT
            self._wrong(at, msg, hint, "D103")
        verb = verbs[0]
        known = {verb, *VERBS[verb], *(() if verb == "add_policy" else ("policy",))}
        for key in change:
            if key not in known:
                self._unknown((*at, key), f"`{key}` is no part of `{verb}`", key, known)
        names = [verb] if verb not in ("repeal", "validity") else []
        for key in [*names, *(() if verb == "add_policy" else ("policy",))]:
            if not isinstance(change.get(key), str):
                msg = f"`{key}` is asked, as a word"
                self._wrong((*at, key), msg, _FORMAT, "D103")
        return verb

    def parameter(self, patch: Patch, at: Path_, change: dict[str, Any]) -> None:
        name = change["parameter"]
        self._exists(at, "parameter", name, patch.section("parameters"), patch.policy)
        declared = patch.section("parameters")[name].get("unit", "1")
        value = self._setting(patch, at, change, str(declared))
        patch.set_value(name, value)
        self.values.add((patch.policy, name))
        patch.mark(("parameters", name), at)

    def add_parameter(self, patch: Patch, at: Path_, change: dict[str, Any]) -> None:
        name = change["add_parameter"]
        self._new(at, "add_parameter", name, patch)
        keys = ("zh", "en", "kind", "unit", "gives", "judged")
        made = {key: change[key] for key in keys if key in change}
        if {"value", "steps", "brackets"} & change.keys():
            declared = str(change.get("unit", "1"))
            made["values"] = [self._setting(patch, at, change, declared)]
        patch.section("parameters")[name] = made
        patch.mark(("parameters", name), at)

    def _setting(
        self, patch: Patch, at: Path_, change: dict[str, Any], declared: str
    ) -> dict[str, Any]:
        """Return a value as it stands in a policy, in the parameter's unit."""
        for key in ("from", "until"):
            if not isinstance(change.get(key, date.min), date):
                msg = f"`{key}` is a day, not `{change[key]}`"
                self._wrong((*at, key), msg, "write it as 2027-01-01", "D103")
        made = {k: change[k] for k in (*_VALUE, *_DATES, *_CITED) if k in change}
        said = made.pop("unit", declared)
        if said != declared:
            made["value"] = self._in_unit(at, made.get("value"), str(said), declared)
        made.setdefault("article", patch.cite(self.title))
        made.setdefault("confidence", "U")
        return made

    def _in_unit(self, at: Path_, value: object, said: str, declared: str) -> object:
        try:
            given, asked = unit(said), unit(declared)
        except UsageError as error:
            self._wrong((*at, "unit"), error.message, error.hint, "D103")
        if not given.like(asked):
            msg = f"the parameter is in {declared}, the value in {said}"
            self._wrong((*at, "unit"), msg, f"give it in {declared}", "D213")
        if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
            msg = "only a number can be given in another unit"
            self._wrong((*at, "unit"), msg, f"give it in {declared}", "D224")
        return number(Fraction(value) * given.scale / asked.scale)

    def clause(self, patch: Patch, at: Path_, change: dict[str, Any]) -> None:
        name = change["clause"]
        section = self._clause_home(patch, at, "clause", name)
        given = {k: v for k, v in change.items() if k not in ("policy", "clause")}
        if not given:
            msg = f"nothing is said of what `{name}` becomes"
            self._wrong(at, msg, "give its `test`, or another part", "D103")
        patch.section(section)[name].update(given)
        patch.mark((section, name), at)

    def add_clause(self, patch: Patch, at: Path_, change: dict[str, Any]) -> None:
        name = change["add_clause"]
        self._new(at, "add_clause", name, patch)
        made = {k: v for k, v in change.items() if k not in ("policy", "add_clause")}
        made.setdefault("article", patch.cite(self.title))
        made.setdefault("zh", self.title["zh"])
        made.setdefault("en", self.title["en"])
        patch.section("clauses")[name] = made
        patch.mark(("clauses", name), at)
        self._blame_decide(patch, at)

    def drop_clause(self, patch: Patch, at: Path_, change: dict[str, Any]) -> None:
        name = change["drop_clause"]
        section = self._clause_home(patch, at, "drop_clause", name)
        del patch.section(section)[name]
        self._blame_decide(patch, at)

    def _blame_decide(self, patch: Patch, at: Path_) -> None:
        """A `decide` that no longer fits its clauses is the fault of this change."""
        patch.mark(("decide",), at)

    def decide(self, patch: Patch, at: Path_, change: dict[str, Any]) -> None:
        patch.tree["decide"] = change["decide"]
        patch.mark(("decide",), (*at, "decide"))

    def let(self, patch: Patch, at: Path_, change: dict[str, Any]) -> None:
        name = change["let"]
        self._exists(at, "let", name, patch.section("let"), patch.policy)
        given = {k: v for k, v in change.items() if k not in ("policy", "let")}
        patch.section("let")[name].update(given)
        patch.mark(("let", name), at)

    def amount(self, patch: Patch, at: Path_, change: dict[str, Any]) -> None:
        given = {k: v for k, v in change.items() if k not in ("policy", "amount")}
        rounding = given.get("round")
        if isinstance(rounding, dict) and "article" not in rounding:
            given["round"] = {**rounding, "article": patch.cite(self.title)}
        if not patch.tree.get("amount"):
            given.setdefault("zh", "金额")
            given.setdefault("en", "amount")
        patch.section("amount").update(given, expr=change["amount"])
        patch.mark(("amount",), at)

    def validity(self, patch: Patch, at: Path_, change: dict[str, Any]) -> None:
        given = change["validity"]
        if not isinstance(given, dict):
            msg = "`validity` holds `from`, `until` or both"
            self._wrong((*at, "validity"), msg, _FORMAT, "D103")
        patch.section("validity").update(given)
        patch.mark(("validity",), (*at, "validity"))

    def _add_policy(self, at: Path_, name: str) -> None:
        here = (*at, "add_policy")
        if self.folder is None or Path(name).name != name:
            msg = f"`{name}` is to be a file beside the reform"
            self._wrong(here, msg, "put it in the reform's folder", "D230")
        try:
            source = read_source(self.folder / name)
        except (OSError, UnicodeDecodeError):
            beside = sorted(p.name for p in self.folder.glob("*.yaml"))
            self._unknown(here, f"there is no file `{name}` beside", name, beside)
        rules = self.region.rules
        facts = (
            next(iter(rules.values())).scope.facts
            if rules
            else fact_symbols(self.region.facts)
        )
        rule = compose(build(Policy, source), facts, source)
        if rule.id != Path(name).stem:
            msg = f"the policy `{rule.id}` stands in `{name}`"
            self._wrong(here, msg, "one policy is one file of its own name", "D225")
        if rule.id in rules or rule.id in self.added:
            msg = f"there is already a policy `{rule.id}`"
            self._wrong(here, msg, "give it another id, or change that one", "D231")
        self.added[rule.id] = rule

    # --- what is wrong --------------------------------------------------------------

    def _clause_home(self, patch: Patch, at: Path_, key: str, name: str) -> str:
        known = [*patch.section("clauses"), *(patch.tree.get("scope") or ())]
        self._exists(at, key, name, known, patch.policy, what="clause")
        return patch.home(name)

    def _exists(
        self,
        at: Path_,
        key: str,
        name: str,
        known: Iterable[str],
        policy: str,
        *,
        what: str = "",
    ) -> None:
        if name not in known:
            of = "" if key == "policy" else f" in `{policy}`"
            msg = f"there is no {what or key} `{name}`{of}"
            self._unknown((*at, key), msg, name, known)

    def _new(self, at: Path_, key: str, name: str, patch: Patch) -> None:
        for section in ("parameters", "clauses", "scope", "let"):
            if name in (patch.tree.get(section) or {}):
                msg = f"`{name}` is already a name in {section} of `{patch.policy}`"
                self._wrong((*at, key), msg, "give it a name of its own", "D220")

    def _unknown(
        self, at: Path_, msg: str, name: str, known: Iterable[str]
    ) -> NoReturn:
        names = sorted(known)
        near = get_close_matches(name, names, n=1)
        listed = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")  # noqa: PLR2004
        hint = f"did you mean `{near[0]}`?" if near else f"known: {listed or 'none'}"
        self._wrong(at, msg, hint, "D230")

    def _wrong(self, at: Path_, msg: str, hint: str, code: str) -> NoReturn:
        raise RuleError(
            msg,
            code=code,
            file=self.source.name,
            line=self.source.line(at),
            clause=".".join(map(str, at)),
            hint=hint,
        )


_DOES = {
    "parameter": _Reading.parameter,
    "add_parameter": _Reading.add_parameter,
    "clause": _Reading.clause,
    "add_clause": _Reading.add_clause,
    "drop_clause": _Reading.drop_clause,
    "decide": _Reading.decide,
    "let": _Reading.let,
    "amount": _Reading.amount,
    "validity": _Reading.validity,
}
