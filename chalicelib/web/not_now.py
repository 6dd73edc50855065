"""The general page for errors: a page that cannot be shown, or a form that cannot be accepted."""

from chalice.app import Request, Response

from chalicelib.access.rate_limit import TooManyRequests
from chalicelib.kit import config
from chalicelib.kit.errors import Busy, Refused
from chalicelib.language.texts import Texts, texts
from chalicelib.web import shell
from chalicelib.web.forms import locale_of
from chalicelib.web.refusals import explain

_SHELL = shell.public(__file__)


def answer(request: Request, refusal: Refused) -> Response:
    """Answer with the page, and with the refusal's own status and headers, such as when to come again."""
    t = texts(locale_of(request))
    heading, text = _heading_and_text(refusal, t)
    return _notice(t, heading, text, status=refusal.STATUS_CODE, headers=refusal.headers)


def answer_unknown(request: Request) -> Response:
    """Answer that there is no page at this address, with the way to the portal."""
    t = texts(locale_of(request))
    return _notice(t, t["unknown"], t["unknown_hint"], status=404, portal=f"{config.public_url()}/portal")


def answer_failed(request: Request) -> Response:
    """Answer that an error occurred; its details are in the log."""
    t = texts(locale_of(request))
    return _notice(t, t["broken"], t["broken_hint"], status=500)


def _heading_and_text(refusal: Refused, t: Texts) -> tuple[str, str]:
    if isinstance(refusal, Busy):
        return t["unavailable"], t["unavailable_hint"]
    if isinstance(refusal, TooManyRequests):
        return t["later"], explain(refusal, t)
    return t["refused"], explain(refusal, t)


def _notice(
    t: Texts, heading: str, text: str, *, status: int, portal: str = "", headers: dict[str, str] | None = None
) -> Response:
    values = {"t": t, "title": heading, "program": "", "heading": heading, "text": text, "portal": portal}
    return shell.respond(_SHELL, "notice.html", values, status=status, headers=headers)
