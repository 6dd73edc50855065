"""
Daily roots: how far each chain of the ledger and of the audit trail had got, kept outside of the tables.

A chain shows what was changed or taken out in its middle; who cuts off its end, and moves its head back, leaves a chain
that follows. So once a day the heads of all chains are written to a bucket whose objects cannot be changed, under one
hash, the root. A root holds the hash of the one before.
"""

import functools
import hashlib
from collections.abc import Iterable
from datetime import date, timedelta
from itertools import islice
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from chalicelib.kit import config, s3

HEADS_A_PART = 10_000
# How many days back a root is looked for.
_DAYS = 400
_A_PAGE = 1000


class Head(NamedTuple):
    """Up to which entry a chain of a table went, and the hash of that entry."""

    table: str
    chain: str
    seq: int
    hash: str


class Part(Struct, frozen=True):
    """A part of the heads that a root covers: where they are, how many, and the hash of their content."""

    key: str
    heads: int
    hash: str


class Root(Struct, frozen=True):
    """What a root is over. The number of chains says how many each table had."""

    day: str
    at: str
    ledger: int
    audit: int
    parts: list[Part]
    previous: str | None = None

    @property
    def hash(self) -> str:
        """Return the root: one hash of all of it."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()


class Roots(NamedTuple):
    """The bucket of roots, by botocore's client for S3."""

    s3: Any
    name: str

    def find(self, day: str) -> Root | None:
        """Return the root of a day, if there is one."""
        document = self.read(_key(day))
        return msgspec.json.decode(document, type=Root) if document is not None else None

    def last(self, *, until: date) -> Root | None:
        """Return the last root up to a day, if there is one."""
        days = self._days(since=until - timedelta(days=_DAYS))
        for day in sorted((day for day in days if day <= until.isoformat()), reverse=True):
            if (root := self.find(day)) is not None:
                return root
        return None

    def add_part(self, day: str, number: int, heads: list[Head]) -> Part:
        """Store some heads of a day, under a name of their own: two who publish at once do not replace each other's."""
        document = msgspec.json.encode(heads)
        digest = hashlib.sha256(document).hexdigest()
        part = Part(f"roots/{day}/heads-{number:05}-{digest[:16]}.json", len(heads), digest)
        self.write(part.key, document)
        return part

    def heads(self, part: Part) -> list[Head] | None:
        """Return the heads of a part; None if they are not there, or not those of the root."""
        document = self.read(part.key)
        if document is None or hashlib.sha256(document).hexdigest() != part.hash:
            return None
        return msgspec.json.decode(document, type=list[Head])

    def add(self, root: Root) -> None:
        self.write(_key(root.day), msgspec.json.encode(root))

    def read(self, key: str) -> bytes | None:
        """Return an object, or None if it is not there."""
        try:
            document: bytes = self.s3.get_object(Bucket=self.name, Key=key)["Body"].read()
        except self.s3.exceptions.NoSuchKey:
            return None
        return document

    def write(self, key: str, document: bytes) -> None:
        """Store an object. One that was there stays, as an earlier version."""
        # Buckets with a lock ask for a checksum of what is put.
        self.s3.put_object(Bucket=self.name, Key=key, Body=document, ChecksumAlgorithm="SHA256")

    def _days(self, *, since: date) -> Iterable[str]:
        position: dict[str, str] = {"StartAfter": f"roots/{since.isoformat()}"}
        while True:
            page = self.s3.list_objects_v2(
                Bucket=self.name, Prefix="roots/", Delimiter="/", MaxKeys=_A_PAGE, **position
            )
            for one in page.get("CommonPrefixes", []):
                yield one["Prefix"].split("/")[1]
            if not page["IsTruncated"]:
                return
            position = {"ContinuationToken": page["NextContinuationToken"]}


def in_parts(heads: Iterable[Head]) -> Iterable[list[Head]]:
    """Yield heads as many at a time as a part has."""
    rest = iter(heads)
    while part := list(islice(rest, HEADS_A_PART)):
        yield part


@functools.cache
def get_roots() -> Roots:
    """Return the bucket of this deployment."""
    return Roots(s3.client(), config.roots())


def _key(day: str) -> str:
    return f"roots/{day}/root.json"
