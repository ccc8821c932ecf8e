# SPDX-License-Identifier: Apache-2.0
"""What pages say, in Chinese and English side by side; no page builds a sentence.

`words/AREA.yaml` holds the words of an area under ids: `upload: {zh: 上传, en: Upload}`
in `park.yaml` is `park.upload`. Values stand in braces: `{n} 家`. English counts in two
ways: `{n:# firm|# firms}` is 1 firm, and 2 firms. Whoever asks for an id that is not
there gets an error, not an empty place.

Chinese is the source; both have to be there, with the same braces and each with its
own punctuation (a test reads every file).
"""

from __future__ import annotations

import string
from functools import cache
from importlib.resources import files
from typing import Any

from django.utils.functional import lazy
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from ruamel.yaml import YAML

LOCALES = ("zh", "en")


class _Counting(string.Formatter):
    """Puts values into braces; where a brace has two forms, that of one or of more."""

    def format_field(self, value: Any, format_spec: str) -> Any:
        one, bar, more = format_spec.partition("|")
        if not bar:
            return super().format_field(value, format_spec)
        return (one if str(value) == "1" else more).replace("#", str(value))


_FORMAT = _Counting()


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Return all words: id, then language."""
    found: dict[str, dict[str, str]] = {}
    reader = YAML(typ="safe")
    for path in sorted((files("ceyuan.web") / "words").iterdir(), key=lambda p: p.name):
        if path.name.endswith(".yaml"):
            area = path.name.removesuffix(".yaml")
            for name, said in reader.load(path.read_text(encoding="utf-8")).items():
                found[f"{area}.{name}"] = {k: str(said[k]) for k in LOCALES}
    return found


def word(name: str, locale: str, /, **values: object) -> str:
    """Return words by id, with values in their braces.

    Raises:
        LookupError: There is no such id, or a brace has no value.
    """
    said = catalogue()
    if name not in said:
        msg = f"no words `{name}`"
        raise LookupError(msg)
    text = said[name][locale]
    return _FORMAT.vformat(text, (), values) if "{" in text else text


def html_word(name: str, locale: str, /, **values: object) -> SafeString:
    """Return words for a page: text and values escaped, values that are markup not."""
    if not values:
        return _plain(name, locale)
    safe: dict[str, Any] = {k: conditional_escape(v) for k, v in values.items()}
    text = _FORMAT.vformat(_escaped(name, locale), (), safe)
    return mark_safe(text)  # noqa: S308 - every part was escaped


@cache
def _plain(name: str, locale: str) -> SafeString:
    return conditional_escape(word(name, locale))


@cache
def _escaped(name: str, locale: str) -> str:
    return str(conditional_escape(catalogue()[name][locale]))


def locale_now() -> str:
    """Return the language of the page that is being made."""
    return "en" if (get_language() or "zh").startswith("en") else "zh"


def _now(name: str) -> str:
    return word(name, locale_now())


later = lazy(_now, str)
"""Return words by id, in the language of the page that shows them."""
