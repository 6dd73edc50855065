"""
Credentials for AWS: from the environment, as on Lambda; from Lambda's own address, as under SnapStart.

Under SnapStart one frozen function wakes up many times, so its credentials cannot be in its
environment: it fetches them from an address of its own machine, and again before they expire. Anything
else (a profile, a single sign-on) is left to botocore, which is imported only then.
"""

import functools
import json
import threading
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from chalicelib.kit import clock, config, instants
from chalicelib.kit.dynamo.sigv4 import Credentials

_SPARE = timedelta(minutes=5)
_SECONDS = 2.0
_lock = threading.Lock()
_cached: tuple[Credentials, datetime] | None = None


class NoCredentials(OSError):
    """There are no AWS credentials anywhere."""


def current() -> Credentials:
    """Return credentials that hold for some minutes yet. Raises NoCredentials if there are none."""
    fixed = config.credentials()
    if fixed is not None:
        return Credentials(*fixed)
    address = config.credentials_address()
    # This variable could point anywhere and our token would be sent there; so only this machine is called.
    if address is not None and urlsplit(address[0]).hostname in ("127.0.0.1", "localhost", "::1"):
        return _fetch(*address)
    session_credentials = _session().get_credentials()
    if session_credentials is None:
        raise NoCredentials("there are no AWS credentials")
    frozen = session_credentials.get_frozen_credentials()
    return Credentials(frozen.access_key, frozen.secret_key, frozen.token)


def _fetch(url: str, token: str | None) -> Credentials:
    # Only a function that woke up from a snapshot needs it.
    import urllib.request

    global _cached
    with _lock:
        if _cached is None or _cached[1] - _SPARE < clock.real():
            headers = {"Authorization": token} if token else {}
            request = urllib.request.Request(url, headers=headers)  # noqa: S310
            with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
                document = json.load(answer)
            fresh = Credentials(document["AccessKeyId"], document["SecretAccessKey"], document.get("Token"))
            _cached = fresh, instants.parse(document["Expiration"])
        return _cached[0]


@functools.cache
def _session() -> Any:
    import botocore.session

    return botocore.session.get_session()
