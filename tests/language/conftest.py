"""Catalogs of a test's own."""

import pytest
from babel.messages.plurals import get_plural

from chalicelib.language import catalogs, formats
from chalicelib.language.texts import texts

FILES = sorted(catalogs.FOLDER.glob("*.po"))


def forget():
    """Forget what was read of catalogs, which stay as they are otherwise."""
    for remembered in (catalogs.languages, catalogs.catalog, texts, formats._locale, formats._pattern):
        remembered.cache_clear()


@pytest.fixture
def new_language(tmp_path, monkeypatch):
    """Add a catalog file, in a folder of its own."""

    def add(language, content):
        for file in FILES:
            (tmp_path / file.name).write_bytes(file.read_bytes())
        head = f'msgid ""\nmsgstr ""\n"Language: {language}\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        head += f'"Plural-Forms: {get_plural(language).plural_forms}\\n"\n\n'
        (tmp_path / f"{language}.po").write_text(head + content)
        monkeypatch.setattr(catalogs, "FOLDER", tmp_path)
        forget()

    yield add
    forget()
