# SPDX-License-Identifier: Apache-2.0
"""The form of a move, made from its declaration: its keys, its inputs, day and reason."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from django import forms

from ceyuan.kernel import UsageError
from ceyuan.office.moving_typed import typed_inputs
from ceyuan.web.forms import PageForm
from ceyuan.web.spoken import fault_html
from ceyuan.web.words import later, word

if TYPE_CHECKING:
    from datetime import date

    from ceyuan.declarations.instrument import Instrument
    from ceyuan.declarations.instrument_parts import Input

KEY, INPUT = "key_", "in_"
_PATTERNS = {"year": r"^[12][0-9]{3}$", "code": "", "id": ""}
_WORD = r"^[^/\s\x00-\x1f\x7f\\{}]{1,80}$"


class KeyField(forms.RegexField):
    """A key; full-width figures and letters are read as what they mean."""

    def to_python(self, value: Any) -> str:
        """Return what was typed, as the book writes it."""
        return unicodedata.normalize("NFKC", str(super().to_python(value))).strip()


class MoveForm(PageForm):
    """What a move asks for.

    Args:
        instrument: The instrument.
        move: The move's name.
        locale: The language of labels.
    """

    def __init__(
        self, *args: Any, instrument: Instrument, move: str, locale: str, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.instrument, self.move, self.locale = instrument, move, locale
        for name in instrument.keys_of(move):
            self.fields[f"{KEY}{name}"] = self._key(name)
        for name in instrument.inputs_of(move):
            self.fields[f"{INPUT}{name}"] = self._input(instrument.said.inputs[name])
        self.fields["on"] = forms.DateField(
            label=later("money.effective"),
            help_text=later("money.move_day_help"),
            widget=forms.DateInput(attrs={"type": "date"}),
        )
        self.fields["reason"] = forms.CharField(
            label=later("money.reason"),
            help_text=later("money.move_reason_help"),
            max_length=200,
        )

    def _pick(self, zh: str, en: str) -> str:
        return en[:1].upper() + en[1:] if self.locale == "en" else zh

    def _key(self, name: str) -> forms.Field:
        said = self.instrument.said.keys[name]
        return KeyField(
            _PATTERNS[said.kind] or _WORD,
            label=self._pick(said.zh, said.en),
            help_text=later(f"money.key_{said.kind}"),
            error_messages={"invalid": later(f"money.key_{said.kind}_wrong")},
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
        )

    def _input(self, said: Input) -> forms.Field:
        label = self._pick(said.zh, said.en)
        if said.kind == "date":
            widget = forms.DateInput(attrs={"type": "date"})
            return forms.DateField(label=label, widget=widget)
        if said.kind == "flag" or said.codes:
            choices = (
                [(name, self._pick(one.zh, one.en)) for name, one in said.codes.items()]
                if said.codes
                else [
                    ("true", word("money.answer_yes", self.locale)),
                    ("false", word("money.answer_no", self.locale)),
                ]
            )
            return forms.ChoiceField(
                label=label, choices=choices, widget=forms.RadioSelect()
            )
        return forms.CharField(
            label=label,
            max_length=60,
            help_text=self._units(said) if said.kind == "number" else "",
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
        )

    def _units(self, said: Input) -> str:
        """Return in which units an amount can be typed."""
        if said.commodity:
            counted = self.instrument.commodities[said.commodity]
            units = list(dict.fromkeys([counted.unit, *counted.units]))
        else:
            units = [said.unit]
        if units == ["元"]:
            units = ["元", "万元"]
        first = units[0]
        if first in ("", "1"):
            return word("money.unit_none", self.locale)
        joined = (", " if self.locale == "en" else "、").join(units)
        return word("money.unit_help", self.locale, unit=first, units=joined)

    def clean(self) -> dict[str, Any]:
        """Read what was typed; what cannot be read is told beside its field."""
        said: dict[str, Any] = super().clean() or {}
        for name in [n for n in said if n.startswith(INPUT)]:
            own = name.removeprefix(INPUT)
            try:
                typed_inputs(self.instrument, {own: said[name]})
            except UsageError as error:
                self.add_error(name, fault_html(error))
        return said

    @property
    def asked(self) -> dict[str, Any]:
        """Return what `office.moving.move` is asked with."""
        said = self.cleaned_data
        inputs = {
            name.removeprefix(INPUT): value
            for name, value in said.items()
            if name.startswith(INPUT)
        }
        on: date = said["on"]
        return {
            "instrument": self.instrument.id,
            "name": self.move,
            "keys": {
                name.removeprefix(KEY): value
                for name, value in said.items()
                if name.startswith(KEY)
            },
            "inputs": typed_inputs(self.instrument, inputs),
            "effective": on,
            "reason": said["reason"],
        }
