"""Makes model packs of random weights for tests, in the real format on the real backbone."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from motionllm.motion import skeleton
from motionllm.motion.clip import Clip
from motionllm.motion.features import FEATURES, FPS, clip_to_features
from motionllm.pack.backbone import FILE, FILE_SHA256
from motionllm.pack.pack import FORMAT
from motionllm.pack.tensors import write_tensors
from motionllm.tokens import destination, path
from motionllm.tokens.vocabulary import Vocabulary

WIDTH, ENTRY, LAYERS, RANK = 576, 15, 30, 16
MODULES = {  # PEFT's name -> (inputs, outputs)
    "self_attn.q_proj": (576, 576),
    "self_attn.k_proj": (576, 192),
    "self_attn.v_proj": (576, 192),
    "self_attn.o_proj": (576, 576),
    "mlp.gate_proj": (576, 1536),
    "mlp.up_proj": (576, 1536),
    "mlp.down_proj": (1536, 576),
}
BLOCKS, CHANNELS, CODE_DIM = 2, 32, 16
LEVELS, HEAD_WIDTH = 3, 40


def make_random_pack(folder: Path, seed: int = 0) -> Path:
    """Write a pack of random weights into `folder` and return it: its people twitch in a T-pose."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    vocabulary = Vocabulary()
    (folder / "pack.json").write_text(json.dumps(pack_config(folder.name), indent=2))
    write_tensors(
        folder / "motion_embeddings.safetensors",
        {
            "input": _normal(random, (vocabulary.rows, WIDTH), 1.0),
            "m2t_input": _normal(random, (vocabulary.rows, WIDTH), 1.0),
            "residual_in.weight": _normal(random, (WIDTH, CODE_DIM), 0.2),
            "m2t_residual_in.weight": _normal(random, (WIDTH, CODE_DIM), 0.2),
            "trail_in.weight": _normal(random, (WIDTH, path.SIZE), 0.2),
            "m2t_trail_in.weight": _normal(random, (WIDTH, path.SIZE), 0.2),
            "head.weight": _normal(random, (vocabulary.outputs, WIDTH), 0.1),
            "head.bias": _normal(random, (vocabulary.outputs,), 0.5),
        }
        | _residual_heads(random)
        | _goal_tables(random),
    )
    for direction in ("t2m", "m2t"):
        _write_adapter(folder / direction, random)
    write_tensors(folder / "tokenizer.safetensors", _tokenizer(random))
    (folder / "words.txt").write_text("a\nperson\nwalk\nforward\n")
    (folder / "MODEL_CARD.md").write_text("Random weights for tests.\n")
    return folder


def _residual_heads(random: np.random.Generator) -> dict[str, np.ndarray]:
    """Return the heads of all levels but the first."""
    shapes = {
        "state.weight": (HEAD_WIDTH, WIDTH), "said.weight": (HEAD_WIDTH, CODE_DIM),
        "said.bias": (HEAD_WIDTH,), "out.weight": (512, HEAD_WIDTH), "out.bias": (512,),
    }  # fmt: skip
    return {
        f"residual_heads.{level}.{name}": _normal(random, shape, 0.1)
        for level in range(LEVELS - 1)
        for name, shape in shapes.items()
    }


def _goal_tables(random: np.random.Generator) -> dict[str, np.ndarray]:
    """Return what draws, and tells of, where a motion ends."""
    shapes = {"goal_row": (WIDTH,), "goal_in.weight": (WIDTH, destination.SIZE),
              "goal_head.state.weight": (HEAD_WIDTH, WIDTH)}  # fmt: skip
    for part, size in enumerate(destination.SIZES):
        shapes[f"goal_head.out.{part}.weight"] = (size, HEAD_WIDTH)
        shapes[f"goal_head.out.{part}.bias"] = (size,)
    for part, size in enumerate(destination.SIZES[:-1]):
        shapes[f"goal_head.said.{part}.weight"] = (size, HEAD_WIDTH)
    return {name: _normal(random, shape, 0.2) for name, shape in shapes.items()}


