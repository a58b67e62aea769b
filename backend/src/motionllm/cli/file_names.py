"""Names of files as a command line gives them, wildcards included. Standard library only.

A shell of Unix puts files in the place of `*.npz`; those of Windows hand it over as it is.
"""

from __future__ import annotations

import glob
from pathlib import Path

from motionllm.errors import MotionError


def files_named(name: str) -> list[Path]:
    """Return the files that a name stands for, in order: itself, or what its wildcards match.

    A file that is there under a name with `*`, `?` or brackets in it is that file.

    Raises:
        MotionError: "bad_request", for wildcards that match nothing.
    """
    path = Path(name)
    if not glob.has_magic(name) or path.exists():
        return [path]
    found = sorted(Path(one) for one in glob.glob(name, recursive=True))
    if not found:
        raise MotionError("bad_request", f"No file has a name like {name}.")
    return found


def file_named(name: str) -> Path:
    """Return the one file that a name stands for.

    Raises:
        MotionError: "bad_request", for wildcards that match several or none.
    """
    found = files_named(name)
    if len(found) > 1:
        raise MotionError(
            "bad_request", f"{name} stands for {len(found)} files, and one is needed.",
            f"The first is {found[0]}.",
        )  # fmt: skip
    return found[0]
