"""The grammar files: what actions, styles and facts are called. Standard library only.

Their phrases become sentences by english.phrases and english.inflect. They may hold (a|b|) to
choose from, [verb] to inflect and {their}, {them}, {themself}, {they}, {side}, {clock} to fill in.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path

FOLDER = Path(__file__).with_name("grammar")
ACTION_FILES = ("locomotion", "gestures", "fighting", "ground", "daily", "dance")


@lru_cache(maxsize=16)
def grammar_file(name: str) -> dict:
    """One TOML file of the grammar folder."""
    return tomllib.loads((FOLDER / f"{name}.toml").read_text("utf8"))


@lru_cache(maxsize=1)
def actions() -> dict[str, dict]:
    """Every action of the grammar by its key."""
    table: dict[str, dict] = {}
    for name in ACTION_FILES:
        table.update(grammar_file(name))
    return table
