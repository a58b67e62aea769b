"""What to install, said so that it can be done: from where this program itself lies.

No project called motionllm is published anywhere: its name alone, given to pip, fails or brings
somebody else's. So advice names the checkout, or the wheel that the extension carries or that this
program was installed from. Standard library only.
"""

from __future__ import annotations

import functools
import importlib.metadata
import json
import urllib.parse
import urllib.request
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def install(extra: str) -> str:
    """Return the command that installs what an extra of backend/pyproject.toml lists.

    Args:
        extra: "torch", "train", "ray" or "preview".
    """
    where = origin()
    if where is None:
        return (
            f'pip install "PATH[{extra}]", PATH being the folder backend of a checkout, or a wheel'
        )
    return f'pip install "{where}[{extra}]"'


@functools.cache
def origin() -> Path | None:
    """Return the folder or the wheel that pip can install this program from, None if unknown.

    Looked for in this order: the checkout that this file lies in, what pip has noted, the wheel of
    an extension beside whose modules Blender put this one.
    """
    checkout = PACKAGE.parent.parent
    if (checkout / "pyproject.toml").is_file() and (checkout / "wheel_backend.py").is_file():
        return checkout
    return _noted_by_pip() or _wheel_of_extension()


def _noted_by_pip() -> Path | None:
    """Return the path in direct_url.json (PEP 610), if it is still there."""
    try:
        text = importlib.metadata.distribution("motionllm").read_text("direct_url.json")
        address = urllib.parse.urlsplit(json.loads(text or "{}").get("url", ""))
    except (importlib.metadata.PackageNotFoundError, ValueError, AttributeError):
        return None
    if address.scheme != "file":
        return None
    path = Path(urllib.request.url2pathname(address.path))
    return path if path.exists() else None


def _wheel_of_extension() -> Path | None:
    """Return the wheel of the extension: Blender unpacks it into extensions/.local/lib/...."""
    for folder in PACKAGE.parents:
        if folder.name == "extensions":
            found = sorted(folder.glob("*/motionllm_blender/wheels/motionllm-*.whl"))
            return found[-1] if found else None
    return None
