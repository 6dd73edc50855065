"""Signatures: who may hold what. Every use has a name, so no signature serves two."""

import base64
import functools
import hashlib
import hmac

from chalicelib.kit import config

_BYTES = 16


@functools.lru_cache(maxsize=16)
def key_id(secret: str) -> str:
    """Return the four characters by which a signed text names its secret."""
    return hashlib.sha256(b"id:" + secret.encode()).hexdigest()[:4]


def current_key_id() -> str:
    return key_id(config.signing_secrets()[0])


def sign(use: str, message: str, *, named: str | None = None) -> str:
    """Return 22 characters that only a holder of the secret can make for this use and message."""
    for secret in config.signing_secrets():
        if named is None or key_id(secret) == named:
            return _signature(secret, use, message)
    raise KeyError(named)


def sign_lasting(use: str, message: str) -> str:
    """Return 22 characters as `sign` does, for a link that lives for years: rotating the signing secret ends none."""
    return _signature(config.lasting_secrets()[0], use, message)


def derived(use: str, message: str) -> list[bytes]:
    """Return 32 secret bytes for this use and message, made from each secret still in use, the current one first."""
    spelled = f"{use}\n{message}".encode()
    return [hmac.new(secret.encode(), spelled, hashlib.sha256).digest() for secret in config.signing_secrets()]


def verifies(use: str, message: str, signature: str, *, named: str | None = None) -> bool:
    """Say whether the signature is ours, in constant time; by any secret still in use if none is named."""
    key_ids = [key_id(secret) for secret in config.signing_secrets()] if named is None else [named]
    try:
        expected = [sign(use, message, named=name) for name in key_ids]
    except KeyError:
        return False
    return _is_one_of(signature, expected)


def verifies_lasting(use: str, message: str, signature: str) -> bool:
    """
    Say whether a signature is one of `sign_lasting`, in constant time.

    Links of before there were lasting secrets are signed with the signing secret, and hold while that is in use.
    """
    secrets = (*config.lasting_secrets(), *config.signing_secrets())
    return _is_one_of(signature, [_signature(secret, use, message) for secret in secrets])


def _signature(secret: str, use: str, message: str) -> str:
    mac = hmac.new(secret.encode(), f"{use}\n{message}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mac[:_BYTES]).rstrip(b"=").decode()


def _is_one_of(signature: str, expected: list[str]) -> bool:
    received = signature.encode()
    return sum(hmac.compare_digest(one.encode(), received) for one in expected) > 0
