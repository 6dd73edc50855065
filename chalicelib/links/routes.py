"""Links, their codes and their QR codes, over HTTP."""

from chalice.app import Blueprint, Response

from chalicelib.access.api_keys import LEADS
from chalicelib.access.endpoint import Call, Tagged, endpoint
from chalicelib.clicks.shapes import ClicksQuery, ClickView
from chalicelib.conversions.cross_origin import check_origin, cross_origin_by_key, preflight_by_key
from chalicelib.kit import clock
from chalicelib.kit.cursors import ListPage
from chalicelib.kit.problems import problem, request_id_of
from chalicelib.kit.responses import Binary
from chalicelib.kit.shapes import NoQuery
from chalicelib.links import find, qr
from chalicelib.links.change import change_link as change
from chalicelib.links.create import create
from chalicelib.links.disable import disable
from chalicelib.links.find import LinkNotFound
from chalicelib.links.look_up import look_up
from chalicelib.links.shapes import CodeQuery, CodeView, LinkChange, LinksQuery, LinkView, NewLink, make_url
from chalicelib.stats.report import link_report
from chalicelib.stats.shapes import StatsQuery, StatsView

routes = Blueprint(__name__)
_FOR_AN_HOUR = "public, max-age=3600"


@routes.route("/v1/links", methods=["POST"])
@endpoint(routes, scope="links:write", body=NewLink, answer=LinkView, status=201)
def create_link(call: Call[NewLink, NoQuery]) -> LinkView:
    """Create a link for a partner in a program."""
    return LinkView.of(create(call.body, actor=call.actor, at=call.at, receipt=call.receipt_of(LinkView.of)))


@routes.route("/v1/links", methods=["GET"])
@endpoint(routes, scope="links:read", query=LinksQuery, answer=ListPage[LinkView])
def list_links(call: Call[None, LinksQuery]) -> ListPage[LinkView]:
    """List links, of a program or a partner, newest first."""
    from chalicelib.search import by_id

    return by_id.list_links(call.query, at=call.at)


@routes.route("/v1/links/{id}", methods=["GET"])
@endpoint(routes, scope="links:read", answer=LinkView, tagged=True)
def get_link(call: Call[None, NoQuery], id: str) -> Tagged:
    """Show a link."""
    link = find.find(id)
    return Tagged.of(LinkView.of(link), link)


@routes.route("/v1/links/{id}", methods=["PATCH"])
@endpoint(routes, scope="links:write", body=LinkChange, answer=LinkView, tagged=True)
def change_link(call: Call[LinkChange, NoQuery], id: str) -> Tagged:
    """Change a link's destination, channel or expiry, within ten seconds; fields that are not sent stay."""
    link = change(id, call.body, if_match=call.if_match, actor=call.actor, at=call.at)
    return Tagged.of(LinkView.of(link), link)


@routes.route("/v1/links/{id}/stats", methods=["GET"])
@endpoint(routes, scope="stats:read", query=StatsQuery, answer=StatsView)
def get_link_stats(call: Call[None, StatsQuery], id: str) -> StatsView:
    """Return a link's statistics by local day: clicks, and conversions of customers it referred."""
    return link_report(id, call.query, at=call.at)


@routes.route("/v1/links/{id}/clicks", methods=["GET"])
@endpoint(routes, scope="stats:read", query=ClicksQuery, answer=ListPage[ClickView])
def list_link_clicks(call: Call[None, ClicksQuery], id: str) -> ListPage[ClickView]:
    """List a link's clicks, newest first; one is listed moments after it came, and kept for 400 days."""
    from chalicelib.search import clicks

    return clicks.list_clicks(id, call.query, at=call.at)


@routes.route("/v1/links/{id}/disable", methods=["POST"])
@endpoint(routes, scope="links:write", answer=LinkView, replays=False)
def disable_link(call: Call[None, NoQuery], id: str) -> LinkView:
    """End a link for good; warm functions may follow it for ten seconds more."""
    return LinkView.of(disable(id, actor=call.actor, at=call.at))


@routes.route("/v1/qr/{id}", methods=["GET"])
def qr_code(id: str) -> Response:
    """Return a live link's QR code: `<code>.svg` or `<code>.png`. Anyone who knows the code can get it."""
    code, _, kind = id.rpartition(".")
    link = look_up(code, at=clock.now()) if kind in ("svg", "png") else None
    if link is None:
        missing = LinkNotFound("There is no active link with this code, or no such image format.")
        return problem(missing, request_id=request_id_of(routes.current_request))
    if kind == "png":
        return Binary(
            qr.draw_png(make_url(link.code)), headers={"Content-Type": "image/png", "Cache-Control": _FOR_AN_HOUR}
        )
    return Response(
        qr.draw_svg(make_url(link.code)), headers={"Content-Type": "image/svg+xml", "Cache-Control": _FOR_AN_HOUR}
    )


@routes.route("/v1/codes/{id}", methods=["OPTIONS"])
def ask_about_codes(id: str) -> Response:
    """Tell a browser that a page may ask about a code."""
    return preflight_by_key(routes.current_request)


@routes.route("/v1/codes/{id}", methods=["GET"])
@cross_origin_by_key(routes)
@endpoint(routes, scope=LEADS, query=CodeQuery, answer=CodeView)
def check_code(call: Call[None, CodeQuery], id: str) -> CodeView:
    """Check a code as a visitor typed it, with a publishable key: whether it counts now, and what a friend gets."""
    # Imported late: no other call of the API says what terms give.
    from chalicelib.access.rate_limit import find_visitor
    from chalicelib.conversions import check_code as checks
    from chalicelib.language.texts import texts
    from chalicelib.programs import find as programs
    from chalicelib.web.forms import locale_of

    request = routes.current_request
    assert call.program_id is not None, "a publishable key is of a program"
    program_terms = programs.find(call.program_id)
    check_origin(request, program_terms.program.origins)
    t = texts(call.query.language or locale_of(request))
    return checks.check_code(id, program_terms, t, visitor=find_visitor(request), at=call.at)
