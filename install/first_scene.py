"""Install the extension in Blender, let it generate, save the scene, a BVH file and a picture.

Runs inside Blender's Python module: bpy, numpy, and what the extension brings. Lines that begin
with "> " are for the user, one with "! " says why it failed; install/quickstart.py starts it.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import os
import sys
import traceback
from pathlib import Path

import bpy  # first: it puts addon_utils on the path

import addon_utils  # isort: skip

sys.path.append(str(Path(__file__).resolve().parent))
import picture  # noqa: E402

MODULE = "bl_ext.user_default.motionllm_blender"


def main() -> None:
    """Do what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--zip", type=Path, required=True)
    parser.add_argument("--prompt", required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--stem", type=Path, required=True)
    parser.add_argument("--renderer", choices=("workbench", "cycles"), required=True)
    arguments = parser.parse_args()
    # This environment links to the checkout; what counts here is what the zip brings.
    sys.path[:] = [folder for folder in sys.path if not folder.endswith(("src", "src/"))]
    install(arguments.zip)
    armature = generate(arguments.prompt, arguments.seconds, arguments.seed)
    frames = write_bvh(arguments.stem.with_suffix(".bvh"), armature)
    tell("rendering")
    picture.write_strip(
        arguments.stem.with_suffix(".png"), armature, frames, arguments.prompt, arguments.renderer
    )
    bpy.context.scene.frame_set(frames[0])
    bpy.ops.wm.save_as_mainfile(filepath=str(arguments.stem.with_suffix(".blend")))


def install(package: Path) -> None:
    """Install the zip unless these very bytes are installed, and enable the extension."""
    stamp = Path(bpy.utils.user_resource("EXTENSIONS", create=True)) / "motionllm.sha256"
    digest = hashlib.sha256(package.read_bytes()).hexdigest()
    if not stamp.is_file() or stamp.read_text() != digest:
        tell(f"installing {package.name} in Blender {bpy.app.version_string}")
        stamp.unlink(missing_ok=True)
        bpy.ops.extensions.package_install_files(
            filepath=str(package), repo="user_default", enable_on_install=False
        )
        stamp.write_text(digest)
    if addon_utils.enable(MODULE, default_set=True) is None:
        raise RuntimeError(f"Blender could not enable {MODULE}")


def generate(prompt: str, seconds: float, seed: int) -> bpy.types.Object:
    """Add the character, let the extension's operator animate it, return its armature."""
    for thing in list(bpy.data.objects):
        bpy.data.objects.remove(thing)
    bpy.ops.motionllm.add_character()
    armature = bpy.context.object
    settings = bpy.context.scene.motionllm
    settings.prompt, settings.seconds, settings.seed = prompt, seconds, seed
    tell("generating")
    bpy.ops.motionllm.generate()
    if armature.animation_data is None or armature.animation_data.action is None:
        raise RuntimeError("the operator finished, but the character has no action")
    return armature


def write_bvh(path: Path, armature: bpy.types.Object) -> range:
    """Write the character's motion, read back from Blender; return its frames."""
    sample = importlib.import_module(f"{MODULE}.scene.read")
    bvh = importlib.import_module("motionllm.motion.bvh")
    scene = bpy.context.scene
    start, end = sample.action_range(armature, scene)
    scene.frame_start, scene.frame_end = start, end
    bvh.write_bvh(path, sample.read_clip(armature, bpy.context, start, end))
    return range(start, end + 1)


def tell(text: str) -> None:
    """Show a line to the user."""
    print(f"> {text}", flush=True)


if __name__ == "__main__":
    code = 0
    try:
        main()
    except BaseException as error:
        traceback.print_exc()
        print(f"! {str(error).removeprefix('Error: ').strip() or type(error).__name__}")
        code = 1
    addon_utils.disable(MODULE)  # ends the extension's backend process
    # Callables that are registered at interpreter exit make bpy 4.2 crash and 4.5 hang.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
