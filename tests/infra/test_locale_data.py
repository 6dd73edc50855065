"""The package for AWS has the locale data of the languages that have a catalog, and of no others."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import babel
import pytest

from chalicelib.language import catalogs
from infra import package
from tests.running import ROOT

SITE = Path(babel.__file__).parents[1]
WRITTEN = """
import sys
from datetime import date
from chalicelib.language import catalogs, formats
from chalicelib.language.texts import texts

for locale in sys.argv[1:]:
    t = texts(locale)
    parts = [formats.money(200, "EUR", locale), formats.quantity(200, "EUR", locale), formats.number(1000, locale)]
    parts += [formats.day(date(2026, 3, 4), locale), formats.day_in_full(date(2026, 3, 4), locale)]
    parts += [formats.month(date(2026, 3, 4), locale), formats.percent(1250, locale), formats.name_of(t.language)]
    parts += [formats.listed(["a", "b", "c"], locale), formats.listed(["a", "b"], locale, style="or")]
    print(ascii(parts), t("tier_leads", number=1), t["due"])
"""


def written(*locales, path):
    """Return what a process writes that finds Babel, and these catalogs, where *path* says."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([*map(str, path), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run(
        [sys.executable, "-c", WRITTEN, *locales],
        cwd=path[0],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    """Babel and the catalogs, as they ship."""
    folder = tmp_path_factory.mktemp("task")
    for file in [
        *(SITE / "babel").rglob("*"),
        *(ROOT / "chalicelib/language").rglob("*"),
        *(ROOT / "chalicelib").glob("*.py"),
    ]:
        base = ROOT if file.is_relative_to(ROOT / "chalicelib") else SITE
        name = file.relative_to(base).as_posix()
        if file.is_file() and package._ships(name):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, folder / name)
    shutil.copytree(ROOT / "chalicelib/kit", folder / "chalicelib/kit")
    package._compile_catalogs(folder)
    return folder


def test_languages_that_ship_are_written_as_with_all_of_babel_in_every_region(shipped):
    locales = [*catalogs.languages(), "en-US", "en-GB", "en-IN", "de-DE", "de-AT", "de-CH", "de-XX", "fr", "fr-CA"]

    assert written(*locales, path=[shipped]) == written(*locales, path=[ROOT])


def test_what_ships_is_small_and_says_its_license(shipped):
    names = {file.name for file in (shipped / "babel/locale-data").iterdir()}

    assert {"root.dat", "en.dat", "en_001.dat", "de.dat", "de_AT.dat", "LICENSE.unicode"} <= names
    assert {name[:2] for name in names} == {"ro", "en", "de", "LI"}
    assert not (shipped / "babel/messages").exists()
    assert {file.name for file in (shipped / "chalicelib/language/catalogs").iterdir()} == {"en.mo", "de.mo"}


@pytest.mark.parametrize(
    ("language", "needed"),
    [
        pytest.param("pt-BR", {"pt.dat", "pt_BR.dat", "pt_PT.dat", "root.dat"}, id="a region"),
        pytest.param("nb", {"nb.dat", "no.dat", "root.dat"}, id="a language that inherits from another"),
        pytest.param("zh", {"zh_Hant_TW.dat", "zh_Hant.dat", "zh.dat", "root.dat"}, id="scripts"),
    ],
)
def test_a_language_ships_with_all_it_inherits_from(language, needed, monkeypatch):
    monkeypatch.setattr(catalogs, "languages", lambda: ("en", language))
    package._locale_data.cache_clear()

    assert {f"babel/locale-data/{name}" for name in needed} <= package._locale_data()
    package._locale_data.cache_clear()
