"""Files: each is a subject that is read in one go."""

from tests.running import ROOT

MOST_LINES = 300
# Longer ones, and why. A file of tests is as long as its promises.
LONG = {
    "chalicelib/conversions/table.py": "the rows of one partition: whoever reads one kind has to know all of them",
    "chalicelib/reconciliation/invariants.py": "what follows from what, decided anew: one chain of checks",
    "tests/world.py": "the business that every flow begins with: one fixture with many ways to act",
    "tests/faults/flows.py": "the flows that are run under every fault, each a function, compared side by side",
}


def counted():
    """Return the lines of every file of Python but those of tests."""
    files = [ROOT / "app.py"]
    files += [file for folder in ("bench", "chalicelib", "infra", "tests") for file in (ROOT / folder).rglob("*.py")]
    return {
        str(file.relative_to(ROOT)): len(file.read_text().splitlines())
        for file in files
        if not file.name.startswith("test_")
    }


def test_no_file_is_longer_than_its_reader_has_patience_for():
    assert {name: lines for name, lines in counted().items() if lines > MOST_LINES and name not in LONG} == {}


def test_only_what_is_too_long_is_an_exception():
    lines = counted()

    assert all(lines[name] > MOST_LINES for name in LONG)
