"""Cookies: what we have a browser keep comes back, whatever else it keeps."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from chalicelib.web import cookies
from tests.forms import read_cookie

NAME, VALUE = "__Host-goodword", "ptr_0.ses_1.a-B9"


def request(header):
    return SimpleNamespace(headers={"cookie": header})


@pytest.mark.parametrize(
    ("header", "value"),
    [
        pytest.param(f"{NAME}={VALUE}", VALUE, id="alone"),
        pytest.param(f"theme=dark; {NAME}={VALUE}; x=1", VALUE, id="among others"),
        pytest.param(f'cart={{"tea": [1, 2]}}; {NAME}={VALUE}', VALUE, id="after one that cannot be read"),
        pytest.param(f"bad@name=1; =; ;;{NAME}={VALUE}", VALUE, id="after what is none"),
        pytest.param(f"x{NAME}={VALUE}", None, id="a longer name"),
        pytest.param("", None, id="none"),
    ],
)
def test_our_cookie_is_read_whatever_stands_beside_it(header, value):
    assert cookies.read(request(header), NAME) == value


def test_a_cookie_is_kept_for_this_host_and_out_of_reach_of_scripts():
    safe = {"Path=/", "Secure", "HttpOnly", "SameSite=Lax"}

    assert read_cookie(cookies.keep(NAME, VALUE, lasting=timedelta(hours=1))) == (NAME, VALUE, {"Max-Age=3600", *safe})
    assert read_cookie(cookies.drop(NAME)) == (NAME, '""', {"Max-Age=0", *safe})
