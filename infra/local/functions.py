"""
The functions of app.py as Lambda has them: called by the pumps, and by name through Lambda's Invoke.

The API delivers dead letters by that call; here it is answered for the functions of this process, on a
separate port that only this machine can reach.
"""

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from chalice.utils import to_cfn_resource_name

from chalicelib.dead_letters.dead_letter import parse_reaction

_NAME = "arn:aws:lambda:us-east-1:000000000000:function:goodword-local-{}-LOCAL"


class InjectedFailure(Exception):
    """A failure of this function that a person requested, to see what happens."""


class Functions:
    """Functions by their names in app.py, and Lambda's Invoke for them at `url`."""

    def __init__(self, names: Iterable[str], call: Callable[[str, dict[str, Any]], Any]) -> None:
        self._names = set(names)
        self._call = call
        # Functions that fail until they are removed from here.
        self.failing: set[str] = set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _answering(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.02], name="invocations", daemon=True)

    def start(self) -> None:
        """Answer; who calls before this waits."""
        self._thread.start()

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def call(self, name: str, event: dict[str, Any], _context: Any = None) -> Any:
        """Call a function as Lambda does; one with an injected failure raises."""
        if name in self.failing:
            raise InjectedFailure(name)
        return self._call(name, event)

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def arn_of(function: str) -> str:
    """Return the ARN of a function, as CloudFormation would name it."""
    return _NAME.format(to_cfn_resource_name(function))


def _answering(functions: Functions) -> type[BaseHTTPRequestHandler]:
    class Invocation(BaseHTTPRequestHandler):
        """`POST /2015-03-31/functions/{name}/invocations`, answered as by Lambda."""

        def do_POST(self) -> None:
            event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            name = parse_reaction(unquote(self.path.split("/")[3]))
            if name not in functions:
                self._answer(
                    404, {"Message": f"Function not found: {name}"}, **{"X-Amzn-ErrorType": "ResourceNotFoundException"}
                )
                return
            try:
                answer = functions.call(name, event)
            except Exception as raised:  # noqa: BLE001 - whatever it raised, Lambda says so in its answer
                error = {"errorType": type(raised).__name__, "errorMessage": str(raised)}
                self._answer(200, error, **{"X-Amz-Function-Error": "Unhandled"})
                return
            self._answer(200, answer)

        def _answer(self, status: int, content: Any, **headers: str) -> None:
            written = json.dumps(content).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(written))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(written)

        def log_message(self, *_arguments: Any) -> None:
            """Log nothing: the function has its own log."""

    return Invocation
