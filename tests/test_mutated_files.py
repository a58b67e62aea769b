"""Files that were good once: whatever was done to them, a motion or one sentence comes of it.

Each reader is fed mutations of good files: bytes, lines, words and blocks changed, doubled, moved
or lost, cut off anywhere. MOTIONLLM_MUTATIONS is how many each of the seven tests takes; 1,500 make
ten thousand in all.
"""

import io
import os
import time

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from motionllm.batch.prompt_list import Line, read_prompts
from motionllm.data.sources.bvh_folder import read_rows
from motionllm.errors import MotionError
from motionllm.motion.bvh import bvh_text, read_bvh
from motionllm.motion.clip import Clip, arrays_from_bytes, clip_from_arrays, clip_to_bytes, is_clip
from motionllm.requests import GenerateRequest
from motionllm.rig import from_arrays
from motionllm.rig.from_bvh import read_person
from tests.helpers.synthetic import make_steps

COUNT = int(os.environ.get("MOTIONLLM_MUTATIONS", "150"))
LIMIT = 2.0  # seconds of this process for a file of less than a megabyte
WALK = make_steps().cut(0, 16)
BVH = bvh_text(WALK)


def npz(**fields):
    buffer = io.BytesIO()
    np.savez(buffer, **fields)
    return buffer.getvalue()


def smpl():
    """Return SMPL's parameters that are nobody's in particular, Z up."""
    poses = np.zeros((20, 156))
    poses[:, 0] = np.pi / 2
    poses[:, 3:66] = 0.2 * np.sin(np.arange(20)[:, None] / 4.0 + np.arange(63))
    return {"poses": poses, "trans": np.tile([0.0, 0.0, 0.9], (20, 1)), "mocap_framerate": 120.0}


GOOD = {
    "bvh": [
        BVH.encode(),
        BVH.replace("\n", "\r\n").replace(".", ",").encode("utf-16"),
        BVH.replace("JOINT ", "JOINT x").replace("ROOT ", "ROOT x").encode("utf-8-sig"),
        "".join(f"\n{line}" if "JOINT" in line else line for line in BVH.splitlines(True)).encode(),
    ],
    "npz": [
        clip_to_bytes(WALK),
        npz(**smpl()),
        npz(**{name: getattr(WALK, name) for name in ("fps", "rotations", "translation", "joints",
                                                      "contacts")}),
        npz(local_rot_mats=np.tile(np.eye(3), (12, 22, 1, 1)), posed_joints=WALK.joints[:12]),
    ],
    "prompts": [
        b'{"text": "a person walks", "seconds": 4.0, "seed": 3}\n{"text": "wave", "weight": 2}\n',
        b'\xef\xbb\xbf{"text": "a person jumps", "temperature": 0.8, "top_p": 0.9}\r\n\r\n'
        b'{"text": "turn", "turn": 90, "ahead": 1.0, "left": -0.5, "best_of": 4}\n',
        b"a person walks\nsomebody waves, then sits down\n",
        b'text,seconds,seed\n"walks, then waves",3.0,1\nsits,,\n',
    ],
    "table": [
        b"id,path,skeleton,label\nx/1,take.bvh,mine,walk\nx/2,b.bvh,mine,\"a, b\"\n",
        "id;path;skeleton;label;notes\r\na;a.bvh;s;Gr\xfc\xdfe;\r\n".encode("cp1252"),
        "sep=\t\nid\tpath\tskeleton\tlabel\na\tb\tc\td\n".encode("utf-16"),
    ],
}  # fmt: skip
WORDS = (
    b"nan", b"inf", b"-1", b"0", b"1e308", b"99999999999999999999", b"0.5", b",", b";", b'"', b"{",
    b"}", b"[", b"\x00", b"\n", b"\r", b"\xff\xfe", b"MOTION", b"ROOT x", b"JOINT", b"End Site",
    b"CHANNELS 3 Xposition Yscale Zrotation", b"CHANNELS 99999999", b"OFFSET 0 0 0", b"Frames: 9",
    b"Frame Time: 0", b"HIERARCHY", b'"text"', b"null", b"true", b"1_0", b"sep=;", b"id",
)  # fmt: skip


def cut(data, start, size, _):
    return data[:start] + data[start + size :]


def doubled(data, start, size, _):
    return data[: start + size] + data[start:]


def moved(data, start, size, word):
    part, rest = data[start : start + size], data[:start] + data[start + size :]
    place = sum(word) * 37 % (len(rest) + 1)
    return rest[:place] + part + rest[place:]


