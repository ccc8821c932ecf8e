# SPDX-License-Identifier: Apache-2.0
"""The names that others import: each is there, and is what it says.

A submodule that is imported becomes an attribute of its package. So a lazy name that
is also the name of a submodule would be a function today and a module tomorrow.
"""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from importlib import import_module
from types import ModuleType

import pytest

import ceyuan

ROOMS = (
    "kernel", "language", "declarations", "engine", "sheets", "facts", "facts.store",
    "policies", "ledger", "city", "office",
)  # fmt: skip
PACKAGES = ("ceyuan", *(f"ceyuan.{room}" for room in ROOMS))
LAZY = ("ceyuan", "ceyuan.office")


def _names(package: str) -> list[str]:
    return list(import_module(package).__all__)


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_name_is_there_and_no_module(package: str) -> None:
    room = import_module(package)

    found = {name: getattr(room, name) for name in _names(package)}

    assert [n for n, one in found.items() if isinstance(one, ModuleType)] == []
    assert len(found) == len(_names(package))


@pytest.mark.parametrize("package", LAZY)
def test_no_lazy_name_is_hidden_by_a_submodule(package: str) -> None:
    room = import_module(package)
    inside = {one.name for one in pkgutil.iter_modules(room.__path__)}

    assert inside & set(_names(package)) == set()


@pytest.mark.parametrize("package", LAZY)
def test_names_stay_what_they_are_once_all_submodules_are_loaded(package: str) -> None:
    code = f"""
import pkgutil, types
from importlib import import_module
room = import_module({package!r})
before = {{name: getattr(room, name) for name in room.__all__}}
for one in pkgutil.iter_modules(room.__path__):
    if one.name != "__main__" and not one.name.endswith(("models", "migrations")):
        import_module({package!r} + "." + one.name)
after = {{name: getattr(room, name) for name in room.__all__}}
assert [n for n in before if before[n] is not after[n]] == []
"""
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603


@pytest.mark.parametrize("package", LAZY)
def test_unknown_name_is_an_attribute_error_that_names_it(package: str) -> None:
    with pytest.raises(AttributeError, match=f"'{package}' has no attribute 'opne'"):
        _ = import_module(package).opne


def test_opening_imports_neither_the_database_nor_spreadsheets() -> None:
    code = """
import sys
import ceyuan, ceyuan.office
heavy = {"django", "polars", "psycopg", "pyarrow", "xlsxwriter", "lxml"}
assert heavy & set(sys.modules) == set(), heavy & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603


def test_open_memory_is_the_offices_own() -> None:
    from ceyuan import office
    from ceyuan.office.memory import Memory, open_memory

    assert ceyuan.open_memory is open_memory is office.open_memory
    assert ceyuan.Memory is Memory is office.Memory
