"""Dialects of BVH files, and files that are wrong: read to the same numbers, or told by line."""

import re

import numpy as np
import pytest

from motionllm.errors import MotionError
from motionllm.motion import bvh_text as parts
from motionllm.motion.bvh import bvh_text, read_bvh
from motionllm.motion.clip import Clip
from tests.helpers.synthetic import make_steps

CLIP: Clip = make_steps().cut(0, 12)
TEXT = bvh_text(CLIP)
PLAIN = read_bvh(TEXT)
HEAD, ROWS = TEXT.split("MOTION\n")[0], TEXT.split("MOTION\n")[1].splitlines()[2:]
WIDTH = 69


def motion(rows, frames=None, time="0.03333333"):
    """Return the text with other rows or counts."""
    count = len(rows) if frames is None else frames
    return HEAD + f"MOTION\nFrames: {count}\nFrame Time: {time}\n" + "\n".join(rows) + "\n"


def assert_same(file, rows=slice(None), names=True):
    assert not names or file.names == PLAIN.names
    assert file.parents == PLAIN.parents
    assert np.allclose(file.offsets, PLAIN.offsets) and file.ends.keys() == PLAIN.ends.keys()
    assert np.allclose(file.rotations, PLAIN.rotations[rows], atol=1e-6)
    assert np.allclose(file.positions, PLAIN.positions[rows], atol=1e-4)


def decimal_commas(text):
    return re.sub(r"(\d)\.(\d)", r"\1,\2", text)


DIALECTS = {
    "blank lines everywhere": TEXT.replace("\n", "\n\n \t\n"),
    "no line before its words": "\n\n  \n" + TEXT,
    "comments": "# by hand\n" + TEXT.replace("JOINT neck", "// the neck\n; and more\nJOINT neck"),
    "one word for an end site": TEXT.replace("End Site", "EndSite"),
    "end sites with names": TEXT.replace("End Site", "End site tip"),
    "braces behind the name": re.sub(r"\n\t*\{", " {", TEXT),
    "braces without white space": re.sub(r"\n\t*\{\n\t*", "{", TEXT).replace("\n\t}", "}"),
    "the hierarchy on one line": HEAD.replace("\n", " ").replace("\t", " ") + TEXT[len(HEAD) :],
    "no colons": TEXT.replace("Frames:", "Frames").replace("Frame Time:", "Frame Time"),
    "one word": TEXT.replace("Frames: 12", "FRAMES : 12").replace("Frame Time:", "FrameTime ="),
    "counts on one line": TEXT.replace("12\nFrame", "12 Frame"),
    "counts behind MOTION": TEXT.replace("MOTION\n", "MOTION "),
    "lower case": HEAD.lower() + TEXT[len(HEAD) :].lower(),
    "upper case": TEXT.upper(),
    "decimal commas": decimal_commas(TEXT),
    "commas between": motion([", ".join(row.split()) for row in ROWS]),
    "commas without white space": motion([",".join(row.split()) for row in ROWS]),
    "tabs": TEXT.replace(" ", "\t"),
    "white space at the ends": TEXT.replace("\n", "  \t\n"),
    "Windows": TEXT.replace("\n", "\r\n"),
    "old Mac": TEXT.replace("\n", "\r"),
    "no line at the end": TEXT.rstrip("\n"),
    "frames over several lines": motion(
        [re.sub(r"((?:\S+ ){10})", "\\1\n", row) for row in ROWS], 12
    ),
    "numbers with exponents": motion(
        [" ".join(f"{float(word):.9e}" for word in row.split()) for row in ROWS]
    ),
    "no HIERARCHY": TEXT.removeprefix("HIERARCHY\n"),
    "no number of frames": TEXT.replace("Frames: 12\n", ""),
    "four numbers in an offset": re.sub(r"(OFFSET .*)", r"\1 0.0", TEXT),
    "channels in two lines": TEXT.replace(
        "CHANNELS 6 Xposition Yposition Zposition",
        "CHANNELS 3 Xposition Yposition Zposition\nCHANNELS 3",
    ),
    "end sites with no channels": TEXT.replace("End Site\n", "End Site\n").replace(
        "\t}\n", "\tCHANNELS 0\n\t}\n", 1
    ),
}  # fmt: skip


