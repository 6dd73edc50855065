"""Goodword, by capability. The order in which they may know each other is in pyproject.toml."""
