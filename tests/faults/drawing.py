"""Draws what the service draws at random from a seed, so that a failure's seed makes that failure again."""

import contextlib
import random
import secrets
from base64 import urlsafe_b64encode
from unittest.mock import patch

from chalicelib.kit.dynamo import wire


@contextlib.contextmanager
def drawn_from(seed):
    """Have ids, tokens, codes and pauses drawn from *seed*; yields the chance, to be seeded anew."""
    chance = random.Random(seed)
    with (
        patch.object(secrets, "randbits", chance.getrandbits),
        patch.object(secrets, "randbelow", chance.randrange),
        patch.object(secrets, "choice", chance.choice),
        patch.object(secrets, "token_hex", lambda size=32: chance.randbytes(size).hex()),
        patch.object(secrets, "token_urlsafe", lambda size=32: _spelled(chance.randbytes(size))),
        patch.object(wire, "_chance", chance),
    ):
        yield chance


def _spelled(drawn):
    return urlsafe_b64encode(drawn).rstrip(b"=").decode()
