# SPDX-License-Identifier: Apache-2.0
"""Forms: Django's, drawn with labels, hints and a summary of what to mend on top."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.forms.renderers import TemplatesSetting

from ceyuan.web.asking import kept

if TYPE_CHECKING:
    from django.http import HttpRequest


class Renderer(TemplatesSetting):
    """Draws fields with our templates."""

    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"


class PageForm(forms.Form):
    """A form of a page: what was typed before the session ended stands in it again."""

    required_css_class = "required"
    error_css_class = "wrong"
    use_required_attribute = False

    @classmethod
    def of(cls, request: HttpRequest, **options: Any) -> PageForm:
        """Return the form as it was sent, or to be filled in."""
        if request.method == "POST":
            return cls(request.POST, request.FILES, **options)
        before = kept(request)
        initial = {**options.pop("initial", {}), **before}
        form = cls(initial=initial, **options)
        form.was_kept = bool(before)
        return form

    was_kept = False
