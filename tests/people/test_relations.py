"""How two people stand and move to each other is told by what they do, and not by anything else."""

import numpy as np
import pytest

from motionllm.motion.root import led, placed, roots_of
from motionllm.people.arrange import PLACES
from motionllm.people.relations import TOLD, alike, relation
from tests.helpers.puppet import Puppet
from tests.judge.test_checks import walking, waving

STANDS = Puppet(4).clip()
WALKS = walking().clip()


def at(clip, left, ahead, turned=0.0):
    """Return a clip that begins there, turned by so many degrees to the left."""
    return placed(clip, np.array([left, ahead, np.radians(turned)]))


def circling(clip, radius=1.2):
    """Return a clip led round a place so far to its left, once."""
    roots = roots_of(clip)
    angle = np.linspace(0.0, 2.0 * np.pi, len(roots))
    roots = np.stack([radius * np.cos(angle), radius * np.sin(angle), angle], axis=1)
    return led(clip, roots)


GOES = float(roots_of(WALKS)[-1, 1])  # metres ahead
SHOWN = {
    "facing": (STANDS, at(STANDS, 0.0, 1.5, 180)),
    "beside": (WALKS, at(WALKS, 1.0, 0.0)),
    "behind": (WALKS, at(WALKS, 0.0, -1.5)),
    "towards": (WALKS, at(WALKS, 0.0, 2.0 * GOES + 1.0, 180)),
    "past": (WALKS, at(WALKS, 0.9, GOES, 180)),
    "apart": (WALKS, at(WALKS, 0.0, -0.8, 180)),
    "approach": (STANDS, at(WALKS, 0.0, GOES + 1.0, 180)),
    "leave": (STANDS, at(WALKS, 0.0, 1.0)),
    "round": (STANDS, circling(WALKS)),
}


@pytest.mark.parametrize("place", SHOWN)
def test_what_is_there_is_seen(place):
    assert relation(place, *SHOWN[place]) > 0.7


@pytest.mark.parametrize(
    ("place", "shown"),
    [("facing", "beside"), ("facing", "apart"), ("beside", "facing"), ("beside", "behind"),
     ("behind", "beside"), ("behind", "towards"), ("towards", "apart"), ("towards", "beside"),
     ("past", "apart"), ("past", "beside"), ("apart", "towards"), ("approach", "leave"),
     ("approach", "facing"), ("leave", "approach"), ("round", "past"), ("backing", "towards")],
)  # fmt: skip
def test_something_else_is_not(place, shown):
    assert relation(place, *SHOWN[shown]) < 0.5


def test_backing_away():
    roots = roots_of(WALKS)
    backs = roots[::-1].copy()  # from where the walk ends to where it began, facing ahead
    pair = (at(WALKS, 0.0, 0.0), led(WALKS, backs + [0.0, 2.0 - 2.0 * backs[0, 1], 0.0]))
    away = led(WALKS, np.stack([roots[:, 0], roots[:, 1] + 1.5, roots[:, 2] + np.pi], axis=1))
    assert relation("backing", WALKS, away) > 0.7
    assert relation("backing", *pair) < 0.5


def test_every_place_has_a_measure_and_a_name():
    assert set(PLACES) <= set(TOLD)
    for place in PLACES:
        assert 0.0 <= relation(place, STANDS, at(STANDS, 1.0, 1.0)) <= 1.0


def test_the_same_and_mirrored():
    wave, other = waving("right").clip(), waving("left").clip()
    assert alike("clip", wave, at(wave, 0.0, 1.5, 180)) > 0.9
    assert alike("clip", wave, other) < 0.5 < alike("mirrored", wave, at(other, 0.0, 1.5, 180))
    late = wave.sampled(wave.fps, np.maximum(np.arange(wave.frames) - 0.6 * wave.fps, 0.0))
    assert alike("clip", wave, late) > 0.9
