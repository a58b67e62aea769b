"""Which bone is which joint where names say nothing: by symmetry, chains and lengths. numpy only.

A standing humanoid has a plane of symmetry; from its trunk two mirrored chains go down to the
floor and two go out to the sides. Along each chain the three joints of the limb are those whose
distances fit a limb best, so that helper and twist bones between them do not matter.
"""

import itertools
from dataclasses import dataclass

import numpy as np

from motionllm.errors import MotionError
from motionllm.motion import skeleton
from motionllm.rig.rig import Rig

J = skeleton.JOINTS
SIDES = ("left", "right")
LOW = 0.12  # share of the body's height: a chain that ends below this ends at a foot
PAIR = 0.05  # share of the height by which mirrored bones may miss each other
CROWN = 0.075  # share of the height that a head is higher than its joint, and a neck is not
REACH = 0.6  # share of the height: what reaches further from a shoulder is a wing, no arm
FINGERS = 3  # chains that leave one bone: it is a hand


@dataclass(frozen=True)
class _Body:
    """Heads (B, 3) as right-or-left, height above the floor, front-or-back; height 1."""

    rig: Rig
    at: np.ndarray
    children: list[list[int]]

    def below(self, bone: int) -> list[int]:
        found = [bone]
        for one in found:
            found.extend(self.children[one])
        return found

    def leaves_below(self, bone: int) -> list[int]:
        return [one for one in self.below(bone) if not self.children[one]]

    def reach(self, bone: int) -> float:
        away = self.at[self.below(bone)] - self.at[bone]
        return float(np.linalg.norm(away, axis=1).max())


def match_structure(rig: Rig, up: np.ndarray, what: str) -> tuple[dict[int, int], float]:
    """Find the joints of a rig by its form.

    Args:
        up: (3,) where up is, in the armature's space.
        what: for messages.

    Returns:
        joint -> bone, and how sure that is, 0..1.

    Raises:
        MotionError: code "no_rig"; the sentence says what was not found.
    """
    if len(rig.names) < 11 or np.ptp(rig.heads @ up) < 1e-6:
        raise _missing(what, "two arms and two legs", f"it has {len(rig.names)} bones")
    body, pairs = _halves(rig, up)
    if len(pairs) < 4:
        raise _missing(what, "left and right half that mirror each other")
    legs = _legs(body, pairs, what)
    pelvis = rig.common([legs[0][0], legs[1][0]])
    arms = _arms(body, pairs, legs, what)
    chest = rig.common([arms[0][0], arms[1][0]])
    if pelvis is None or chest is None:
        raise _missing(what, "trunk that arms and legs hang on")
    trunk = body.at[[arms[0][0], arms[1][0]]].mean(0) - body.at[[legs[0][0], legs[1][0]]].mean(0)
    if trunk[1] < 0.6 * np.linalg.norm(trunk):
        raise _missing(what, "trunk that stands upright")
    bones = _limb_joints(body, legs, arms, chest)
    if not {J[f"{side}_{part}"] for side in SIDES for part in ("hip", "shoulder")} <= bones.keys():
        raise _missing(what, "left and right half that mirror each other")
    base = rig.common([pelvis, chest])
    bones[J["pelvis"]] = base if base is not None else pelvis
    bones |= _neck_and_head(body, chest, [a[0] for a in arms])
    miss = np.mean([_miss(body, legs[0][i], legs[1][i]) for i in range(3)])
    return bones, float(np.clip(0.8 - 4.0 * miss, 0.3, 0.8))


def _halves(rig: Rig, up: np.ndarray) -> tuple[_Body, list[tuple[int, int]]]:
    """Return the body seen so that most of its bones mirror each other, and those pairs."""
    children: list[list[int]] = [[] for _ in rig.names]
    for bone, parent in enumerate(rig.parents):
        if parent >= 0:
            children[int(parent)].append(bone)
    bodies = [_Body(rig, _upright(rig, up, axis), children) for axis in _side_axes(up)]
    seen = [(body, _mirror_pairs(body)) for body in bodies]
    return max(seen, key=lambda one: len(one[1]))


