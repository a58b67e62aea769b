"""The motion tokenizer in numpy: a clip to codes, codes to a clip. numpy only.

The same network as model.tokenizer, layer by layer; a test holds the two together.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from motionllm.errors import MotionError
from motionllm.motion import features
from motionllm.motion.clip import Clip
from motionllm.pack.pack import Pack
from motionllm.tokens.codes import look_up
from motionllm.tokens.path import Trail

EPSILON = 1e-6


def conv1d(x: np.ndarray, weight: np.ndarray, bias: np.ndarray, dilation: int = 1) -> np.ndarray:
    """Convolve x (..., T, in) with weight (out, in, odd kernel), same length, as torch's Conv1d."""
    kernel, length = weight.shape[2], x.shape[-2]
    reach = dilation * (kernel // 2)
    padded = np.pad(x, [(0, 0)] * (x.ndim - 2) + [(reach, reach), (0, 0)])
    result = np.broadcast_to(bias, (*x.shape[:-1], len(bias))).copy()
    for tap in range(kernel):
        rows = padded[..., tap * dilation : tap * dilation + length, :].reshape(-1, x.shape[-1])
        result += (rows @ weight[:, :, tap].T).reshape(result.shape)
    return result


def relu(x: np.ndarray) -> np.ndarray:
    """Return max(x, 0)."""
    return np.maximum(x, 0.0)


class MotionTokenizer:
    """Encoder, codebook and decoder of a pack.

    Args:
        tensors: arrays by their names in model.tokenizer.
        config: sizes of the network, as model.tokenizer.TokenizerConfig.

    Raises:
        MotionError: code "bad_pack", if an array is missing.
    """

    def __init__(self, tensors: Mapping[str, np.ndarray], config: Mapping) -> None:
        self._tensors = {name: np.asarray(value, np.float32) for name, value in tensors.items()}
        self.frames_per_token = int(config["frames_per_token"])
        self._blocks = int(config["blocks"])
        levels = range(int(config["levels"]))
        self._books = [self._tensor(f"codebooks.{level}.codes") for level in levels]
        self._mean, self._std = self._tensor("mean"), self._tensor("std")

    @classmethod
    def from_pack(cls, pack: Pack) -> "MotionTokenizer":
        """Read the tokenizer of a pack."""
        return cls(pack.tensors("tokenizer"), pack.config["tokenizer"])

    @property
    def books(self) -> np.ndarray:
        """The codebooks in units of the encodings' spread, (levels, codes, code_dim)."""
        return np.stack(self._books) / self._tensor("code_std")

    @property
    def trail(self) -> Trail:
        """The net movement of its codes."""
        self._tensor("linear_out.weight"), self._tensor("linear_out.bias")  # says what is missing
        return Trail(self._tensors, np.stack(self._books))

    def decode_tokens(self, codes: np.ndarray) -> Clip:
        """Return the clip of codes (n, levels), n * frames_per_token frames at 30 fps."""
        rotations, translation, contacts = features.features_to_motion(self.decode_features(codes))
        return Clip.build(features.FPS, rotations, translation, contacts)

    def decode_many(self, every: Sequence[np.ndarray]) -> list[Clip]:
        """Return the clips of several codes (n, levels), those of one length in one go."""
        clips: dict[int, Clip] = {}
        for length in {len(codes) for codes in every}:
            same = [index for index, codes in enumerate(every) if len(codes) == length]
            tables = self.decode_features(np.stack([every[index] for index in same]))
            for index, table in zip(same, tables, strict=True):
                clips[index] = Clip.build(features.FPS, *features.features_to_motion(table))
        return [clips[index] for index in range(len(every))]

    def encode_clip(self, clip: Clip) -> np.ndarray:
        """Return the codes (n, levels) of a clip at any frame rate.

        Its end is held to fill the last token.

        Raises:
            MotionError: code "bad_request", for a clip of a single frame.
        """
        if clip.frames < 2:
            raise MotionError("bad_request", "A motion of a single frame cannot be described.")
        table = features.clip_to_features(clip)
        step = self.frames_per_token
        missing = -len(table) % step
        if missing:
            rest = np.repeat(table[-1:], missing, axis=0)
            rest[:, : features.HEIGHT.start] = 0.0
            table = np.concatenate([table, rest])
        return self.encode_features(table)

    def decode_features(self, codes: np.ndarray) -> np.ndarray:
        """Return raw features (..., T, FEATURES) of codes (..., n, levels)."""
        codes = np.asarray(codes, int)
        quantised = look_up(self._books, codes)
        x = self._conv("code_in", quantised / self._tensor("code_std"))
        for block in range(self._blocks):
            x = self._block(f"decoder.{block}", x, (1, 3)[block % 2])
        patches = self._linear("linear_out", quantised) + self._linear("patch_out", x)
        frames = patches.reshape(*codes.shape[:-2], -1, features.FEATURES)
        frames = frames + self._conv("smooth_out", relu(self._conv("smooth_in", frames)))
        return frames * self._std + self._mean

    def encode_features(self, table: np.ndarray) -> np.ndarray:
        """Return codes (n, levels) of raw features (T, FEATURES), T a multiple of a token's."""
        normal = (table - self._mean) / self._std
        patches = normal.reshape(-1, self.frames_per_token * features.FEATURES)
        left = self._linear("linear_in", patches)
        codes = np.empty((len(left), len(self._books)), np.int64)
        for level, book in enumerate(self._books):
            distance = (book**2).sum(axis=1) - 2.0 * left @ book.T
            codes[:, level] = distance.argmin(axis=1)
            left = left - book[codes[:, level]]
        return codes

    def _tensor(self, name: str) -> np.ndarray:
        if name not in self._tensors:
            raise MotionError(
                "bad_pack", f"The pack's tokenizer has no array '{name}'.",
                "Install the pack again, or choose another.",
            )  # fmt: skip
        return self._tensors[name]

    def _linear(self, name: str, x: np.ndarray) -> np.ndarray:
        return x @ self._tensor(f"{name}.weight").T + self._tensor(f"{name}.bias")

    def _conv(self, name: str, x: np.ndarray, dilation: int = 1) -> np.ndarray:
        return conv1d(x, self._tensor(f"{name}.weight"), self._tensor(f"{name}.bias"), dilation)

    def _block(self, name: str, x: np.ndarray, dilation: int) -> np.ndarray:
        size = 1.0 / np.sqrt((x**2).mean(axis=-1, keepdims=True) + EPSILON)
        wide = self._conv(f"{name}.wide", x * size * self._tensor(f"{name}.gain"), dilation)
        return x + self._conv(f"{name}.point", relu(wide))
