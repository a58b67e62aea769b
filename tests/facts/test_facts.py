"""Facts measured from joints: made-up motions always, real clips against their labels if there."""

import functools

import numpy as np
import pytest

from motionllm.data.captions import labels
from motionllm.data.captions.shown import raised_side
from motionllm.facts.facts import measure
from tests.helpers.puppet import FPS, Puppet, raise_arm, smoothstep
from tests.helpers.recordings import MOCAP, needs_mocap


def test_standing_is_nothing_else():
    facts = Puppet(3).facts()
    assert [event.kind for event in facts.events] == ["stand"]
    assert facts.direction == "" and facts.path == "still" and facts.tempo == "still"
    assert facts.distance == 0 and facts.jumps == 0 and raised_side(facts) == ""


@pytest.mark.parametrize(
    ("degrees", "direction"),
    [(0, "forward"), (180, "backward"), (90, "left"), (-90, "right"), (35, "forward_left")],
)
def test_direction_of_travel(degrees, direction):
    facts = Puppet(4).go(1.2, degrees).facts()
    assert facts.direction == direction
    assert facts.distance == pytest.approx(4.8, rel=0.1)
    assert facts.path == "straight"
    mirrored = Puppet(4).go(1.2, degrees).facts(mirrored=True)
    swap = {"left": "right", "right": "left", "forward_left": "forward_right"}
    assert mirrored.direction == swap.get(direction, direction)


@pytest.mark.parametrize(("degrees", "side"), [(90, "left"), (-90, "right"), (180, "left")])
def test_turn_while_walking(degrees, side):
    puppet = Puppet(5)
    facts = puppet.go(1.2, 0, degrees * smoothstep(puppet.time, 2.0, 3.2)).facts()
    (turn,) = facts.of("turn")
    assert turn.side == side and turn.amount == pytest.approx(abs(degrees), abs=12)
    assert facts.yaw == pytest.approx(degrees, abs=8)
    assert 1.7 < turn.start < turn.end < 3.6


def test_circle():
    puppet = Puppet(8)
    facts = puppet.go(1.2, 0, 360 * puppet.time / 8).facts()
    assert facts.path == "circle"
    assert facts.of("curve")[0].side == "left"


@pytest.mark.parametrize("side", ["left", "right"])
def test_raised_hand_and_its_mirror(side):
    puppet = Puppet(4)
    up = smoothstep(puppet.time, 0.5, 1.0) - smoothstep(puppet.time, 3.0, 3.5)
    raise_arm(puppet, side, up)
    assert raised_side(puppet.facts()) == side
    other = "right" if side == "left" else "left"
    assert raised_side(puppet.facts(mirrored=True)) == other
    assert puppet.facts().overhead[side] > 1.5


def test_both_hands_raised():
    puppet = Puppet(4)
    up = smoothstep(puppet.time, 0.5, 1.0)
    facts = raise_arm(raise_arm(puppet, "left", up), "right", up).facts()
    assert raised_side(facts) == "both"


def test_waves_are_counted():
    puppet = Puppet(5)
    raise_arm(puppet, "right", np.full(puppet.frames, 0.8))
    puppet.bend("right_elbow", (0, 0, 1), -40 + 25 * np.sin(2 * np.pi * 1.5 * puppet.time))
    facts = puppet.facts()
    assert 5 <= facts.waves["right"] <= 9
    assert facts.waves["left"] == 0


def test_jump_needs_flight_and_landing():
    puppet = Puppet(3)
    t = puppet.time - 1.0
    puppet.translation[:, 1] += np.where((t > 0) & (t < 0.5), 0.5 * 9.81 * t * (0.5 - t), 0)
    assert puppet.facts().jumps == 1
    raised = Puppet(3)
    raised.translation[:, 1] += 0.5  # on a box all the time
    assert raised.facts().jumps == 0


