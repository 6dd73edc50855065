"""What the OpenAPI document says in sentences: of itself, its parts, its headers, statuses and files."""

import inspect
from typing import Any

from chalicelib.kit.responses import Document, ExportPart

INFO = """\
A referral program on your own AWS account: links, rewards and thank-yous, exact to the cent.

- JSON over HTTPS, snake_case. A key is sent as `Authorization: Bearer rk_...`; each call names the scope it needs,
  and `admin` has all of them.
- Ids have a prefix and sort by time. Your own `external_id` works as `ext_<id>` wherever an id is expected.
- Money is `{"amount": 1999, "currency": "USD"}`, in whole minor units. Times are RFC 3339 in UTC; statistics take an
  IANA `timezone`.
- Whole numbers are written without a fraction: `1999`, not `1999.0`.
- Lists are `{data, has_more, next_cursor}`, newest first unless the call says otherwise. Those that also have
  `previous_cursor` go both ways, and their `count` says how many items there are at least.
- Calls that create something take an `Idempotency-Key`, remembered for 48 hours.
- `PATCH` changes only the fields that are sent. With `If-Match`, it is refused if anything changed after it was
  read.
- Every refusal is `application/problem+json` (RFC 9457) with a stable `code`, a `request_id` and a pointer to the
  field. A refusal changes nothing. Unknown fields and parameters are refused.
- A method that a path does not allow is answered with 405 and the allowed ones in `Allow`. `HEAD` works wherever
  `GET` does.
- API Gateway may refuse a call before it reaches the service, with the code `refused_by_gateway` and a 4xx status.
"""

TAGS = {
    "action-items": "What a person should do about a partner or a target: assign, do or dismiss it.",
    "asks": "Asks on a page of a website, by the token that its server was given.",
    "applications": "Applications to join a program: list, approve and refuse them.",
    "clicks": "Single clicks, by id.",
    "codes": "Whether a code that a visitor typed counts, for pages of a website.",
    "conversions": "Sign-ups, sales and custom events, their refunds, and why they earned what they did.",
    "customers": "Customers: who they are, who referred them, and what they are owed.",
    "endpoints": "Webhook endpoints: where a program's events are sent, their deliveries, and replays.",
    "event-types": "Every type of event, with the schema of its data and a sample.",
    "events": "What happened, in the order in which it was recorded.",
    "exports": "Clicks, conversions, rewards, partners and payments as CSV or JSON Lines, in parts.",
    "dead-letters": "Records that functions gave up on, and how to redrive them.",
    "feedback": "Partners' feedback.",
    "introduced-people": "What is kept of people who were introduced, for when they ask you; and how it is erased.",
    "introductions": "People whom partners introduce: made, accepted or declined, moved, and won by a sale.",
    "invitations": "Invitations to a program.",
    "keys": "API keys: create, list, rotate and revoke them.",
    "audit": "Who did what, chained so that nothing can be removed unnoticed.",
    "ledger": "Verification that the ledger is unchanged.",
    "liability": "What is owed in a currency.",
    "links": "Partners' links, and their results.",
    "messages": "Emails and webhook calls, and their status.",
    "materials": "Guides, agreements, templates and such for partners, and who has read them.",
    "moments": "Moments at which customers are asked to tell a friend, and what became of each.",
    "notes": "What people wrote for the record, and how to erase it.",
    "partners": "Partners: their programs, settings, standing, accounts and statistics.",
    "adjustments": "Bonuses and deductions that wait for a second person, who approves or refuses them.",
    "adjustment-settings": "The amounts above which a second person must approve a bonus or a deduction.",
    "payouts": "Payouts: freeze, export, confirm and fail them, and mark returned payments.",
    "payout-settings": "The amounts above which a second person must approve a payout.",
    "programs": "Programs: their terms, settings, emails, statistics, and sign-ups from their websites.",
    "qr": "QR codes for links.",
    "roots": "The daily root over all chains, and whether they still match it.",
    "reconciliation": "Facts compared with their effects, day by day, and repaired.",
    "referrals": "Who referred whom.",
    "rewards": "Rewards: list, hold, release, refuse and fulfill them.",
    "errors": "Every error code.",
    "search": "Find anything by id, email address, code, order number or name.",
    "service": "Information about the service, and the script for websites.",
    "suppressions": "Addresses that no longer get emails.",
    "talks": "People whom you talk with yourself, so that introductions of them come too late.",
    "targets": "Single targets: how far each is, and how to replace or end it.",
    "thanks": "Thanks to partners for what they bring: due, done or skipped, and summed up for taxes.",
    "users": "The people who sign in to the admin pages: invite them, give them roles, remove them.",
}

