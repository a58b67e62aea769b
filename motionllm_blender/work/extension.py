"""The installed extension: its preferences, its own folder and the user's. May import bpy.

The full extension carries packs and the language model in its folder `data`; what was fetched
later lies in the user's folder of the extension.
"""

from pathlib import Path

import bpy

from ..identity import FOLDER, PACKAGE

BUNDLED = FOLDER / "data"


def preferences() -> bpy.types.AddonPreferences | None:
    """Return the add-on's preferences, None where it runs outside an installed extension."""
    addon = bpy.context.preferences.addons.get(PACKAGE)
    return addon.preferences if addon else None


def user_folder() -> Path:
    """Return the folder the extension may write to; it survives updates."""
    try:
        return Path(bpy.utils.extension_path_user(PACKAGE, create=True))
    except ValueError:  # not installed as an extension
        import tempfile

        return Path(tempfile.gettempdir()) / "motionllm"


def log_path() -> Path:
    """Return the file of the engine's log."""
    return user_folder() / "engine.log"


def wheel() -> Path | None:
    """Return the motionllm wheel that the extension carries."""
    found = sorted((FOLDER / "wheels").glob("motionllm-*.whl"))
    return found[-1] if found else None


def gpu_folder() -> Path:
    """Return the folder of the GPU engine's environment."""
    settings = preferences()
    chosen = settings.environment.strip() if settings else ""
    return Path(bpy.path.abspath(chosen)) if chosen else user_folder() / "gpu-engine"
