"""Pictures: they are written whole, of the right size, and show the person."""

import numpy as np
import pytest

from motionllm.errors import MotionError
from motionllm.pictures import films
from tests.helpers.scripted_engine import swaying

Image = pytest.importorskip("PIL.Image")
figure = pytest.importorskip("motionllm.pictures.figure")


def colours_of(picture) -> np.ndarray:
    return np.asarray(picture.convert("RGB")).reshape(-1, 3).astype(int)


def amount(pixels: np.ndarray, colour) -> float:
    return float((np.abs(pixels - colour).max(axis=1) < 25).mean())


def test_a_strip_shows_left_and_right(tmp_path):
    films.strip([swaying(), swaying(seed=3)], tmp_path / "a.png", columns=4)
    with Image.open(tmp_path / "a.png") as picture:
        pixels = colours_of(picture)
        assert picture.width == 4 * films.POSE_WIDTH + 28
    assert amount(pixels, figure.LEFT) > 0.005 and amount(pixels, figure.RIGHT) > 0.005
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_the_left_hand_is_on_the_right_of_one_who_faces_us():
    clip = swaying()
    built = figure.build_figure(clip)
    camera = figure.Camera(0.0, 0.0, 100.0, yaw=0.0)
    pixels, depth = camera.project(clip.joints[0], built.followed[0])
    left, right = pixels[20], pixels[21]
    assert left[0] > right[0]
    # Up is up, and what is nearer to us has less depth.
    assert pixels[15][1] < pixels[0][1]
    assert depth[10] < depth[7]


def test_the_camera_follows():
    clip = swaying(seconds=4.0)
    built = figure.build_figure(clip)
    camera = figure.camera_for(100.0, 0.0, 200.0)
    xs = [
        camera.project(clip.joints[frame, 0], built.followed[frame])[0][0]
        for frame in range(0, clip.frames, 10)
    ]
    assert np.ptp(xs) < 0.3 * camera.scale


def test_a_sheet_has_a_cell_for_each_clip(tmp_path):
    rows = [(f"number {i}", swaying(seed=i)) for i in range(3)]
    films.contact_sheet(rows, tmp_path / "a.png", columns=2, across=2)
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.size[0] == 2 * (2 * films.POSE_WIDTH + 28)


def test_a_gif_lasts_as_long_as_its_longest_clip(tmp_path):
    clips = [swaying("one", seconds=0.5), swaying("two 一 😀" + "x" * 200, seconds=1.0)]
    films.gif(clips, tmp_path / "a.gif", size=120)
    with Image.open(tmp_path / "a.gif") as film:
        assert film.size == (240, 120)
        seconds = 0.0
        for index in range(film.n_frames):
            film.seek(index)
            seconds += film.info["duration"] / 1000
    assert abs(seconds - 1.0) <= 0.1


def test_an_mp4_is_written(tmp_path):
    pytest.importorskip("imageio_ffmpeg")
    films.mp4(swaying(seconds=0.5), tmp_path / "a.mp4", size=128)
    assert (tmp_path / "a.mp4").read_bytes()[4:8] == b"ftyp"
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


def test_one_frame_is_enough(tmp_path):
    for name in ("a.png", "a.gif"):
        films.write(swaying(seconds=1 / 30), tmp_path / name)
        with Image.open(tmp_path / name) as picture:
            assert (
                getattr(picture, "n_frames", 1) == 1
                and np.ptp(np.asarray(picture.convert("L"))) > 50
            )


@pytest.mark.parametrize("name", ["a.png", "a.gif"])
def test_what_cannot_be_written_is_told(tmp_path, name):
    (tmp_path / "file").write_text("")
    with pytest.raises(MotionError) as caught:
        films.write(swaying(seconds=0.2), tmp_path / "file" / name)
    assert caught.value.code == "output"


def test_other_suffixes_are_refused(tmp_path):
    with pytest.raises(MotionError) as caught:
        films.write(swaying(), tmp_path / "a.jpg")
    assert caught.value.code == "bad_request"
