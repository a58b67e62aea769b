"""The rival that plays back a recording."""

from motionllm.data import pieces
from motionllm.data.dataset import Dataset
from motionllm.evaluation.nearest import NearestCaption


def test_nearest_caption_never_takes_a_held_out_recording(data):
    dataset = Dataset(data)
    rival = NearestCaption(dataset, pieces.read(data))
    clip = rival.find("somebody walks in reverse", 2.0)
    assert clip.frames <= 60 and clip.joints[-1, 0, 2] < -0.5
    assert all(not dataset.records[p.clip].held_out for p in rival._pieces)