SECURITY = {
    "secretKey": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "rk_...",
        "description": "A secret key, as `Authorization: Bearer rk_...`. A call names the scope that it needs.",
    },
    "publishableKey": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "pk_...",
        "description": "A program's publishable key, which may stand in its website's pages: it reports sign-ups only.",
    },
}

STATUSES = {
    "400": "The body cannot be read.",
    "401": "The key is missing or not valid.",
    "403": "The key, or the page that sent this, does not allow it.",
    "404": "It does not exist, or is not the caller's.",
    "409": "The call conflicts with the current state.",
    "412": "It was changed after it was read.",
    "410": "The person it is about was erased, or the link has expired.",
    "413": "The body is too large.",
    "415": "The body has an unsupported type.",
    "422": "A value in the request is not valid.",
    "429": "Too many calls; send the same one again later.",
    "500": "It failed on our side; you can send the same call again.",
    "503": "Busy right now; send the same call again.",
}
HEADERS_OF_STATUS = {"401": "WWW-Authenticate", "429": "Retry-After", "503": "Retry-After"}

_HEADERS: dict[str, tuple[str, dict[str, Any], Any]] = {
    "X-Request-Id": (
        "The id of this call: the caller's own `X-Request-Id` if it is harmless, else one of ours.",
        {"type": "string", "maxLength": 64},
        "req-2026-11-28-1",
    ),
    "Retry-After": ("After how many seconds to try again.", {"type": "integer", "minimum": 1}, 1),
    "WWW-Authenticate": ("How to authenticate.", {"type": "string", "enum": ["Bearer"]}, "Bearer"),
    "Idempotent-Replayed": (
        "True if this call was already done and the answer is the first one; otherwise absent.",
        {"type": "string", "enum": ["true"]},
        "true",
    ),
    "ETag": (
        "Its revision; send it as `If-Match` with a change.",
        {"type": "string"},
        '"3"',
    ),
    "Content-Disposition": (
        "The file name; absent if the answer is not a file.",
        {"type": "string"},
        'attachment; filename="payout.csv"',
    ),
    "Goodword-Part": ("Which part this is, of how many; absent if there is only one.", {"type": "string"}, "1 of 3"),
    "Goodword-Next-Cursor": (
        "What to send as `cursor` for the next part; absent from the last one.",
        {"type": "string", "maxLength": 8000},
        "eJyrVkpKLFGyUjIyMFTSUSpOTS4tSs5ML0rNU7JSMjQwMlKqBQDnTgpF.5R9C6J0FD",
    ),
    "Goodword-Complete-Until": (
        "Up to when the export is complete: send it as `from` of the next one.",
        {"type": "string", "format": "date-time"},
        "2026-11-28T09:14:00.000Z",
    ),
}
HEADERS = {
    name: {"description": description, "schema": schema, "example": example}
    for name, (description, schema, example) in _HEADERS.items()
}

IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Any text you choose: the same key with the same call gets the first answer, for 48 hours.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[\\x20-\\x7e]+$"},
    "example": "order-1001-paid",
}

IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The `ETag` that was read: the change is refused if the current one is different.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "example": '"3"',
}

