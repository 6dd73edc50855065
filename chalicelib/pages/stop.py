"""Writes the page that stops emails: a button, and what was done."""

from chalice.app import Response

from chalicelib.emails.unsubscribe import Unsubscription
from chalicelib.language.formats import listed
from chalicelib.language.texts import texts
from chalicelib.web import shell
from chalicelib.web.brand import brand_of

_SHELL = shell.public(__file__)
_WORDS = {"tips": "tips", "friends": "friends", "rewards": "rewards_earned", "summaries": "summaries"}


def show(stop: Unsubscription, *, stopped: bool | None) -> Response:
    """
    Answer with the page: the question (*stopped* is None), that it was done, or that it was undone.

    To a former holder of an account, that nothing was done, and nothing is to be done.
    """
    t = texts(stop.locale)
    what, keep = t["stop_what_invited"], t["stop_keep_invited"]
    if not stop.recipient_id.startswith(("inv_", "itr_")):
        names = [_WORDS[topic] for topic in stop.topics] if stop.recipient_id.startswith("ptr_") else ["welcome"]
        what, keep = t("stop_what", topics=listed([t[name] for name in names], t.locale)), t["stop_keep"]
    values = {"t": t, "title": t["stop_title"], "stopped": stopped, "what": what, "keep": keep}
    values |= {"has_account": stop.has_account}
    brand = brand_of(stop.program) if stop.program else None
    return shell.respond(
        _SHELL,
        "stop.html",
        values | {"program": stop.program.name if stop.program else ""},
        status=200 if stop.has_account else 410,
        brand=brand,
    )
