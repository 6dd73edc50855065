"""What only a local run has: the API to try, a mailbox page, a movable clock, and a look at the reactions."""

import html
import json
from collections.abc import Callable
from email.header import decode_header, make_header
from typing import Any

from chalicelib.dead_letters import find as dead_letters
from chalicelib.kit import instants
from infra.local import viewer
from infra.local.gateway import Reply, Request
from infra.local.service import Service

_SETTLE_SECONDS = 600
_LATEST = 200
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}"
    "article{border:1px solid #8886;border-radius:10px;padding:1rem;margin:1rem 0}"
    "h2{margin:0 0 .25rem;font-size:1.1rem}"
    "pre{white-space:pre-wrap;overflow-wrap:anywhere;font:inherit}.soft{opacity:.7}"
    "iframe{border:0;width:100%;height:34rem;border-radius:8px}"
)


class Console:
    """Answers `/docs` and `/_local/...`; everything else is the service's."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._pages: dict[tuple[str, str], Callable[[Request], Reply]] = {
            ("GET", "/docs"): lambda _request: viewer.page(),
            ("GET", "/_local/openapi.json"): lambda _request: viewer.document(),
            ("GET", "/_local/rapidoc-min.js"): lambda _request: viewer.script(),
            ("GET", "/_local/mailbox"): self._mailbox,
            ("GET", "/_local/mailbox.json"): self._mailbox_json,
            ("GET", "/_local/clock"): self._clock,
            ("POST", "/_local/clock"): self._set_clock,
            ("POST", "/_local/settle"): self._settle,
            ("POST", "/_local/schedules"): self._run_schedule,
            ("POST", "/_local/failing"): self._fail,
        }

    def owns(self, request: Request) -> bool:
        """Return whether `answer` is for this request; any other is the service's."""
        return request.path.startswith("/_local/") or (request.method, request.path) in self._pages

    def answer(self, request: Request) -> Reply:
        """Answer what it owns. It may wait for reactions."""
        page = self._pages.get((request.method, request.path))
        return page(request) if page else Reply(404, b"Not found", [("Content-Type", "text/plain")])

    def _mailbox(self, _request: Request) -> Reply:
        emails = self.service.engine.emails()
        articles = "".join(_article(email) for email in reversed(emails[-_LATEST:]))
        latest = f", the latest {_LATEST} shown" if len(emails) > _LATEST else ""
        page = (
            f"<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
            f"<title>Mailbox</title><style>{_STYLE}</style><h1>Mailbox</h1>"
            f"<p class=soft>{len(emails)} emails{latest}, newest first. Nothing leaves this machine.</p>{articles}"
        )
        return Reply(200, page.encode(), [("Content-Type", "text/html; charset=utf-8")])

    def _mailbox_json(self, _request: Request) -> Reply:
        emails = [
            {"to": email["To"], "subject": email["Subject"], "text": email["BodyText"], "html": email["BodyHtml"]}
            for email in self.service.engine.emails()
        ]
        return _json({"emails": emails})

    def _clock(self, _request: Request) -> Reply:
        return _json({"now": instants.text(self.service.clock())})

    def _set_clock(self, request: Request) -> Reply:
        """
        Set the clock.

        What is under way is finished first; what is due by then, emails that waited too, has happened after. Who moves
        it often names the reactions to `wait_for`: only they are finished, and what is due follows in a moment.
        """
        try:
            body = json.loads(request.body)
            at, only = instants.parse(body["now"]), body.get("wait_for")
        except (ValueError, KeyError, TypeError, AttributeError):
            return _json({"error": 'send {"now": "2026-11-21T12:00:00Z"}'}, status=422)
        settled = self.service.settle(seconds=_SETTLE_SECONDS, only=set(only) if only else None)
        self.service.clock.set(at)
        if only:
            self.service.schedules.run_soon()
        else:
            settled = self.service.catch_up(seconds=_SETTLE_SECONDS)
        return _json({"now": instants.text(self.service.clock()), "settled": settled})

    def _settle(self, _request: Request) -> Reply:
        """Wait until all reactions have happened, run what is scheduled, and wait for what comes of it."""
        settled = self.service.catch_up(seconds=_SETTLE_SECONDS)
        return _json({"settled": settled, "dead_letters": dead_letters.count()})

    def _run_schedule(self, request: Request) -> Reply:
        """Run one schedule now, by its name in app.py, and wait until what comes of it has happened."""
        schedules = self.service.schedules
        try:
            name = json.loads(request.body)["run"]
        except (ValueError, KeyError, TypeError):
            name = None
        if name not in schedules:
            return _json({"error": f"send run: one of {list(schedules)}"}, status=422)
        schedules.run(name)
        return _json({"run": name, "settled": self.service.settle(seconds=_SETTLE_SECONDS)})

    def _fail(self, request: Request) -> Reply:
        """Have these reactions fail from now on, and no others: to see what becomes of what they give up on."""
        functions = self.service.functions
        try:
            failing = set(json.loads(request.body)["functions"])
            unknown = failing - set(functions)
        except (ValueError, KeyError, TypeError):
            failing, unknown = set(), {"?"}
        if unknown:
            return _json({"error": f"send functions: a list of some of {sorted(functions)}"}, status=422)
        self.service.fail(failing)
        return _json({"failing": sorted(failing)})


def _article(email: dict[str, Any]) -> str:
    return (
        f"<article><h2>{html.escape(email['Subject'])}</h2>"
        f"<p class=soft>to {html.escape(', '.join(map(_decoded, email['To'])))}</p>"
        f"<iframe sandbox title='as mail programs show it' srcdoc=\"{html.escape(email['BodyHtml'] or '')}\"></iframe>"
        f"<details><summary>as text</summary><pre>{html.escape(email['BodyText'] or '')}</pre></details></article>"
    )


def _decoded(address: str) -> str:
    """Return an address as people read it: a name that is not ASCII is encoded on its way."""
    return str(make_header(decode_header(address)))


def _json(content: dict[str, Any], *, status: int = 200) -> Reply:
    return Reply(status, json.dumps(content).encode(), [("Content-Type", "application/json")])
