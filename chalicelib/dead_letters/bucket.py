"""The bucket of dead letters: what lies in it, what a dead letter says, and where one goes that was dealt with."""

import functools
from collections.abc import Iterator
from typing import Any

from chalicelib.dead_letters.dead_letter import MOST_BYTES, PREFIX, Content, DeadLetter, Unreadable, read
from chalicelib.kit import config

# Where a dead letter goes once it was dealt with, so that what was done can be seen.
REDRIVEN = "redriven/"
_A_PAGE = 1000


class Gone(Exception):
    """The dead letter was put away meanwhile."""


class Bucket:
    """The bucket of a stage, by botocore's client for S3."""

    def __init__(self, s3: Any, name: str) -> None:
        self.s3 = s3
        self.name = name

    def __iter__(self) -> Iterator[DeadLetter]:
        """Go through the dead letters that were not dealt with, in the order of their keys."""
        after, more = "", True
        while more:
            found, more = self.some(after=after, limit=_A_PAGE)
            yield from found
            after = found[-1].key if found else after

    def some(self, *, after: str, limit: int) -> tuple[list[DeadLetter], bool]:
        """Return the dead letters after a key, in the order of their keys: by reaction, then by time; and whether there are more."""
        begin = {"StartAfter": after} if after else {}
        answer = self.s3.list_objects_v2(Bucket=self.name, Prefix=PREFIX, MaxKeys=limit, **begin)
        found = [DeadLetter(one["Key"], one["Size"], one["LastModified"]) for one in answer.get("Contents", [])]
        return found, bool(found) and answer["IsTruncated"]

    def open(self, dead_letter: DeadLetter) -> Content:
        """Read a dead letter. Raises Unreadable, with the reason, for one that cannot be delivered as it is; Gone if it is not there."""
        if dead_letter.bytes > MOST_BYTES:
            raise Unreadable(f"{dead_letter.bytes / 1e6:.1f} MB is more than a function takes")
        try:
            written = self.s3.get_object(Bucket=self.name, Key=dead_letter.key)["Body"].read()
        except self.s3.exceptions.NoSuchKey:
            raise Gone from None
        return read(written)

    def put_away(self, dead_letter: DeadLetter) -> None:
        """Move a dead letter that was dealt with. Stopped in between, it stays, and is delivered again: that changes nothing."""
        source = {"Bucket": self.name, "Key": dead_letter.key}
        try:
            self.s3.copy_object(Bucket=self.name, Key=REDRIVEN + dead_letter.key, CopySource=source)
        except self.s3.exceptions.ClientError as error:
            # Somebody else delivered it at the same time, and was faster.
            if error.response["Error"]["Code"] == "NoSuchKey":
                return
            raise
        self.s3.delete_object(Bucket=self.name, Key=dead_letter.key)


@functools.cache
def own() -> Bucket:
    """Return the bucket of this deployment."""
    # Only whoever looks after the service waits for what S3's client takes to make.
    import botocore.session
    from botocore.config import Config

    bounds = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 3, "mode": "standard"})
    if config.is_emulated():
        # An emulator has no host name a bucket.
        bounds = bounds.merge(Config(s3={"addressing_style": "path"}))
    s3 = botocore.session.get_session().create_client("s3", region_name=config.region(), config=bounds)
    return Bucket(s3, config.dead_letters())
