"""Which bones a VRM file names as those of its person. Standard library only.

Source: the glTF extensions VRM (0.x) and VRMC_vrm (1.0); a .vrm is a binary glTF file. Nodes may
have any name or none; Blender cuts long ones, and tells like ones apart by numbers. So a person's
nodes that could not be found again by name get another one, in what is read from a file and in the
copy of it that Blender gets.
"""

import json
import struct
from collections import Counter
from pathlib import Path

from motionllm.errors import MotionError

MAGIC = 0x46546C67  # "glTF"
JSON_CHUNK = 0x4E4F534A  # "JSON"
NAME_BYTES = 63  # of a bone's name in Blender
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
    """Return joint name -> bone name of a .vrm file, as Blender has it from `as_glb`.

    Joints that the file does not name are absent.

    Raises:
        MotionError: code "bad_file", if it is no VRM.
    """
    table = _parts_of(path)[0]
    names = {name: table["nodes"][node]["name"] for name, node in _human_nodes(table, path).items()}
    found = {joint: names[bone] for joint, bone in JOINTS.items() if bone in names}
    # A spine named in part leaves open which bone carries the arms: the hierarchy tells that.
    spine = {"spine1", "spine2", "spine3"}
    if not spine <= found.keys():
        found = {joint: name for joint, name in found.items() if joint not in spine}
    return found


def as_glb(path: Path) -> bytes:
    """Return a .vrm file as the binary glTF file that Blender is to import.

    Raises:
        MotionError: code "bad_file", if it is no VRM.
    """
    table, rest = _parts_of(path)
    before = json.dumps(table.get("nodes"))
    _human_nodes(table, path)
    if json.dumps(table.get("nodes")) == before:
        return path.read_bytes()
    text = json.dumps(table, ensure_ascii=False).encode("utf-8")
    text += b" " * (-len(text) % 4)
    head = struct.pack("<III", MAGIC, 2, 20 + len(text) + len(rest))
    return head + struct.pack("<II", len(text), JSON_CHUNK) + text + rest


def _human_nodes(table: dict, path: Path) -> dict[str, int]:
    """Return human bone -> node; each of them has a name of its own in the table afterwards."""
    extensions = table.get("extensions", {})
    try:
        if "VRMC_vrm" in extensions:
            bones = extensions["VRMC_vrm"]["humanoid"]["humanBones"]
            nodes = {name: bone["node"] for name, bone in bones.items()}
        else:
            bones = extensions["VRM"]["humanoid"]["humanBones"]
            nodes = {bone["bone"]: bone["node"] for bone in bones}
        nodes = {name: node for name, node in nodes.items() if node >= 0}  # -1: it has none
        _rename(table["nodes"], list(nodes.values()))
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise MotionError("bad_file", f"{path.name} names no bones of a person.") from error
    return nodes


def _rename(nodes: list[dict], wanted: list[int]) -> None:
    """Give those of the wanted nodes another name that Blender would not leave as they are.

    So do others with long names, since what those are cut to might be one of the wanted.
    """
    taken = Counter(node.get("name") for node in nodes)
    long = [number for number, node in enumerate(nodes) if not _fits(node.get("name") or "")]
    for number in dict.fromkeys([*wanted, *long]):
        name = nodes[number].get("name") or f"Bone {number}"
        if name == nodes[number].get("name") and taken[name] == 1 and _fits(name):
            continue
        new, count = _cut(name, NAME_BYTES), 0
        while new in taken:
            count += 1
            end = f".{count:03d}"
            new = _cut(name, NAME_BYTES - len(end)) + end
        nodes[number]["name"] = new
        taken[new] += 1


def _fits(name: str) -> bool:
    return len(name.encode("utf-8")) <= NAME_BYTES


def _cut(name: str, size: int) -> str:
    return name.encode("utf-8")[:size].decode("utf-8", "ignore")


def _parts_of(path: Path) -> tuple[dict, bytes]:
    """Return the table of a binary glTF file, and what follows it."""
    try:
        data = path.read_bytes()
        magic, _version, _length = struct.unpack_from("<III", data, 0)
        size, kind = struct.unpack_from("<II", data, 12)
        if magic != MAGIC or kind != JSON_CHUNK:
            raise ValueError
        table = json.loads(data[20 : 20 + size])
        if not isinstance(table, dict):
            raise ValueError
        return table, data[20 + size :]
    except (OSError, ValueError, struct.error) as error:
        raise MotionError("bad_file", f"{path.name} is no VRM file.") from error
