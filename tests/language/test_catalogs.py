"""The catalogs: all say the same, in every language; and a language is added by a file."""

import re
import string
import subprocess
import sys

import pytest
from babel.messages.plurals import get_plural
from babel.messages.pofile import read_po

from chalicelib.language import catalogs
from chalicelib.language.catalogs import FOLDER, compiled, languages
from chalicelib.language.texts import texts
from infra.texts import in_line, read
from tests.infra.test_docs import misused
from tests.language.conftest import FILES, forget
from tests.running import ROOT

each = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)


def messages(file):
    """Return a catalog's messages by key and context."""
    return {(one.id, one.context): one for one in read(file) if one.id}


def forms(message):
    return [message.string] if isinstance(message.string, str) else list(message.string)


def names(text):
    """Return what is filled into a text: `{name}`, and in an email `{{name}}`."""
    if "{{" in text:
        return set(re.findall(r"\{\{\w+\}\}", text))
    return {name for _, name, form, conversion in string.Formatter().parse(text) if name or form or conversion}


@each
def test_every_catalog_has_every_text(file):
    english, own = messages(FOLDER / "en.po"), messages(file)

    assert set(own) == set(english)
    assert not [key for key, one in own.items() if one.fuzzy or not all(forms(one))]


@each
def test_every_plural_has_as_many_forms_as_its_language(file):
    with file.open("rb") as source:
        catalog = read_po(source)
    plurals = get_plural(file.stem)

    assert catalog.plural_forms == plurals.plural_forms
    assert {len(one.string) for one in catalog if one.pluralizable} == {plurals.num_plurals}


@each
def test_every_translation_takes_the_same_values(file):
    english = messages(FOLDER / "en.po")

    for key, one in messages(file).items():
        expected = set().union(*map(names, forms(english[key])))
        for form in forms(one):
            # The form for one thing may say so in a word: it need not repeat the number.
            assert names(form) | {"number"} == expected | {"number"}, key
            assert one.pluralizable or names(form) == expected, key
        assert not one.pluralizable or "number" in names(forms(one)[-1]) or "{{" in forms(one)[-1], key


@each
def test_beside_every_translation_stands_what_it_is_in_english_now(file):
    assert file.read_text() == in_line(read(file), read(FOLDER / "en.po"), file.stem), "run `make texts`"


def test_what_became_other_words_in_english_is_looked_at_again_and_what_is_new_is_to_be_translated(tmp_path):
    english, german = tmp_path / "en.po", tmp_path / "de.po"
    english.write_text('msgid "due"\nmsgstr "Ready now"\n\nmsgid "new"\nmsgstr "New"\n\nmsgid "paid"\nmsgstr "Paid"\n')
    german.write_text(
        '#. English: Ready\nmsgid "due"\nmsgstr "Bereit"\n\nmsgid "gone"\nmsgstr "Weg"\n\n'
        '#. English: Paid\nmsgid "paid"\nmsgstr "Bezahlt"\n'
    )

    once = in_line(read(german), read(english), "de")
    german.write_text(once)

    assert once.partition("\n\n")[2] == (
        '#. English: Ready now\n#, fuzzy\nmsgid "due"\nmsgstr "Bereit"\n\n'
        '#. English: New\nmsgid "new"\nmsgstr ""\n\n'
        '#. English: Paid\nmsgid "paid"\nmsgstr "Bezahlt"\n'
    )
    assert in_line(read(german), read(english), "de") == once


def test_a_text_is_its_languages_and_what_that_lacks_is_english(new_language):
    new_language(
        "pl", ('msgid "due"\nmsgstr "Do wypłaty"\n\n#, fuzzy\nmsgid "held"\nmsgstr "?"\n\nmsgid "paid"\nmsgstr ""\n')
    )

    polish = texts("pl")

    assert [polish[key] for key in ("due", "held", "paid")] == ["Do wypłaty", "Pending", "Paid"]


def test_what_no_catalog_has_is_an_error_and_not_a_key_that_people_read():
    for language in languages():
        t = texts(language)
        assert "no_such_text" not in t
        with pytest.raises(KeyError):
            t["no_such_text"]
        with pytest.raises(KeyError):
            t("no_such_text", number=2)


def test_a_plural_that_lacks_a_form_is_english(new_language):
    new_language(
        "pl",
        'msgid "tier_leads"\nmsgid_plural "tier_leads"\nmsgstr[0] "{number} znajomy"\nmsgstr[1] ""\nmsgstr[2] ""\n',
    )

    assert [texts("pl")("tier_leads", number=n) for n in (1, 2)] == ["1 friend who signs up", "2 friends who sign up"]


def test_a_locale_is_read_in_its_language_and_what_we_do_not_speak_in_english():
    assert texts("de-AT")["due"] == texts("de")["due"] == "Auszahlbar"
    assert (texts("de-AT").language, texts("de-AT").locale) == ("de", "de-AT")
    assert (texts("fr-FR").language, texts("fr-FR").locale) == ("en", "en")


def test_whole_numbers_are_written_as_the_language_writes_them():
    assert texts("de")("tier_leads", number=1_000) == "1.000 Anmeldungen von Freunden"
    assert texts("en")("goal_sales", done=1_000, number=2_000) == "1,000 of 2,000 purchases by friends"


@each
def test_a_catalog_that_ships_compiled_reads_the_same(file, tmp_path, monkeypatch):
    before = {key: texts(file.stem)[key] for key, context in messages(file) if isinstance(key, str) and not context}
    for one in FILES:
        (tmp_path / one.stem).with_suffix(".mo").write_bytes(compiled(one))
        assert compiled(one) == compiled(one)
    monkeypatch.setattr(catalogs, "FOLDER", tmp_path)
    forget()

    assert {key: texts(file.stem)[key] for key in before} == before
    forget()


def test_nothing_of_it_is_loaded_before_somebody_reads():
    code = "import app, chalicelib.clicks.redirect, sys; print(*sys.modules, sep='\\n')"

    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)

    assert not [name for name in done.stdout.split() if name.startswith(("babel", "chalicelib.language.catalogs"))]
    assert "chalicelib.language.texts" in done.stdout.split()


def test_english_texts_use_the_words_of_the_glossary():
    for key, message in messages(FOLDER / "en.po").items():
        assert not misused(" ".join(forms(message))), key
