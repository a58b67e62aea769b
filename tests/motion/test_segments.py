"""Cuts where the action changes: on made motions always, on joined recordings mostly."""

import zipfile
from itertools import permutations

import numpy as np
import pytest

from motionllm.motion import segments
from motionllm.motion.bvh import read_bvh
from motionllm.motion.clip import Clip
from motionllm.motion.join import join
from motionllm.rig.from_bvh import clip_from_bvh
from tests.helpers.recordings import MOCAP, needs_mocap
from tests.helpers.synthetic import moving


def test_one_action_is_left_whole():
    for clip in (moving(20), moving(20, speed=1.3), moving(20, arms=1.0)):
        assert segments.cut_points(clip) == []
        assert segments.pieces(clip) == [(0.0, 20.0)]


@pytest.mark.parametrize("fps", [24.0, 30.0, 120.0])
def test_changes_are_found_where_they_are(fps):
    parts = [moving(4, fps=fps), moving(5, speed=1.3, fps=fps), moving(4, arms=1.2, fps=fps)]
    clip = join(parts)
    cuts = segments.cut_points(clip)
    assert np.allclose(cuts, [4.0, 9.0], atol=0.4)
    edges = segments.pieces(clip)
    assert edges[0][0] == 0 and edges[-1][1] == clip.seconds
    assert all(a[1] == b[0] for a, b in zip(edges, edges[1:], strict=False))


def test_the_place_does_not_matter_and_short_clips_do_no_harm():
    clip = join([moving(4), moving(4, speed=1.3)])
    moved = clip.cut(0, clip.frames)
    shifted = Clip.build(30.0, moved.rotations, moved.translation + [7.0, 0.0, -3.0])
    assert segments.cut_points(shifted) == segments.cut_points(clip) != []
    for frames in (1, 2, 5):
        tiny = Clip.build(30.0, clip.rotations[:frames], clip.translation[:frames])
        assert segments.cut_points(tiny) == []


def test_a_long_motion_takes_no_time():
    import time

    began = time.process_time()
    segments.cut_points(moving(600))
    assert time.process_time() - began < 5.0


def test_cutting_starts_at_the_origin():
    piece = segments.cut(moving(6, speed=1.0), 2.0, 4.5)
    assert piece.seconds == 2.5 and np.allclose(piece.translation[0, [0, 2]], 0, atol=1e-6)


@needs_mocap
def test_recorded_walking_and_gestures_are_told_apart():
    def recording(archive, name):
        with zipfile.ZipFile(MOCAP / archive) as files:
            return clip_from_bvh(read_bvh(files.read(name).decode("latin-1")))

    names = [
        "dataset-1_walk_normal_001.bvh", "dataset-1_bow_normal_001.bvh",
        "dataset-1_run_normal_001.bvh", "dataset-1_byebye_normal_001.bvh",
    ]  # fmt: skip
    with zipfile.ZipFile(MOCAP / "bandai_namco.zip") as files:
        names = [name for name in names if name in files.namelist()]
    clips = [recording("bandai_namco.zip", name) for name in names]
    found = []
    for first, second in permutations(clips, 2):
        cuts = segments.cut_points(join([first, second]))
        found.append(min(abs(cut - first.seconds) for cut in cuts) if cuts else np.inf)
    assert len(found) >= 2 and np.median(found) <= 0.5
