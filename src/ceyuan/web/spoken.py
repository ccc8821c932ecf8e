# SPDX-License-Identifier: Apache-2.0
"""What a problem or an error says, in the language of the page.

The program says what is wrong in both languages at once, `中文 (English)`, and how to
mend it in Chinese. A Chinese page shows the Chinese. An English page shows, in this
order: what is wrong, how to mend it, and the Chinese as it was said, marked as Chinese:
values are quoted there, and an officer who is asked about it reads Chinese.

```
what is wrong    the English in its brackets, else the first words on its code
how to mend it   the English in its brackets, else `hints.yaml`
what a code is   `codes.yaml`, a paragraph each, as docs/errors has it
```

`codes.yaml` is written by `scripts/error_index`; tests see that every code stands in it,
and every hint of the program in `hints.yaml`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from django.utils.html import format_html, format_html_join
from ruamel.yaml import YAML

from ceyuan.kernel import InputRejected
from ceyuan.web.words import html_word, locale_now

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.utils.safestring import SafeString

_CHINESE = re.compile(r"[\u3400-\u9fff]")
_BOTH = re.compile(
    r"(?P<zh>.*[\u3000-\u9fff].*?) "
    r"\((?P<en>[^()]*[A-Za-z](?:[^()]|\([^()]*\))*)\)"
    r"(?P<rest>|[:：;；,，。\n].*)",
    re.DOTALL,
)
_CODE = re.compile(r"\[([A-Z]\d{3})\] ")


def tongues(text: str) -> tuple[str, str]:
    """Return the two parts of `中文 (English)`; an empty one where there is none."""
    found = _BOTH.fullmatch(text)
    if found is not None:
        en = found["en"]
        return found["zh"] + found["rest"], en[:1].upper() + en[1:] + found["rest"]
    return (text, "") if _CHINESE.search(text) else ("", text)


def in_tongue(text: str, locale: str) -> str:
    """Return the part of `中文 (English)` that is in a language, else the other."""
    zh, en = tongues(text)
    return (zh or en) if locale == "zh" else (en or zh)


@cache
def codes() -> Mapping[str, Mapping[str, str]]:
    """Return what each code means and how it is mended: code, then language."""
    return _read("codes.yaml")


@cache
def hints() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return how each hint is recognised, and its English; the most definite first."""
    said: Mapping[str, str] = _read("hints.yaml")
    order = sorted(said, key=lambda zh: -len(zh.replace("{}", "")))
    return tuple((pattern(zh), said[zh]) for zh in order)


def _read(name: str) -> Any:
    text = (files("ceyuan.web") / name).read_text(encoding="utf-8")
    return YAML(typ="safe").load(text)


def pattern(zh: str) -> re.Pattern[str]:
    """Return what recognises a hint; its `{}` stand for values."""
    return re.compile("(.*)".join(map(re.escape, zh.split("{}"))), re.DOTALL)


def english_hint(hint: str) -> str:
    """Return how to mend, in English; empty where nobody has said it so."""
    en = tongues(hint)[1]
    if en or not hint:
        return en
    for one, english in hints():
        found = one.fullmatch(hint)
        if found is not None:
            return english.format(*found.groups())
    return ""


def meaning(code: str, locale: str) -> str:
    """Return what a code means and how it is mended; empty for none."""
    return codes().get(code, {}).get(locale, "")


def short(text: str) -> str:
    """Return what a paragraph on a code says first."""
    return re.split(r"[：。]|: |\. ", text, maxsplit=1)[0].rstrip(".")


def _rest(text: str) -> str:
    """Return what a paragraph on a code says after its first words."""
    rest = text[len(short(text)) :].lstrip(":. ")
    return rest[:1].upper() + rest[1:]


@dataclass(frozen=True, slots=True)
class Said:
    """What is wrong and how to mend it.

    Args:
        what: What is wrong, in the language of the page where it is said there.
        mend: How to mend it, the same.
        zh_what: On an English page what was said in Chinese; else empty.
        zh_mend: The same of how to mend it.
    """

    what: str
    mend: str
    zh_what: str = ""
    zh_mend: str = ""


