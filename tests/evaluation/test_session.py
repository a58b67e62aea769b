"""The evaluation from end to end, on a made-up training set and an engine that plays it back."""

import json

import numpy as np
import pytest

from motionllm.cli.main import main
from motionllm.data.dataset import Dataset
from motionllm.engine import loaded
from motionllm.evaluation import expectations
from motionllm.evaluation.predicates_on_recordings import Recordings, try_one
from motionllm.pack.folders import find_pack
from motionllm.pack.pack import load_pack
from tests.helpers.drawing import Draws
from tests.helpers.puppet import made


class Player(Draws):
    """Answers with the made-up motion that a text names, and captions with a fixed sentence."""

    name, device = "embedded", "cpu"

    def __init__(self):
        self.pack = load_pack(find_pack("default"))
        self.asked = []

    def generate(self, requests, *_):
        self.asked += requests
        return [
            made(
                "walk backwards" if "back" in r.text else "raise left" if "left" in r.text else "",
                r.seconds,
            ).labelled(text=r.text, seed=r.seed)
            for r in requests
        ]

    def caption(self, clips, *_):
        return ["a person walks backwards"] * len(clips)


@pytest.fixture
def player(monkeypatch):
    engine = Player()
    monkeypatch.setattr(loaded.LoadedEngines, "get", lambda *_: engine)
    return engine


def run(data, out, only, *more):
    arguments = ["eval", "--data", str(data), "--only", only, "--out", str(out), *more]
    assert main(arguments) == 0
    content = json.loads((out / "default.json").read_text())
    assert (out / "default.md").read_text().startswith("# Figures")
    return content["parts"]


def rows(table):
    return {row[0]: row[1:] for row in table["tables"][0]["rows"]}


def test_prompts_are_judged_and_the_rivals_stand_beside(data, tmp_path, player, monkeypatch):
    whole = expectations.load()
    some = [p for p in whole.prompts if p.expect in ("walk_backward", "raise_left_hand")]
    other = [p for p in whole.prompts if p.expect == "raise_right_hand"]
    small = expectations.Suite(
        whole.expectations, some + other, whole.unheld[:1], whole.paraphrases
    )
    monkeypatch.setattr(expectations, "load", lambda: small)
    part = run(data, tmp_path, "prompts", "--seeds", "2")["prompts"]
    overall = rows(part)
    assert overall["real motion"][0][0] == 100.0
    by_prompt = {row[0]: row[3] for row in part["tables"][3]["rows"]}
    right = {p.text for p in some if "left" in p.text or "back" in p.text}
    assert all(by_prompt[text] == "2/2" for text in right)
    assert all(by_prompt[p.text] == "0/2" for p in other if "left" not in p.text)
    assert sorted({request.seed for request in player.asked}) == [0, 1]
    lengths = {row[0]: row[1] for row in part["tables"][2]["rows"]}
    assert lengths["within 0.15 s, %"] == 100.0


def test_everyday_prompts_take_by_take_and_as_the_panel_makes_them(
    data, tmp_path, player, monkeypatch
):
    whole = expectations.load("everyday")
    some = [
        expectations.Prompt("go back a bit", "a", 3.0, "stumble_back"),
        expectations.Prompt("left arm up please", "b", 3.0, "kneel_down"),
    ]
    small = expectations.Suite(whole.expectations, some, [], "")
    monkeypatch.setattr(expectations, "load", lambda *_: small)
    kept = ("--takes", str(tmp_path / "takes"))
    parts = run(data, tmp_path, "everyday,everyday_predicates", "--seeds", "2", *kept)
    table = rows(parts["everyday"])
    assert [cell[0] for cell in table["**all**"][1:]] == [50.0, 50.0, 50.0]
    assert table["a"][1][0] == 100.0 and table["b"][3][0] == 0.0
    assert [r.best_of for r in player.asked] == [1] * 8 + [4] * 4  # four takes for two seeds
    assert len(list((tmp_path / "takes").rglob("*.npz"))) == 8
    tried = rows(parts["everyday_predicates"])["kneel down"]
    assert tried[2] == "0 of 8" and tried[4] == "-"  # nobody kneels in this set, none is so called
    asked = len(player.asked)
    run(data, tmp_path, "everyday", "--seeds", "2", *kept)
    assert len(player.asked) == asked + 4  # takes are not drawn again


def test_physics_tokenizer_and_captions_have_real_motion_first(data, tmp_path, player):
    parts = run(data, tmp_path, "physics,tokenizer,captions")
    physics = rows(parts["physics"])
    assert list(physics)[0] == "real motion" and physics["real motion"][5] == "1"
    assert physics["default"][2][0] < 0.01 < physics["default, not cleaned"][2][0]
    assert all(not r.cleanup for r in player.asked)  # so that both can be told
    assert rows(parts["tokenizer"])["MPJPE, root-aligned, mm"][0][0] > 1.0
    captions = rows(parts["captions"])
    own, said = captions["the data's own captions"], captions["default"]
    assert own[0][0] > 90.0 and said[0][0] < own[0][0] and said[4][0] == 50.0


@pytest.mark.usefixtures("player")
def test_unknown_parts_and_sets_without_held_out_recordings_are_refused(data, tmp_path, capsys):
    assert main(["eval", "--data", str(data), "--only", "all"]) == 2
    assert "There is no part all" in capsys.readouterr().err
    content = json.loads((data / "clips.json").read_text())
    for name in ("features", "rotations", "translation", "contacts"):
        np.save(tmp_path / f"{name}.npy", np.load(data / f"{name}.npy"))
    for record in content:
        record["held_out"] = False
    (tmp_path / "clips.json").write_text(json.dumps(content))
    (tmp_path / "pieces.jsonl").write_text((data / "pieces.jsonl").read_text())
    for part in ("physics", "tokenizer"):
        assert main(["eval", "--data", str(tmp_path), "--only", part]) == 2
        assert "held out" in capsys.readouterr().err


def test_predicates_are_tried_on_labels_both_ways_round(data):
    trial = try_one(expectations.load().expectations["raise_left_hand"], Recordings(Dataset(data)))
    assert (trial.accepted, trial.right) == (12, 12)  # six of each side, mirrored
    assert trial.rejected == trial.wrong == 24 and trial.passes  # the other side, and the walks
