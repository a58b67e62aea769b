"""How well the motion tokenizer rebuilds clips it has never seen. torch."""

import numpy as np

from motionllm.data.dataset import Dataset, Record
from motionllm.model.tokenizer import MotionTokenizer, decode_codes, encode_features
from motionllm.motion import features
from motionllm.motion.clip import Clip
from motionllm.motion.compare import LONGEST, rebuilding_figures


def figures(model: MotionTokenizer, dataset: Dataset, limit: int) -> dict[str, float]:
    """Return figures over at most `limit` held-out clips, each cut to 10 s, weighted by time.

    Those of compare.rebuilding_figures, and codes_percent of all codes in use. Without held-out
    clips, nothing.
    """
    held = [r for r in dataset.records if r.held_out]
    if not held:
        return {}
    if len(held) > limit:
        held = [held[int(i)] for i in np.linspace(0, len(held) - 1, limit)]
    rows, used = [], set()
    for record in held:
        found, frames, codes = _one(model, dataset, record)
        used |= {(level, code) for row in codes.tolist() for level, code in enumerate(row)}
        rows.append((found, frames))
    weight = np.array([frames for _, frames in rows], float)
    result = {}
    for key in rows[0][0]:
        values = np.array([found[key] for found, _ in rows])
        good = np.isfinite(values)
        result[key] = float((values[good] * weight[good]).sum() / max(weight[good].sum(), 1.0))
    result["codes_percent"] = 100.0 * len(used) / (model.config.codes * model.config.levels)
    return result


def _one(
    model: MotionTokenizer, dataset: Dataset, record: Record
) -> tuple[dict[str, float], int, np.ndarray]:
    step = model.config.frames_per_token
    frames = min(record.frames, LONGEST) // step * step
    window = dataset.features[0, record.start : record.start + frames].astype(np.float32)
    codes = encode_features(model, window)
    made = Clip.build(features.FPS, *features.features_to_motion(decode_codes(model, codes)))
    real = Clip.build(features.FPS, *features.features_to_motion(window))
    return rebuilding_figures(made, real), frames, codes
