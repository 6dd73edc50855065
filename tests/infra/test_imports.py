"""Who may import what, for modules of today and of tomorrow; the order of rooms is import-linter's (pyproject.toml)."""

import ast
from pathlib import Path

import pytest

from tests.running import ROOT

MODULES = sorted((ROOT / "chalicelib").rglob("*.py"))


def imported(file: Path) -> set[str]:
    """Return what a module imports, at its top or later."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(ROOT / "chalicelib")))
def test_only_tables_and_the_kit_know_pynamodb(file):
    if file.name != "table.py" and "kit" not in file.parts:
        assert not {name for name in imported(file) if name.split(".")[0] == "pynamodb"}
