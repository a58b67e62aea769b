"""Training runs put together into a model pack. torch."""

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import torch

from motionllm.data import pieces
from motionllm.data.dataset import Dataset
from motionllm.data.people import groups
from motionllm.data.recordings import write_recordings
from motionllm.english import unknown
from motionllm.errors import MotionError
from motionllm.model.language import TARGETS
from motionllm.model.tokenizer import MotionTokenizer, TokenizerConfig
from motionllm.motion.features import FPS
from motionllm.pack.pack import FORMAT, Pack, load_pack
from motionllm.pack.tensors import write_tensors
from motionllm.tokens.vocabulary import Vocabulary
from motionllm.train.adapters import ENTRY, RANK
from motionllm.train.model_card import ATTRIBUTIONS, model_card
from motionllm.train.people_batches import CODES
from motionllm.train.run import last_figures
from motionllm.train.samples import training_sets
from motionllm.train.start import (
    CAPTIONER,
    codes_digest,
    is_adapter,
    name_in_pack,
    tokenizer_of,
)

GUIDANCE, TEMPERATURE, TOP_P = 1.5, 1.0, 0.95
_SOURCES = {  # of clips.csv: name shown and whose attribution
    "cmu": "CMU", "cmu_actions": "CMU", "cmu_more": "CMU", "100style": "100STYLE",
    "bandai_namco": "Bandai", "accad": "ACCAD", "eyes_japan": "Eyes",
    "animated_drawings": "AnimatedDrawings", "deepmimic": "DeepMimic", "kaykit": "KayKit",
    "mesh2motion": "Mesh2Motion",
}  # fmt: skip


def load_tokenizer(folder: Path) -> MotionTokenizer:
    """Return the tokenizer of a run or of a pack, for use.

    Raises:
        MotionError: "bad_request" where the folder holds neither.
    """
    if (folder / "pack.json").is_file():
        return tokenizer_of(load_pack(folder)).eval()
    if not (folder / "checkpoint.pt").is_file():
        raise MotionError(
            "bad_request", f"There is no trained tokenizer in {folder}.",
            "Run `motionllm train tokenizer` first, or name a pack that has one: --tokenizer PACK.",
        )  # fmt: skip
    model = MotionTokenizer(TokenizerConfig())
    model.load_state_dict(_trained(folder))
    return model.eval()


