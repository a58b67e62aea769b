"""Blender starts no slower for the extension: what a first click needs loads at the first click."""

import json
import subprocess
import sys

import pytest

from tests.helpers.extension import MODULE

pytestmark = pytest.mark.usefixtures("addon")

SECONDS = 0.1  # of the processor's time, whatever else it does
MODULES = 86  # in all, those of Python's own library among them
LATE = tuple(
    f"motionllm.{room}"
    for room in ("batch", "crowd", "english", "link", "motion", "people", "rig", "tokens")
)
# Enabled once, for Blender's own part of it; then everything of ours is loaded anew.
SCRIPT = """
import importlib, json, os, sys, time
import bpy, numpy, addon_utils
bpy.ops.wm.read_factory_settings(use_empty=True)
known = set(sys.modules)
addon_utils.enable({module!r}, default_set=True)
new = sorted(set(sys.modules) - known)
sys.modules[{module!r}].unregister()
for name in new:
    if name.startswith(({module!r}, "motionllm")):
        del sys.modules[name]
began = time.process_time()
importlib.import_module({module!r}).register()
print("ANSWER " + json.dumps([time.process_time() - began, new]), flush=True)
os._exit(0)
"""


def test_what_blender_loads_when_it_starts():
    script = SCRIPT.format(module=MODULE)
    took = []
    for _ in range(3):
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False
        )
        lines = [line for line in done.stdout.splitlines() if line.startswith("ANSWER ")]
        assert lines, done.stdout + done.stderr
        seconds, new = json.loads(lines[0].removeprefix("ANSWER "))
        took.append(seconds)
    assert f"{MODULE}.registration" in new
    assert not [name for name in new if name.startswith(LATE)]
    assert len(new) < MODULES, len(new)
    assert min(took) < SECONDS, took
