"""What a warm function remembers for a while: bounded in number and in age."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from chalicelib.kit import clock

T = TypeVar("T")


def source() -> datetime:
    """Return the time that memories age by. A local run replaces this: its clock is moved by whole days."""
    return clock.source()


class Memory(Generic[T]):
    """Caches answers for *seconds*, at most *most* of them; older ones are fetched again."""

    def __init__(self, *, seconds: float, most: int) -> None:
        self.age = timedelta(seconds=seconds)
        self.most = most
        self._entries: dict[str, tuple[datetime, T]] = {}
        _all.append(self)

    def get(self, key: str, ask: Callable[[], T]) -> T:
        """Return what is remembered under *key*, or ask and remember the answer. Errors are not kept."""
        entry = self._entries.get(key)
        if entry is not None and self._is_fresh(entry[0]):
            return entry[1]
        answer = ask()
        self.keep(key, answer)
        return answer

    def peek(self, key: str) -> T | None:
        """Return what is remembered under *key*, if anything is."""
        entry = self._entries.get(key)
        return entry[1] if entry is not None and self._is_fresh(entry[0]) else None

    def keep(self, key: str, answer: T) -> None:
        """Remember an answer from now on; where there is no more room, the older half is forgotten."""
        # What is kept again is young again: a dict is in the order in which its keys came.
        self._entries.pop(key, None)
        if len(self._entries) >= self.most:
            for old in list(self._entries)[: (self.most + 1) // 2]:
                self._entries.pop(old, None)
        self._entries[key] = (source(), answer)

    def _is_fresh(self, since: datetime) -> bool:
        # A clock that was set back makes everything too old to trust.
        return since <= source() < since + self.age

    def forget(self, prefix: str = "") -> None:
        """Forget what is remembered under keys that begin so: all of it, unless a prefix is passed."""
        for key in [key for key in self._entries if key.startswith(prefix)]:
            self._entries.pop(key, None)


_all: list[Memory] = []  # type: ignore[type-arg]


def forget_everything() -> None:
    """Forget all that any memory holds, as a cold start does."""
    for memory in _all:
        memory.forget()
