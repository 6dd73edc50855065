"""Which language a page is written in, and as in which region: what browsers send is read in one place."""

import pytest

from chalicelib.language.accepted import preferred, with_region


@pytest.mark.parametrize(
    ("header", "language"),
    [
        pytest.param("", "en", id="nothing"),
        pytest.param("de", "de", id="one"),
        pytest.param("DE-at", "de", id="whatever its case and country"),
        pytest.param("fr-FR, de;q=0.7, en;q=0.3", "de", id="the better one we know"),
        pytest.param("en;q=0.2, de-AT;q=0.9", "de", id="by weight, not by place"),
        pytest.param("de ; Q=0.4 , en; q=0.3", "de", id="with blanks"),
        pytest.param("de, en", "de", id="of the same weight, the first"),
        pytest.param("de-CH;q=0.2, en;q=0.5, de;q=0.8", "de", id="of one language in two forms, the better"),
        pytest.param("de;q=0, fr", "en", id="not the one that is refused"),
        pytest.param("fr, xx;q=1", "en", id="none we know"),
        pytest.param("den, deu;q=0.9", "en", id="no language by its first letters"),
        pytest.param("de;q=nan, en;q=0.5", "en", id="a weight that is none"),
        pytest.param("de;q=9, en;q=0.5", "en", id="a weight too large"),
        pytest.param("de;q=abc, " + "x" * 10_000, "de", id="nonsense"),
    ],
)
def test_the_language_is_the_one_a_browser_would_rather_read(header, language):
    assert preferred(header, ("en", "de")) == language


def test_a_language_that_is_written_for_one_country_is_found_by_its_tag():
    assert preferred("en;q=0.5, pt-br", ("en", "pt-BR")) == "pt-BR"
    assert preferred("pt-PT, en;q=0.5", ("en", "pt-BR")) == "en"


@pytest.mark.parametrize(
    ("locale", "header", "expected"),
    [
        pytest.param("en", "en-GB, en;q=0.9", "en-GB", id="the browser's region"),
        pytest.param("en", "en-us;q=0.5, EN-gb", "en-GB", id="the one it weighs most, whatever its case"),
        pytest.param("en", "en, en-AU;q=0.8", "en-AU", id="behind the language alone"),
        pytest.param("de", "en-GB, de;q=0.5", "de", id="not that of another language"),
        pytest.param("de-AT", "de-CH", "de-AT", id="their own comes first"),
        pytest.param("en", "en-GB;q=0", "en", id="not the one that is refused"),
        pytest.param("en", "en-Latn-GB, en-419, en-x, en-GB-oxendict", "en", id="nothing but a region"),
        pytest.param("en", "", "en", id="nothing"),
    ],
)
def test_a_language_alone_is_written_as_in_the_browsers_region(locale, header, expected):
    assert with_region(locale, header) == expected
