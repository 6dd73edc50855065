"""
Which refusals a view may end in, read out of the source: what it calls, what that calls, and what any of it raises.

Followed is what is called by a name: functions, and methods of classes. What is called on a value is not.
"""

import ast
import functools
import inspect
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from chalicelib.kit.errors import Refused

Kinds = frozenset[type[Refused]]


def own(view: Callable[..., Any]) -> set[type[Refused]]:
    """Return what a view may be refused with for its own reasons."""
    return _reached(_layers(view)[-1])


def at_the_door(view: Callable[..., Any]) -> set[type[Refused]]:
    """Return the errors that a call may be refused with before it reaches its view, or in any view."""
    return {kind for layer in _layers(view)[:-1] for kind in _reached(layer)}


def _layers(view: Callable[..., Any]) -> list[Callable[..., Any]]:
    """Return a view with all that is wrapped around it, the innermost last."""
    layers = [view]
    while hasattr(layers[-1], "__wrapped__"):
        layers.append(layers[-1].__wrapped__)
    return layers


def _reached(start: Callable[..., Any]) -> set[type[Refused]]:
    visited: set[Any] = set()
    todo: list[Any] = [start]
    refusals: set[type[Refused]] = set()
    while todo:
        function = todo.pop()
        if function in visited:
            continue
        visited.add(function)
        raised, called = _read(function)
        refusals |= raised
        todo += called
    return refusals


@functools.cache
def _read(function: Any) -> tuple[Kinds, tuple[Any, ...]]:
    """Return what a function itself refuses with, and which of our functions it names."""
    # Of the code, since a function's own source would be that of what it wraps.
    code = function.__code__
    nodes = list(ast.walk(_functions_in(code.co_filename)[code.co_firstlineno]))
    scope = {**function.__globals__, **_imported(nodes)}
    made = _made(nodes)
    raised, called = set(), []
    for node, value in _named(nodes, scope):
        if isinstance(value, type) and issubclass(value, Refused):
            if node in made:
                raised.add(value)
        elif plain := _function(value):
            called.append(plain)
    return frozenset(raised), tuple(called)


@functools.cache
def _functions_in(file: str) -> dict[int, ast.FunctionDef]:
    """Return the functions of a file, without their decorators, by the line on which each begins with these."""
    functions = {}
    for node in ast.walk(ast.parse(Path(file).read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            functions[min([node.lineno, *(one.lineno for one in node.decorator_list)])] = node
            node.decorator_list.clear()
    return functions


def _imported(nodes: Iterable[ast.AST]) -> dict[str, Any]:
    """Return what a function imports for itself."""
    names: dict[str, Any] = {}
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("chalicelib"):
            module = __import__(str(node.module), fromlist=[one.name for one in node.names])
            names |= {one.asname or one.name: getattr(module, one.name) for one in node.names}
    return names


def _made(nodes: Iterable[ast.AST]) -> set[ast.expr]:
    """Return which expressions are raised or called: what is caught or compared is not."""
    called = {node.func for node in nodes if isinstance(node, ast.Call)}
    return called | {node.exc for node in nodes if isinstance(node, ast.Raise) and node.exc}


def _named(nodes: Iterable[ast.AST], scope: dict[str, Any]) -> Iterator[tuple[ast.expr, Any]]:
    for node in nodes:
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
            yield node, _value(node, scope)


def _value(node: ast.expr, scope: dict[str, Any]) -> Any:
    """Return the value of a name, or of an attribute of a name; None if only a run can tell."""
    if isinstance(node, ast.Name):
        return scope.get(node.id)
    if isinstance(node, ast.Attribute):
        owner = _value(node.value, scope)
        return getattr(owner, node.attr, None) if inspect.ismodule(owner) or inspect.isclass(owner) else None
    return None


def _function(value: Any) -> Any:
    """Return a function of ours, without what a cache or a method adds to it; None for anything else."""
    plain: Any = inspect.unwrap(getattr(value, "__func__", value)) if callable(value) else None
    ours = inspect.isfunction(plain) and plain.__module__.startswith("chalicelib")
    return plain if ours and plain.__name__ != "<lambda>" else None
