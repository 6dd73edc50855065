"""The page on which a customer still says who sent them, by the link in an email."""

from chalice.app import Request, Response

from chalicelib.access.rate_limit import find_visitor
from chalicelib.conversions.claim import ClaimClosed, claim
from chalicelib.conversions.claim_links import ClaimLinkNotFound, is_credited, is_open, read_claim_link
from chalicelib.conversions.table import Conversion
from chalicelib.kit import bodies, clock
from chalicelib.kit.errors import Refused
from chalicelib.language.texts import texts
from chalicelib.partners.friend_name_shapes import FriendName
from chalicelib.programs import find as programs
from chalicelib.web import shell
from chalicelib.web.actors import actor_of_page
from chalicelib.web.brand import brand_of
from chalicelib.web.fields import fields_at_fault
from chalicelib.web.forms import fields_of, locale_of, read_own_form, takes
from chalicelib.web.not_now import answer_unknown
from chalicelib.web.refusals import explain

_SHELL = shell.public(__file__)
_FIELDS = ("name", "hint")


def show_question(request: Request, id: str) -> Response:
    """Ask a customer who sent them; or say that it is known by now, or too late."""
    try:
        return _page(request, read_claim_link(id))
    except ClaimLinkNotFound:
        return answer_unknown(request)


@takes("name", "hint")
def take_answer(request: Request, id: str) -> Response:
    """Credit the one partner whom a customer names; ask again if it is several or nobody. A repeat changes nothing."""
    try:
        conversion = read_claim_link(id)
    except ClaimLinkNotFound:
        return answer_unknown(request)
    form: dict[str, str] = {}
    try:
        form = read_own_form(request, fields_of(take_answer))
        typed = bodies.typed({name: value for name, value in form.items() if value.strip()}, FriendName, strict=True)
        actor, visitor = actor_of_page("who_sent_you", request), find_visitor(request)
        answer = claim(conversion, typed, visitor=visitor, actor=actor, at=clock.now())
    except ClaimClosed:
        return _page(request, conversion)
    except Refused as refusal:
        return _page(request, conversion, form, refusal=refusal)
    return _page(request, read_claim_link(id), form, answer=answer)


def _page(
    request: Request,
    conversion: Conversion,
    form: dict[str, str] | None = None,
    *,
    answer: str = "",
    refusal: Refused | None = None,
) -> Response:
    t, form = texts(locale_of(request)), form or {}
    program = programs.find(conversion.program_id).program
    opened, done = is_open(conversion, at=clock.now()), is_credited(conversion)
    notice = t[f"who_{answer}"] if answer in ("which", "nobody") else ""
    if refusal is not None:
        notice = explain(refusal, t, fields=_FIELDS)
    values = {
        "t": t,
        "title": t["who_title"],
        "program": program.name,
        "opened": opened,
        "done": done,
        "notice": notice,
        "hinted": answer == "which" or "hint" in form,
        "form": form,
        "invalid": fields_at_fault(refusal, _FIELDS),
    }
    status = 200 if opened or done else 410
    status = 422 if opened and notice else status
    return shell.respond(_SHELL, "who.html", values, brand=brand_of(program), status=status)
