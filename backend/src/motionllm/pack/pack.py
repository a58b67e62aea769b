"""Model packs: folders with everything one trained model needs besides the backbone. numpy only.

`pack.json`, `tokenizer.safetensors`, `motion_embeddings.safetensors`, `t2m/` and `m2t/` in PEFT's
own layout, `MODEL_CARD.md`; where the pack knows people together, `people/` with an adapter and its
tables. No pickles anywhere.
"""

import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from motionllm.english import plain_words, unknown
from motionllm.errors import MotionError
from motionllm.pack.folders import _all_folders
from motionllm.pack.tensors import read_tensors

FORMAT = 4
_KEYS = {
    "format": int, "name": str, "licence": str, "commercial": bool, "sources": list,
    "backbone": dict, "codes": int, "levels": int, "code_dim": int, "frames_per_token": int,
    "fps": int,
    "max_tokens": int, "entry_layer": int, "guidance": (int, float), "temperature": (int, float),
    "top_p": (int, float), "tokenizer": dict,
}  # fmt: skip
_FILES = ("tokenizer.safetensors", "motion_embeddings.safetensors", "words.txt") + tuple(
    f"{task}/{name}"
    for task in ("t2m", "m2t")
    for name in ("adapter_config.json", "adapter_model.safetensors")
)
PEOPLE = ("people/adapter_model.safetensors", "people/adapter_config.json",
          "people/tables.safetensors")  # fmt: skip


@dataclass(frozen=True)
class Pack:
    """A model pack on disk.

    Attributes:
        folder: where it is.
        config: the content of pack.json.
    """

    folder: Path
    config: dict = field(repr=False)

    @property
    def name(self) -> str:
        """The pack's own name."""
        return self.config["name"]

    @property
    def licence(self) -> str:
        """What its output may be used for, in a short phrase."""
        return self.config["licence"]

    @property
    def commercial(self) -> bool:
        """Whether commercial use is allowed."""
        return self.config["commercial"]

    @cached_property
    def known_words(self) -> frozenset[str]:
        """Stems of the words that its training captions used, see motionllm.english.unknown."""
        return frozenset((self.folder / "words.txt").read_text("utf-8").split())

    def plainly(self, text: str) -> str:
        """Return a description with verbs that it never learnt said in plainer ones."""
        return plain_words.plainly(text, self.known_words)

    def warning(self, text: str) -> str:
        """Return what is to be said of words of a description that it never learnt, or ""."""
        return unknown.doubt(text, self.known_words)

    def unlearnt(self, words: str) -> str:
        """Return a sentence about words that are no description by themselves, or ""."""
        return unknown.warning(unknown.unknown(self.plainly(words), self.known_words))

    @property
    def has_people(self) -> bool:
        """Whether it knows people together."""
        return (self.folder / PEOPLE[0]).is_file()

    @property
    def backbone_sha256(self) -> str:
        """Hash of the backbone file it was trained on."""
        return self.config["backbone"]["sha256"]

    def tensors(self, name: str) -> dict[str, np.ndarray]:
        """Return the arrays of one of its files, named without suffix ("t2m/adapter_model").

        Raises:
            MotionError: code "bad_pack", if the file is broken.
        """
        try:
            return read_tensors(self.folder / f"{name}.safetensors")
        except MotionError as error:
            raise _bad(self.folder, error.message.rstrip(".")) from error

    def adapter_config(self, task: str) -> dict:
        """Return the PEFT configuration of an adapter, "t2m" or "m2t"."""
        return _read_json(self.folder, f"{task}/adapter_config.json")


def _bad(folder: Path, what: str) -> MotionError:
    return MotionError(
        "bad_pack", f"The model pack {folder.name} cannot be used: {what}.",
        "Install the pack again, or choose another.",
    )  # fmt: skip


def _read_json(folder: Path, name: str) -> dict:
    try:
        content = json.loads((folder / name).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise _bad(folder, f"{name} is missing or unreadable") from error
    if not isinstance(content, dict):
        raise _bad(folder, f"{name} holds something else than a table")
    return content


def load_pack(folder: Path) -> Pack:
    """Open a pack and check that it is whole; arrays are read when they are asked for.

    Raises:
        MotionError: code "bad_pack"; the sentence says what is wrong with it.
    """
    folder = Path(folder)
    config = _read_json(folder, "pack.json")
    if config.get("format") != FORMAT:
        raise _bad(
            folder, f"its format is {config.get('format')!r}, this program reads format {FORMAT}"
        )
    for key, kind in _KEYS.items():
        if not isinstance(config.get(key), kind):
            raise _bad(folder, f"pack.json has no usable '{key}'")
    whole = _FILES + (PEOPLE if (folder / "people").is_dir() else ())
    for name in whole:
        if not (folder / name).is_file():
            raise _bad(folder, f"{name} is missing")
    return Pack(folder, config)


def list_packs() -> list[Pack]:
    """Return every usable pack found; of packs with one name the first."""
    found: dict[str, Pack] = {}
    for folder in _all_folders():
        try:
            pack = load_pack(folder)
        except MotionError:
            continue  # a broken pack is told of when it is asked for
        found.setdefault(pack.name, pack)
    return list(found.values())