def _limb_joints(
    body: _Body, legs: list[list[int]], arms: list[list[int]], chest: int
) -> dict[int, int]:
    """Return joint -> bone of arms, legs and collars, each on its side."""
    bones: dict[int, int] = {}
    forward = _forward(body, legs)
    for chain_legs, chain_arms in zip(legs, arms, strict=True):
        # Y up and facing +Z, left is +X; a figure that faces -front has it on the other side.
        side = "left_" if body.at[chain_legs[0], 0] * forward > 0 else "right_"
        side_of_arm = "left_" if body.at[chain_arms[0], 0] * forward > 0 else "right_"
        for part, bone in zip(("hip", "knee", "ankle", "foot"), chain_legs, strict=False):
            bones[J[side + part]] = bone
        for part, bone in zip(("shoulder", "elbow", "wrist"), chain_arms, strict=False):
            bones[J[side_of_arm + part]] = bone
        above = body.rig.between(chest, chain_arms[0])[:-1]
        collars = [b for b in above if np.ptp(body.at[[b, chain_arms[0]]], axis=0).max() > 0.02]
        if collars:
            bones[J[side_of_arm + "collar"]] = collars[-1]
    return bones


def _missing(what: str, part: str, detail: str = "") -> MotionError:
    return MotionError(
        "no_rig",
        f"{what} is no humanoid this program can read: it found no {part}"
        + (f" ({detail})." if detail else "."),
        "Choose a humanoid character, or pick its bones in the panel's Rig section.",
    )


def _side_axes(up: np.ndarray) -> list[np.ndarray]:
    """Return the armature's axes at right angles to up: one of them goes from right to left."""
    rest = [axis for axis in np.eye(3) if abs(axis @ up) < 0.9]
    return [axis - (axis @ up) * up for axis in rest]


def _upright(rig: Rig, up: np.ndarray, side: np.ndarray) -> np.ndarray:
    """Return (B, 3) side, height and front of the heads, floor 0, height 1, side 0 the middle."""
    points = rig.heads  # not the tails: a root's display bone may be longer than the body
    heads = np.stack([points @ side, points @ up, points @ np.cross(side, up)], axis=-1)
    low = heads[:, 1].min()
    size = max(np.ptp(heads[:, 1]), 1e-9)
    middle = np.median(heads[:, 0])
    return (heads - [middle, low, 0.0]) / size


def _miss(body: _Body, a: int, b: int) -> float:
    return float(np.linalg.norm(body.at[a] - body.at[b] * [-1.0, 1.0, 1.0]))


def _mirror_pairs(body: _Body) -> list[tuple[int, int]]:
    """Return pairs of ends of chains that mirror each other, and stand off the middle."""
    leaves = [b for b, below in enumerate(body.children) if not below]
    positive = [b for b in leaves if body.at[b, 0] > 0.02]
    negative = [b for b in leaves if body.at[b, 0] < -0.02]
    pairs = []
    for bone in positive:
        near = min(negative, key=lambda other: _miss(body, bone, other), default=None)
        if near is not None and _miss(body, bone, near) < PAIR:
            pairs.append((bone, near))
    # A pair of fingertips of one hand only is as good as any; count limbs by their two ends.
    return pairs + [(a, b) for a, b in _inner_pairs(body) if (a, b) not in pairs]


def _inner_pairs(body: _Body) -> list[tuple[int, int]]:
    """Return mirrored bones that are no ends: a limb's upper joints."""
    positive = [b for b in range(len(body.at)) if body.children[b] and body.at[b, 0] > 0.02]
    negative = [b for b in range(len(body.at)) if body.children[b] and body.at[b, 0] < -0.02]
    pairs = []
    for bone in positive:
        near = min(negative, key=lambda other: _miss(body, bone, other), default=None)
        if near is not None and _miss(body, bone, near) < PAIR:
            pairs.append((bone, near))
    return pairs


