"""What the engine's tests share: the backbone's file and a pack of random weights."""

import json

import pytest

from motionllm.engine.embedded.motion_tokenizer import MotionTokenizer
from motionllm.engine.embedded.weights import read_adapter
from motionllm.errors import MotionError
from motionllm.pack.backbone import fetch_backbone, find_backbone
from motionllm.pack.pack import load_pack
from motionllm.pack.tensors import read_tensors
from tests.packs_fixture import make_random_pack


@pytest.fixture(scope="session")
def backbone_path():
    """The real backbone; fetched once into the user's cache where it is missing."""
    try:
        return find_backbone()
    except MotionError:
        return fetch_backbone()


@pytest.fixture(scope="session")
def random_pack(tmp_path_factory):
    """The folder of a pack of random weights, without a motion tokenizer."""
    return make_random_pack(tmp_path_factory.mktemp("packs") / "random", seed=1)


@pytest.fixture(scope="session")
def tables(random_pack):
    """The pack's rows and heads, float32."""
    found = read_tensors(random_pack / "motion_embeddings.safetensors")
    return {name: table.astype("float32") for name, table in found.items()}


@pytest.fixture(scope="session")
def books(random_pack):
    """The pack's codebooks, float32 (levels, codes, code_dim)."""
    return MotionTokenizer.from_pack(load_pack(random_pack)).books


@pytest.fixture(scope="session")
def walked(random_pack):
    """The net movement of the pack's codes."""
    return MotionTokenizer.from_pack(load_pack(random_pack)).trail


@pytest.fixture(scope="session")
def adapters(random_pack):
    """Direction -> the pack's adapter."""
    return {
        direction: read_adapter(
            json.loads((random_pack / direction / "adapter_config.json").read_text()),
            read_tensors(random_pack / direction / "adapter_model.safetensors"),
        )
        for direction in ("t2m", "m2t")
    }
