"""Codes looked up in tables: one code of each level, one table a level. numpy only."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np


def look_up(tables: Iterable[np.ndarray], codes: np.ndarray) -> np.ndarray:
    """Return what codes (..., levels) say together: (..., size), a row of each table added up.

    Args:
        tables: (codes, size) of each level; of as many levels as are to be counted.
    """
    first, *further = (table[codes[..., level]] for level, table in enumerate(tables))
    return sum(further, first)
