"""The bucket of dead letters: list them, read one, and archive one that was redriven."""

import functools
from collections.abc import Iterator
from typing import Any

from chalicelib.dead_letters.dead_letter import MOST_BYTES, PREFIX, Content, DeadLetter, Unreadable, parse
from chalicelib.kit import config

# Where a dead letter is moved once it was redriven, for the record.
REDRIVEN = "redriven/"
_A_PAGE = 1000


class Gone(Exception):
    """The dead letter was redriven in the meantime."""


class Bucket:
    """The bucket of a stage, by botocore's client for S3."""

    def __init__(self, s3: Any, name: str) -> None:
        self.s3 = s3
        self.name = name

    def __iter__(self) -> Iterator[DeadLetter]:
        """Go through the dead letters that were not redriven, in the order of their keys."""
        after, more = "", True
        while more:
            page, more = self.list_page(after=after, limit=_A_PAGE)
            yield from page
            after = page[-1].key if page else after

    def list_page(self, *, after: str, limit: int) -> tuple[list[DeadLetter], bool]:
        """Return the dead letters after a key, by reaction and then by time, as keys go; and whether there are more."""
        begin = {"StartAfter": after} if after else {}
        answer = self.s3.list_objects_v2(Bucket=self.name, Prefix=PREFIX, MaxKeys=limit, **begin)
        page = [DeadLetter(one["Key"], one["Size"], one["LastModified"]) for one in answer.get("Contents", [])]
        return page, bool(page) and answer["IsTruncated"]

    def open(self, dead_letter: DeadLetter) -> Content:
        """
        Read a dead letter.

        Raises Unreadable, with the reason, for one that cannot be delivered as it is; Gone if it is not there.
        """
        if dead_letter.bytes > MOST_BYTES:
            raise Unreadable(f"{dead_letter.bytes / 1e6:.1f} MB exceeds what a function accepts")
        try:
            document = self.s3.get_object(Bucket=self.name, Key=dead_letter.key)["Body"].read()
        except self.s3.exceptions.NoSuchKey:
            raise Gone from None
        return parse(document)

    def put_away(self, dead_letter: DeadLetter) -> None:
        """Move a dead letter that was redriven. Idempotent; after a crash in between it stays, to be redriven again."""
        source = {"Bucket": self.name, "Key": dead_letter.key}
        try:
            self.s3.copy_object(Bucket=self.name, Key=REDRIVEN + dead_letter.key, CopySource=source)
        except self.s3.exceptions.ClientError as error:
            # A concurrent redrive has put it away.
            if error.response["Error"]["Code"] == "NoSuchKey":
                return
            raise
        self.s3.delete_object(Bucket=self.name, Key=dead_letter.key)


@functools.cache
def get_bucket() -> Bucket:
    """Return the bucket of this deployment."""
    # Only operators' calls need S3.
    from chalicelib.kit import s3

    return Bucket(s3.client(), config.dead_letters())