def _chain(body: _Body, top: int, end: int) -> list[int]:
    """Return the bones from below `top` to `end`, those at one place only once."""
    chain: list[int] = []
    for bone in body.rig.between(top, end):
        if chain and np.linalg.norm(body.at[bone] - body.at[chain[-1]]) < 1e-3:
            chain[-1] = bone
        else:
            chain.append(bone)
    return chain


def _limbs(body: _Body, left: int, right: int) -> tuple[int, list[list[int]]]:
    """Return the bone that two limbs' ends hang on and the chains from there to each.

    Without chains, if the two are no limbs of one kind with three joints.
    """
    top = body.rig.common([left, right])
    if top is None:
        return -1, []
    chains = [_chain(body, top, end) for end in (left, right)]
    if len(chains[0]) != len(chains[1]) or len(chains[0]) < 3:
        return top, []
    return top, chains


def _legs(body: _Body, pairs: list[tuple[int, int]], what: str) -> list[list[int]]:
    """Return hip, knee, ankle and, where there is one, the toe, of both sides."""
    feet = [
        pair for pair in pairs
        if all(body.at[b, 1] < LOW and not body.children[b] for b in pair)
    ]  # fmt: skip
    if not feet:
        raise _missing(what, "pair of legs that reach down to the floor")
    best: tuple[float, list[list[int]]] | None = None
    for left, right in feet:
        top, chains = _limbs(body, left, right)
        if not chains:
            continue
        cost, places = _three(body, chains[0], 0.24, 0.245, down=True)
        # The toe is the end that lies farthest in front of or behind the ankle.
        if places is not None and body.at[top, 1] > 0.25:
            toe = places[2] + 1
            reach = abs(body.at[left, 2] - body.at[chains[0][places[2]], 2])
            kept = [*places, toe] if toe < len(chains[0]) else list(places)
            cost -= 0.5 * reach
            if best is None or cost < best[0]:
                best = cost, [[chain[place] for place in kept] for chain in chains]
    if best is None:
        raise _missing(what, "hip, knee and ankle in the chains that reach the floor")
    return best[1]


def _arms(
    body: _Body, pairs: list[tuple[int, int]], legs: list[list[int]], what: str
) -> list[list[int]]:
    """Return shoulder, elbow and wrist of both sides."""
    hip_height = body.at[legs[0][0], 1]
    used = set(body.leaves_below(legs[0][0])) | set(body.leaves_below(legs[1][0]))
    best: tuple[float, list[list[int]]] | None = None
    on_floor = too_long = False
    for left, right in pairs:
        if body.children[left] or left in used or right in used:
            continue
        _, chains = _limbs(body, left, right)
        if not chains:
            continue
        chains = [_without_fingers(body, chain) for chain in chains]
        cost, places = _three(body, chains[0], 0.145, 0.143, down=False)
        if places is None or len(chains[0]) != len(chains[1]):
            continue
        if body.at[chains[0][places[2]], 1] < LOW:
            on_floor = True
            continue
        if body.at[chains[0][places[0]], 1] < hip_height + 0.08:
            continue
        if body.reach(chains[0][places[0]]) > REACH:
            too_long = True
            continue
        if best is None or cost < best[0] - 1e-9:
            best = cost, [[chain[place] for place in places] for chain in chains]
    if best is None:
        detail = "what hangs there is too long for arms" if too_long else ""
        detail = "its front limbs stand on the floor" if on_floor else detail
        raise _missing(what, "pair of arms above the legs", detail)
    return best[1]


def _without_fingers(body: _Body, chain: list[int]) -> list[int]:
    """Return a chain up to the hand, which is where several chains of like length leave."""
    for place, bone in enumerate(chain):
        if place >= 2 and len(body.children[bone]) >= FINGERS:
            return chain[: place + 1]
    return chain


