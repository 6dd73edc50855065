"""Who may import what, for modules of today and of tomorrow; the order of rooms is import-linter's (pyproject.toml)."""

import ast
import functools
from pathlib import Path

import pytest

from tests.running import ROOT

MODULES = {
    ".".join(file.relative_to(ROOT).with_suffix("").parts): file for file in sorted((ROOT / "chalicelib").rglob("*.py"))
}


def _says_that_it_is_pure(file: Path) -> bool:
    text = file.read_text()
    # To read a module takes long, and most do not have the word at all.
    return "Pure: " in text and "\nPure: " in f"\n{ast.get_docstring(ast.parse(text))}"


PURE = [name for name, file in MODULES.items() if _says_that_it_is_pure(file)]
IMPURE = {"pynamodb", "boto3", "botocore", "chalice", "chalicelib.kit.clock", "chalicelib.kit.config"}


@functools.cache
def imported(module: str) -> frozenset[str]:
    """Return what a module of ours imports, at its top or later: modules of ours, and names of packages."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(MODULES[module].read_text())):
        if isinstance(node, ast.Import):
            names |= {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{one.name}" for one in node.names)}
    return frozenset(name if name in MODULES else name.split(".")[0] for name in names)


def chains(module: str) -> dict[str, tuple[str, ...]]:
    """Return all that a module imports, also by way of others, each with the way to it."""
    ways = {module: (module,)}
    todo = [module]
    while todo:
        here = todo.pop()
        for name in (imported(here) if here in MODULES else frozenset()) - ways.keys():
            ways[name] = (*ways[here], name)
            todo.append(name)
    return ways


@pytest.mark.slow
def test_only_tables_and_the_kit_know_pynamodb():
    others = [
        module
        for module in MODULES
        if not module.endswith((".table", "_table")) and not module.startswith("chalicelib.kit.")
    ]

    assert [module for module in others if "pynamodb" in imported(module)] == []


@pytest.mark.parametrize("module", PURE)
def test_what_says_that_it_is_pure_reaches_no_table_no_http_no_environment_and_no_clock(module):
    assert not {" -> ".join(way) for name, way in chains(module).items() if name in IMPURE}


def test_a_module_says_that_it_is_pure_in_a_line_of_its_docstring_and_many_do():
    assert len(PURE) >= 35
    assert {"chalicelib.kit.money", "chalicelib.rewards.amounts", "chalicelib.ledger.entries"} <= set(PURE)


def test_an_impure_import_is_noticed_however_far_away():
    assert IMPURE - {"boto3"} <= chains("chalicelib.rewards.routes").keys()
