"""
The journal: committed writes, one line each, in one file that survives the process.

A line is written in full before its call is answered, so an answered call is in the file
whenever the process ends. A line that was cut short was never answered. From time to time the file is
replaced by a snapshot, so that it grows with the stored data and not with the number of writes; and when a line
could not be written, it is replaced before any other call is answered.
"""

import fcntl
import logging
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

log = logging.getLogger(__name__)

Line = tuple[str, bytes]

_HEADER = b"goodword-journal "
VERSION = 1
# Below this, replaying takes no noticeable time.
_SMALL = 16 * 1024 * 1024


class Journal:
    """One file of lines: a kind, a space, and the rest. Not safe to share; the engine's lock holds it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = open(folder / "lock", "w")  # noqa: SIM115 - held for as long as the process lives
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock.close()
            raise SystemExit(f"{folder} is in use by another run.") from None
        if not (folder / "journal").exists() and (folder / "engine").exists():
            self._lock.close()
            raise SystemExit(f"{folder} was kept by a version without a journal, which cannot be read. Choose another.")
        self.path = folder / "journal"
        self._snapshot_bytes = _SMALL
        # Whether something was done that could not be written.
        self._is_behind = False
        self._file = open(self.path, "ab", buffering=0)  # noqa: SIM115
        if self._file.tell() == 0:
            self._replace(())

    def lines(self) -> Iterator[Line]:
        """Return what was written, in order. A last line that was cut short is removed, and logged."""
        with open(self.path, "rb") as file:
            self._check_version(file.readline())
            number, begin = 1, file.tell()
            for line in file:
                number += 1
                if not line.endswith(b"\n"):
                    log.error("%s: the last line was cut short; its %s bytes are removed", self.path, len(line))
                    os.truncate(self.path, begin)
                    return
                kind, _, content = line.partition(b" ")
                yield kind.decode(errors="replace"), content[:-1]
                begin += len(line)

    def write(self, kind: str, content: bytes) -> None:
        """Append a line. When this returns, the line outlives the process."""
        line = kind.encode() + b" " + content + b"\n"
        self._is_behind = True
        written = self._file.write(line)
        if written != len(line):
            raise OSError(f"{self.path}: only {written} of {len(line)} bytes could be written")
        self._is_behind = False

    def keep_up(self, snapshot: Callable[[], Iterable[Line]]) -> None:
        """
        Replace the file by a snapshot if it has outgrown its last one, or lacks what could not be written.

        Raises OSError if it still lacks that. Then nothing may be answered: it might build on what will be lost.
        """
        if self._is_behind:
            self._replace(snapshot())
        elif self._file.tell() > 2 * self._snapshot_bytes:
            try:
                self._replace(snapshot())
            except OSError as error:
                log.error("%s: no snapshot could be written, so it grows on: %s", self.path, error)
                self._snapshot_bytes = self._file.tell()

    def renew(self, lines: Iterable[Line]) -> None:
        """Replace all that was written. Raises OSError, and then it is behind."""
        self._is_behind = True
        self._replace(lines)

    def _replace(self, lines: Iterable[Line]) -> None:
        """Replace the file by these lines, atomically: readers get the old file or the new one."""
        fresh = self.path.with_suffix(".new")
        with open(fresh, "wb") as file:
            file.write(_HEADER + b"%d\n" % VERSION)
            file.writelines(kind.encode() + b" " + content + b"\n" for kind, content in lines)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.path)
        self._file.close()
        self._file = open(self.path, "ab", buffering=0)  # noqa: SIM115
        self._snapshot_bytes = max(self._file.tell(), _SMALL)
        self._is_behind = False

    def close(self) -> None:
        os.fsync(self._file.fileno())
        self._file.close()
        self._lock.close()

    def _check_version(self, header: bytes) -> None:
        version = header.removeprefix(_HEADER).strip()
        if not header.startswith(_HEADER) or not version.isdigit():
            raise SystemExit(f"{self.path} is no journal.")
        if int(version) > VERSION:
            raise SystemExit(
                f"{self.path} was written by a later version, in format {int(version)}; this reads {VERSION}."
            )
