"""The code's own words: names, comments, texts and settings say what the glossary says."""

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
        if file.suffix in SUFFIXES and file.name not in OTHERS and "__pycache__" not in file.parts
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


def plain(text):
    """Return a text with the words of its names apart, and without addresses."""
    text = re.sub(r"https?://\S+", " ", text)
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text).replace("_", " ")


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_file_uses_the_words_of_the_glossary(file):
    name = str(file.relative_to(ROOT))
    allowed = STORED.get(name, set()) | ALPHABET.get(name, set())

    wrong = misused(plain(file.read_text()))

    assert [word for word in wrong if word.split("'")[1] not in allowed] == []


@pytest.mark.parametrize("name", sorted(STORED.keys() | ALPHABET.keys()))
def test_what_is_allowed_is_still_there(name):
    allowed = STORED.get(name, set()) | ALPHABET.get(name, set())

    assert {word.split("'")[1] for word in misused(plain((ROOT / name).read_text()))} == allowed
