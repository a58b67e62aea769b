"""The program's own server and command line: broken packs, missing parts, the committed pack."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from motionllm.errors import MotionError
from motionllm.link import protocol
from motionllm.motion.clip import clip_from_bytes, load_clip
from motionllm.pack.folders import ENVIRONMENT
from tests.helpers.servers import SOURCE

ROOT = Path(__file__).resolve().parents[2]
DEFAULT = ROOT / "packs" / "default"
LIMIT = 120.0  # seconds; a busy machine loads the model slowly
needs_pack = pytest.mark.skipif(not (DEFAULT / "pack.json").is_file(), reason="no default pack")


def server(make_client, pack, backbone, cache):
    command = [sys.executable, "-s", "-m", "motionllm.serve", "--engine", "embedded"]
    command += ["--pack", str(pack), "--backbone", str(backbone)]
    environment = {"PYTHONPATH": SOURCE, "MOTIONLLM_CACHE": str(cache), ENVIRONMENT: ""}
    return make_client(command, env=environment)


def broken_pack(folder: Path, content: str) -> Path:
    folder.mkdir()
    (folder / "pack.json").write_text(content)
    return folder


BROKEN = ["", "{", "[]", '{"format": 99}', '{"format": 1, "name": "x"}']


def test_broken_packs_are_told_and_the_server_lives(make_client, tmp_path):
    client = server(make_client, "no_such_pack", "/no/such/file", tmp_path)
    assert client.start().wait(LIMIT)["protocol"] == protocol.VERSION
    for index, content in enumerate(BROKEN):
        pack = broken_pack(tmp_path / f"mine{index}", content)
        with pytest.raises(MotionError) as caught:
            client.request("generate", {"text": "walk", "pack": str(pack)}).wait(LIMIT)
        assert caught.value.code == "bad_pack" and f"mine{index}" in caught.value.message
    with pytest.raises(MotionError) as caught:
        client.request("caption", {"clip": ""}).wait(LIMIT)
    assert caught.value.code == "no_pack" and "no_such_pack" in caught.value.message
    assert "packs" in client.request("packs").wait(LIMIT)


@pytest.mark.parametrize("content", BROKEN[1:4:2])
def test_a_broken_pack_is_told_on_the_command_line(tmp_path, content):
    pack = broken_pack(tmp_path / "mine", content)
    done = command_line("generate", "walk", "--pack", pack, "--out", tmp_path / "a.npz")
    assert done.returncode == 1 and "mine" in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "a.npz").exists()


@needs_pack
def test_a_missing_backbone_is_told(make_client, tmp_path):
    client = server(make_client, DEFAULT, tmp_path / "no.gguf", tmp_path)
    with pytest.raises(MotionError) as caught:
        client.request("generate", {"text": "walk"}).wait(LIMIT)
    assert caught.value.code == "no_backbone" and "no.gguf" in caught.value.message
    out = tmp_path / "a.npz"
    done = command_line("generate", "walk", "--backbone", tmp_path / "no.gguf", "--out", out)
    assert done.returncode == 3 and "no.gguf" in done.stderr


@needs_pack
def test_the_committed_pack_over_the_pipe(make_client, backbone_path, tmp_path):
    client = server(make_client, DEFAULT, backbone_path, tmp_path)
    ask = {"text": "a person walks forward", "seconds": 2, "seed": 3}
    result = client.request("generate", ask).wait(LIMIT)
    (clip,) = (clip_from_bytes(protocol.unpack_bytes(text)) for text in result["clips"])
    assert (clip.text, clip.seconds, clip.seed) == (ask["text"], 2.0, 3)
    again = client.request("generate", ask).wait(LIMIT)
    assert again["clips"] == result["clips"]

    times = []
    for _ in range(3):  # the best of three: a busy machine may be late once
        pending = client.request("generate", {**ask, "seconds": 60})
        while not any(event.stage == "generating" for event in pending.poll()):
            time.sleep(0.01)
        began = time.monotonic()
        pending.cancel()
        with pytest.raises(MotionError) as caught:
            pending.wait(LIMIT)
        assert caught.value.code == "cancelled"
        times.append(time.monotonic() - began)
    assert min(times) < 0.2

    answer = client.request("caption", {"clip": result["clips"][0]}).wait(LIMIT)
    assert "walk" in answer["captions"][0]


@needs_pack
def test_the_committed_pack_on_the_command_line(backbone_path, tmp_path):
    prompts = tmp_path / "prompts.jsonl"
    prompts.write_text('{"text": "a person jumps", "seconds": 1}\n{"text": ""}\n', "utf-8")
    where = ["--engine", "embedded", "--pack", DEFAULT, "--backbone", backbone_path]
    done = command_line("generate", "--prompts", prompts, *where, "--out", tmp_path / "out")
    assert done.returncode == 1 and "line 2" in done.stderr, done.stderr
    clip = tmp_path / "out" / "0000.npz"
    assert load_clip(clip).seconds == 1.0
    bvh = tmp_path / "walk.bvh"
    done = command_line("generate", "a person walks", "--seconds", 2, *where, "--out", bvh)
    assert done.returncode == 0, done.stderr
    done = command_line("caption", clip, bvh, "--json", *where)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0 and [row["file"] for row in rows] == [str(clip), str(bvh)]


def command_line(*arguments) -> subprocess.CompletedProcess:
    """Run the program."""
    return subprocess.run(
        [sys.executable, "-m", "motionllm", *map(str, arguments)],
        capture_output=True, text=True, encoding="utf-8", timeout=300,
        env={**os.environ, "PYTHONPATH": SOURCE},
    )  # fmt: skip