def said_of(thing: Any, locale: str) -> Said:
    """Return what a problem, an error, or a row of either says on a page.

    Args:
        thing: It has `message` or `what`; maybe `mend` or `hint`, maybe `code`; as
            attributes or as keys.
        locale: `zh` or `en`.
    """
    what = _part(thing, "message", "what")
    mend = _part(thing, "mend", "hint")
    if locale == "zh":
        return Said(in_tongue(what, "zh"), in_tongue(mend, "zh"))
    zh_what, en_what = tongues(what)
    zh_mend, _ = tongues(mend)
    en_what = en_what or short(meaning(code_of(thing), "en"))
    return Said(en_what, english_hint(mend), zh_what, zh_mend)


def code_of(thing: Any) -> str:
    """Return the code of an error, a problem or a row; empty where it has none.

    A file that was refused has that of its problems, where it is one.
    """
    coded = _CODE.match(_part(thing, "message", "what"))
    if coded:
        return coded[1]
    if isinstance(thing, InputRejected):
        found = {one.code for one in thing.problems}
        return found.pop() if len(found) == 1 else ""
    return _part(thing, "code")


def _part(thing: Any, *names: str) -> str:
    for name in names:
        found = thing.get(name) if isinstance(thing, dict) else getattr(thing, name, "")
        if found:
            return str(found)
    return ""


def plain_of(thing: Any, locale: str) -> tuple[str, str]:
    """Return what is wrong and how to mend it, for a program; Chinese where it must be."""
    said = said_of(thing, locale)
    mend = said.mend or meaning(code_of(thing), locale) or said.zh_mend
    return said.what or said.zh_what, mend


def what_html(thing: Any, locale: str) -> SafeString:
    """Return what is wrong, for a page."""
    said = said_of(thing, locale)
    return _html(said.what, said.zh_what)


def mend_html(thing: Any, locale: str) -> SafeString:
    """Return how to mend it, for a page; empty where it is not said."""
    said = said_of(thing, locale)
    return _html(said.mend, said.zh_mend)


def fault_html(thing: Any, locale: str = "") -> SafeString:
    """Return what is wrong and how to mend it, in one line of a page.

    Args:
        thing: See `said_of`.
        locale: `zh` or `en`; empty: the language of the page that is being made.
    """
    locale = locale or locale_now()
    said = said_of(thing, locale)
    stop = "。" if locale == "zh" else "."
    mend = said.mend
    if locale == "en" and not mend:
        mend = _rest(meaning(code_of(thing), "en"))
    own = _joined(said.what, mend, stop)
    return _html(own, _joined(said.zh_what, said.zh_mend, "。"))


def _joined(what: str, mend: str, stop: str) -> str:
    if not mend or not what:
        return what or mend
    blank = "" if stop == "。" else " "
    return f"{what}{'' if what[-1] in '。.！？?！:：' else stop}{blank}{mend}"


def _html(own: str, zh: str) -> SafeString:
    """Return a text, and beside it the Chinese that it stands for."""
    if not zh:
        return format_html("{}", own)
    original = format_html('<span class="original" lang="zh-CN">{}</span>', zh)
    return format_html("{} {}", own, original) if own else original


def meanings_html(things: Iterable[Any], locale: str) -> SafeString:
    """Return what the codes of some problems mean, each once; English pages only.

    A Chinese page says with every problem how to mend it.
    """
    found = dict.fromkeys(code_of(one) for one in things)
    known = [(one, text) for one in found if (text := meaning(one, locale))]
    if locale == "zh" or not known:
        return format_html("{}", "")
    rows = format_html_join("", "<dt>{}</dt><dd>{}</dd>", known)
    title = html_word("frame.codes", locale)
    return format_html(
        '<details class="more" open><summary>{}</summary>'
        '<dl class="facts codes">{}</dl></details>',
        title,
        rows,
    )
