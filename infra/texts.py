"""
`make texts`: brings the catalogs of all languages in line with the English one; with ADD=pl, begins one.

Each gets the texts of the English one, in its order: new texts untranslated, and texts that changed in
English marked as fuzzy, which appear in English until a translator has checked them. A comment beside each
translation has the English text.
"""

import argparse
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.plurals import get_plural
from babel.messages.pofile import normalize, read_po

from chalicelib.language import FALLBACK
from chalicelib.language.catalogs import FOLDER

_ENGLISH = "English: "


def main() -> None:
    """Write the catalogs anew, and say of each what is left to do."""
    parser = argparse.ArgumentParser(prog="make texts", description=__doc__)
    parser.add_argument("--add", help="a language to begin, such as pl or pt_BR")
    begun = parser.parse_args().add
    files = sorted({*FOLDER.glob("*.po"), *([FOLDER / f"{begun}.po"] if begun else [])})
    english = read(FOLDER / f"{FALLBACK}.po")
    for file in files:
        catalog = read(file) if file.exists() else Catalog(begun)
        file.write_text(in_line(catalog, english, file.stem), encoding="utf-8")
        left = [one for one in read(file) if one.id and (one.fuzzy or not all(_forms(one.string)))]
        print(f"{file.stem}  {Locale.parse(file.stem).english_name}  {len(left)} of {len(english)} texts to translate")


def read(file: Path) -> Catalog:
    """Read a catalog."""
    with file.open("rb") as source:
        return read_po(source, abort_invalid=True)


def in_line(catalog: Catalog, english: Catalog, language: str) -> str:
    """Return a catalog as a file that has what the English one has, in its order."""
    plurals = get_plural(language)
    written = [_header(language, plurals.plural_forms)]
    for source in english:
        if source.id:
            translation = catalog.get(source.id, source.context)
            written.append(_entry(source, translation, language, plurals.num_plurals))
    return "\n".join(written)


def _header(language: str, plural_forms: str) -> str:
    lines = (
        f"# {Locale.parse(language).english_name}. How texts are translated: docs/contributing/adding-a-language.md",
        'msgid ""',
        'msgstr ""',
        rf'"Language: {language}\n"',
        r'"MIME-Version: 1.0\n"',
        r'"Content-Type: text/plain; charset=utf-8\n"',
        r'"Content-Transfer-Encoding: 8bit\n"',
        rf'"Plural-Forms: {plural_forms}\n"',
    )
    return "\n".join(lines) + "\n"


def _entry(source: Message, translation: Message | None, language: str, plurals: int) -> str:
    lines = [f"# {one}" for one in source.user_comments] + [f"#. {one}" for one in source.auto_comments]
    strings = _forms(translation.string) if translation else []
    if language == FALLBACK:
        fuzzy = False
    else:
        now = [_ENGLISH + line for form in _forms(source.string) for line in form.splitlines() if line]
        before = [one for one in translation.auto_comments if one.startswith(_ENGLISH)] if translation else now
        lines += [f"#. {one}" for one in now]
        fuzzy = any(strings) and (before != now or (translation is not None and translation.fuzzy))
    if fuzzy:
        lines.append("#, fuzzy")
    if source.context:
        lines.append(f'msgctxt "{source.context}"')
    key, *more = _forms(source.id)
    lines.append(f'msgid "{key}"')
    if more:
        lines.append(f'msgid_plural "{key}"')
        lines += [f"msgstr[{n}] {normalize(_at(strings, n), width=0)}" for n in range(plurals)]
    else:
        lines.append(f"msgstr {normalize(_at(strings, 0), width=0)}")
    return "\n".join(lines) + "\n"


def _forms(text: str | tuple[str, ...] | list[str] | None) -> list[str]:
    """Return a text's plural forms, or the text alone."""
    return [text or ""] if isinstance(text, str | None) else list(text)


def _at(strings: list[str], place: int) -> str:
    return strings[place] if place < len(strings) else ""


if __name__ == "__main__":
    main()