def pack_config(name: str) -> dict:
    """Return the content of a random pack's pack.json."""
    return {
        "format": FORMAT,
        "name": name,
        "licence": "CC0-1.0",
        "commercial": True,
        "sources": [{"name": "random", "licence": "CC0-1.0", "attribution": ""}],
        "backbone": {"name": "SmolLM2-135M-Instruct", "file": FILE, "sha256": FILE_SHA256},
        "codes": 512,
        "levels": LEVELS,
        "code_dim": CODE_DIM,
        "frames_per_token": 6,
        "fps": 30,
        "max_tokens": 50,
        "entry_layer": ENTRY,
        "guidance": 2.0,
        "temperature": 1.0,
        "top_p": 0.95,
        "tokenizer": {"frames_per_token": 6, "levels": LEVELS, "blocks": BLOCKS},
        "metrics": {},
        "trained_with": "nothing: random weights",
    }


def _write_adapter(folder: Path, random: np.random.Generator) -> None:
    folder.mkdir(exist_ok=True)
    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "r": RANK,
        "lora_alpha": 2 * RANK,
        "lora_dropout": 0.0,
        "bias": "none",
        "target_modules": [name.split(".")[1] for name in MODULES],
        "layers_to_transform": list(range(ENTRY, LAYERS)),
    }
    (folder / "adapter_config.json").write_text(json.dumps(config, indent=2))
    tensors = {}
    for layer in range(ENTRY, LAYERS):
        for module, (inputs, outputs) in MODULES.items():
            key = f"base_model.model.model.layers.{layer}.{module}.lora_"
            tensors[key + "A.weight"] = _normal(random, (RANK, inputs), inputs**-0.5)
            tensors[key + "B.weight"] = _normal(random, (outputs, RANK), 0.01)
    write_tensors(folder / "adapter_model.safetensors", tensors)


def _tokenizer(random: np.random.Generator) -> dict[str, np.ndarray]:
    """Return the arrays of a small motion tokenizer whose mean is a person standing still."""
    tensors: dict[str, np.ndarray] = {}
    patch = 6 * FEATURES

    def layer(name: str, outputs: int, inputs: int, *kernel: int) -> None:
        scale = (inputs * (kernel[0] if kernel else 1)) ** -0.5
        tensors[f"{name}.weight"] = _normal(random, (outputs, inputs, *kernel), scale)
        tensors[f"{name}.bias"] = _normal(random, (outputs,), 0.1)

    layer("linear_in", CODE_DIM, patch)
    layer("linear_out", patch, CODE_DIM)
    layer("code_in", CHANNELS, CODE_DIM, 3)
    for block in range(BLOCKS):
        layer(f"decoder.{block}.wide", CHANNELS, CHANNELS, 3)
        layer(f"decoder.{block}.point", CHANNELS, CHANNELS, 1)
        tensors[f"decoder.{block}.gain"] = np.ones(CHANNELS, np.float32)
    layer("patch_out", patch, CHANNELS)
    layer("smooth_in", CHANNELS, FEATURES, 5)
    layer("smooth_out", FEATURES, CHANNELS, 5)
    for level in range(LEVELS):
        tensors[f"codebooks.{level}.codes"] = _normal(random, (512, CODE_DIM), 0.5**level)
    tensors["code_std"] = np.ones(CODE_DIM, np.float32)
    still = np.tile(np.float32([1, 0, 0, 0]), (2, skeleton.JOINT_COUNT, 1))
    place = np.tile(np.float32([0, skeleton.PELVIS_HEIGHT, 0]), (2, 1))
    tensors["mean"] = clip_to_features(Clip.build(FPS, still, place))[0]
    tensors["std"] = np.full(FEATURES, 0.02, np.float32)
    return tensors


def _normal(random: np.random.Generator, shape: tuple[int, ...], scale: float) -> np.ndarray:
    """Return half-precision random numbers: what real packs hold."""
    return (random.standard_normal(shape) * scale).astype(np.float16)