def sources_of(data: Path) -> list[dict[str, str]]:
    """Return name, licence and attribution of every source a training set holds."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for record in json.loads((data / "clips.json").read_text("utf-8")):
        row = record["row"]
        name = _SOURCES.get(row.get("source", ""), row.get("source", "") or "own data")
        licence = row.get("licence", "")
        found[name, licence] = {
            "name": name, "licence": licence, "attribution": ATTRIBUTIONS.get(name, "")
        }  # fmt: skip
    found["HumanML3D", ""] = {
        "name": "HumanML3D captions", "licence": "MIT", "attribution": ATTRIBUTIONS["HumanML3D"]
    }  # fmt: skip
    return list(found.values())


def captions_of(data: Path) -> Iterator[str]:
    """Yield the captions that were trained on."""
    for dataset in training_sets(data):
        for piece in pieces.read(dataset.folder):
            if not dataset.records[piece.clip].held_out:
                yield from piece.captions


def write_pack(
    out: Path, name: str, data: Path, tokenizer_run: Path, t2m_run: Path, m2t_run: Path,
    backbone: Path, metrics: dict, people: Path | None = None,
) -> Pack:  # fmt: skip
    """Write a pack from the checkpoints of three runs, half precision, and load it as a check.

    Args:
        people: run of the adapter for several people, or a pack that has one; absent, the one that
            `out` has already is kept.

    Raises:
        MotionError: "bad_request" where there is no tokenizer, or no adapter for several people,
            to take; "bad_pack" for one that has learnt other motion tokens.
    """
    tokenizer = load_tokenizer(tokenizer_run)
    trained = {"t2m": _trained(t2m_run), "m2t": _trained(m2t_run)}
    out.mkdir(parents=True, exist_ok=True)
    (out / "words.txt").write_text("\n".join(unknown.learn(captions_of(data))) + "\n", "utf-8")
    _write_tokenizer(out / "tokenizer.safetensors", tokenizer)
    tables = _tables(trained["t2m"]) | {
        CAPTIONER + name: value for name, value in _tables(trained["m2t"]).items()
    }
    _write_half(out / "motion_embeddings.safetensors", tables)
    layers = 1 + max(
        int(key.split(".layers.")[1].split(".")[0]) for key in trained["t2m"] if is_adapter(key)
    )
    for task, saved in trained.items():
        _write_adapter(out / task, saved, layers)
    together = write_people(out, people, data, layers, codes_digest(tokenizer))
    pack = _description(name, data, tokenizer.config, backbone, metrics, together)
    (out / "pack.json").write_text(json.dumps(pack, indent=1) + "\n", "utf-8")
    (out / "MODEL_CARD.md").write_text(model_card(pack), "utf-8")
    written = load_pack(out)
    write_recordings(written, data)
    return written


def _description(
    name: str, data: Path, config: TokenizerConfig, backbone: Path, metrics: dict, together: dict
) -> dict:
    """Return what pack.json holds."""
    commercial = Dataset(data).commercial
    return {
        "format": FORMAT,
        "name": name,
        "licence": "any use, with attribution"
        if commercial
        else "non-commercial use (CC BY-NC 4.0)",
        "commercial": commercial,
        "sources": sources_of(data),
        "backbone": {
            "name": "SmolLM2-135M-Instruct (Apache-2.0)",
            "file": backbone.name,
            "sha256": hashlib.sha256(backbone.read_bytes()).hexdigest(),
        },
        "codes": config.codes,
        "levels": config.levels,
        "code_dim": config.code_dim,
        "tokenizer": config.to_json(),
        "frames_per_token": config.frames_per_token,
        "fps": FPS,
        "max_tokens": Vocabulary(config.codes).max_tokens,
        "entry_layer": ENTRY,
        "guidance": GUIDANCE,
        "temperature": TEMPERATURE,
        "top_p": TOP_P,
        "metrics": metrics,
        **({"people": together} if together else {}),
        "trained_with": "motionllm data build; motionllm train tokenizer; motionllm train t2m; "
        "motionllm train m2t; motionllm train pack",
    }


def write_people(out: Path, source: Path | None, data: Path, layers: int, codebooks: str) -> dict:
    """Write a pack's people/ from a run or another pack; return what it was trained on.

    Without a source what the pack has is kept; nothing is returned where it has none.

    Args:
        codebooks: hash of the pack's codes, which the adapter must have learnt.

    Raises:
        MotionError: "bad_request" for a source without such an adapter, "bad_pack" for one that has
            learnt other codes.
    """
    if source is None or not (source / "checkpoint.pt").is_file():
        kept = out if source is None else source
        if not (kept / "people").is_dir():
            if source is None:
                return {}
            raise MotionError(
                "bad_request", f"There is no adapter for several people in {source}.",
                "Run `motionllm train people` first, or name a pack that has one.",
            )  # fmt: skip
        facts = json.loads((kept / "people" / "trained_on.json").read_text("utf-8"))
        _must_be_same(facts["codebooks"], codebooks, kept)
        if kept != out:
            shutil.copytree(kept / "people", out / "people", dirs_exist_ok=True)
        return facts
    _must_be_same((source / CODES).read_text("utf-8").strip(), codebooks, source)
    saved = _trained(source)
    _write_adapter(out / "people", saved, layers)
    _write_half(out / "people" / "tables.safetensors", _tables(saved))
    some = [group for group in groups.read(data) if not group.held_out]
    captured = [group for group in some if group.captured]
    facts = {
        "codebooks": codebooks,
        "captured_takes": len({group.take for group in captured}),
        "captured_windows": len(captured),
        "composed_groups": len(some) - len(captured),
        "rules": sorted({group.rule for group in some if not group.captured}),
        "figures": last_figures(source),
    }
    (out / "people" / "trained_on.json").write_text(json.dumps(facts, indent=1) + "\n", "utf-8")
    return facts


def _must_be_same(learnt: str, codebooks: str, where: Path) -> None:
    if learnt != codebooks:
        raise MotionError(
            "bad_pack", f"The adapter for several people in {where} knows other motion tokens.",
            "Train it anew, on the pack's own tokenizer: 'motionllm train people --start PACK'.",
        )  # fmt: skip


def _trained(run: Path) -> dict[str, torch.Tensor]:
    """Return the trained tensors of a run's checkpoint, by their names in the network.

    Raises:
        MotionError: "bad_request" where there is none.
    """
    if not (run / "checkpoint.pt").is_file():
        raise MotionError(
            "bad_request", f"There is no training in {run}.",
            "Run `motionllm train t2m` and `motionllm train m2t` first, or name their folders: "
            "--t2m FOLDER, --m2t FOLDER.",
        )  # fmt: skip
    return torch.load(run / "checkpoint.pt", map_location="cpu", weights_only=True)["model"]


def _tables(saved: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return all but the adapter, by their names in a pack."""
    return {name_in_pack(name): value for name, value in saved.items() if not is_adapter(name)}


def _write_half(path: Path, tensors: dict[str, torch.Tensor]) -> None:
    """Write tensors in half precision."""
    write_tensors(path, {name: t.numpy().astype("float16") for name, t in tensors.items()})


def _write_tokenizer(path: Path, tokenizer: MotionTokenizer) -> None:
    state = {name: value.numpy() for name, value in tokenizer.state_dict().items()
             if not name.endswith((".counts", ".sums"))}  # fmt: skip
    # Half precision for weights; mean and scale are few and bound every number that comes out.
    half = {k: v.astype("float16" if v.ndim > 1 else "float32") for k, v in state.items()}
    write_tensors(path, half)


def _write_adapter(folder: Path, saved: dict[str, torch.Tensor], layers: int) -> None:
    folder.mkdir(exist_ok=True)
    tensors = {name_in_pack(name): value for name, value in saved.items() if is_adapter(name)}
    _write_half(folder / "adapter_model.safetensors", tensors)
    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": "SmolLM2-135M-Instruct",
        "r": RANK,
        "lora_alpha": RANK,
        "lora_dropout": 0.0,
        "bias": "none",
        "fan_in_fan_out": False,
        "target_modules": TARGETS,
        "layers_to_transform": list(range(ENTRY, layers)),
        "inference_mode": True,
    }
    (folder / "adapter_config.json").write_text(json.dumps(config, indent=1) + "\n", "utf-8")
