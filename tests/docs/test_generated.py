# SPDX-License-Identifier: Apache-2.0
"""Pages that are written by a script say what the program says today."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ceyuan.declarations import load_region

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
CODE = re.compile(r'"([CDLR]\d{3})"')


def _script(name: str) -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "scripts" / name))


def test_cli_page_is_what_the_commands_say() -> None:
    page: Callable[[], str] = _script("cli_docs")["page"]

    assert (ROOT / "docs/cli.md").read_text(encoding="utf-8") == page()


def test_error_list_is_what_the_pages_say() -> None:
    script = _script("error_index")

    assert (ROOT / "docs/errors.md").read_text(encoding="utf-8") == script["page"]()
    codes = ROOT / "src/ceyuan/web/codes.yaml"
    assert codes.read_text(encoding="utf-8") == script["codes"]()


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md"])
def test_readme_table_of_policies_is_that_of_the_declarations(page: str) -> None:
    script = _script("policy_table")

    assert not script["is_stale"](page)
    ids = re.findall(r"^\| [^|]+ \| `(\w+)` \|", script["table"](page), re.MULTILINE)
    assert sorted(ids) == sorted(load_region().rules)


def test_each_code_in_the_source_has_one_section_and_each_section_its_code() -> None:
    source = "".join(
        path.read_text(encoding="utf-8")
        for path in sorted((ROOT / "src/ceyuan").rglob("*.py"))
    )
    pages = [p.read_text(encoding="utf-8") for p in (ROOT / "docs/errors").glob("*.md")]
    documented = re.findall(r"^## ([CDLR]\d{3})$", "\n".join(pages), re.MULTILINE)

    assert sorted(documented) == sorted(set(CODE.findall(source)))


def test_each_code_is_in_the_list_of_codes() -> None:
    listed = re.findall(
        r"^\| \[([CDLR]\d{3})\]\(errors/(\w+)\.md#(\w+)\)",
        (ROOT / "docs/errors.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )

    for code, page, anchor in listed:
        text = (ROOT / "docs/errors" / f"{page}.md").read_text(encoding="utf-8")
        assert f"\n## {code}\n" in text
        assert anchor == code.lower()
    sections = sum(
        p.read_text(encoding="utf-8").count("\n## ")
        for p in (ROOT / "docs/errors").glob("*.md")
    )
    assert len(listed) == sections


def test_each_page_of_the_docs_is_reached_from_the_first() -> None:
    docs = ROOT / "docs"
    index = (docs / "index.md").read_text(encoding="utf-8")
    linked = {docs / target for target in re.findall(r"\]\(([\w/.-]+\.md)\)", index)}
    pages = {p for p in docs.rglob("*.md") if p != docs / "index.md"}
    # The codes' pages are reached over the list of codes, as decisions over 000.
    beneath = {p for p in pages if p.parent == docs / "errors"}

    assert pages - linked - beneath == set()
    assert linked - pages == set()


@pytest.mark.parametrize(
    "page", ["README.md", "README.zh-CN.md", "ARCHITECTURE.md", "CONTRIBUTING.md"]
)
def test_links_of_the_pages_at_the_top_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#:]+)\)", text)
    targets += re.findall(r'<img src="([^"]+)"', text)

    assert [t for t in targets if not (ROOT / t).exists()] == []
