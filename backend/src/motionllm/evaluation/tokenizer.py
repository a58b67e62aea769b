"""How well the motion tokenizer rebuilds clips it has never seen. torch."""

import numpy as np
import torch

from motionllm import clip as clips
from motionllm import features, rotation, skeleton
from motionllm.data.build import Dataset, Record
from motionllm.tokenizer.model import MotionTokenizer


@torch.no_grad()
def encode_features(model: MotionTokenizer, table: np.ndarray) -> np.ndarray:
    """Return codes (n, levels) of raw features (T, FEATURES); a rest below a token is cut."""
    step = model.config.frames_per_token
    count = len(table) // step * step
    return model.quantise(torch.from_numpy(table[None, :count].astype(np.float32)))[0].numpy()


@torch.no_grad()
def decode_codes(model: MotionTokenizer, codes: np.ndarray) -> np.ndarray:
    """Return raw features (n * frames_per_token, FEATURES) of codes (n, levels)."""
    return model.decode(model.look_up(torch.from_numpy(codes)[None]))[0].numpy()


def foot_skate(joints: np.ndarray, contacts: np.ndarray, fps: float) -> float:
    """Return the mean speed, m/s, of planted foot joints (joints (T, 22, 3), contacts (T, 4))."""
    feet = joints[:, list(skeleton.FOOT_JOINTS)][:, :, [0, 2]]
    speed = np.linalg.norm(np.diff(feet, axis=0), axis=-1) * fps
    planted = contacts[1:] & contacts[:-1]
    return float(speed[planted].mean()) if planted.any() else 0.0


def measure(
    model: MotionTokenizer, dataset: Dataset, limit: int | None = None, per_source: bool = False
) -> dict[str, float]:
    """Return figures over held-out clips, each cut to 10 s, weighted by time.

    mpjpe_mm root-aligned, global_mm, angle_deg between local rotations, path_percent (root error at
    the end over the distance walked, clips that walk a metre), skate and skate_real in m/s,
    codes_percent of all codes in use. With per_source also "source: mpjpe_mm". Without held-out
    clips, nothing.
    """
    held = [r for r in dataset.records if r.held_out]
    if not held:
        return {}
    if limit and len(held) > limit:
        held = [held[int(i)] for i in np.linspace(0, len(held) - 1, limit)]
    rows, used = [], set()
    for record in held:
        figures, codes = _measure_clip(model, dataset, record)
        used |= {(level, code) for row in codes.tolist() for level, code in enumerate(row)}
        rows.append((record.row.get("source", ""), figures))
    weight = np.array([figures["frames"] for _, figures in rows], float)

    def mean(key: str, keep: np.ndarray) -> float:
        values = np.array([figures[key] for _, figures in rows])
        good = keep & np.isfinite(values)
        return float((values[good] * weight[good]).sum() / max(weight[good].sum(), 1.0))

    everything = np.ones(len(rows), bool)
    result = {
        key: mean(key, everything)
        for key in ("mpjpe_mm", "global_mm", "angle_deg", "path_percent", "skate", "skate_real")
    }
    result["codes_percent"] = 100.0 * len(used) / (model.config.codes * model.config.levels)
    if per_source:
        sources = np.array([source for source, _ in rows])
        for source in dict.fromkeys(sources.tolist()):
            result[f"{source}: mpjpe_mm"] = mean("mpjpe_mm", sources == source)
    return result


def _measure_clip(
    model: MotionTokenizer, dataset: Dataset, record: Record
) -> tuple[dict[str, float], np.ndarray]:
    step = model.config.frames_per_token
    frames = min(record.frames, 300) // step * step
    window = dataset.features[0, record.start : record.start + frames].astype(np.float32)
    codes = encode_features(model, window)
    made = clips.Clip.build(features.FPS, *features.features_to_motion(decode_codes(model, codes)))
    real = clips.Clip.build(features.FPS, *features.features_to_motion(window))
    error = np.linalg.norm(made.joints - real.joints, axis=-1)
    aligned = (made.joints - made.joints[:, :1]) - (real.joints - real.joints[:, :1])
    turn = rotation.multiply(rotation.conjugate(real.rotations), made.rotations)
    walked = float(np.linalg.norm(np.diff(real.translation[:, [0, 2]], axis=0), axis=1).sum())
    missed = float(np.linalg.norm((made.translation - real.translation)[-1, [0, 2]]))
    return {
        "frames": frames,
        "mpjpe_mm": 1000.0 * float(np.linalg.norm(aligned[:, 1:], axis=-1).mean()),
        "global_mm": 1000.0 * float(error.mean()),
        "angle_deg": float(np.degrees(rotation.angle(turn[:, 1:]).mean())),
        "path_percent": 100.0 * missed / walked if walked > 1.0 else float("nan"),
        "skate": foot_skate(made.joints, real.contacts, features.FPS),
        "skate_real": foot_skate(real.joints, real.contacts, features.FPS),
    }, codes
