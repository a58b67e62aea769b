"""What the engine's tests share: the parts of the random pack, read."""

import json

import pytest

from motionllm.engine.embedded.motion_tokenizer import MotionTokenizer
from motionllm.engine.embedded.weights import read_adapter
from motionllm.pack.pack import load_pack
from motionllm.pack.tensors import read_tensors


@pytest.fixture(scope="session")
def text_tokenizer(backbone_path):
    """The backbone's tokenizer as transformers reads it, which takes many seconds."""
    import transformers

    return transformers.AutoTokenizer.from_pretrained(
        backbone_path.parent, gguf_file=backbone_path.name
    )


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
def path(random_pack):
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
