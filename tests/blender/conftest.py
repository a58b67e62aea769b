"""Installs the built extension into a Blender of its own and ends without Blender's exit traps.

MOTIONLLM_ZIP names the full zip. The modules that tests import (`motionllm`, the add-on) are the
installed ones, so the zip is installed before anything is collected.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

from tests.helpers.extension import MODULE, module

HERE = Path(__file__).resolve().parent
ZIP = os.environ.get("MOTIONLLM_ZIP", "")
_resources = ""
_status = 0

if not ZIP:
    collect_ignore_glob = ["test_*.py"]


def pytest_configure():
    """Start Blender with a folder of its own and install the zip."""
    global _resources
    if not ZIP:
        return
    _resources = tempfile.mkdtemp(prefix="motionllm-blender-")
    os.environ["BLENDER_USER_RESOURCES"] = _resources
    os.environ["MOTIONLLM_CACHE"] = os.path.join(_resources, "cache")
    os.environ.pop("MOTIONLLM_BACKBONE", None)
    import bpy

    bpy.ops.wm.read_factory_settings(use_empty=True)
    done = bpy.ops.extensions.package_install_files(
        filepath=ZIP, repo="user_default", enable_on_install=True
    )
    assert done == {"FINISHED"}, done
    sys.path.insert(0, str(HERE))


def pytest_sessionfinish(exitstatus):
    """Remember the result for the end."""
    global _status
    _status = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure():
    """Leave at once: Blender 4.2 crashes and 4.5 hangs in the interpreter's own ending."""
    if not ZIP:
        return
    import addon_utils

    addon_utils.disable(MODULE)
    shutil.rmtree(_resources, ignore_errors=True)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(_status)


@pytest.fixture
def addon():
    """The add-on's package, in an empty scene, with no job running and default preferences.

    The engine's process is kept from test to test, as it is from request to request.
    """
    import importlib

    import bpy

    jobs = module("work.jobs")
    if jobs.busy():
        jobs.close()
        module("work.engine").close()
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    module("headless.files").renew_context()
    if MODULE not in bpy.context.preferences.addons:
        bpy.ops.preferences.addon_enable(module=MODULE)
    settings = bpy.context.preferences.addons[MODULE].preferences
    for name in ("engine", "device", "python", "environment", "command"):
        settings.property_unset(name)
    jobs.status.clear_messages()
    jobs.status.caption = ""
    return importlib.import_module(MODULE)


@pytest.fixture
def scripted(addon):
    """Preferences that start `clip_server.py`: the real protocol and server, clips made by rule.

    Returns the scene.
    """
    import bpy

    settings = bpy.context.preferences.addons[addon.__name__].preferences
    settings.engine = "COMMAND"
    settings.command = " ".join([sys.executable, str(HERE / "clip_server.py")])
    return bpy.context.scene
