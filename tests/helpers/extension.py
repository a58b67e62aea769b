"""The installed extension, for tests that run under Blender."""

import importlib

MODULE = "bl_ext.user_default.motionllm_blender"


def module(name):
    """Return one of the add-on's modules by its path inside it."""
    return importlib.import_module(f"{MODULE}.{name}")
