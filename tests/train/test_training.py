"""From a folder of BVH files to a pack that generates: every training command, a few steps each."""

import copy
import csv
import functools
import json
import shutil

import numpy as np
import pytest

from motionllm.data.dataset import Dataset

pytest.importorskip("torch")
pytest.importorskip("peft")

import torch

from motionllm.cli.main import main
from motionllm.engine.choose import open_engine
from motionllm.errors import MotionError
from motionllm.evaluation.trained_rivals import trained_rivals
from motionllm.model.language import load_backbone
from motionllm.model.tokenizer import MotionTokenizer, TokenizerConfig
from motionllm.motion.bvh import write_bvh
from motionllm.pack.backbone import find_backbone
from motionllm.pack.folders import find_pack
from motionllm.pack.pack import load_pack
from motionllm.people.generate import generate_people
from motionllm.requests import GenerateRequest, PeopleRequest
from motionllm.train import adapters, held_out
from motionllm.train.recipes import RECIPES
from motionllm.train.start import codes_digest, tokenizer_of
from motionllm.train.write_pack import write_people

LABELS = ["walk", "run", "wave right hand", "jump", "bow", "turn left"]


@pytest.fixture(scope="module", autouse=True)
def small_trainings():
    """The language model is read once, each training gets a copy; batches are of a few pieces."""
    read = functools.cache(load_backbone)

    def copied(path):
        llama, text_tokenizer = read(path)
        return copy.deepcopy(llama), text_tokenizer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(adapters, "load_backbone", copied)
        patch.setattr(adapters, "BATCH", 3)
        patch.setattr(held_out, "HELD_OUT", 6)
        yield


def opened(pack):
    return open_engine("embedded", pack, find_backbone(pack))


@pytest.fixture(scope="module")
def clips():
    """Six motions of the committed pack."""
    engine = opened(load_pack(find_pack("default")))
    requests = [
        GenerateRequest(f"a person does this: {label}", seconds=4.0, seed=seed)
        for seed, label in enumerate(LABELS)
    ]
    return engine.generate(requests)


