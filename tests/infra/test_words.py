"""The code's own words: names, comments, texts and settings say what the glossary says."""

import ast
import re

import pytest

from tests.infra.test_docs import misused
from tests.running import ROOT

SUFFIXES = {".py", ".html", ".js", ".css", ".po", ".txt", ".yaml"}
# Not ours, not English, or names of user agents.
OTHERS = {"de.po", "rapidoc-min.js", "patterns.txt"}
FILES = [
    ROOT / "app.py",
    *sorted(
        file
        for folder in ("chalicelib", "infra", "bench")
        for file in (ROOT / folder).rglob("*")
        if file.suffix in SUFFIXES
        and file.name not in OTHERS
        and not {"__pycache__", "de"}.intersection(file.relative_to(ROOT).parts)
    ),
]
# Names under which rows were stored before they had the word: what is stored is never renamed.
STORED = {
    "chalicelib/emails/digest.py": {"letters"},
    "chalicelib/emails/table.py": {"letter", "letters"},
    "chalicelib/outbox/message.py": {"letter"},
    "chalicelib/outbox/table.py": {"letter"},
    "chalicelib/partners/table.py": {"letters", "enrolment"},
    "infra/app.yaml": {"letter", "enrolment"},
}
# Those of the alphabet.
ALPHABET = {
    "chalicelib/kit/shapes.py": {"letter", "letters"},
    "chalicelib/language/formats.py": {"letter"},
    "chalicelib/language/catalogs/en.po": {"letters"},
    "infra/commits.py": {"letter"},
    "infra/operate/status.py": {"letters"},
    "infra/reference/functions.py": {"letters"},
    "infra/reference/samples.py": {"letter"},
}
# What no link's code can be is listed in the words of others, too.
RESERVED = {"chalicelib/links/reserved.txt": {"affiliate", "affiliates"}}

# What somebody did to a thing is not its name: a row that was found is a row, what a person was told is a report.
NO_NAMES = {"asked", "came", "found", "given", "kept", "known", "said", "seen", "shown", "told", "wanted"}


def plain(text):
    """Return a text with the words of its names apart, and without addresses."""
    text = re.sub(r"https?://\S+", " ", text)
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text).replace("_", " ")


def test_every_file_uses_the_words_of_the_glossary():
    wrong = []
    for file in FILES:
        name = str(file.relative_to(ROOT))
        allowed = STORED.get(name, set()) | ALPHABET.get(name, set()) | RESERVED.get(name, set())
        wrong += [(name, word) for word in misused(plain(file.read_text())) if word.split("'")[1] not in allowed]

    assert wrong == []


@pytest.mark.parametrize("name", sorted(STORED.keys() | ALPHABET.keys() | RESERVED.keys()))
def test_what_is_allowed_is_still_there(name):
    allowed = STORED.get(name, set()) | ALPHABET.get(name, set()) | RESERVED.get(name, set())

    assert {word.split("'")[1] for word in misused(plain((ROOT / name).read_text()))} == allowed


def named(node):
    """Return the names that a piece of syntax gives: to a variable, a parameter, a function, a class or a module."""
    match node:
        case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
            return [name]
        case ast.arg(arg=name) | ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.MatchAs(name=str(name)):
            return [name]
        case ast.alias(asname=str(name)) | ast.ExceptHandler(name=str(name)) | ast.MatchStar(name=str(name)):
            return [name]
    return []


_BAD_WORD = re.compile(rf"(?<!\w)_*({'|'.join(sorted(NO_NAMES))})_*(?!\w)", re.IGNORECASE)


def bad_names(source):
    """Return the names given in a file that say what was done to a thing, each with its line."""
    if not _BAD_WORD.search(source):
        # To parse it takes a hundred times as long.
        return []
    return [
        f"{node.lineno}: {name}"
        for node in ast.walk(ast.parse(source))
        for name in named(node)
        if name.strip("_").lower() in NO_NAMES
    ]


@pytest.mark.slow
def test_a_name_says_what_a_thing_is():
    files = [file for file in FILES if file.suffix == ".py"] + sorted((ROOT / "tests").rglob("*.py"))

    assert {str(file.relative_to(ROOT)): wrong for file in files if (wrong := bad_names(file.read_text()))} == {}


@pytest.mark.parametrize(
    "source",
    [
        "told = 1",
        "_KEPT: int = 1",
        "row, found = 1, 2",
        "self.seen = 1",
        "for said in rows: pass",
        "[1 for asked in rows]",
        "(given := 1)",
        "lambda found: 1",
        "def shown(): pass",
        "def show(*, wanted): pass",
        "import rows as known",
        "with rows as came: pass",
    ],
)
def test_a_name_that_says_what_was_done_is_bad(source):
    assert len(bad_names(source)) == 1


def test_words_of_sentences_and_of_stored_rows_are_no_names():
    assert bad_names('row["told_at"] = find(found_at=1)  # What was found is shown.') == []
