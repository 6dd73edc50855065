"""The page that says that a page cannot be shown, or a form not be taken, where no page of its own does."""

from chalice.app import Request, Response

from chalicelib.access.rate_limit import TooManyRequests
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
    values = {"t": t, "title": heading, "program": "", "heading": heading, "text": text, "portal": ""}
    return shell.respond(_SHELL, "notice.html", values, status=refusal.STATUS_CODE, headers=refusal.headers)


def _heading_and_text(refusal: Refused, t: Texts) -> tuple[str, str]:
    if isinstance(refusal, Busy):
        return t["unavailable"], t["unavailable_hint"]
    if isinstance(refusal, TooManyRequests):
        return t["later"], t("later_hint", number=-(-refusal.seconds // 60))
    return t["refused"], explain(refusal, t)
