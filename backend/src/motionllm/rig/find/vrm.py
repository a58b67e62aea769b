"""Which bones a VRM file names as those of its person. Standard library only.

Source: the glTF extensions VRM (0.x) and VRMC_vrm (1.0); a .vrm is a binary glTF file.
"""

import json
import struct
from pathlib import Path

from motionllm.errors import MotionError

MAGIC = 0x46546C67  # "glTF"
JSON_CHUNK = 0x4E4F534A  # "JSON"
_PARTS = {
    "hip": "UpperLeg", "knee": "LowerLeg", "ankle": "Foot", "foot": "Toes", "collar": "Shoulder",
    "shoulder": "UpperArm", "elbow": "LowerArm", "wrist": "Hand",
}  # fmt: skip
JOINTS = {
    "pelvis": "hips", "spine1": "spine", "spine2": "chest", "spine3": "upperChest",
    "neck": "neck", "head": "head",
} | {f"{side}_{part}": f"{side}{bone}" for side in ("left", "right")
     for part, bone in _PARTS.items()}  # fmt: skip


def human_bones(path: Path) -> dict[str, str]:
    """Return joint name -> node name of a .vrm file; joints it does not name are absent.

    Raises:
        MotionError: code "bad_file", if it is no VRM.
    """
    table = _json_of(path)
    extensions = table.get("extensions", {})
    try:
        if "VRMC_vrm" in extensions:
            bones = extensions["VRMC_vrm"]["humanoid"]["humanBones"]
            nodes = {name: bone["node"] for name, bone in bones.items()}
        else:
            bones = extensions["VRM"]["humanoid"]["humanBones"]
            nodes = {bone["bone"]: bone["node"] for bone in bones}
        names = {name: table["nodes"][node]["name"] for name, node in nodes.items()}
    except (KeyError, IndexError, TypeError) as error:
        raise MotionError("bad_file", f"{path.name} names no bones of a person.") from error
    found = {joint: names[bone] for joint, bone in JOINTS.items() if bone in names}
    # A spine named in part leaves open which bone carries the arms: the hierarchy tells that.
    spine = {"spine1", "spine2", "spine3"}
    if not spine <= found.keys():
        found = {joint: name for joint, name in found.items() if joint not in spine}
    return found


def _json_of(path: Path) -> dict:
    try:
        data = path.read_bytes()
        magic, _version, _length = struct.unpack_from("<III", data, 0)
        size, kind = struct.unpack_from("<II", data, 12)
        if magic != MAGIC or kind != JSON_CHUNK:
            raise ValueError
        return json.loads(data[20 : 20 + size])
    except (OSError, ValueError, struct.error) as error:
        raise MotionError("bad_file", f"{path.name} is no VRM file.") from error
