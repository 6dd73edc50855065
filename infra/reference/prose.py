"""What the OpenAPI document says in sentences: of itself, its parts, its headers, statuses and files."""

import inspect
from typing import Any

INFO = """\
A referral program on your own AWS account: links, rewards and thank-yous, exact to the cent.

- JSON over HTTPS, snake_case. A key is sent as `Authorization: Bearer rk_...`; each call names the scope it needs,
  and `admin` has all of them.
- Ids have a prefix and sort by time. Your own `external_id` works as `ext_<id>` wherever an id is asked for.
- Money is `{"amount": 1999, "currency": "USD"}`, in whole minor units. Times are RFC 3339 in UTC; statistics take an
  IANA `timezone`.
- Whole numbers are written without a fraction: `1999`, not `1999.0`.
- Lists are `{data, has_more, next_cursor}`, the newest first unless the call says otherwise.
- What makes something takes an `Idempotency-Key`, remembered for 48 hours.
- Every refusal is `application/problem+json` (RFC 9457) with a stable `code`, a `request_id` and a pointer to the
  field. A refusal changes nothing. Unknown fields and parameters are refused.
- A method that an address does not take is answered 405, with those it takes in `Allow`. `HEAD` is answered wherever
  `GET` is.
- API Gateway may refuse a call before it reaches the service, with the code `refused_by_gateway` and a status of 4xx.
"""

TAGS = {
    "applications": "People who have applied to take part in a program: seen, approved or refused.",
    "clicks": "Single clicks, by their ids.",
    "conversions": "Sign-ups, sales and events of a program's own, their refunds, and why they paid or did not.",
    "customers": "What customers who were sent by partners are owed.",
    "endpoints": "Webhook endpoints: where events of a program are sent, what became of each, and what is sent again.",
    "event-types": "Every type of event, with the schema of its data and a sample.",
    "events": "What happened, in the order in which it was written down.",
    "dead-letters": "What functions gave up on, and how it is brought to them again.",
    "feedback": "What partners say of the program.",
    "invitations": "People who are invited to a program.",
    "keys": "API keys: made, listed and revoked.",
    "audit": "Who did what, chained so that nothing can be taken out unseen.",
    "ledger": "The proof that the ledger is as it was written.",
    "liability": "What is owed in a currency.",
    "links": "Links of partners, and what came of them.",
    "messages": "Emails and webhook calls, and what became of them.",
    "notes": "What people said for the record, and how it is erased.",
    "partners": "Who takes part: their programs, settings, standing, accounts and statistics.",
    "payouts": "Payouts: frozen, exported, confirmed, failed and returned.",
    "programs": "Programs: their terms, settings, emails, statistics, and sign-ups from their websites.",
    "qr": "QR codes of links.",
    "roots": "The daily root over all chains, and whether they are still what it says.",
    "reconciliation": "Facts compared with their effects, day by day, and repaired.",
    "rewards": "Rewards: seen, held, released, refused and given.",
    "errors": "Every code that a call may be refused with.",
    "service": "What the service says of itself, and the script for websites.",
    "suppressions": "Addresses that emails no longer go to.",
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
    "401": "There is no key, or it is not in force.",
    "403": "The key, or the page that sent this, may not.",
    "404": "There is no such thing, or it is not the caller's.",
    "409": "It is not as the call supposes.",
    "413": "The body is too large.",
    "415": "The body is of another type.",
    "422": "The request can be read, and a value in it is not acceptable.",
    "429": "Too many calls; the same one may be sent again later.",
    "500": "It failed on our side; the same call may be sent again.",
    "503": "Busy right now; the same call may be sent again.",
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
        "Whether this was done before, and the answer is that of then; absent if not.",
        {"type": "string", "enum": ["true"]},
        "true",
    ),
    "Content-Disposition": (
        "The name of a file; absent if the answer is none.",
        {"type": "string"},
        'attachment; filename="payout.csv"',
    ),
    "Goodword-Part": ("Which of how many files this is; absent if there is one.", {"type": "string"}, "1 of 3"),
}
HEADERS = {
    name: {"description": description, "schema": schema, "example": example}
    for name, (description, schema, example) in _HEADERS.items()
}

IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Text of the caller's own: the same key with the same call gets the first answer, for 48 hours.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[\\x20-\\x7e]+$"},
    "example": "order-1001-paid",
}

SIGNED = "Signed as Standard Webhooks 1.0 says. Any 2xx says that it was done; otherwise it is called again, later."
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
        ("webhook-id", "The id of this call: the same, however often it is made.", "msg_01KB4Z8V3HMXQ2T7N5R9C6J0FD"),
        ("webhook-timestamp", "When it was made, in seconds since 1970.", "1795867200"),
        (
            "webhook-signature",
            "A signature for each secret in force.",
            "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
        ),
    )
]

PATH_SCHEMA = {"type": "string", "minLength": 1, "maxLength": 104}

CSV_OF_PEOPLE = (
    "A file with a first line that names the columns: `email`, and perhaps `name` and `locale`; then one person a line."
)
CSV_FILE = "A file of comma-separated values, in UTF-8."
# By the last word of the path.
CSV_EXAMPLES = {
    "csv": "email,name,locale\nada@mail.example,Ada,en\nmia@mail.example,Mia,de\n",
    "export": (
        '"payout","owner","name","email","amount","currency","minor_units","ledger_entry","reference","status"\r\n'
        '"pay_01KB4Z8V3HMXQ2T7N5R9C6J0FD","ptr_01KB4Z8V3HMXQ2T7N5R9C6J0FD","Ada","ada@mail.example","19.99","USD",'
        '"1999","7","5R9C6J0FD5R9C6J0FD","frozen"\r\n'
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
