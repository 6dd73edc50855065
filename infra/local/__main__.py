"""`python -m infra.local`: the whole service on this machine, until Ctrl-C."""

import argparse
import contextlib
import logging
import os
import signal
import socket
from datetime import datetime
from pathlib import Path
from types import FrameType

from infra.local.console import Console
from infra.local.http import serve
from infra.local.pipeline import invited
from infra.local.sample import make
from infra.local.service import Service

_EVERYWHERE = "0.0.0.0"  # noqa: S104
# The owner of the data of a local run: their emails are shown on the mailbox page.
_OWNER = "owner@goodword.example"
# The name that the engine keeps the admin key under from run to run.
_KEY = "admin key"


def main() -> None:
    """Start, say where everything is, serve, and end cleanly."""
    options = _options()
    logging.basicConfig(level=logging.INFO if options.verbose else logging.ERROR, format="%(levelname)s %(message)s")
    listening = _listen(options.host, options.port)
    url = options.url or f"http://{_reachable(options.host)}:{options.port}"
    # Both by name: a shell starts what it puts into the background with Ctrl-C ignored.
    signal.signal(signal.SIGINT, _interrupt)
    signal.signal(signal.SIGTERM, _interrupt)
    service = Service(url=url, keep=options.data)

    def begin() -> None:
        service.start()
        _introduce(url, service, empty=options.empty)

    def end() -> None:
        _print("\nstopping ...")
        service.stop()
        _print("stopped.")

    with contextlib.suppress(KeyboardInterrupt):
        serve(Console(service), listening, begin=begin, end=end)
    # All that is kept is written. What is in memory, the system frees at once; the interpreter would row by row.
    os._exit(0)


def _print(text: str) -> None:
    """Print, unless nobody reads it any longer: a program or a terminal may end before this does."""
    with contextlib.suppress(OSError):
        print(text, flush=True)


def _introduce(url: str, service: Service, *, empty: bool) -> None:
    from chalicelib.kit import clock

    key = _admin_key(service)
    if empty:
        print(
            f"""
Goodword is running at {url}

  admin pages  {_sign_in_link(at=clock.now())}
               (once, for 15 minutes)
  mailbox      {url}/_local/mailbox
  admin key    {key}
""",
            flush=True,
        )
        return
    sample = make(owner=_OWNER, at=clock.now())
    storage = f"kept in {service.keep}" if service.keep else "gone when this ends (DATA=folder keeps it)"
    print(
        f"""
Goodword is running. Ctrl-C ends it; its data are {storage}.

  join page    {sample.join_url}
  share page   {sample.share_url}
  pipeline     {url}/admin/programs/{sample.program}/introductions
  short link   {sample.link_url}
  mailbox      {url}/_local/mailbox
  API          {url}/docs
  admin pages  {_sign_in_link(at=clock.now())}
               (once, for 15 minutes; then {url}/admin sends {_OWNER} another, to the mailbox)
  admin key    {key}
  program      {sample.program}   (also ext_sample)
  partner      {sample.partner}   (also ext_sample-ada)
""",
        flush=True,
    )


def _admin_key(service: Service) -> str:
    """Return the admin key of these data: the one of their first run, unless it was revoked."""
    from chalicelib.access.api_keys import authorize, create
    from chalicelib.audit.actor import Actor
    from chalicelib.kit import clock
    from chalicelib.kit.errors import Refused

    stored = service.engine.durable.get(_KEY)
    if stored is not None:
        with contextlib.suppress(Refused):
            authorize(f"Bearer {stored}", scope="admin")
            return str(stored)
    _, key = create(name="local admin", scopes=["admin"], actor=Actor("operator", "run"), at=clock.now())
    service.engine.keep(_KEY, key)
    return key


def _sign_in_link(*, at: datetime) -> str:
    """Return a link that signs in the owner of these data, who exists from the first run on and gets no email."""
    from chalicelib.access.magic_links import make_url, new_link
    from chalicelib.audit.actor import Actor
    from chalicelib.kit.dynamo import writes
    from chalicelib.kit.keyed_digests import address_digests

    owner_id = invited(_OWNER, "Owner", actor=Actor("operator", "run"), at=at)
    link = new_link(owner_id, mailbox=address_digests(_OWNER)[0], at=at)
    writes.add_once(link)
    return make_url(link)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make run", description="Run Goodword on this machine.")
    parser.add_argument("--port", type=int, default=8000, help="where to listen (default 8000)")
    parser.add_argument("--host", default="127.0.0.1", help=f"{_EVERYWHERE} shows it to phones on the same network")
    parser.add_argument("--url", help="the address links begin with, if it is another than where we listen")
    parser.add_argument("--data", type=Path, help="a folder in which data are kept from run to run")
    parser.add_argument("--empty", action="store_true", help="begin without the sample program")
    parser.add_argument("--verbose", action="store_true", help="log every call")
    return parser.parse_args()


def _listen(host: str, port: int) -> socket.socket:
    """Listen, or say why that is impossible. Early connections wait until there is a server to answer."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # For every connection: a body that waits until its headers are acknowledged comes 40 ms late.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        raise SystemExit(
            f"Port {port} of {host} cannot be had ({error.strerror}). Choose another: make run PORT=8001"
        ) from None
    listening.listen()
    return listening


def _reachable(host: str) -> str:
    """Return the name under which others find what listens there: for a phone, this machine's own address."""
    if host != _EVERYWHERE:
        return "localhost" if host == "127.0.0.1" else host
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Connecting a datagram socket sends nothing; it only asks which way it would go.
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return socket.gethostname()


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
