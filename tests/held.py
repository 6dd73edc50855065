"""How many rows are held in memory at once, and how many there were in all."""

import contextlib
import weakref
from unittest.mock import patch

from pynamodb.models import Model


class Held:
    """Counts the rows of PynamoDB's models that are alive."""

    def __init__(self):
        self.most = self.all = 0
        self._alive = {}

    def add(self, row):
        number = id(row)
        self._alive[number] = weakref.ref(row, lambda _: self._alive.pop(number, None))
        self.all += 1
        self.most = max(self.most, len(self._alive))


@contextlib.contextmanager
def rows_held():
    """Count the rows that are made in this block."""
    held, make = Held(), Model.__init__

    def made(row, *keys, **attributes):
        make(row, *keys, **attributes)
        held.add(row)

    with patch.object(Model, "__init__", made):
        yield held
