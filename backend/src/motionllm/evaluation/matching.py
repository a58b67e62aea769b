"""Distributions and texts by a trained evaluator: R-precision, MM-distance, FID and kin. torch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from motionllm.data.dataset import Dataset
from motionllm.data.pieces import Piece, piece_clip
from motionllm.engine.embedded.motion_tokenizer import MotionTokenizer
from motionllm.engine.interface import Engine
from motionllm.evaluation import prompt_suite
from motionllm.evaluation.nearest import Rival
from motionllm.evaluation.physics_table import held_out_pieces
from motionllm.evaluation.statistics import Interval, interval, mean_interval
from motionllm.evaluation.tables import Table
from motionllm.model.matcher import FrozenText, Matcher, load_matcher
from motionllm.motion.clip import Clip
from motionllm.motion.feet import clean
from motionllm.train.matcher import POOL, hits_in_pools, kinds_of

PIECES_OF_A_KIND = 8
HALVES = 50  # random halvings for FID
VARIED, CLIPS_OF_EACH = 12, 8  # captions and clips of each for multimodality


def matching_tables(
    folder: Path,
    backbone: Path,
    engine: Engine,
    tokenizer: MotionTokenizer,
    dataset: Dataset,
    pieces: list[Piece],
    rivals: list[Rival],
    say: Callable[[str], None],
) -> list[Table]:
    """Compare held-out recordings with what is made from their captions.

    Args:
        folder: of a run of `motionllm train evaluator`.
        backbone: the language model whose states the evaluator reads.
    """
    matcher = load_matcher(folder / "evaluator.pt")
    held = held_out_pieces(dataset, pieces, PIECES_OF_A_KIND)
    real = [piece_clip(dataset, piece) for piece in held]
    asked = [(piece.captions[-1], clip.seconds) for piece, clip in zip(held, real, strict=True)]
    made = [clips[0] for clips in prompt_suite.generate(engine, asked, 1, say)]
    rebuilt = [tokenizer.decode_tokens(tokenizer.encode_clip(clip)) for clip in real]
    frozen = FrozenText(backbone, matcher.config.text_depth)
    captions = matcher.embed_texts([row.float() for row in frozen.states([t for t, _ in asked])])
    kinds = kinds_of(dataset, held)
    vectors = {
        "real motion": matcher.embed_clips(real),
        "rebuilt by the tokenizer": matcher.embed_clips([clean(clip) for clip in rebuilt]),
        **{
            rival.name: matcher.embed_clips([clips[0] for clips in rival.make(asked, 1, say)])
            for rival in rivals
        },
        engine.pack.name: matcher.embed_clips(made),
    }
    shuffled = np.random.default_rng(0).permutation(len(held))
    table = Table(
        "Matching motion and text",
        ["row", "R@1", "R@2", "R@3", "R@3 / real", "MM-distance", "FID", "diversity"],
        f"{len(held)} held-out pieces; pools of {POOL} motions that show different things; "
        "intervals draw pieces anew. FID compares one half of a row with the other half of real "
        "motion, so that real motion has one as well; its brackets hold 95 % of the halvings. "
        "Figures of another evaluator cannot be set beside these.",
    )
    reference = hits_in_pools(vectors["real motion"], captions, kinds)[:, 2]
    rows = {name: (motion, captions) for name, motion in vectors.items()}
    rows["real motion, captions exchanged"] = (vectors["real motion"], captions[shuffled])
    say("captions of the recordings")
    told = _told(matcher, frozen, engine, real)
    rows[f"real motion, captions by {engine.pack.name}"] = (vectors["real motion"], told)
    for name, (motion, text) in rows.items():
        hits = hits_in_pools(motion, text, kinds)
        pairs = [pair for pair in zip(hits[:, 2], reference, strict=True) if np.isfinite(pair[0])]
        table.add(
            name,
            *(mean_interval(hits[:, n]) for n in range(3)),
            interval(pairs, lambda some: sum(a for a, _ in some) / max(sum(b for _, b in some), 1)),
            mean_interval(np.linalg.norm(motion - text, axis=1)),
            _frechet(motion, vectors["real motion"]),
            _diversity(motion),
        )
    variety = Table(
        "Variety of one caption", ["row", "multimodality"],
        f"Mean distance between {CLIPS_OF_EACH} clips of one caption, {VARIED} captions; "
        "for comparison the diversity of all real motion is in the table above.",
    )  # fmt: skip
    step = max(1, len(asked) // VARIED)
    several = prompt_suite.generate(engine, asked[::step][:VARIED], CLIPS_OF_EACH, say)
    variety.add(
        engine.pack.name,
        float(np.mean([_diversity(matcher.embed_clips(clips)) for clips in several])),
    )
    return [table, variety]


def _told(matcher: Matcher, frozen: FrozenText, engine: Engine, clips: list[Clip]) -> np.ndarray:
    said: list[str] = []
    for first in range(0, len(clips), 8):
        said += engine.caption(clips[first : first + 8])
    return matcher.embed_texts([row.float() for row in frozen.states([s or "." for s in said])])


def _frechet(made: np.ndarray, real: np.ndarray) -> Interval:
    rng = np.random.default_rng(0)
    values = []
    for _ in range(HALVES):
        order = rng.permutation(len(real))
        a, b = made[order[: len(order) // 2]], real[order[len(order) // 2 :]]
        values.append(_frechet_distance(a, b))
    low, high = np.quantile(values, (0.025, 0.975))
    return float(np.mean(values)), float(low), float(high)


def _frechet_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Return the distance of two normal distributions fitted to rows.

    Source: M. Heusel et al., "GANs Trained by a Two Time-Scale Update Rule", NeurIPS 2017.
    """
    first, second = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    # The trace of the root of a product of two positive matrices, by its eigenvalues.
    values = np.linalg.eigvals(first @ second).real
    root = np.sqrt(np.maximum(values, 0.0)).sum()
    shift = ((a.mean(axis=0) - b.mean(axis=0)) ** 2).sum()
    return float(shift + np.trace(first) + np.trace(second) - 2.0 * root)


def _diversity(vectors: np.ndarray) -> float:
    rng = np.random.default_rng(0)
    first = rng.integers(0, len(vectors), 400)
    second = rng.integers(0, len(vectors), 400)
    apart = first != second
    return float(np.linalg.norm(vectors[first] - vectors[second], axis=1)[apart].mean())
