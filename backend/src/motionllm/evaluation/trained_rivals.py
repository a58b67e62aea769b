"""Rivals that were trained: runs of `motionllm train t2m --recipe ...`, decoded plainly. torch.

No cache and no cunning: each step runs the whole sequence anew, so that what differs is the model.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from motionllm.engine.embedded.destination import Destinations
from motionllm.engine.embedded.motion_tokenizer import MotionTokenizer
from motionllm.model.text_to_motion import TextToMotionModel
from motionllm.motion.clip import Clip
from motionllm.motion.features import FPS
from motionllm.motion.feet import clean
from motionllm.pack.pack import Pack
from motionllm.tokens import prompts
from motionllm.tokens.sampling import guide, make_generator, sample, token_count
from motionllm.train.adapters import build_model, kind_of
from motionllm.train.batches import TextStates
from motionllm.train.recipes import RECIPES
from motionllm.train.start import codes_digest, tokenizer_of

BATCH = 16
MOST_SEEDS = 1  # of a text: what is drawn without a cache takes minutes for a hundred clips
TEMPERATURE, TOP_P = 1.0, 0.95


class TrainedRival:
    """One run of a recipe.

    Args:
        folder: of the run.
        recipe: its name in RECIPES.
        pack: whose tokens it was trained on.
        backbone: the language model's file.

    Attributes:
        name: recipe and minutes, for tables.
    """

    def __init__(self, folder: Path, recipe: str, pack: Pack, backbone: Path) -> None:
        self._recipe = RECIPES[recipe]
        saved = torch.load(folder / "checkpoint.pt", map_location="cpu", weights_only=True)
        self.name = f"{self._recipe.title}, {saved['elapsed'] / 60:.0f} min"
        self._model, text_tokenizer = build_model(
            kind_of(self._recipe), backbone, tokenizer_of(pack), 0
        )
        self._model.load_state_dict(saved["model"], strict=False)
        self._texts = TextStates(self._model, text_tokenizer)
        self._tokenizer = MotionTokenizer.from_pack(pack)
        tables = {name: value.numpy() for name, value in saved["model"].items() if "goal" in name}
        self._destinations = Destinations(
            tables, self._model.rows.embedding_dim, self._tokenizer.trail
        )

    def make(
        self, wanted: list[tuple[str, float]], seeds: int, say: Callable[[str], None]
    ) -> list[list[Clip]]:
        """Return clips of every (text, seconds), seeds counting from 0: at most MOST_SEEDS."""
        seeds = min(seeds, MOST_SEEDS)
        jobs = [(i, seed) for i in range(len(wanted)) for seed in range(seeds)]
        jobs.sort(key=lambda job: wanted[job[0]][1])
        made: list[list[Clip]] = [[] for _ in wanted]
        for first in range(0, len(jobs), BATCH):
            batch = jobs[first : first + BATCH]
            codes = self._draw([(*wanted[index], seed) for index, seed in batch])
            for (index, _), rows in zip(batch, codes, strict=True):
                made[index].append(clean(self._tokenizer.decode_tokens(rows)))
            say(f"{self.name}: {min(first + BATCH, len(jobs))} of {len(jobs)} clips")
        return made

    @torch.inference_mode()
    def _draw(self, jobs: list[tuple[str, float, int]]) -> list[np.ndarray]:
        """Return the codes (n, levels) of each (text, seconds, seed)."""
        model, recipe = self._model, self._recipe
        lengths = [token_count(seconds, FPS, self._tokenizer.frames_per_token)
                   for _, seconds, _ in jobs]  # fmt: skip
        generators = [make_generator(seed) for _, _, seed in jobs]
        texts = [prompts.t2m_prompt(text) for text, _, _ in jobs]
        if recipe.guidance != 1:
            texts += [prompts.t2m_prompt("")] * len(jobs)
        prefixes = [model.prefix(states) for _, states in self._texts.get([(t,) for t in texts])]
        codes: list[list[np.ndarray]] = [[] for _ in jobs]
        ends: list[np.ndarray | None] = [None] * len(jobs)
        rows = [_start_row(model, length) for length in lengths]
        if recipe.told_end:
            states = self._states(prefixes[: len(jobs)], rows)
            states = model.goal_head.state(states)
            ends = [self._destinations.draw(state, rng, TEMPERATURE, TOP_P)
                    for state, rng in zip(states.numpy(), generators, strict=True)]  # fmt: skip
        for step in range(max(lengths)):
            going = [i for i, length in enumerate(lengths) if step < length]
            twins = [i + len(jobs) for i in going] if recipe.guidance != 1 else []
            rows = [_rows(model, codes[i], lengths[i], ends[i]) for i in going]
            states = self._states([prefixes[i] for i in going + twins], rows)
            drawn = np.zeros((len(going), 1 + len(model.residual_heads)), np.int64)
            for level in range(drawn.shape[1]):
                logits = self._scores(states, drawn, level)
                for row, i in enumerate(going):
                    scores = logits[row]
                    if twins:
                        scores = guide(scores, logits[row + len(going)], recipe.guidance)
                    drawn[row, level] = sample(
                        scores[: model.vocabulary.codes], generators[i], TEMPERATURE, TOP_P
                    )
            for row, i in enumerate(going):
                codes[i].append(drawn[row])
        return [np.stack(rows) for rows in codes]

    def _states(self, prefixes: list[torch.Tensor], rows: list[torch.Tensor]) -> torch.Tensor:
        """Return the last state (B, width) of every sequence; rows serve again for twins."""
        rows = rows * (len(prefixes) // len(rows))
        sequences = [torch.cat(pair) for pair in zip(prefixes, rows, strict=True)]
        with torch.autocast("cpu", torch.bfloat16):
            out = self._model.upper(sequences)
        return torch.stack([out[i, len(row) - 1] for i, row in enumerate(sequences)]).float()

    def _scores(self, states: torch.Tensor, drawn: np.ndarray, level: int) -> np.ndarray:
        """Return the logits of one level, given what was drawn before of the tokens."""
        model = self._model
        if not level:
            return model.head(states).numpy()
        index = torch.from_numpy(drawn)
        first, *more = (model.books[part][index[:, part]] for part in range(level))
        said = sum(more, first).repeat(len(states) // len(drawn), 1)
        return model.residual_heads[level - 1](states, said).numpy()


def _start_row(model: TextToMotionModel, length: int) -> torch.Tensor:
    return model.rows(torch.tensor([model.vocabulary.start(length)]))


def _rows(
    model: TextToMotionModel, codes: list[np.ndarray], length: int, end: np.ndarray | None
) -> torch.Tensor:
    levels = 1 + len(model.residual_heads)
    read = np.stack(codes) if codes else np.zeros((0, levels), np.int64)
    rows = model.token_rows(read, read, length)
    if end is not None:
        more = model.goal_rows(end, read, length)
        rows = torch.cat([more[:1], rows + more[1:]])
    return torch.cat([_start_row(model, length), rows])


def _learnt(run: Path) -> str:
    """Return the hash of the codes that a run learns, "" where there is none."""
    log = run / "log.jsonl"
    if not (run / "checkpoint.pt").is_file() or not log.is_file():
        return ""
    records = map(json.loads, log.read_text("utf-8").splitlines())
    return next((record["codebooks"] for record in records if "codebooks" in record), "")


def trained_rivals(
    folder: Path, pack: Pack, backbone: Path, say: Callable[[str], None]
) -> list[TrainedRival]:
    """Return the rivals below a folder that learnt the pack's tokens, by their recipes' names."""
    codes = codes_digest(tokenizer_of(pack))
    found = [name for name in RECIPES if _learnt(folder / name) == codes]
    if not found:
        say(f"{folder} holds no rivals trained on this pack's tokens")
    return [TrainedRival(folder / name, name, pack, backbone) for name in found]
