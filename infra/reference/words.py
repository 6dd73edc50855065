"""What fields and parameters mean, as `words.toml` beside this file says it."""

import tomllib
from pathlib import Path

_WORDS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
# By name, for every shape.
FIELDS: dict[str, str] = _WORDS["anywhere"]
# By shape and name, as `Shape.field`: these come first.
FIELDS_OF_SHAPES: dict[str, str] = _WORDS["of_shapes"]
