"""What files are that this program does not read, and what to do with them. Standard library only.

Blender's importers say of such files only that they failed.
"""

from __future__ import annotations

import struct
from pathlib import Path

from motionllm.errors import MotionError

_FBX = b"Kaydara FBX Binary  \x00"
_OLDEST_FBX = 7100
_LFS = b"version https://git-lfs.github.com/spec/"
_BVH_HINT = "Export the motion as .bvh, .fbx or .glb."
_OTHERS = {  # suffix: what it is, what to do
    ".vrma": (
        "a VRM animation, which has no body of its own",
        "Put it on a VRM character in Blender (with the VRM add-on) and save a .blend, or export "
        ".bvh.",
    ),
    ".pkl": ("a file of packed Python objects, which may run any code when it is opened",
             "Save its arrays as .npz (poses, trans, mocap_framerate)."),
    ".pt": ("a file of PyTorch, which may run any code when it is opened",
            "Save its arrays as .npz (poses, trans, mocap_framerate)."),
    ".c3d": ("recorded markers and no skeleton", "Solve it to a skeleton and export .bvh."),
    ".trc": ("recorded markers and no skeleton", "Solve it to a skeleton and export .bvh."),
    ".amc": ("motion without its skeleton, which an .asf holds", _BVH_HINT),
    ".asf": ("a skeleton without motion, which an .amc holds", _BVH_HINT),
    ".vmd": ("a motion of MikuMikuDance", "Import it with mmd_tools and save a .blend."),
    ".anim": ("an animation of Unity or Maya", _BVH_HINT),
    ".ma": ("a scene of Maya", _BVH_HINT),
    ".mb": ("a scene of Maya", _BVH_HINT),
    ".max": ("a scene of 3ds Max", _BVH_HINT),
    ".dae": ("a Collada file", _BVH_HINT),
    ".usd": ("a USD scene", "Import it in Blender and save a .blend."),
    ".usda": ("a USD scene", "Import it in Blender and save a .blend."),
    ".usdc": ("a USD scene", "Import it in Blender and save a .blend."),
    ".usdz": ("a USD scene", "Import it in Blender and save a .blend."),
}  # fmt: skip
_OTHERS[".pth"] = _OTHERS[".pt"]
_OTHERS[".pickle"] = _OTHERS[".pkl"]


def refusal(path: Path) -> MotionError | None:
    """Return why a file is not read, by its suffix and its first bytes; None if it may be.

    A file that is not there may be: who opens it says so.
    """
    suffix = path.suffix.lower()
    if suffix in _OTHERS:
        what, hint = _OTHERS[suffix]
        return MotionError(
            "bad_file", f"{path.name} is {what}: this program does not read it.", hint
        )
    try:
        with path.open("rb") as file:
            head = file.read(64)
    except OSError:
        return None
    if not head:
        return MotionError("bad_file", f"{path.name} is empty.", "Export or copy it again.")
    if head.startswith(_LFS):
        return MotionError(
            "bad_file", f"{path.name} is a pointer of Git LFS, not the file itself.",
            "Fetch it with: git lfs pull",
        )  # fmt: skip
    return _fbx(path.name, head) if suffix == ".fbx" else None


def _fbx(name: str, head: bytes) -> MotionError | None:
    hint = "Export it as binary FBX of version 7.1 or newer, or as .bvh or .glb."
    if not head.startswith(_FBX):
        text = head.lstrip().startswith(b";") or b"FBX" in head
        what = "an FBX file of text (ASCII), which Blender cannot read" if text else "no FBX file"
        return MotionError("bad_file", f"{name} is {what}.", hint)
    version = struct.unpack("<I", head[23:27])[0] if len(head) >= 27 else 0
    if version < _OLDEST_FBX:
        return MotionError(
            "bad_file", f"{name} is FBX {version / 1000:.1f}, which Blender cannot read.", hint
        )  # fmt: skip
    return None
