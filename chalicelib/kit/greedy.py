"""
The addresses behind a greedy route, such as `/admin/{proxy+}`: one resource of API Gateway, which has room for 300.

The gateway passes on everything below it, and the app finds the route by itself.
"""

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from chalice.app import Chalice

GREEDY = "{proxy+}"


def behind(paths: Iterable[str]) -> set[str]:
    """Return which of an app's paths are not the gateway's to find, as a greedy one takes them."""
    paths = list(paths)
    starts = tuple(path.removesuffix(GREEDY) for path in paths if path.endswith(GREEDY))
    return {path for path in paths if path.startswith(starts) and not path.endswith(GREEDY)} if starts else set()


class App(Chalice):
    """A Chalice app that finds the routes behind its greedy ones."""

    def __call__(self, event: Any, context: Any) -> dict[str, Any]:
        """Answer an event of API Gateway's proxy integration."""
        rest = (event.get("pathParameters") or {}).get("proxy")
        if rest is not None:
            event = self._resolve(event, rest)
        answer: dict[str, Any] = super().__call__(event, context)
        return answer

    @cached_property
    def _behind(self) -> list[tuple[str, list[str]]]:
        # What is spelled out goes before what is a variable, as API Gateway has it.
        split = [(path, path.split("/")) for path in behind(self.routes)]
        return sorted(split, key=lambda one: [part.startswith("{") for part in one[1]])

    def _resolve(self, event: dict[str, Any], rest: str) -> dict[str, Any]:
        context = event["requestContext"]
        parts = (context["resourcePath"].removesuffix(GREEDY) + rest.rstrip("/")).split("/")
        for path, names in self._behind:
            parameters = _match(names, parts)
            if parameters is not None:
                context = {**context, "resourcePath": path}
                return {**event, "resource": path, "pathParameters": parameters or None, "requestContext": context}
        return event


def _match(names: list[str], parts: list[str]) -> dict[str, str] | None:
    """Return the variables of a path, as they were sent; None if it is another one."""
    if len(names) != len(parts):
        return None
    pairs = list(zip(names, parts, strict=True))
    if not all(part if name.startswith("{") else name == part for name, part in pairs):
        return None
    return {name[1:-1]: part for name, part in pairs if name.startswith("{")}