SIGNED = (
    "Signed according to Standard Webhooks 1.0. Any 2xx response means success; otherwise the call is retried later."
)
SIGNATURE_HEADERS = [
    {
        "name": name,
        "in": "header",
        "required": True,
        "description": description,
        "schema": {"type": "string"},
        "example": example,
    }
    for name, description, example in (
        ("webhook-id", "The id of this call, the same in every attempt.", "msg_01KB4Z8V3HMXQ2T7N5R9C6J0FD"),
        ("webhook-timestamp", "When it was made, in seconds since 1970.", "1795867200"),
        (
            "webhook-signature",
            "A signature for each valid secret.",
            "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
        ),
    )
]

PATH_SCHEMA = {"type": "string", "minLength": 1, "maxLength": 104}

CSV_OF_PEOPLE = (
    "A CSV file. Its first line names the columns (`email`, optionally `name`, `locale`), then one person per line."
)
FILES = {
    Document: "A CSV file in UTF-8.",
    ExportPart: "A part of an export in UTF-8: rows of the columns that the reference of exports lists.",
}
# By the last word of the path.
CSV_EXAMPLES = {
    "cohorts": (
        '"cohort","since","month","members","active","net_revenue"\r\n"2026-11","0","2026-11","40","31","104500"\r\n'
    ),
    "csv": "email,name,locale\nada@mail.example,Ada,en\nmia@mail.example,Mia,de\n",
    "export": (
        '"payout","owner","name","email","amount","currency","minor_units","ledger_entry","reference","status"\r\n'
        '"pay_01KB4Z8V3HMXQ2T7N5R9C6J0FD","ptr_01KB4Z8V3HMXQ2T7N5R9C6J0FD","Ada","ada@mail.example","19.99","USD",'
        '"1999","7","5R9C6J0FD5R9C6J0FD","frozen"\r\n'
    ),
    "funnel": (
        '"step","before","count","share_of_before","share_of_before_numerator","share_of_before_denominator",'
        '"share_of_first","share_of_first_numerator","share_of_first_denominator","in_period","measured","days_p50",'
        '"days_p90"\r\n"bought","signed_up","4","0.5000","4","8","0.0333","4","120","6","6","2.5000","9.0000"\r\n'
    ),
    "numbers": (
        '"rule","due","held_out","asked","shown","sent","opened","declined","joined","shared","brought","friends",'
        '"compared","compared_brought","revenue","reward_cost","more_per_1000","low","high"\r\n"happy","900","100",'
        '"700","640","0","210","80","96","70","56","71","80","4","710000","35500","30.0","-43.8","67.8"\r\n'
    ),
    "leaderboard": (
        '"rank","partner","value","share","share_numerator","share_denominator","state"\r\n'
        '"1","ptr_01KB4Z8V3HMXQ2T7N5R9C6J0FD","7996","0.5000","7996","15992","active"\r\n'
    ),
    "report": '"day","human_clicks","sales","net_revenue"\r\n"2026-11-28","120","4","7996"\r\n',
    "roi": (
        '"line","source","currency","in_cost","part","count","of","each","amount","amount_numerator",'
        '"amount_denominator"\r\n"running","entered","USD","yes","2026-11","30","30","24000","24000","24000","1"\r\n'
    ),
    "sources": (
        '"rank","partner","own","direct","through","partners","customers","depth","currency"\r\n'
        '"1","ptr_01KB4Z8V3HMXQ2T7N5R9C6J0FD","1999","7996","15992","4","6","2","USD"\r\n'
    ),
    "statement": (
        '"at","entry","what","reason","source","reward","program","held","due","frozen","paid","currency"\r\n'
        '"2026-11-01T00:00:00.000Z","","opening balance","","","","","0.00","19.99","0.00","0.00","USD"\r\n'
    ),
}


def of_shape(kind: Any) -> str:
    """Return the first paragraph of what a type says of itself."""
    shape = getattr(kind, "__origin__", kind)
    text = inspect.getdoc(shape) or ""
    return " ".join(text.partition("\n\n")[0].split())
