"""The table of what others found: every id is there once, and every test it names exists."""

import re

import pytest

from tests.running import ROOT

TABLE = (ROOT / "docs/contributing/field-reports.md").read_text()
IDS = {
    "Field reports": [f"B{n}" for n in range(1, 36)],
    "Code review": [f"B{n}" for n in range(2, 32)],
    "Pages review": [f"F{n}" for n in range(1, 38)],
    "Security review": [*(f"M{n}" for n in range(1, 8)), *(f"L{n}" for n in range(1, 17))],
    "First month": [*(f"F{n}" for n in range(1, 20)), *(f"O{n}" for n in range(1, 5))],
}
STATES = {"mended", "deliberate", "partly", "open"}


def rows(section):
    text = TABLE.split(f"\n## {section}\n")[1].split("\n## ")[0]
    return [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("| ")
    ]


def ids(cell):
    for part in cell.split(", "):
        first, _, last = part.partition("–")
        kind, begin = first[0], int(first[1:])
        yield from (f"{kind}{n}" for n in range(begin, int(last[1:] if last else begin) + 1))


@pytest.mark.parametrize("section", IDS)
def test_every_id_is_in_the_table_once_with_its_state(section):
    listed = [row for row in rows(section) if re.match(r"[A-Z]\d", row[0])]

    assert [one for row in listed for one in ids(row[0])] == IDS[section]
    assert {row[2] for row in listed} <= STATES
    assert all(row[3] for row in listed if row[2] != "open")


def test_every_test_that_the_table_names_exists():
    tests = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))

    for name in re.findall(r"`(test_\w+)`", TABLE):
        assert f"def {name}(" in tests, name
    for path in re.findall(r"`(tests/[\w/]+\.py)`", TABLE):
        assert (ROOT / path).exists(), path
