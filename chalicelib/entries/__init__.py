"""
One entry per function: the module that Lambda imports for one trigger of app.py, with only the imports it needs.

A module has its trigger's name, and its `handler` takes Lambda's event and context. It is the only definition of what
a trigger does: Lambda calls it directly, by the name that infra/package.py writes into the template; otherwise app.py
calls it. tests/bench limits what each may import.
"""

import gc
import importlib
from collections.abc import Callable
from functools import wraps
from typing import Any

# Before anything imports PynamoDB, which would bring botocore along.
from chalicelib.kit.dynamo import models as models

# What is imported stays: to look for garbage in it, after every seven hundred objects, would be a twentieth of a start.
gc.set_threshold(50_000)


def entry(trigger: Callable[[Any], None]) -> Callable[[Any], Any]:
    """Return a trigger for Chalice that calls the entry of its name, imported when it is first called."""

    @wraps(trigger)
    def call(event: Any) -> Any:
        module = importlib.import_module(f"{__name__}.{trigger.__name__}")
        return module.handler(event.to_dict(), event.context)

    return call
