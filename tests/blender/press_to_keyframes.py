"""How long it takes from pressing Generate to keyframes in the Action, on a warm embedded engine.

    python3 tests/blender/press_to_keyframes.py [--blender 4.5] [--repeats 5] [--zip ZIP]

Builds the extension (unless a zip is given), installs it into a Blender module with settings of its
own, presses the operator once to start the engine, then times it: every press has a new sentence,
so that nothing comes from memory, and ends when the new action spans the clip's frames. Run it on a
machine that does nothing else. In a window the result is looked for every `jobs.INTERVAL` seconds,
which adds half of that on average.
"""

import argparse
import importlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODULE = "bl_ext.user_default.motionllm_blender"
GOALS = {4.0: 1.0, 10.0: 2.0}  # seconds of a clip -> seconds from press to keyframes


def main() -> None:
    """Do what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--blender", default="4.5", choices=("4.2", "4.5", "5.0", "5.2"))
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--zip", type=Path, help="the full zip (built if not given)")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if not options.inside:
        sys.exit(start_blender(options))
    resources = tempfile.mkdtemp(prefix="motionllm-press-")
    os.environ["BLENDER_USER_RESOURCES"] = resources
    try:
        measure(options.zip, options.repeats)
        code = 0
    except Exception as error:
        print(f"{type(error).__name__}: {error}")
        code = 1
    finally:
        if MODULE in sys.modules:
            import addon_utils

            addon_utils.disable(MODULE)  # ends the engine's process
        shutil.rmtree(resources, ignore_errors=True)
    sys.stdout.flush()
    os._exit(code)  # Blender 4.2 crashes and 4.5 hangs in the interpreter's own ending


def start_blender(options: argparse.Namespace) -> int:
    """Run this file under the bpy of an environment, made if need be."""
    sys.path.insert(0, str(ROOT / "install"))
    import build_extension
    import environments

    environment = environments.ENVIRONMENTS[f"bpy-{options.blender}"]
    python = environments.ensure(environment, environment.folder)
    package = options.zip or build_extension.build(python, ROOT / "build" / "press").full
    arguments = ["--inside", "--zip", str(package), "--repeats", str(options.repeats)]
    clean = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "MOTIONLLM_BACKBONE")}
    command = [str(python), str(Path(__file__).resolve()), *arguments]
    return subprocess.run(command, env=clean, check=False).returncode


def measure(package: Path, repeats: int) -> None:
    """Install the zip, press Generate and print a table."""
    import bpy

    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.extensions.package_install_files(
        filepath=str(package), repo="user_default", enable_on_install=True
    )
    generate = importlib.import_module(f"{MODULE}.work.generate_one")
    apply, applied = generate.apply, []

    def timed_apply(*arguments) -> None:
        before = time.perf_counter()
        apply(*arguments)
        applied.append(time.perf_counter() - before)

    generate.apply = timed_apply
    bpy.ops.motionllm.add_character()
    armature = bpy.context.object
    first = press(armature, "a person stands", 1.0)
    print(f"Blender {bpy.app.version_string}; first press, engine not started: {first:.1f} s")
    print("| clip | press to keyframes, median | worst | of it writing keyframes | goal | |")
    print("|---:|---:|---:|---:|---:|---|")
    for seconds, goal in GOALS.items():
        applied.clear()
        taken = [
            press(armature, f"a person walks forward and waves, number {turn}", seconds)
            for turn in range(repeats)
        ]
        middle = statistics.median(taken)
        print(
            f"| {seconds:g} s | {middle:.2f} s | {max(taken):.2f} s "
            f"| {statistics.median(applied):.2f} s | {goal:g} s "
            f"| {'met' if middle <= goal else 'missed'} |",
            flush=True,
        )


def press(armature, prompt: str, seconds: float) -> float:
    """Press Generate; return the seconds until a new action spans the clip."""
    import bpy

    settings = bpy.context.scene.motionllm
    settings.prompt, settings.seconds = prompt, seconds
    known = {action.name for action in bpy.data.actions}
    before = time.perf_counter()
    if bpy.ops.motionllm.generate() != {"FINISHED"}:
        raise RuntimeError("the operator was cancelled")
    action = armature.animation_data.action
    sample = importlib.import_module(f"{MODULE}.scene.read")
    start, end = sample.action_range(armature, bpy.context.scene)
    taken = time.perf_counter() - before
    if action.name in known or end - start + 1 < 0.9 * seconds * bpy.context.scene.render.fps:
        raise RuntimeError(f"{action.name} spans frames {start} to {end} only")
    return taken


if __name__ == "__main__":
    main()
