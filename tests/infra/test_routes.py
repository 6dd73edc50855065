"""Routes: each stands in the room that its path names, so that whoever looks for a path finds all of it."""

import re

import app as goodword
from tests.running import ROOT

# Which paths a room serves: these, and what is below them.
PREFIXES = {
    "access": ["/v1/keys", "/v1/users"],
    "adjustments": ["/v1/adjustment-settings", "/v1/adjustments"],
    "admin": ["/admin"],
    "audit": ["/v1/audit"],
    "clicks": ["/v1/clicks", "/{id}"],
    "conversions": ["/v1/conversions"],
    "dead_letters": ["/v1/dead-letters"],
    "kit": ["/healthz", "/openapi.json", "/v1/errors"],
    "ledger": ["/v1/ledger"],
    "links": ["/v1/codes", "/v1/links", "/v1/qr"],
    "emails": ["/v1/suppressions"],
    "events": ["/v1/event-types", "/v1/events"],
    "exports": ["/v1/exports"],
    "introductions": ["/v1/introduced-people", "/v1/introductions", "/v1/talks", "/v1/thanks"],
    "materials": ["/v1/materials"],
    "notes": ["/v1/notes"],
    "outbox": ["/v1/messages"],
    "moments": ["/v1/asks", "/v1/moments"],
    "onboarding": ["/v1/applications", "/v1/invitations", "/v1/partners/batch"],
    "pages": [
        *("/", "/ask", "/benefit", "/f", "/favicon.ico", "/goodword.js", "/introduced", "/join", "/look", "/preview"),
        *("/robots.txt", "/s", "/terms", "/u", "/who"),
    ],
    "partners": ["/v1/feedback", "/v1/partners"],
    "payouts": ["/v1/payout-settings", "/v1/payouts"],
    "portal": ["/portal"],
    "programs": ["/v1/programs"],
    "reconciliation": ["/v1/reconciliation", "/v1/roots"],
    "referrals": ["/v1/customers", "/v1/referrals"],
    "rewards": ["/v1/liability", "/v1/rewards"],
    "search": ["/v1/search"],
    "targets": ["/v1/action-items", "/v1/targets"],
    "webhooks": ["/v1/endpoints"],
}


def rooms_of(path):
    """Return the rooms that serve a path by the table: those with the longest part of it."""
    rooms = [
        (len(prefix), room)
        for room, prefixes in PREFIXES.items()
        for prefix in prefixes
        if path == prefix or path.startswith(f"{prefix}/")
    ]
    return [room for length, room in rooms if length == max(rooms)[0]]


def served():
    """Return every route: its path, its method, and the room its view stands in."""
    for path, methods in goodword.app.routes.items():
        for method, entry in methods.items():
            view = entry.view_function
            # A page's view is imported when it is asked for, and its address knows from where.
            module = getattr(view, "module", view.__module__).split(".")
            assert module[0] == "chalicelib"
            assert module[2].endswith("routes") or hasattr(view, "module")
            yield path, method, module[1]


def test_every_route_stands_in_the_room_that_its_path_names():
    assert {route: [route[2]] for route in served()} == {route: rooms_of(route[0]) for route in served()}


def test_the_table_names_no_room_and_no_path_that_is_not_served():
    paths = {path for path, _, _ in served()}

    assert {room for _, _, room in served()} == PREFIXES.keys()
    for prefixes in PREFIXES.values():
        for prefix in prefixes:
            assert any(path == prefix or path.startswith(f"{prefix}/") for path in paths)


def test_the_guide_to_cloudfront_sends_the_api_all_that_is_the_apis():
    guide = (ROOT / "docs" / "guides" / "deploy.md").read_text()
    behaviors = set(
        re.findall(r"`(/[^`]*)`", guide.partition("### CloudFront in front")[2].partition("caching off")[0])
    )

    for path in {path for path, _, room in served() if room != "clicks"}:
        first, below = f"/{path.split('/')[1]}", path.count("/") > 1
        assert (f"{first}/*" if below else first) in behaviors, path


def test_every_address_is_named_where_a_front_is_described():
    guide = (ROOT / "docs/guides/deploy.md").read_text().partition("### CloudFront in front")[2].partition("\n## ")[0]
    named = [re.escape(one).replace(r"\*", ".*") for one in re.findall(r"`(/[\w./*-]*)`", guide)]

    missing = {path for path in goodword.app.routes if not any(re.fullmatch(one, path) for one in named)}

    # What is left goes to the redirect.
    assert missing == {"/{id}"}
