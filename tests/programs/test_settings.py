"""A program's own texts and origins: what they may say, and what is filled in."""

import pytest

from chalicelib.programs.settings import is_origin
from chalicelib.programs.share_texts import NAMES, ShareTexts, fill, find_objections


@pytest.mark.parametrize(
    ("text", "good"),
    [
        pytest.param("Try {{program}}: {{link}}", True, id="names there are"),
        pytest.param("{{ program }}", True, id="spaces within"),
        pytest.param("50 % off {just} like } that", True, id="single braces"),
        pytest.param("Try {link}", False, id="a name in single braces"),
        pytest.param("Try { Code }", True, id="a word that is no name"),
        pytest.param("Try {{link}} or {code}", False, id="one name in single braces"),
        pytest.param("{{password}}", False, id="a name there is not"),
        pytest.param("{{}}", False, id="no name"),
        pytest.param("{{link", False, id="left open"),
        pytest.param("{{program.__class__}}", False, id="an attribute"),
        pytest.param("{{" * 250, False, id="many braces"),
    ],
)
def test_a_text_has_only_names_that_there_are(text, good):
    objections = list(find_objections({"de": ShareTexts(sms=text)}))

    assert (not objections) == good
    assert {pointer for pointer, _ in objections} == (set() if good else {"/share_texts/de/sms"})


def test_a_value_is_never_read_for_names_itself():
    values = dict.fromkeys(NAMES, "x") | {"name": "{{code}}", "code": "SECRET"}

    assert fill("{{name}} {{code}}", values) == "{{code}} SECRET"


@pytest.mark.parametrize(
    ("origin", "good"),
    [
        pytest.param("https://shop.example", True, id="https"),
        pytest.param("https://shop.example:8443", True, id="a port"),
        pytest.param("http://localhost:3000", True, id="this machine"),
        pytest.param("https://shop.example:443", False, id="the usual port, which browsers leave out"),
        pytest.param("http://shop.example", False, id="no TLS"),
        pytest.param("https://SHOP.example", False, id="upper case, which browsers do not send"),
        pytest.param("https://shop.example/", False, id="a path"),
        pytest.param("https://10.0.0.1", False, id="a number"),
        pytest.param("https://shop.example\nhttps://evil.example", False, id="two lines"),
    ],
)
def test_an_origin_is_one_as_browsers_send_it(origin, good):
    assert is_origin(origin) == good
