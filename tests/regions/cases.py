# SPDX-License-Identifier: Apache-2.0
"""The worked cases beside the policies, as the tests take them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import ceyuan
from ceyuan.declarations import build, read_region, read_source
from ceyuan.declarations.cases import CaseMapping
from ceyuan.policies.cases import Case, read_cases

if TYPE_CHECKING:
    from ceyuan.declarations import Rule

REGION = read_region()
FOLDER = Path(ceyuan.__file__).parent / "regions"


def case_files(rule: Rule) -> list[Path]:
    """Return the case files beside a policy."""
    file = FOLDER / rule.file
    beside = [file.with_suffix(s) for s in (".cases.csv", ".extra.cases.csv")]
    return [path for path in beside if path.exists()]


@cache
def mapping_of(policy: str) -> CaseMapping:
    """Return how the headings of a policy's cases are read."""
    file = FOLDER / REGION.rules[policy].file
    return build(CaseMapping, read_source(file.with_suffix(".cases.yaml")))


@cache
def cases_of(policy: str) -> tuple[Case, ...]:
    """Return all worked cases of a policy."""
    rule = REGION.rules[policy]
    return tuple(
        case
        for path in case_files(rule)
        for case in read_cases(rule, mapping_of(policy), path)
    )
