"""
Codes: how they are made, spelled and compared.

Pure: no I/O, no clock; `generate` draws at random.
"""

import functools
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import shortuuid

# Without 0 and O, 1, I and L: nothing that can be misread on paper or over a telephone.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH = 8
# Every first word of the service's own addresses, today's and those it may need; a test holds this
# to the app's routes.
RESERVED = frozenset(
    [
        "u",
        "about",
        "account",
        "accounts",
        "admin",
        "api",
        "apps",
        "assets",
        "auth",
        "blog",
        "cdn",
        "contact",
        "dashboard",
        "docs",
        "favicon",
        "feedback",
        "goodword",
        "goodword-js",
        "health",
        "healthz",
        "help",
        "home",
        "images",
        "invite",
        "join",
        "legal",
        "login",
        "logout",
        "mail",
        "me",
        "media",
        "openapi",
        "openapi-json",
        "partner",
        "partners",
        "portal",
        "pricing",
        "privacy",
        "program",
        "programs",
        "qr",
        "robots",
        "robots-txt",
        "s",
        "settings",
        "share",
        "sign-in",
        "sign-up",
        "signin",
        "signup",
        "sitemap",
        "static",
        "stats",
        "status",
        "support",
        "terms",
        "unsubscribe",
        "v1",
        "v2",
        "webhook",
        "webhooks",
        "well-known",
        "www",
    ]
)
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{1,48})[a-z0-9]")
# Rude words, as far as ALPHABET can spell them.
_RUDE = re.compile("ARSE|ASS|CRAP|CUNT|DAMN|DYKE|FAG|FCK|FUCK|FUK|JEW|KKK|NAZ|RAPE|SEX|SHT|SS|TWAT|WANK|WTF|XXX")


def generate() -> str:
    """Return a random code: eight characters, one of about 8.5 × 10¹¹, without rude words."""
    while True:
        code = _generator().random(LENGTH)
        if not _RUDE.search(code):
            return code


@functools.cache
def _generator() -> "shortuuid.ShortUUID":
    # Imported late: the redirect compares codes and makes none.
    import shortuuid

    return shortuuid.ShortUUID(alphabet=ALPHABET)


def make_key(code: str) -> str:
    """Return the form in which codes are compared: without regard to case, or to spaces around it."""
    return code.strip().lower()


def is_code(code: str) -> bool:
    """Return whether a text could be a code at all, so that nothing else is looked up."""
    return code.isascii() and _SLUG.fullmatch(make_key(code)) is not None


def find_objection(slug: str) -> str | None:
    """Return what is wrong with a slug, or None."""
    if not _SLUG.fullmatch(slug):
        return "A chosen code has 3 to 50 of a-z, 0-9 and hyphens, and neither begins nor ends with a hyphen."
    if slug in RESERVED:
        return f"`{slug}` is reserved for the service's own addresses."
    return None
