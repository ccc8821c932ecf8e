# SPDX-License-Identifier: Apache-2.0
"""How a firm stands with every policy: groups, money, what is missing, what to do.

Pure functions of a firm sheet and of the firm's entitlements: nothing is decided here
and nothing is read. `standing` gives the front page; one policy's reasons are in
`firm_why`, benefits that meet in `firm_stacking`, the payment in `firm_promise`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ceyuan.office.entitlements import STATES
from ceyuan.office.firm_groups import (
    ARRIVED_OR_ON_ITS_WAY,
    CONFIRM,
    DATA_MISSING,
    ENTITLED,
    JUDGED,
    NOT_NOW,
    PORTAL_GROUPS,
    STEP,
    PortalGroup,
    group_by_answer,
)
from ceyuan.office.firm_standing import Cause, Claim, Item, Section, Standing
from ceyuan.office.firm_words import (
    Sum,
    picked,
    questions,
    step_told,
    sum_in,
    sum_of,
    title_of,
    totals,
)
from ceyuan.office.parameters import typed_settings
from ceyuan.office.telling import SCALES
from ceyuan.policies import OUTCOME_WORDS
from ceyuan.policies.amounts import amount_ends

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ceyuan.declarations import Region, Rule
    from ceyuan.language import Setting
    from ceyuan.office.entitlements import Entitlement
    from ceyuan.office.firm_sheet_model import FirmSheet
    from ceyuan.policies import Decision


def standing(
    sheet: FirmSheet,
    region: Region,
    entitlements: Sequence[Entitlement] = (),
    locale: str = "zh",
) -> Standing:
    """Return how a firm stands with every policy.

    An entitlement counts where it is of the run's year or of a later one, or can be had
    only once. Of policies that are not about firms (a loan's subsidy) those are shown
    of which the firm has an entitlement.

    Args:
        sheet: What the run says of the firm.
        region: Facts and policies that it was decided by (`firm_sheets.region_of`).
        entitlements: The firm's entitlements (`entitlements.listed`), all or some.
        locale: `zh` or `en`.
    """
    claims: dict[str, list[Claim]] = {}
    for one in sorted(entitlements, key=lambda e: (e.noticed_on, e.id), reverse=True):
        if one.year >= sheet.as_of.year or "/once/" in one.slot:
            claims.setdefault(one.policy, []).append(_claim(one, region, locale))
    settings = typed_settings(region, sheet.settings)
    teller = _Teller(sheet, region, settings, locale)
    items = [
        teller.item(region.rule(policy), tuple(claims.pop(policy, ())))
        for policy in sheet.policies
    ]
    items += [teller.other(policy, tuple(some)) for policy, some in claims.items()]
    made = tuple(items)
    sections = tuple(_section(group, made, locale) for group in PORTAL_GROUPS)
    asked = questions(region, sheet.missing, locale)
    return Standing(made, sections, sheet.known, asked, locale)


def _claim(one: Entitlement, region: Region, locale: str) -> Claim:
    rule = region.rules.get(one.policy)
    said = None if rule is None else rule.said.amount
    basis = "payment" if said is None else said.basis
    return Claim(
        one, picked(locale, *STATES[one.state]), sum_in(basis, one.amount, locale)
    )


def _section(group: PortalGroup, items: tuple[Item, ...], locale: str) -> Section:
    own = tuple(item for item in items if item.group == group)
    causes: dict[Cause, list[Item]] = {}
    for item in own:
        if item.cause is not None:
            causes.setdefault(item.cause, []).append(item)
    return Section(
        group,
        own,
        tuple(s for s in totals((item.amount for item in own), locale) if s.fen),
        tuple(
            (cause, tuple(some))
            for cause, some in sorted(
                causes.items(), key=lambda one: (-len(one[1]), one[0].id)
            )
        ),
    )


class _Teller:
    def __init__(
        self,
        sheet: FirmSheet,
        region: Region,
        settings: Mapping[str, Mapping[str, Setting]],
        locale: str,
    ) -> None:
        self.sheet, self.region = sheet, region
        self.settings, self.locale = settings, locale

    def other(self, policy: str, claims: tuple[Claim, ...]) -> Item:
        """Return a policy about other subjects, of which the firm has a claim."""
        rule = self.region.rules.get(policy)
        alive = any(claim.is_alive for claim in claims)
        group = ARRIVED_OR_ON_ITS_WAY if alive else NOT_NOW
        return Item(
            policy=policy,
            title=title_of(self.region, policy, self.locale),
            kind="benefit" if rule is None else rule.said.kind,
            in_force=rule is not None and self._in_force(rule),
            group=group,
            word=claims[0].word,
            amount=_promised(claims, self.locale),
            claims=claims,
        )

    def item(self, rule: Rule, claims: tuple[Claim, ...]) -> Item:
        """Return how the firm stands with a policy about firms."""
        sheet, locale = self.sheet, self.locale
        decision = sheet.check.decisions[rule.id]
        alive = [claim for claim in claims if claim.is_alive]
        group = ARRIVED_OR_ON_ITS_WAY if alive else group_by_answer(sheet.check, rule)
        missing = sheet.check.to_confirm.get(rule.id) or decision.missing
        open_ = group in (CONFIRM, DATA_MISSING, JUDGED)
        steps = () if alive else sheet.steps.get(rule.id, ())
        return Item(
            policy=rule.id,
            title=picked(locale, rule.said.zh, rule.said.en),
            kind=rule.said.kind,
            in_force=self._in_force(rule),
            group=group,
            word=alive[0].word if alive else self._word(rule, group),
            amount=self._amount(rule, group, claims),
            at_most=self._at_most(rule) if open_ else None,
            decision=decision,
            claims=claims,
            missing=questions(self.region, missing, locale) if open_ else (),
            failing=self._failing(rule, group),
            refused=self._refused(rule, decision),
            cause=self._cause(rule) if group == NOT_NOW else None,
            steps=tuple(step_told(self.region, m, locale) for m in steps),
            choice=self._choice(rule, decision),
        )

    def _failing(self, rule: Rule, group: PortalGroup) -> tuple[str, ...]:
        check = self.sheet.check
        names: tuple[str, ...] = ()
        if group == STEP:  # others fail, too, on routes that are not taken
            names = (check.one_step[rule.id],)
        elif group == NOT_NOW:
            names = check.decisions[rule.id].failing
        clauses = [rule.said.clauses[name] for name in names]
        return tuple(picked(self.locale, one.zh, one.en) for one in clauses)

    def _in_force(self, rule: Rule) -> bool:
        return rule.in_force(rule.day(self.sheet.as_of, self.sheet.year))

    def _word(self, rule: Rule, group: PortalGroup) -> str:
        if group == ARRIVED_OR_ON_ITS_WAY:  # tax is saved in the firm's own return
            outcome = self.sheet.check.decisions[rule.id].outcome
            return OUTCOME_WORDS[outcome][1 if self.locale == "zh" else 2]
        if group == ENTITLED and self.sheet.check.decisions[rule.id].amount == 0:
            said = rule.said.amount
            if said is not None and said.basis == "saving":
                return picked(
                    self.locale,
                    "符合，按现有数据节省为 0",
                    "eligible; on these data 0 is saved",
                )
        return group.word(self.locale)

    def _amount(
        self, rule: Rule, group: PortalGroup, claims: tuple[Claim, ...]
    ) -> Sum | None:
        if any(claim.is_alive for claim in claims):
            return _promised(claims, self.locale)
        check = self.sheet.check
        if group == CONFIRM:
            fen = check.potential.get(rule.id)
        elif group in (STEP, NOT_NOW):
            move = check.moves.get(rule.id)
            fen = None if move is None else move.amount
        else:
            fen = check.decisions[rule.id].amount
        return sum_of(rule, fen, self.locale)

    def _at_most(self, rule: Rule) -> Sum | None:
        if rule.said.amount is None:
            return None
        sheet = self.sheet
        context = rule.context(
            sheet.as_of, base_year=sheet.year, settings=self.settings.get(rule.id)
        )
        most = amount_ends(rule, sheet.facts, context)[1]
        return sum_of(rule, most, self.locale) if most else None

    def _refused(self, rule: Rule, decision: Decision) -> tuple[tuple[str, str], ...]:
        checks = (rule.said.checks[n.removeprefix("check:")] for n in decision.refused)
        return tuple(
            (
                picked(self.locale, one.zh, one.en),
                picked(self.locale, one.mend.zh, one.mend.en),
            )
            for one in checks
        )

    def _cause(self, rule: Rule) -> Cause:
        move = self.sheet.check.moves.get(rule.id)
        if move is None:
            text = picked(
                self.locale,
                "没有找到企业自己能走的一步",
                "no step of the firm's own was found",
            )
            return Cause("none", text)
        taken = {shift.scale for shift in move.shifts}
        scales = [scale for scale in SCALES if scale in taken]
        names = [picked(self.locale, *SCALES[scale]) for scale in scales]
        joined = picked(self.locale, "、", ", ").join(names)
        return Cause(
            "+".join(scales), picked(self.locale, f"差在{joined}", f"short of {joined}")
        )

    def _choice(self, rule: Rule, decision: Decision) -> str:
        variants = rule.said.variants
        if variants is None or not decision.variant:
            return ""
        code = self.region.facts[variants.fact].codes[decision.variant]
        return picked(self.locale, code.zh, code.en)


def _promised(claims: tuple[Claim, ...], locale: str) -> Sum | None:
    """Return what the entitlements of one policy come to."""
    alive = [claim.amount for claim in claims if claim.is_alive]
    sums = totals(alive, locale)
    return sums[0] if sums else None