def test_bow_and_crouch():
    puppet = Puppet(3)
    down = smoothstep(puppet.time, 0.5, 1.2) - smoothstep(puppet.time, 1.8, 2.5)
    facts = puppet.bend("spine1", (1, 0, 0), 60 * down).facts()
    assert facts.bend > 45 and facts.of("bend")
    puppet = Puppet(3)
    for side in ("left", "right"):
        puppet.bend(f"{side}_hip", (1, 0, 0), -80 * down)
        puppet.bend(f"{side}_knee", (1, 0, 0), 120 * down)
    puppet.translation[:, 1] -= 0.4 * down
    facts = puppet.facts()
    assert facts.crouch < 0.72 and facts.of("crouch") and facts.rise > 0.3


def test_lying_has_no_heading():
    puppet = Puppet(3)
    puppet.translation[:, 1] = 0.12
    facts = puppet.bend("pelvis", (1, 0, 0), np.full(puppet.frames, -90.0)).facts()
    assert facts.lying > 2.5 and not facts.yaw_known and not facts.of("turn")


def test_kick_with_the_right_foot():
    puppet = Puppet(2)
    swing = np.exp(-(((puppet.time - 1.0) / 0.15) ** 2))
    facts = puppet.bend("right_hip", (1, 0, 0), -85 * swing).facts()
    assert facts.kicks == {"left": 0, "right": 1}
    assert puppet.facts(mirrored=True).kicks == {"left": 1, "right": 0}


def test_wrong_shape_is_refused():
    with pytest.raises(ValueError, match="joints"):
        measure(np.zeros((10, 21, 3)), FPS)
    with pytest.raises(ValueError, match="joints"):
        measure(np.zeros((1, 22, 3)), FPS)


# Against the labels of real clips


@functools.cache
def _calibration():
    from motionllm.data.sources.bvh_folder import BvhFolder, read_rows
    from motionllm.rig.from_bvh import calibrate

    rows = [row for row in read_rows(MOCAP) if row["source"] == "bandai_namco"]
    files = BvhFolder(MOCAP)
    return rows, files, calibrate([files.read(row) for row in rows[:: len(rows) // 6]])


@functools.cache
def _real(pattern, count=12):
    from motionllm.rig.from_bvh import clip_from_bvh

    rows, files, calibration = _calibration()
    rows = [row for row in rows if row["label"].startswith(pattern)]
    rows = [rows[i] for i in sorted({int(x) for x in np.linspace(0, len(rows) - 1, count)})]
    found = []
    for row in rows:
        clip = clip_from_bvh(files.read(row), calibration, row["id"])
        found.append((labels.parse(row), measure(clip.joints, clip.fps, clip.contacts)))
    return found


def _share(pattern, test):
    found = _real(pattern)
    return sum(bool(test(facts)) for _, facts in found) / len(found)


@pytest.mark.slow
@needs_mocap
@pytest.mark.parametrize("side", ["left", "right"])
def test_labels_with_sides_agree(side):
    assert _share(f"raise up {side} hand", lambda facts: raised_side(facts) == side) >= 0.98
    assert _share(f"wave {side} hand", lambda facts: raised_side(facts) == side) >= 0.98
    sign = 1 if side == "left" else -1
    assert _share(f"walk turn {side}", lambda facts: sign * facts.yaw > 30) >= 0.9
    # Dataset 1's "walk left" veers, it does not turn.
    assert _share(f"walk {side}", lambda facts: abs(facts.yaw) < 45) >= 0.9


@pytest.mark.slow
@needs_mocap
def test_labels_of_travel_agree():
    assert _share("walk back", lambda facts: facts.direction.startswith("backward")) >= 0.95
    assert _share("walk,", lambda facts: facts.direction == "forward") >= 0.95
    walked = np.median([facts.mean_speed for _, facts in _real("walk,")])
    ran = np.median([facts.mean_speed for _, facts in _real("run,")])
    assert ran > 1.5 * walked
