"""Where packs are found."""

import json

import pytest

from motionllm.errors import MotionError
from motionllm.pack.folders import find_pack, pack_folders


def make(folder):
    folder.mkdir(parents=True)
    (folder / "pack.json").write_text(json.dumps({"name": folder.name}))
    return folder


def test_a_pack_in_the_folder_worked_in_is_found(tmp_path, monkeypatch):
    """`motionllm train pack mine` writes packs/mine there, and `--pack mine` must find it."""
    monkeypatch.setenv("MOTIONLLM_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(MotionError, match="no model pack 'mine'"):
        find_pack("mine")
    cached = make(tmp_path / "cache" / "packs" / "mine")
    assert find_pack("mine") == cached
    here = make(tmp_path / "packs" / "mine")
    assert find_pack("mine") == here
    named = make(tmp_path / "named" / "mine")
    monkeypatch.setenv("MOTIONLLM_PACKS", str(tmp_path / "named"))
    assert find_pack("mine") == named and pack_folders()[0] == tmp_path / "named"
    assert find_pack(cached) == cached  # a path is a path
    with pytest.raises(MotionError, match="no model pack"):
        find_pack("elsewhere/mine")
