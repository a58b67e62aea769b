"""Going on from a pack instead of from nothing: its arrays put back into the networks. torch.

For data of one's own on top of what a pack knows, and for training on where only the pack was kept.
"""

import hashlib

import torch

from motionllm.errors import MotionError
from motionllm.model.language import MotionLanguageModel
from motionllm.model.tokenizer import MotionTokenizer, TokenizerConfig
from motionllm.pack.pack import Pack


def tokenizer_of(pack: Pack) -> MotionTokenizer:
    """Return a pack's motion tokenizer; its codes are kept, its decoder can be trained on."""
    model = MotionTokenizer(TokenizerConfig(**pack.config["tokenizer"]))
    arrays = pack.tensors("tokenizer")
    _load(model, {k: torch.from_numpy(v.astype("float32")) for k, v in arrays.items()}, pack)
    return model


def codes_digest(tokenizer: MotionTokenizer) -> str:
    """Return a hash of a tokenizer's codes as packs hold them: which tokens somebody learns."""
    books = (book.codes.numpy().astype("float16") for book in tokenizer.codebooks)
    return hashlib.sha256(b"".join(book.tobytes() for book in books)).hexdigest()


def start_language(model: MotionLanguageModel, pack: Pack, task: str) -> None:
    """Set adapter and tables of a model to a pack's; `task` is "t2m" or "m2t".

    Raises:
        MotionError: "bad_pack" if the pack's are of other sizes.
    """
    prefix = "" if task == "t2m" else "m2t_"
    arrays = {
        "peft_model." + name.replace(".weight", ".default.weight"): value
        for name, value in pack.tensors(f"{task}/adapter_model").items()
    }
    tables = pack.tensors("motion_embeddings")
    for name in model.trained_state():
        if "lora_" not in name:
            arrays[name] = tables[prefix + name.replace("rows.weight", "input")]
    _load(model, {k: torch.from_numpy(v.astype("float32")) for k, v in arrays.items()}, pack)


def _load(model: torch.nn.Module, state: dict[str, torch.Tensor], pack: Pack) -> None:
    try:
        unknown = model.load_state_dict(state, strict=False).unexpected_keys
    except RuntimeError as error:
        unknown = [str(error).splitlines()[-1].strip()]
    if unknown:
        raise MotionError(
            "bad_pack", f"Training cannot go on from {pack.name}: {unknown[0]} does not fit.",
            "Start from a pack that this version of the program wrote, or from nothing.",
        )  # fmt: skip
