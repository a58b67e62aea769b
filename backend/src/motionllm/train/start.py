"""Going on from a pack instead of from nothing: its arrays put back into the networks. torch.

For data of one's own on top of what a pack knows, and for training on where only the pack was kept.
The names of arrays in packs and in networks are told apart here, for whoever reads or writes packs.
"""

import hashlib
from collections.abc import Mapping

import numpy as np
import torch

from motionllm.errors import MotionError
from motionllm.model.language import MotionLanguageModel
from motionllm.model.people import PeopleModel
from motionllm.model.tokenizer import MotionTokenizer, TokenizerConfig
from motionllm.pack.pack import Pack

CAPTIONER = "m2t_"  # before the names of a captioner's tables in motion_embeddings


def is_adapter(name: str) -> bool:
    """Tell whether a trained tensor of a network is the adapter's; all others are tables."""
    return "lora_" in name


def name_in_pack(name: str) -> str:
    """Return what a pack calls a trained tensor of a network."""
    if is_adapter(name):
        return name.removeprefix("peft_model.").replace(".default.", ".")
    return "input" if name == "rows.weight" else name


def name_in_network(name: str) -> str:
    """Undo `name_in_pack`."""
    if is_adapter(name):
        return "peft_model." + name.replace(".weight", ".default.weight")
    return "rows.weight" if name == "input" else name


def tokenizer_of(pack: Pack) -> MotionTokenizer:
    """Return a pack's motion tokenizer; its codes are kept, its decoder can be trained on.

    Raises:
        MotionError: "bad_pack" if the pack's arrays are of other sizes.
    """
    model = MotionTokenizer(TokenizerConfig(**pack.config["tokenizer"]))
    load_arrays(model, pack.tensors("tokenizer"), pack)
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
    prefix = CAPTIONER if task == "m2t" else ""
    tables = pack.tensors("motion_embeddings")
    own = {
        name: tables[prefix + name_in_pack(name)]
        for name in model.trained_state()
        if not is_adapter(name)
    }
    load_arrays(model, _adapter(pack, task) | own, pack)


def start_people(model: PeopleModel, pack: Pack) -> None:
    """Set what a model for several people shares with a pack's text to motion.

    Raises:
        MotionError: "bad_pack" if the pack's arrays are of other sizes.
    """
    tables = {
        name_in_network(name): value
        for name, value in pack.tensors("motion_embeddings").items()
        if not name.startswith((CAPTIONER, "goal_"))  # people go where others are, to no end
    }
    load_arrays(model, _adapter(pack, "t2m") | tables, pack)


def load_arrays(model: torch.nn.Module, arrays: Mapping[str, np.ndarray], pack: Pack) -> None:
    """Set some of a network's arrays, by their names in it.

    Raises:
        MotionError: "bad_pack" for one that the network lacks or has in another size.
    """
    state = {name: torch.from_numpy(value.astype("float32")) for name, value in arrays.items()}
    try:
        unknown = model.load_state_dict(state, strict=False).unexpected_keys
    except RuntimeError as error:
        unknown = [str(error).splitlines()[-1].strip()]
    if unknown:
        raise MotionError(
            "bad_pack", f"Training cannot go on from {pack.name}: {unknown[0]} does not fit.",
            "Start from a pack that this version of the program wrote, or from nothing.",
        )  # fmt: skip


def _adapter(pack: Pack, task: str) -> dict[str, np.ndarray]:
    """Return the arrays of a pack's adapter by their names in a network."""
    found = pack.tensors(f"{task}/adapter_model")
    return {name_in_network(name): value for name, value in found.items()}