@pytest.mark.parametrize("dialect", DIALECTS)
def test_dialects(dialect):
    file = read_bvh(DIALECTS[dialect])
    assert_same(file, names="case" not in dialect)
    assert not file.notes
    again = parts.plain_text(parts.take_apart(DIALECTS[dialect], "x"))
    assert_same(read_bvh(again), names="case" not in dialect)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252"]
)
def test_encodings(encoding, tmp_path):
    path = tmp_path / "a.bvh"
    path.write_bytes(TEXT.replace("pelvis", "H\xfcfte").encode(encoding))
    file = read_bvh(path)
    assert file.names[0] == "H\xfcfte" and file.names[1:] == PLAIN.names[1:]
    assert_same(file, names=False)


LAST = len((HEAD + "MOTION\nF\nF\n").splitlines()) + len(ROWS)


@pytest.mark.parametrize(
    ("text", "frames", "notes"),
    [
        (motion(ROWS, 5), 12, ["5 frames are announced and 12 are there: these are read"]),
        (motion(ROWS, 13), 12, ["13 frames are announced and 12 are there: these are read"]),
        (motion(ROWS, 0), 12, ["0 frames are announced and 12 are there: these are read"]),
        (
            TEXT.rstrip("\n")[:-200], 11,
            [f"the file breaks off in line {LAST}, which is left out",
             "12 frames are announced and 11 are there: these are read"],
        ),
        (  # the last number of an open line may be cut
            motion(ROWS[:8], 12)[:-4], 7,
            [f"the file breaks off in line {LAST - 4}, which is left out",
             "12 frames are announced and 7 are there: these are read"],
        ),
        (motion(ROWS) + "end of file\n", 12,
         [f"what follows the frames from line {LAST + 1} on is left out"]),
    ],
)  # fmt: skip
def test_counts_that_are_not_so(text, frames, notes):
    file = read_bvh(text)
    assert_same(file, slice(frames))
    assert list(file.notes) == notes


@pytest.mark.parametrize(
    ("said", "fps", "note"),
    [
        ("0", 30.0, "is given as 0: 30 frames a second are assumed"),
        ("-0.01", 30.0, "-0.01: 30 frames"),
        ("nan", 30.0, "nan: 30 frames"),
        ("fast", 30.0, "fast: 30 frames"),
        ("1e9", 30.0, "1e9: 30 frames"),
        ("120", 120.0, "taken for 120 frames a second"),
        ("25", 25.0, "taken for 25 frames a second"),
        ("0,04", 25.0, ""),
    ],
)
def test_frame_times_that_cannot_be(said, fps, note):
    file = read_bvh(motion(ROWS, time=said))
    assert_same(file)
    assert 1.0 / file.frame_time == pytest.approx(fps)
    assert note in " ".join(file.notes) and len(file.notes) == bool(note)


def test_no_frame_time():
    file = read_bvh(TEXT.replace("Frame Time: 0.03333333\n", ""))
    assert_same(file)
    assert file.notes == ("no frame time is given: 30 frames a second are assumed",)


def test_channels_of_scale_are_left_out():
    words = "6 Xposition Yposition Zposition Zrotation Xrotation Yrotation"
    more = "9 XSCALE Yscale Xposition Yposition zscale Zposition Zrotation Xrotation Yrotation"
    rows = []
    for row in ROWS:
        n = row.split()
        rows.append(" ".join(["2.0", "2.0", *n[:2], "2.0", *n[2:]]))
    text = motion(rows).replace(words, more)
    file = read_bvh(text)
    assert_same(file)
    assert file.notes == ("channels of scale are left out",)
    assert_same(read_bvh(parts.plain_text(parts.take_apart(text, "x"))))


def test_places_that_are_kept_in_the_channels():
    """Every OFFSET is zero; each joint moves in its parent by its offset."""
    head = re.sub(r"OFFSET .*", "OFFSET 0 0 0", HEAD)
    head = head.replace("CHANNELS 3", "CHANNELS 6 Xposition Yposition Zposition")
    order = [PLAIN.offsets[joint] for joint in range(22)]
    rows = []
    for row in ROWS:
        words = row.split()
        found = words[:6]
        for joint in range(1, 22):
            found += [f"{value:.4f}" for value in order[joint]]
            found += words[3 + 3 * joint : 6 + 3 * joint]
        rows.append(" ".join(found))
    text = head + "MOTION\nFrames: 12\nFrame Time: 0.0333\n" + "\n".join(rows)
    file = read_bvh(text)
    assert np.allclose(file.world()[1], PLAIN.world()[1], atol=0.01)
    assert file.notes == ("every OFFSET is zero: the joints' places are taken from their channels",)


