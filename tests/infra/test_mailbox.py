"""The local mailbox: whom an email is for, as people read it."""

import pytest

from infra.local.console import _article


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        ("=?utf-8?q?Mia_Bergstr=C3=B6m?= <mia@mail.example>", "Mia Bergström &lt;mia@mail.example&gt;"),
        ("Ada <ada@mail.example>", "Ada &lt;ada@mail.example&gt;"),
        ("ada@mail.example", "ada@mail.example"),
        ("=?utf-8?q?=3Cscript=3E?= <x@mail.example>", "&lt;script&gt; &lt;x@mail.example&gt;"),
    ],
)
def test_names_are_shown_as_they_were_before_they_were_encoded(to, expected):
    article = _article({"Subject": "Hi", "To": [to], "BodyHtml": "", "BodyText": ""})

    assert f"<p class=soft>to {expected}</p>" in article
