"""Addresses: only plain ones, only to the program's own hosts."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kit import urls

HOSTS = ["good.com"]
BAD = [
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java%0d%0ascript:alert(1)", "\tjavascript:alert(1)",
    "data:text/html,<script>alert(1)</script>", "vbscript:x", "//evil.com", "////evil.com", "https:evil.com",
    "https:///evil.com", "/\\evil.com", "\\\\evil.com", "https://good.com@evil.com", "https://good.com.evil.com",
    "https://good.com%00.evil.com", "https://evil。com", "https://good.com／x.evil.com", "https://good.c℀.com",
    "http://good.com:80#@evil.com/", "http://good.com\\@evil.com/", "https://good.com\\@evil.com/", "http://good.com/",
    "https://good.com/\r\nSet-Cookie: a=b", "https://good.com/\x00", "https://good.com/ space", "https://good.com/ü",
    "https://user:password@good.com/", "https://GOOD.com.evil.com/", "https://2130706433/", "https://0x7f.1/",
    "https://127.0.0.1.nip.io/", "https://[::1]/", "https://good.com:443443/", "https://-good.com/", "https://good.com./",
    "ftp://good.com/", "https://", "", "good.com", "https://good.com/" + "a" * 2048, "https://xn--good.com/",
]  # fmt: skip


@pytest.mark.parametrize("url", BAD)
def test_an_address_that_could_lead_elsewhere_is_refused(url):
    with pytest.raises(ValueError, match=r"\w"):
        urls.checked(url, hosts=HOSTS)


@pytest.mark.parametrize(
    "url", ["https://good.com", "https://good.com/", "https://GOOD.com/a%20b?c=d&e=f#g", "https://good.com:8443/x"]
)
def test_a_plain_address_of_an_own_host_is_taken_as_it_is(url):
    assert urls.checked(url, hosts=HOSTS) == url


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("https://a.de", "https://a.de?ref=X", id="no query"),
        pytest.param("https://a.de/?q=1&q=2", "https://a.de/?q=1&q=2&ref=X", id="its own query is kept"),
        pytest.param("https://a.de/p?#top", "https://a.de/p?ref=X#top", id="the fragment stays last"),
        pytest.param("https://a.de/?ref=old&q=1", "https://a.de/?q=1&ref=X", id="its own is replaced"),
        pytest.param("https://a.de/?ref=1&q=1&ref=2&ref", "https://a.de/?q=1&ref=X", id="however often it is there"),
        pytest.param("https://a.de/?r%65f=1&%72ef=2&q", "https://a.de/?q&ref=X", id="however it is encoded"),
        pytest.param("https://a.de/?click=9&gone=1&gone=2", "https://a.de/?click=9&ref=X", id="None removes"),
        pytest.param(
            "https://a.de/?href=1&reference=2&REF=3&q=ref%3D4",
            "https://a.de/?href=1&reference=2&REF=3&q=ref%3D4&ref=X",
            id="what has it in it is another",
        ),
        pytest.param("https://a.de/?a=%26ref=1", "https://a.de/?a=%26ref=1&ref=X", id="an encoded & begins nothing"),
        pytest.param("https://a.de/#/p?ref=1", "https://a.de/?ref=X#/p?ref=1", id="the fragment is the page's"),
        pytest.param("https://a.de/?a=%zz&&b=", "https://a.de/?a=%zz&&b=&ref=X", id="what is odd is left alone"),
    ],
)
def test_parameters_are_added_after_the_addresss_own_in_place_of_those_of_their_names(url, expected):
    assert urls.with_parameters(url, {"ref": "X", "gone": None}) == expected


@pytest.mark.parametrize(
    ("url", "query", "expected"),
    [
        pytest.param("https://a.de", "b=1&b=2", "https://a.de?b=1&b=2", id="no query of its own"),
        pytest.param("https://a.de/?a=1#top", "b=2", "https://a.de/?a=1&b=2#top", id="behind its own"),
        pytest.param("https://a.de/?a=1", "%61=2&b", "https://a.de/?a=1&b", id="its own stays as it is"),
        pytest.param("https://a.de/?a=1", "&&", "https://a.de/?a=1", id="nothing"),
        pytest.param("https://a.de/", "a=b#c d\n", "https://a.de/?a=b%23c%20d%0A", id="what a query cannot hold"),
        pytest.param("https://a.de/", "a=%zz", "https://a.de/?a=%zz", id="what is odd is left alone"),
        pytest.param("https://a.de/", "a" * 2049, "https://a.de/", id="too long"),
    ],
)
def test_a_query_is_added_as_far_as_the_address_lacks_it(url, query, expected):
    assert urls.with_query(url, query) == expected


def test_a_value_cannot_begin_another_parameter_or_a_fragment():
    assert urls.with_parameters("https://a.de", {"ref": "a&b=c#d /+"}) == "https://a.de?ref=a%26b%3Dc%23d%20%2F%2B"


@given(st.text(max_size=60))
def test_no_text_at_all_leads_to_a_host_that_is_not_ours(text):
    with contextlib.suppress(ValueError):
        assert urls.checked(text, hosts=HOSTS).startswith("https://good.com")