PROP = "ROOT Prop\n{\nOFFSET 0 0 0\nCHANNELS 3 Xposition Yposition Zposition\n}\n"


@pytest.mark.parametrize("first", [True, False])
def test_several_roots(first):
    body = HEAD.removeprefix("HIERARCHY\n")
    rows = [f"1 2 3 {row}" if first else f"{row} 1 2 3" for row in ROWS]
    head = "HIERARCHY\n" + (PROP + body if first else body + PROP)
    file = read_bvh(head + "MOTION\nFrames: 12\nFrame Time: 0.0333\n" + "\n".join(rows))
    assert_same(file)
    (prop,) = file.others
    assert prop.names == ["Prop"] and prop.positions.tolist() == [[1.0, 2.0, 3.0]] * 12


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "x.bvh is empty"),
        ("\n \n", "x.bvh is empty"),
        ("<html>\n", "line 1: a BVH file begins with HIERARCHY, not with '<html>'"),
        (":HIERARCHY\n", "line 1: a BVH file begins"),
        (HEAD, "the file ends before MOTION"),
        (TEXT.replace("JOINT left_knee", "JIONT left_knee"), "'JIONT left_knee' is not understood"),
        (TEXT.replace("Zrotation", "Wrotation", 1), "line 5: 'Wrotation' is no channel; Xposition"),
        (TEXT.replace("Xposition", "Xlocation", 1), "line 5: 'Xlocation' is no channel"),
        (TEXT.replace("CHANNELS 6", "CHANNELS 7", 1), "line 5: CHANNELS says 7 and names 6"),
        (TEXT.replace("CHANNELS 6", "CHANNELS 5", 1), "line 5: CHANNELS says 5 and names 6"),
        (TEXT.replace("CHANNELS 6", "CHANNELS", 1), "line 5: CHANNELS needs their number"),
        (TEXT.replace("OFFSET", "OFFSET here", 1), "line 4: OFFSET needs three numbers"),
        (TEXT.replace("OFFSET 0.0000", "OFFSET nan", 1), "line 4: OFFSET needs three numbers"),
        (TEXT.replace("}", "", 1), "is not closed before MOTION"),
        (TEXT.replace("MOTION", "}\nMOTION"), "a brace is closed that was not opened"),
        (TEXT.replace("ROOT pelvis\n", ""), "line 2: a brace is opened that belongs to no joint"),
        ("HIERARCHY\nMOTION\nFrames: 1\nFrame Time: 1\n1\n", "line 2: there is no joint"),
        (HEAD + "MOTION\n" + "\n".join(ROWS), "'Frames:' and 'Frame Time:' are expected here"),
        (motion([]), "there are no frames"),
        (motion([*ROWS[:3], ROWS[3] + " 1", *ROWS[4:]]), "69 numbers are expected, 70 words"),
        (motion([*ROWS[:3], ROWS[3][:-9], *ROWS[4:]]), "69 numbers are expected, 68 words"),
        (motion([*ROWS[:3], "oops" + ROWS[3][6:], *ROWS[4:]]), "line 138: 'oops' is no number"),
        (motion([*ROWS[:3], "nan" + ROWS[3][6:], *ROWS[4:]]), "line 138: 'nan' is no number"),
        (motion([*ROWS[:3], "1e300" + ROWS[3][6:], *ROWS[4:]]), "line 138: '1e300' is no number"),
        ("HIERARCHY\nROOT a\n{\nOFFSET 0 0 0\n}\nMOTION\nFrames: 1\nFrame Time: 1\n1\n",
         "no joint has channels"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_line(text, said):
    with pytest.raises(MotionError) as caught:
        read_bvh(text.encode(), "x.bvh")
    assert said in caught.value.message and caught.value.code == "bad_file"
    assert "x.bvh" in caught.value.message and caught.value.hint
