"""From the backbone's GGUF file and a pack's adapters to the layers of `llama`. numpy only."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from motionllm.engine.embedded.gguf import GgufFile
from motionllm.engine.embedded.llama import Layer, Shape
from motionllm.errors import MotionError

EMBEDDING = "token_embd.weight"
FINAL_NORM = "output_norm.weight"

# PEFT's name of a linear module -> GGUF's
MODULES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
_KEY = re.compile(r"base_model\.model\.model\.layers\.(\d+)\.(\w+\.\w+)\.lora_([AB])\.weight")
_UNSUPPORTED = ("use_dora", "use_rslora", "rank_pattern", "alpha_pattern", "modules_to_save")


@dataclass(frozen=True)
class Adapter:
    """LoRA matrices: (layer, GGUF module name) -> (A (rank, inputs), B (outputs, rank))."""

    scale: float
    matrices: Mapping[tuple[int, str], tuple[np.ndarray, np.ndarray]]


def read_shape(gguf: GgufFile) -> Shape:
    """Return the model's sizes.

    Raises:
        MotionError: "bad_file" if the file is not of a plain Llama model.
    """
    data = gguf.metadata
    try:
        if data["general.architecture"] != "llama":
            raise KeyError(f"architecture {data['general.architecture']}")
        heads = data["llama.attention.head_count"]
        width = data["llama.embedding_length"]
        return Shape(
            layers=data["llama.block_count"],
            width=width,
            heads=heads,
            kv_heads=data["llama.attention.head_count_kv"],
            head_dim=width // heads,
            hidden=data["llama.feed_forward_length"],
            vocabulary=gguf.info(EMBEDDING).shape[0],
            theta=data["llama.rope.freq_base"],
            epsilon=data["llama.attention.layer_norm_rms_epsilon"],
        )
    except KeyError as error:
        raise MotionError(
            "bad_file", f"{gguf.path.name} is not a language model of the Llama kind ({error})."
        ) from error


def read_adapter(config: Mapping, tensors: Mapping[str, np.ndarray]) -> Adapter:
    """Return the matrices of a PEFT adapter (its config and its safetensors file).

    Raises:
        MotionError: "bad_pack" for a missing half or a kind of adapter other than plain LoRA.
    """
    odd = [name for name in _UNSUPPORTED if config.get(name)]
    if odd:
        raise MotionError("bad_pack", f"The pack's adapter uses {odd[0]}, which is not supported.")
    halves: dict[tuple[int, str], dict[str, np.ndarray]] = {}
    for key, value in tensors.items():
        match = _KEY.fullmatch(key)
        if not match or match[2] not in MODULES:
            raise MotionError("bad_pack", f"The pack's adapter holds an unknown tensor, {key}.")
        place = (int(match[1]), MODULES[match[2]])
        halves.setdefault(place, {})[match[3]] = value.astype(np.float32)
    try:
        matrices = {place: (half["A"], half["B"]) for place, half in halves.items()}
        scale = config["lora_alpha"] / config["r"]
    except (KeyError, TypeError, ZeroDivisionError) as error:
        raise MotionError("bad_pack", f"The pack's adapter lacks {error}.") from error
    return Adapter(scale, matrices)


def load_layers(
    gguf: GgufFile, shape: Shape, indices: range, adapter: Adapter | None = None
) -> list[Layer]:
    """Return float32 layers, with the adapter's products added to their matrices.

    Raises:
        MotionError: "bad_pack" if the adapter does not fit the model.
    """
    if adapter and not {layer for layer, _ in adapter.matrices} <= set(indices):
        raise MotionError("bad_pack", "The pack's adapter changes layers it must not change.")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(lambda index: _layer(gguf, shape, index, adapter), indices))


def _layer(gguf: GgufFile, shape: Shape, index: int, adapter: Adapter | None) -> Layer:
    def fused(*modules: str) -> np.ndarray:
        parts = [_matrix(gguf, shape, index, module, adapter) for module in modules]
        out = np.empty((parts[0].shape[1], sum(len(part) for part in parts)), np.float32)
        at = 0
        for part in parts:
            out[:, at : at + len(part)] = part.T
            at += len(part)
        return out

    def norm(name: str) -> np.ndarray:
        return gguf.tensor(f"blk.{index}.{name}.weight")

    return Layer(
        attention_norm=norm("attn_norm"),
        qkv=fused("attn_q", "attn_k", "attn_v"),
        attention_out=fused("attn_output"),
        mlp_norm=norm("ffn_norm"),
        gate_up=fused("ffn_gate", "ffn_up"),
        down=fused("ffn_down"),
    )


def _matrix(
    gguf: GgufFile, shape: Shape, index: int, module: str, adapter: Adapter | None
) -> np.ndarray:
    """Return one matrix (outputs, inputs) in transformers' order of rows."""
    weight = gguf.tensor(f"blk.{index}.{module}.weight")
    if module in ("attn_q", "attn_k"):
        heads = shape.heads if module == "attn_q" else shape.kv_heads
        weight = _unpermute(weight, heads)
    if adapter and (index, module) in adapter.matrices:
        down, up = adapter.matrices[index, module]
        if (len(up), down.shape[-1]) != weight.shape or up.shape[-1] != len(down):
            raise MotionError("bad_pack", "The pack's adapter does not fit the language model.")
        weight += np.float32(adapter.scale) * (up @ down)
    return weight


def _unpermute(weight: np.ndarray, heads: int) -> np.ndarray:
    """Undo llama.cpp's order of query and key rows (pairs beside each other) to halves."""
    rows, inputs = weight.shape
    paired = weight.reshape(heads, rows // heads // 2, 2, inputs)
    return paired.swapaxes(1, 2).reshape(rows, inputs)
