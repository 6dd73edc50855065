"""Emails: a closed set of names, and values that stay text."""

import re
from html.parser import HTMLParser

import pytest

from chalicelib.emails import markup
from chalicelib.emails.catalog import FOOTERS, TEMPLATES, built_in, sample_values
from chalicelib.language.catalogs import FOLDER, languages
from infra.emails.__main__ import PAGE, inlined
from infra.texts import read

ADDRESSES = {
    "url": "https://go.example/s/x?a=1&b=2",
    "portal_url": "https://go.example/portal",
    "stop_url": "https://go.example/u/x",
    "calendar_url": "https://shop.example/meet",
}
HOSTILE = {
    "markup": '</title></style><script>alert(1)</script><img src=x onerror=alert(1)>"',
    "lines": "Ada\r\nBcc: x@y.z\r\n\r\n<p>\u2028Bcc: x@y.z\x85\x00",
    "directions": "\u202egnp.exe\u2066 אבג \u202d\u200f\ufeff",
    "templates": "{{amount}}{{stop_url}} {{7*7}} {% raw %} & [x](javascript:alert(1))\n\n[y](https://evil.example)",
    "encoded words": "=?utf-8?b?QQ==?= =?utf-8?q?=0D=0ABcc:?=",
    "10 kB": "<b>Ada\u202e " * 1_000,
}
ALL = [(language, name) for language in languages() for name in TEMPLATES]
each = pytest.mark.parametrize(("language", "name"), ALL, ids=["-".join(one) for one in ALL])


def plain(text):
    """Return a value as an email has it: spaces of any kind are spaces."""
    return text.replace("\u00a0", " ")


def written(language, name, values, sender="Tea Shop"):
    filled = {one: values[one] for one in TEMPLATES[name].names | {"stop_url"}}
    footer = built_in(language, TEMPLATES[name].footer)
    return markup.render(built_in(language, name), filled, language=language, sender=sender, footer=footer)


def test_every_email_is_there_in_every_language_and_no_other():
    for language in languages():
        messages = read(FOLDER / f"{language}.po")
        assert {one.context for one in messages if one.context} == set(TEMPLATES)


@each
def test_every_email_that_we_wrote_is_one_that_anybody_could_have_saved(language, name):
    subject, _, text = built_in(language, name).partition("\n")

    assert markup.find_problem(subject, text.strip(), names=TEMPLATES[name].names) is None


@each
def test_every_name_is_filled_in_and_nothing_is_left_over(language, name):
    sample = {name: plain(value) for name, value in sample_values(language).items()} | {"program": "Tea Shop"}

    result = written(language, name, {**sample, **ADDRESSES})

    for part in result:
        assert "{{" not in part
        assert "}}" not in part
    for name_used in markup.names_in(built_in(language, name)) - set(ADDRESSES):
        assert sample[name_used] in result.text + result.subject
        assert sample[name_used] in result.html
    assert (ADDRESSES["stop_url"] in result.text) == ("{{stop_url}}" in built_in(language, TEMPLATES[name].footer))
    assert f'lang="{language}"' in result.html


@each
def test_hostile_values_stay_text_in_every_email(language, name):
    for hostile in HOSTILE.values():
        check_hostile(language, name, hostile)


def check_hostile(language, name, hostile):
    values = dict.fromkeys(sample_values(language), hostile) | {"program": hostile} | ADDRESSES

    result = written(language, name, values, sender=hostile)

    tags = Tags(result.html)
    assert "\n" not in result.subject
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]", "".join(result))
    assert "bcc" not in [line.partition(":")[0].strip().lower() for line in result.text.splitlines()]
    assert set(tags.started) <= SAFE_TAGS
    assert set(tags.addresses) <= set(ADDRESSES.values())
    assert not any(attribute.startswith("on") for attribute in tags.attributes)
    assert len(result.subject) <= 200
    assert len(result.html.encode()) < 30_000


@pytest.mark.parametrize(
    ("language", "number", "subject"),
    [
        pytest.param("en", 1, "Your day with {{program}}: {{news}} update", id="one in English"),
        pytest.param("en", 2, "Your day with {{program}}: {{news}} updates", id="two in English"),
        pytest.param("de-AT", 1, "Ihr Tag bei {{program}}: {{news}} Neuigkeit", id="one in German"),
        pytest.param("de-AT", 2, "Ihr Tag bei {{program}}: {{news}} Neuigkeiten", id="two in German"),
    ],
)
def test_counts_have_a_singular_and_a_plural(language, number, subject):
    assert built_in(language, "digest", number).partition("\n")[0] == subject


