"""
The front: a process of its own that answers HTTP, as API Gateway and the functions behind it do.

What only a local run has is asked from the process that has the engine; the API to look at is here.
"""

import socket
from collections.abc import Callable

from chalice.app import Chalice

from infra.local import viewer
from infra.local.gateway import Gateway, Reply, Request
from infra.local.http import serve
from infra.local.processes import Address, Caller, Child
from infra.local.wires import use_remote_engine

_LOCAL = "/_local/"


class Front:
    """A process that answers what comes to a listening socket. It has to be made before there are threads."""

    def __init__(self, app: Chalice, listening: socket.socket, *, engine: Address, console: Address) -> None:
        def live(ended: Callable[[], None]) -> None:
            use_remote_engine(engine)
            serve(Site(Gateway(app), Caller(console)), listening, ended=ended)

        self._child = Child("front", live)
        self.sentinel = self._child.sentinel
        listening.close()

    def stop(self) -> None:
        """Answer nothing more; what was being answered is."""
        self._child.stop()


class Site:
    """The service's own addresses, `/docs`, and the console's under `/_local/`."""

    def __init__(self, gateway: Gateway, console: Caller) -> None:
        self._gateway = gateway
        self._console = console
        self._pages: dict[str, Callable[[], Reply]] = {
            "/docs": viewer.page,
            "/_local/openapi.json": viewer.document,
            "/_local/rapidoc-min.js": viewer.script,
        }

    def is_quick(self, request: Request) -> bool:
        return self._gateway.is_redirect(request)

    def answer(self, request: Request) -> Reply:
        if request.method == "GET" and request.path in self._pages:
            return self._pages[request.path]()
        if request.path.startswith(_LOCAL):
            reply: Reply = self._console.ask(request)
            return reply
        return self._gateway.answer(request)
