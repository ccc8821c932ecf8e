# SPDX-License-Identifier: Apache-2.0
"""What is wrong and how it is mended is told in English too: all codes, all hints."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from lxml import html

import ceyuan
from ceyuan.kernel import Problem, UsageError
from ceyuan.ledger import Refused
from ceyuan.web.spoken import (
    codes,
    english_hint,
    fault_html,
    in_tongue,
    meanings_html,
    said_of,
    tongues,
)
from tests.web.desk import parsed, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.town import Town
    from tests.web.conftest import ClientOf

SOURCE = Path(ceyuan.__file__).parent
CHINESE = re.compile(r"[\u4e00-\u9fff]")
PORTAL = tuple(
    room
    for room in SOURCE.iterdir()
    if room.is_dir() and room.name not in ("cli", "city")
)
"""Rooms whose errors a page can show; the command line's own hints are its own."""


def said(node: ast.expr) -> str | None:
    """Return a text of the source; what is put into it becomes `{}`."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(one.value) if isinstance(one, ast.Constant) else "{}"
            for one in node.values
        )
    return None


def branches(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.IfExp):
        yield from branches(node.body)
        yield from branches(node.orelse)
    elif isinstance(node, ast.BoolOp):
        for one in node.values:
            yield from branches(one)
    else:
        yield node


def program_hints() -> dict[str, str]:
    """Return every Chinese hint of the program, and where it stands."""
    found = {}
    for room in PORTAL:
        for path in sorted(room.rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    given = [k.value for k in node.keywords if k.arg == "hint"]
                elif isinstance(node, ast.Assign) and "hint" in {
                    one.id for one in node.targets if isinstance(one, ast.Name)
                }:
                    given = [node.value]
                else:
                    continue
                for one in given:
                    for branch in branches(one):
                        words = said(branch)
                        if words and CHINESE.search(words):
                            found[words] = f"{path.relative_to(SOURCE)}:{node.lineno}"
    return found


def test_every_code_says_in_both_languages_what_it_means() -> None:
    """That these are all codes of the program, tests/docs sees."""
    assert len(codes()) > 150
    for code, words in codes().items():
        assert set(words) == {"zh", "en"}, code
        assert CHINESE.search(words["zh"]), code
        assert len(words["en"].split()) > 7, code
        # Chinese in English is a word of a sheet, never the sentence.
        assert len(CHINESE.findall(words["en"])) < len(words["en"]) / 4, code


def test_every_hint_of_the_program_has_its_english() -> None:
    """A new hint: `中文 (English)`, or a line in src/ceyuan/web/hints.yaml."""
    hints = program_hints()
    assert len(hints) > 200
    assert {} == {zh: at for zh, at in hints.items() if not english_hint(zh)}


def test_english_of_a_hint_has_its_values() -> None:
    for zh in program_hints():
        if tongues(zh)[1]:  # it carries its English itself
            continue
        count = zh.count("{}")
        values = [f"v{n}v" for n in range(count)]
        english = english_hint(zh.format(*values) if count else zh)
        assert [v for v in values if v not in english] == [], zh


@pytest.mark.parametrize(
    ("words", "zh", "en"),
    [
        ("没有这次判定 (there is no such run)", "没有这次判定", "There is no such run"),
        ("读不了 `a` (cannot be read): x (y)", "读不了 `a`: x (y)",
         "Cannot be read: x (y)"),
        ("不够 (not enough; holds (all) counted)", "不够",
         "Not enough; holds (all) counted"),
        ("没有 `甲 (b)` 这个文件", "没有 `甲 (b)` 这个文件", ""),
        ("没有这次判定", "没有这次判定", ""),
        ("no such run", "", "no such run"),
        ("用 `ceyuan run` (5)", "用 `ceyuan run` (5)", ""),
        ("", "", ""),
    ],
)  # fmt: skip
def test_tongues_of_a_message(words: str, zh: str, en: str) -> None:
    assert (zh, en) == tongues(words)
    assert (zh or en) == in_tongue(words, "zh")
    assert (en or zh) == in_tongue(words, "en")


def test_error_without_code_has_its_brackets_and_its_hint() -> None:
    error = UsageError("没有判定 `x` (there is no such run)", hint="从 3 到 5")

    assert fault_html(error, "zh") == "没有判定 `x`。从 3 到 5"
    assert fault_html(error, "en") == (
        "There is no such run. From 3 to 5 "
        '<span class="original" lang="zh-CN">没有判定 `x`。从 3 到 5</span>'
    )


def test_problem_without_brackets_has_the_words_on_its_code() -> None:
    problem = Problem(code="R102", message="三张表都是空的", mend="换一个文件")

    told = said_of(problem, "en")
    assert (told.what, told.mend) == ("All sheets are blank", "")
    assert (told.zh_what, told.zh_mend) == ("三张表都是空的", "换一个文件")
    assert said_of(problem, "zh").what == "三张表都是空的"
    as_row = {"code": "R102", "what": "三张表都是空的", "mend": "换一个文件"}
    assert said_of(as_row, "en") == told


def test_codes_of_problems_are_explained_once_on_an_english_page() -> None:
    some = [Problem(code="R102", message="甲"), Problem(code="R102", message="乙"),
            {"code": "R101", "what": "丙"}, UsageError("丁")]  # fmt: skip

    found = html.fromstring(meanings_html(some, "en"))
    assert [text(one) for one in found.iter("dt")] == ["R102", "R101"]
    assert [text(one) for one in found.iter("dd")] == [
        codes()["R102"]["en"], codes()["R101"]["en"],
    ]  # fmt: skip
    assert meanings_html(some, "zh") == ""


def test_what_the_book_refuses_is_told_in_english() -> None:
    refused = Refused("L112", {"id": "t", "account": "p", "available": 1, "amount": 2,
                               "short": 1, "commodity": "CNY"})  # fmt: skip

    assert fault_html(refused, "en").startswith("Not enough; holds counted. ")
    assert meanings_html([refused], "en").count("<dt>L112</dt>") == 1


def test_values_in_a_message_stay_values() -> None:
    error = UsageError("没有 `<b>` (there is no <i>)", hint="是不是 `<u>`？")

    for locale in ("zh", "en"):
        made = fault_html(error, locale)
        assert re.findall(r"<(?!/?span)", made) == [], locale


def test_english_form_tells_its_error_in_english(client_of: ClientOf) -> None:
    answer = client_of("园区经理").post(
        "/en/park",
        {"file": SimpleUploadedFile("a.pdf", b"%PDF-1.7 x"), "as_of": "2026-11-21",
         "once": ""},
    )  # fmt: skip

    document = parsed(answer)
    assert 422 == answer.status_code
    (item,) = document.xpath("//div[@class='summary']//li")
    (original,) = item.xpath(".//span[@lang='zh-CN']")
    zh = text(original)
    own = text(item).replace(zh, "")
    assert CHINESE.search(zh)
    assert not CHINESE.search(own)
    assert "Save it as one of them" in own


def test_english_page_of_a_fault_tells_it_in_english(
    town: Town, client_of: ClientOf
) -> None:
    answer = client_of("分析员").get("/en/work/imports")

    assert 403 == answer.status_code
    (lead,) = parsed(answer).xpath("//p[@class='lead']")
    assert text(lead).startswith("May not see this page ")
    hint = text(parsed(answer).xpath("//main/p")[1])
    assert hint.startswith("Ask an administrator to look at your role ")