def test_a_value_is_never_read_for_names():
    result = markup.render("Hi {{name}}\n{{name}}", {"name": "{{amount}}"}, language="en")

    assert result.subject == "Hi {{amount}}"


def test_very_long_names_are_cut_and_addresses_are_not():
    values = {"name": "x" * 10_000, "url": "https://go.example/" + "y" * 1_000}

    result = markup.render("{{name}}\n\n{{name}}\n\n[{{name}}]({{url}})", values, language="en")

    assert len(result.subject) == 200
    assert len(result.text) < 2_000
    assert values["url"] in result.text
    assert values["url"] in result.html


def test_a_name_in_another_direction_stands_by_itself_and_a_page_has_its_languages_own():
    arabic = markup.render("S\n\nHello {{name}}, hello", {"name": "عبد الله"}, language="ar")
    english = markup.render("S\n\nHello {{name}}, hello", {"name": "עדה"}, language="en")

    assert 'dir="rtl"' in arabic.html
    assert 'dir="ltr"' in english.html
    assert "<bdi>עדה</bdi>" in english.html


def test_what_has_nothing_to_say_is_left_out():
    template = (
        "S\n\nHello {{name}},\n\nLeft: {{left}}\nDue: {{due}}\n\nStill yours: {{left}}.\n\n[Stop it]({{stop_url}})"
    )
    values = {"name": "Ada", "left": "", "due": "1.00 USD", "stop_url": ""}

    result = markup.render(template, values, language="en", footer="F\n\n[Stop]({{stop_url}})")

    assert result.text == "Hello Ada,\n\nDue: 1.00 USD\n"
    for gone in ("Left", "Still", "Stop"):
        assert gone not in result.html


def test_figures_are_a_table_and_steps_are_numbered_in_html_and_lines_in_text():
    template = "S\n\nClicks: {{clicks}}\nSales: {{sales}}\n\n1. Open.\n2. Send."

    result = markup.render(template, {"clicks": "7", "sales": "3"}, language="en")

    assert "Clicks: 7\nSales: 3\n\n1. Open.\n2. Send." in result.text
    assert Tags(result.html).started.count("table") == 2 + 2 + 2


@pytest.mark.parametrize(
    ("subject", "text", "pointer", "unknown"),
    [
        pytest.param("Hi {{nmae}}", "x", "/subject", "nmae", id="a name misspelled in the subject"),
        pytest.param("Hi", "{{amount}}", "/text", "amount", id="a name of another email"),
        pytest.param("Hi", "{{ name }}", "/text", None, id="a name with spaces"),
        pytest.param("Hi", "{{name", "/text", None, id="a name that is not closed"),
        pytest.param("Hi", "[x](javascript:alert`1`)", "/text", None, id="a script as an address"),
        pytest.param("Hi", "[x](http://shop.example)", "/text", None, id="an address without TLS"),
        pytest.param("Hi", "[x](https://shop.example/{{name}})", "/text", None, id="a name inside of an address"),
        pytest.param("{{url}}", "x", "/subject", None, id="an address in a subject"),
    ],
)
def test_words_are_refused_when(subject, text, pointer, unknown):
    problem = markup.find_problem(subject, text, names={"name", "url"})

    assert (problem.pointer, problem.unknown) == (pointer, unknown)


def test_the_page_that_ships_is_what_make_emails_writes():
    assert PAGE.read_text() == inlined()


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("template", sorted(set(TEMPLATES) - FOOTERS))
def test_what_a_list_of_emails_shows_begins_as_a_sentence(language, template):
    result = written(language, template, {**sample_values(language), **ADDRESSES, "program": "Tea Shop"})

    preview = result.html.partition('<div class="preview"')[2].partition(">")[2].partition("<")[0]
    assert preview[:1].isupper() or preview[:1].isdigit()


def test_the_page_loads_nothing_from_elsewhere():
    result = written("en", "monthly", {**sample_values("en"), **ADDRESSES, "program": "Tea Shop"})

    for foreign in ("<img", "<link", "<script", "url(", "@import", "http://"):
        assert foreign not in result.html
    assert len(result.html.encode()) < 20_000


SAFE_TAGS = {
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "div",
    "table",
    "tbody",
    "tr",
    "td",
    "h1",
    "p",
    "a",
    "br",
    "bdi",
}


class Tags(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.started, self.addresses, self.attributes = [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.started.append(tag)
        self.attributes += [name for name, _ in attrs]
        self.addresses += [value for name, value in attrs if name in ("href", "src")]
