"""Imports all modules at once, for callers that cannot import lazily."""

import importlib
import pkgutil

import chalicelib


def import_everything() -> None:
    """Import every module of every room; what has been imported already costs nothing."""
    for module in pkgutil.walk_packages(chalicelib.__path__, f"{chalicelib.__name__}."):
        importlib.import_module(module.name)
