"""What only a local run has: a mailbox page, a movable clock, and a look at the reactions."""

import html
import json
from collections.abc import Callable, Iterable
from email.header import decode_header, make_header
from typing import Any

from chalicelib.dead_letters import find as dead_letters
from chalicelib.kit import instants
from infra.local.gateway import Environment, Gateway, StartResponse
from infra.local.service import Service

_SETTLE_SECONDS = 600
_LATEST = 200
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}"
    "article{border:1px solid #8886;border-radius:10px;padding:1rem;margin:1rem 0}h2{margin:0 0 .25rem;font-size:1.1rem}"
    "pre{white-space:pre-wrap;overflow-wrap:anywhere;font:inherit}.soft{opacity:.7}"
    "iframe{border:0;width:100%;height:34rem;border-radius:8px}"
)


class Console:
    """A WSGI application: `/_local/...` is its own, everything else is the service's."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.gateway = Gateway(service.app)
        self._pages: dict[tuple[str, str], Callable[[Environment], tuple[str, str, bytes]]] = {
            ("GET", "/_local/mailbox"): self._mailbox,
            ("GET", "/_local/mailbox.json"): self._mailbox_json,
            ("GET", "/_local/clock"): self._clock,
            ("POST", "/_local/clock"): self._set_clock,
            ("POST", "/_local/settle"): self._settle,
            ("POST", "/_local/schedules"): self._run_schedule,
            ("POST", "/_local/failing"): self._fail,
        }

    def __call__(self, environment: Environment, start_response: StartResponse) -> Iterable[bytes]:
        path = environment["PATH_INFO"]
        if not path.startswith("/_local/"):
            return self.gateway(environment, start_response)
        page = self._pages.get((environment["REQUEST_METHOD"], path))
        status, kind, body = page(environment) if page else ("404 Not Found", "text/plain", b"Not found")
        start_response(status, [("Content-Type", kind), ("Content-Length", str(len(body)))])
        return [body]

    def _mailbox(self, _environment: Environment) -> tuple[str, str, bytes]:
        letters = self.service.engine.emails()
        shown = "".join(_article(letter) for letter in reversed(letters[-_LATEST:]))
        latest = f", the latest {_LATEST} shown" if len(letters) > _LATEST else ""
        page = (
            f"<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
            f"<title>Mailbox</title><style>{_STYLE}</style><h1>Mailbox</h1>"
            f"<p class=soft>{len(letters)} letters{latest}, newest first. Nothing leaves this machine.</p>{shown}"
        )
        return "200 OK", "text/html; charset=utf-8", page.encode()

    def _mailbox_json(self, _environment: Environment) -> tuple[str, str, bytes]:
        letters = [
            {"to": letter["To"], "subject": letter["Subject"], "text": letter["BodyText"], "html": letter["BodyHtml"]}
            for letter in self.service.engine.emails()
        ]
        return _json({"letters": letters})

    def _clock(self, _environment: Environment) -> tuple[str, str, bytes]:
        return _json({"now": instants.text(self.service.clock())})

    def _set_clock(self, environment: Environment) -> tuple[str, str, bytes]:
        """
        Set the clock. What is under way is finished first; what is due by then, letters that waited too, has happened after.

        Who moves it often names the reactions to `wait_for`: only they are finished, and what is due follows in a moment.
        """
        try:
            body = json.loads(environment["wsgi.input"].read())
            at, only = instants.parse(body["now"]), body.get("wait_for")
        except (ValueError, KeyError, TypeError, AttributeError):
            return _json({"error": 'send {"now": "2026-11-21T12:00:00Z"}'}, status="422 Unprocessable Content")
        settled = self.service.settle(seconds=_SETTLE_SECONDS, only=set(only) if only else None)
        self.service.run_schedules(at_most_every=2.0)
        self.service.clock.set(at)
        if not only:
            settled = self.service.catch_up(seconds=_SETTLE_SECONDS)
        return _json({"now": instants.text(self.service.clock()), "settled": settled})

    def _settle(self, _environment: Environment) -> tuple[str, str, bytes]:
        """Wait until all reactions have happened, run what is scheduled, and wait for what comes of it."""
        settled = self.service.catch_up(seconds=_SETTLE_SECONDS)
        return _json({"settled": settled, "dead_letters": dead_letters.count()})

    def _run_schedule(self, environment: Environment) -> tuple[str, str, bytes]:
        """Run one schedule now, by its name in app.py, and wait until what comes of it has happened."""
        try:
            name = json.loads(environment["wsgi.input"].read())["run"]
            schedule = self.service.schedules[name]
        except (ValueError, KeyError, TypeError):
            return _json(
                {"error": f"send run: one of {sorted(self.service.schedules)}"}, status="422 Unprocessable Content"
            )
        schedule()
        return _json({"run": name, "settled": self.service.settle(seconds=_SETTLE_SECONDS)})

    def _fail(self, environment: Environment) -> tuple[str, str, bytes]:
        """Have these reactions fail from now on, and no others: to see what becomes of what they give up on."""
        functions = self.service.functions
        try:
            failing = set(json.loads(environment["wsgi.input"].read())["functions"])
            unknown = failing - set(functions)
        except (ValueError, KeyError, TypeError):
            failing, unknown = set(), {"?"}
        if unknown:
            return _json(
                {"error": f"send functions: a list of some of {sorted(functions)}"}, status="422 Unprocessable Content"
            )
        self.service.fail(failing)
        return _json({"failing": sorted(failing)})


def _article(letter: dict[str, Any]) -> str:
    return (
        f"<article><h2>{html.escape(letter['Subject'])}</h2><p class=soft>to {html.escape(', '.join(map(_decoded, letter['To'])))}</p>"
        f"<iframe sandbox title='as mail programs show it' srcdoc=\"{html.escape(letter['BodyHtml'] or '')}\"></iframe>"
        f"<details><summary>as text</summary><pre>{html.escape(letter['BodyText'] or '')}</pre></details></article>"
    )


def _decoded(address: str) -> str:
    """Return an address as people read it: a name that is not ASCII is encoded on its way."""
    return str(make_header(decode_header(address)))


def _json(content: dict[str, Any], *, status: str = "200 OK") -> tuple[str, str, bytes]:
    return status, "application/json", json.dumps(content).encode()