def written_over(data, start, size, word):
    return data[:start] + (word * (size // max(len(word), 1) + 1))[:size] + data[start + size :]


def put_in(data, start, _, word):
    return data[:start] + word + data[start:]


def broken_off(data, start, *_):
    return data[:start]


def in_place_of_words(data, start, size, word):
    """Replace the first words after a place, whatever lies between them."""
    words = data[start:].split(b" ", 1 + size % 5)
    return data[:start] + b" ".join([word, *words[1:]])


def line_lost(data, start, size, _):
    lines = data.split(b"\n")
    place = start % len(lines)
    return b"\n".join(lines[:place] + lines[place + 1 + size % 3 :])


def line_doubled(data, start, size, _):
    lines = data.split(b"\n")
    place = start % len(lines)
    return b"\n".join(lines[:place] + lines[place : place + 1 + size % 40] + lines[place:])


def every_one(data, _, __, word):
    """Replace every space or point, as a bad conversion does."""
    return data.replace(b"." if word[:1] < b"A" else b" ", word)[:900_000]


CHANGES = (cut, doubled, moved, written_over, put_in, broken_off, in_place_of_words, line_lost,
           line_doubled, every_one)  # fmt: skip


@st.composite
def mutations(draw, kind):
    """Draw a file and changes of it."""
    data = draw(st.sampled_from(GOOD[kind]))
    for _ in range(draw(st.integers(1, 4))):
        change = draw(st.sampled_from(CHANGES))
        start = draw(st.integers(0, len(data)))
        size = draw(st.sampled_from([1, 2, 3, 7, 30, 200, 2000]))
        word = draw(st.one_of(st.sampled_from(WORDS), st.binary(min_size=1, max_size=6)))
        data = change(data, start, size, word)
    return data[:900_000]


def mutated(kind):
    """Return a decorator: a test of mutations of one kind of file."""
    fixed = settings(
        max_examples=COUNT, deadline=None, database=None, derandomize=True,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    return lambda test: fixed(given(mutations(kind))(test))


def told_or_read(read, data):
    """Return what a reader gives, None where it said what is wrong; anything else is a failure."""
    began = time.process_time()
    try:
        found = read(data)
    except MotionError as error:
        found = None
        assert error.message.strip() and "\n" not in error.message and error.message[-1] == "."
        assert "Traceback" not in str(error) and "Error:" not in error.message
    assert time.process_time() - began < LIMIT
    return found


def assert_good(clip):
    assert isinstance(clip, Clip) and clip.frames > 0
    for part in (clip.rotations, clip.translation, clip.joints):
        assert np.isfinite(part).all()


@mutated("bvh")
def test_bvh(data):
    found = told_or_read(lambda data: read_person(read_bvh(data, "x.bvh"), "x.bvh"), data)
    if found is not None:
        assert_good(found[0])


def read_arrays(data):
    fields = arrays_from_bytes(data, "x.npz")
    if is_clip(fields):
        return clip_from_arrays(fields, "x.npz")
    return from_arrays.clip_from_arrays(fields, "x.npz")[0]


@mutated("npz")
def test_arrays(data):
    clip = told_or_read(read_arrays, data)
    if clip is not None:
        assert_good(clip)
        again = arrays_from_bytes(clip_to_bytes(clip))
        assert np.array_equal(clip_from_arrays(again).rotations, clip.rotations)


ODD = (
    np.array(0), np.array(-1.0), np.array(np.nan), np.array("text"), np.array([]), np.array([[]]),
    np.zeros((0, 22, 4)), np.zeros((20, 22, 4)), np.full((20, 156), 1e30), np.zeros((1, 20, 3)),
    np.zeros((20, 3), complex), np.zeros(20, bool), np.array(["a", "b"]), np.zeros((3, 3)),
    np.zeros((20, 22, 3, 3)), np.full((20, 3), np.inf), np.zeros((2, 2, 2, 2, 2)),
    np.datetime64("2020-01-01"), np.zeros((20, 66), np.uint8), np.array(2**63, np.uint64),
)  # fmt: skip
KEYS = ("poses", "trans", "mocap_framerate", "fps", "rotations", "translation", "joints", "seed",
        "contacts", "offsets", "text", "local_rot_mats", "posed_joints", "root_positions", "betas",
        "root_orient", "pose_body", "smpl_scaling", "global_orient", "body_pose")  # fmt: skip


@settings(max_examples=COUNT, deadline=None, database=None, derandomize=True)
@given(
    st.sampled_from(GOOD["npz"]),
    st.dictionaries(st.sampled_from(KEYS), st.sampled_from(range(len(ODD))), max_size=3),
    st.sets(st.sampled_from(KEYS), max_size=3),
    st.integers(0, 3),
)
def test_fields(good, changed, gone, shorter):
    """Whole files with arrays of another kind, shape or length."""
    fields = {**arrays_from_bytes(good), **{key: ODD[odd] for key, odd in changed.items()}}
    fields = {key: np.asarray(value) for key, value in fields.items() if key not in gone}
    for key in list(fields)[:shorter]:
        if fields[key].ndim:
            fields[key] = fields[key][: len(fields[key]) // 2]
    clip = told_or_read(read_arrays, npz(**fields))
    if clip is not None:
        assert_good(clip)


@pytest.mark.parametrize("form", [".jsonl", ".txt", ".csv"])
def test_prompt_lists(form):
    @mutated("prompts")
    def run(data):
        defaults = GenerateRequest("motion")
        found = told_or_read(
            lambda data: list(read_prompts(io.BytesIO(data), defaults, form)), data
        )
        for line in found or ():
            if not isinstance(line, Line):
                number, error = line
                assert number > 0 and isinstance(error, MotionError) and error.message[-1] == "."

    run()


def test_tables(tmp_path):
    @mutated("table")
    def run(data):
        (tmp_path / "clips.csv").write_bytes(data)
        for row in told_or_read(lambda _: read_rows(tmp_path), data) or ():
            assert row["id"].strip() and all(isinstance(cell, str) for cell in row.values())

    run()


def test_the_good_files_are_good():
    """So that the mutations begin at what is read."""
    for data in GOOD["bvh"]:
        assert_good(read_person(read_bvh(data))[0])
    for data in GOOD["npz"]:
        assert_good(read_arrays(data))
