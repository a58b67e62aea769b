"""How near a sentence is to what people wrote, by meaning: BERTScore. numpy only.

Source: T. Zhang et al., "BERTScore", ICLR 2020. Its encoder is fetched from a hub; here the lower
half of the backbone reads the texts, so figures of other encoders cannot be set beside these. A
causal model's states are much alike, so their mean over the references is taken off first.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from motionllm.engine.embedded.backbone_model import BackboneModel
from motionllm.english.words import terms

LAYERS = 15
ENCODER = f"SmolLM2-135M, layer {LAYERS}"


class BertScore:
    """Compares texts by the states of their tokens.

    Args:
        backbone: the language model's file.
    """

    def __init__(self, backbone: Path) -> None:
        self._model = BackboneModel(backbone, LAYERS)
        self._states: dict[str, np.ndarray] = {}

    def score(self, candidates: list[str], references: list[list[str]]) -> np.ndarray:
        """Return F1 (N,), 0 to 100, of each candidate against the best of its references."""
        middle = np.concatenate([self._read(t) for several in references for t in several]).mean(0)

        def unit(text: str) -> np.ndarray:
            rows = self._read(text) - middle
            return rows / np.linalg.norm(rows, axis=1, keepdims=True)

        return np.array(
            [
                max(_f1(unit(candidate), unit(reference)) for reference in several)
                for candidate, several in zip(candidates, references, strict=True)
            ]
        )

    def _read(self, text: str) -> np.ndarray:
        """Return the states (n, width) of a text's tokens, lower case without punctuation."""
        plain = " ".join(terms(text)) or "."
        if plain not in self._states:
            # The first token takes attention's surplus and stands for no word: a line break does.
            ids = np.array([self._model.tokenizer.encode("\n " + plain)])
            cache = self._model.lower_cache(1, ids.shape[1])
            self._states[plain] = self._model.run_text(ids, cache)[0, 1:]
        return self._states[plain]


def _f1(candidate: np.ndarray, reference: np.ndarray) -> float:
    likeness = candidate @ reference.T
    precision, recall = likeness.max(1).mean(), likeness.max(0).mean()
    return 100.0 * float(2 * precision * recall / max(precision + recall, 1e-6))
