"""Cuts of recordings: around blows as well, so that a fighter is not learnt to stand in guard."""

import numpy as np

from motionllm.data import pieces
from motionllm.data.dataset import write
from motionllm.motion.clip import Clip
from motionllm.motion.features import FPS
from tests.helpers.puppet import Puppet

TIMES = (3.0, 7.0, 12.0)  # seconds of the kicks


def kicker(seconds=15.0):
    puppet = Puppet(seconds)
    swing = sum(np.exp(-(((puppet.time - time) / 0.15) ** 2)) for time in TIMES)
    puppet.bend("right_hip", (1, 0, 0), -85 * swing)
    return Clip.build(FPS, puppet.rotations, puppet.translation)


def built(folder, label):
    row = {"id": "made/0", "source": "made", "label": label, "split": "train"}
    write([(row, kicker(), 0.0)], folder)
    pieces.build(folder, None, lambda *_: None)
    return [piece for piece in pieces.read(folder) if not piece.mirrored]


def short(found):
    longest = pieces.AROUND[1] * FPS
    return [piece for piece in found if piece.frames <= longest]


def test_every_blow_has_a_short_cut_of_its_own(tmp_path):
    found = built(tmp_path, "front kick")
    for time in TIMES:
        around = [
            piece for piece in short(found)
            if piece.start / FPS + 0.3 < time < (piece.start + piece.frames) / FPS - 0.3
        ]  # fmt: skip
        assert around, time
        assert all(piece.start % pieces.TOKEN_FRAMES == 0 for piece in around)
        assert all("kick" in text for piece in around for text in piece.told)


def test_other_actions_are_cut_as_they_come(tmp_path):
    assert len(short(built(tmp_path, "salsa dance"))) < len(TIMES)