def _three(
    body: _Body, chain: list[int], upper: float, lower: float, down: bool
) -> tuple[float, tuple[int, int, int] | None]:
    """Return the three joints of a limb in a chain: the places with the likeliest lengths."""
    best: tuple[float, tuple[int, int, int] | None] = (np.inf, None)
    at = body.at[chain]
    for places in itertools.combinations(range(min(len(chain), 14)), 3):
        first, second = at[places[1]] - at[places[0]], at[places[2]] - at[places[1]]
        a, b = np.linalg.norm(first), np.linalg.norm(second)
        if a < 0.04 or b < 0.04:
            continue
        if down and (first[1] > -0.6 * a or second[1] > -0.6 * b):
            continue
        if not down and first @ second < 0.2 * a * b:
            continue
        cost = abs(np.log(a / b)) + 0.35 * (abs(np.log(a / upper)) + abs(np.log(b / lower)))
        if cost - (0.0 if down else 1.0) >= best[0]:
            continue  # what follows adds to it, but for the one taken off where fingers begin
        cost += _aside(at, *places[:2]) + _aside(at, *places[1:])
        if down:  # a leg begins at its top, whatever bends below
            cost += 2.0 * max(0.0, at[0, 1] - at[places[0], 1]) / (at[0, 1] - at[places[2], 1])
            cost += 4.0 * max(0.0, at[places[2], 1] - 0.06)
        # A helper bone near a joint splits nothing off: what is left over at the ends is short.
        rest = np.linalg.norm(at[-1] - at[places[2]])
        cost += 2.0 * max(0.0, rest - 0.16)
        if not down and len(body.children[chain[places[2]]]) >= FINGERS:
            cost -= 1.0
        if cost < best[0]:
            best = cost, places
    return best


def _aside(at: np.ndarray, start: int, stop: int) -> float:
    """Return how far the bones between two joints lie off the line, as a share of its length."""
    way = at[stop] - at[start]
    square = float(way @ way)
    offs = at[start + 1 : stop] - at[start]
    offs = offs - (offs @ way / square)[:, None] * way
    return float(np.linalg.norm(offs, axis=1).sum() / np.sqrt(square))


def _forward(body: _Body, legs: list[list[int]]) -> float:
    """Return 1 where the figure faces +front of `_upright`, -1 where it faces the other way."""
    reach = 0.0
    for chain in legs:
        ankle = chain[2]
        ends = body.leaves_below(ankle)
        toes = [body.at[b, 2] - body.at[ankle, 2] for b in ends if b != ankle]
        reach += max(toes, key=abs, default=0.0)
    return -1.0 if reach < 0 else 1.0


def _neck_and_head(body: _Body, chest: int, shoulders: list[int]) -> dict[int, int]:
    """Return the neck and the head: the chain in the middle above the chest."""
    arms = {bone for shoulder in shoulders for bone in body.rig.above(shoulder)}
    chain: list[int] = []
    bone = chest
    while True:
        middle = [
            child for child in body.children[bone]
            if child not in arms and abs(body.at[child, 0]) < 0.02
            and body.at[child, 1] - body.at[bone, 1] > max(0.01, _ahead(body, bone, child))
        ]  # fmt: skip
        if not middle:
            break
        bone = max(middle, key=lambda b: (_highest(body, b), body.at[b, 1]))
        chain.append(bone)
    # What ends the chain at the crown marks its top and turns nothing: a neck is shorter.
    if len(chain) > 1 and body.at[chain[-1], 1] - body.at[chain[-2], 1] > CROWN:
        chain.pop()
    if not chain:
        return {}
    return {J["head"]: chain[-1]} | ({J["neck"]: chain[0]} if len(chain) > 1 else {})


def _ahead(body: _Body, bone: int, child: int) -> float:
    """Return how far a child lies in front or behind: jaws and eyes do, the neck goes up."""
    return abs(body.at[child, 2] - body.at[bone, 2])


def _highest(body: _Body, bone: int) -> float:
    return max(body.at[leaf, 1] for leaf in body.leaves_below(bone))