@pytest.fixture(scope="module")
def data(clips, tmp_path_factory):
    """A training set made of them by the command, as of a user's own files."""
    folder = tmp_path_factory.mktemp("mocap")
    with (folder / "clips.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "path", "skeleton", "label", "commercial_ok", "licence"])
        for number, (clip, label) in enumerate(zip(clips, LABELS, strict=True)):
            write_bvh(folder / f"{number}.bvh", clip)
            rows.writerow([f"mine/{number}", f"{number}.bvh", "mine", label, "yes", "my own"])
    out = folder / "data"
    assert main(["data", "build", str(folder), "--out", str(out)]) == 0
    return out


def test_every_clip_is_in_the_training_set(data, clips):
    dataset = Dataset(data)
    assert len(dataset.records) == len(clips)
    for record, clip in zip(dataset.records, clips, strict=True):
        found = dataset.clip(record)
        aligned = found.joints - found.joints[:, :1]
        expected = clip.joints[: record.frames] - clip.joints[: record.frames, :1]
        assert np.linalg.norm(aligned - expected, axis=-1).mean() < 0.02


def test_commands_train_a_pack_that_goes_on_from_another(data, tmp_path, capsys):
    runs = {task: tmp_path / task for task in ("tokenizer", "t2m", "m2t")}
    common = ["--data", str(data), "--start", "default", "--threads", "1"]
    for task, run in runs.items():
        more = [] if task == "tokenizer" else ["--tokenizer", str(runs["tokenizer"])]
        command = ["train", task, *common, "--run", str(run), "--minutes", "0.05", *more]
        assert main(command) == 0
        lines = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
        assert lines[-1]["step"] > 0
        assert main(command) == 0  # a finished run is left as it is
    assert "of the backbone's parameters are trained" in capsys.readouterr().out
    command = ["train", "pack", "mine", "--out", str(tmp_path / "mine"), "--data", str(data)]
    for task, run in runs.items():
        command += [f"--{task}", str(run)]
    assert main(command) == 0
    pack = load_pack(tmp_path / "mine")
    assert pack.commercial  # every row says so
    (clip,) = opened(pack).generate([GenerateRequest("a person walks", 2.0)])
    assert clip.frames == 60
    assert np.isfinite(clip.joints).all()


def test_a_pack_tokenizer_put_back_gives_the_same_codes(clips):
    from motionllm.engine.embedded.motion_tokenizer import MotionTokenizer as NumpyTokenizer
    from motionllm.model.tokenizer import decode_codes, encode_features
    from motionllm.motion import features

    pack = load_pack(find_pack("default"))
    table = features.clip_to_features(clips[0]).astype(np.float32)
    codes = encode_features(tokenizer_of(pack).eval(), table)
    ours = NumpyTokenizer.from_pack(pack)
    assert np.array_equal(codes, ours.encode_features(table))
    found = decode_codes(tokenizer_of(pack).eval(), codes)
    np.testing.assert_allclose(found, ours.decode_features(codes), atol=2e-4)


def test_each_further_level_comes_closer():
    """Residual codes found from nothing: every codebook takes something off the error."""
    torch.manual_seed(0)
    model = MotionTokenizer(TokenizerConfig(codes=32, levels=4, code_dim=16))
    encodings = torch.randn(4000, 16) * torch.linspace(3, 0.3, 16)
    model.start_codes(encodings)
    for _ in range(20):
        model.follow(encodings[torch.randint(4000, (500,))], reset=True)
    left, errors = encodings, []
    for book in model.codebooks:
        left = left - book.codes[book.nearest(left)]
        errors.append(float(left.square().mean()))
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 0.5 * errors[0]


@pytest.mark.parametrize("recipe", ["paper", "scratch", "ours"])
def test_rivals_are_trained_and_drawn_from(data, tmp_path, recipe):
    pack = load_pack(find_pack("default"))
    command = ["train", "t2m", "--data", str(data), "--tokenizer", str(pack.folder), "--minutes",
               "0.03", "--run", str(tmp_path / recipe), "--recipe", recipe]  # fmt: skip
    assert main(command) == 0
    backbone = find_backbone(pack)
    (rival,) = trained_rivals(tmp_path, pack, backbone, print)
    assert RECIPES[recipe].title in rival.name
    wanted = [("a person walks", 0.6), ("a person waves", 0.4)]
    made = rival.make(wanted, 2, lambda *_: None)
    assert [[clip.frames for clip in clips] for clips in made] == [[18], [12]]
    (again,) = trained_rivals(tmp_path, pack, backbone, print)
    for clips, same in zip(made, again.make(wanted, 2, print), strict=True):
        np.testing.assert_array_equal(same[0].joints, clips[0].joints)


def test_people_are_learnt_from_composed_groups(data, tmp_path, capsys):
    """From single clips to a pack that answers for two, by the commands."""
    assert main(["data", "people", "--data", str(data), "--composed", "24"]) == 0
    assert "composed groups" in capsys.readouterr().out
    run = tmp_path / "people"
    command = ["train", "people", "--data", str(data), "--run", str(run), "--minutes", "0.05",
               "--threads", "1"]  # fmt: skip
    assert main(command) == 0
    out = tmp_path / "mine"
    shutil.copytree(find_pack("default"), out)
    facts = write_people(out, run, data, 30, codes_digest(tokenizer_of(load_pack(out))))
    assert facts["captured_takes"] == 0 and facts["composed_groups"] > 5
    pack = load_pack(out)
    assert pack.has_people
    request = GenerateRequest("two people bow to each other", 1.0)
    engine, wanted = opened(pack), PeopleRequest(request, 3)
    assert [clip.frames for clip in engine.people(wanted)] == [30] * 3
    made = generate_people(engine, wanted)  # so little training hardly shows a bow
    assert made.how in ("learnt", "placed") and [clip.frames for clip in made.clips] == [30] * 3
    with pytest.raises(MotionError, match="other motion tokens"):
        write_people(out, run, data, 30, "another tokenizer's")
