"""The language model with motion: a frozen backbone, one adapter, rows for motion tokens. torch.

Text runs through the lower layers of the backbone unchanged; motion rows enter at `entry`, where
both meet, and everything above carries the adapter. So the states of a text are computed once,
training touches the upper layers only, and decoding a motion token costs half a pass.
"""

import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import peft
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    LlamaConfig,
    LlamaForCausalLM,
    LlamaModel,
    PreTrainedTokenizerBase,
)

from motionllm.errors import MotionError
from motionllm.model.module_list import ModuleList
from motionllm.tokens.path import Trail
from motionllm.tokens.vocabulary import Vocabulary

RESIDUAL_WIDTH = 160
TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def load_backbone(path: Path) -> tuple[LlamaForCausalLM, PreTrainedTokenizerBase]:
    """Load a backbone and its text tokenizer from a GGUF file or a transformers folder.

    A model read from GGUF refuses save_pretrained, so the weights are put into a plain one.

    Raises:
        MotionError: "bad_file" for a model of another kind than Llama.
    """
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    if path.is_file():
        where, extra = str(path.parent), {"gguf_file": path.name}
    else:
        where, extra = str(path), {}
    tokenizer = AutoTokenizer.from_pretrained(where, **extra)
    read = AutoModelForCausalLM.from_pretrained(where, dtype=torch.float32, **extra)
    if not isinstance(read, LlamaForCausalLM):
        raise MotionError("bad_file", f"{path.name} is not a language model of the Llama kind.")
    if not extra:
        return read.eval(), tokenizer
    plain = LlamaForCausalLM(
        LlamaConfig(
            **{
                key: value
                for key, value in read.config.to_dict().items()
                if key != "quantization_config"
            }
        )
    )
    plain.load_state_dict(read.state_dict())
    return plain.eval(), tokenizer


def adapter_config(rank: int, entry: int, layers: int) -> peft.LoraConfig:
    """Return the adapter: all linear layers from `entry` up."""
    return peft.LoraConfig(
        r=rank,
        lora_alpha=rank,
        lora_dropout=0.0,
        target_modules=TARGETS,
        layers_to_transform=list(range(entry, layers)),
        bias="none",
        task_type="CAUSAL_LM",
    )


class ResidualHead(nn.Module):
    """Scores the codes of one further level, given the state and what the levels before said."""

    def __init__(self, width: int, code_dim: int, codes: int) -> None:
        super().__init__()
        self.state = nn.Linear(width, RESIDUAL_WIDTH, bias=False)
        self.said = nn.Linear(code_dim, RESIDUAL_WIDTH)
        self.out = nn.Linear(RESIDUAL_WIDTH, codes)

    def forward(self, hidden: Tensor, said: Tensor) -> Tensor:
        """Return logits (N, codes) of states (N, width) and encodings so far (N, code_dim)."""
        return self.out(functional.silu(self.state(hidden) + self.said(said)))


class MotionLanguageModel(nn.Module):
    """Backbone, one adapter, and the tables of motion tokens.

    A token's first code has a row of its own; what the further codes add is small and enters
    through one linear map of their sum, and where the person is by then through another. Text to
    motion scores the first code with `head`, then level by level with `residual_heads`, each told
    what was drawn before it.

    Attributes:
        peft_model: the backbone with its adapter.
        rows: input embeddings of the motion vocabulary, (rows, width).
        residual_in: from encodings (code_dim) to the width.
        trail_in: from the numbers of `path` to the width.
        head: (outputs, width) with bias; for text to motion only.
        residual_heads: levels - 1 of them; for text to motion only.
        books: the codebooks in units of the encodings' spread, (levels, codes, code_dim).
        path: the net movement of the codes.
        entry: the layer at which motion rows enter.
    """

    books: Tensor

    def __init__(
        self,
        backbone: LlamaForCausalLM,
        vocabulary: Vocabulary,
        books: Tensor,
        path: Trail,
        entry: int,
        rank: int,
        with_heads: bool,
    ) -> None:
        super().__init__()
        layers = backbone.config.num_hidden_layers
        width = backbone.config.hidden_size
        self.backbone_size = sum(p.numel() for p in backbone.parameters())
        self.vocabulary = vocabulary
        self.entry = entry
        self.peft_model = peft.get_peft_model(backbone, adapter_config(rank, entry, layers))
        self.rows = nn.Embedding(vocabulary.rows, width)
        self.register_buffer("books", books, persistent=False)
        levels, codes, code_dim = books.shape
        self.residual_in = nn.Linear(code_dim, width, bias=False)
        self.path = path
        self.trail_in = nn.Linear(path.size, width, bias=False)
        nn.init.zeros_(self.residual_in.weight)
        nn.init.zeros_(self.trail_in.weight)
        if with_heads:
            self.head = nn.Linear(width, vocabulary.outputs)
            nn.init.normal_(self.head.weight, std=0.02)
            self.residual_heads = ModuleList[ResidualHead](
                ResidualHead(width, code_dim, codes) for _ in range(levels - 1)
            )

    @property
    def core(self) -> LlamaModel:
        """The stack of decoder layers, those with adapters among them."""
        backbone = self.peft_model.get_base_model()
        assert isinstance(backbone, LlamaForCausalLM)  # what was wrapped in __init__
        return backbone.model

    @property
    def device(self) -> torch.device:
        """Where it is."""
        return self.rows.weight.device

    def trained_parameters(self) -> list[nn.Parameter]:
        """Return what training changes."""
        return [p for p in self.parameters() if p.requires_grad]

    def trained_share(self) -> float:
        """Return trained parameters over the backbone's, as a share."""
        return sum(p.numel() for p in self.trained_parameters()) / self.backbone_size

    def _run(self, hidden: Tensor, layers: Iterable[nn.Module]) -> Tensor:
        positions = torch.arange(hidden.shape[1], device=hidden.device)[None]
        rotary = self.core.rotary_emb(hidden, positions)
        for layer in layers:
            # No mask: rows are padded at the end, where causal attention never looks.
            hidden = layer(hidden, position_ids=positions, position_embeddings=rotary)
        return hidden

    def token_rows(self, read: np.ndarray, codes: np.ndarray, length: int | None) -> Tensor:
        """Return what enters for a window's first tokens: (n, width).

        Args:
            read: codes (n, levels) that are read, some of which training makes wrong.
            codes: the true ones, which say where the person is.
            length: tokens of the whole window; None if that is open.
        """
        index = torch.from_numpy(read).to(self.device)
        further = [book[one] for book, one in zip(self.books[1:], index.T[1:], strict=True)]
        numbers = torch.from_numpy(self.path.numbers(codes, length)).to(self.device)
        where = self.trail_in(numbers)
        return self.rows(index[:, 0]) + self.residual_in(sum(further[1:], further[0])) + where

    def level_losses(self, hidden: Tensor, targets: Tensor) -> list[Tensor]:
        """Return the loss of every level, nats: (N,), then (tokens that are no end,) each.

        Args:
            hidden: states (N, width) before each token.
            targets: codes (N, levels); the first is the vocabulary's end where a motion ends.
        """
        losses = [functional.cross_entropy(self.head(hidden), targets[:, 0], reduction="none")]
        going = targets[:, 0] != self.vocabulary.end
        hidden, targets = hidden[going], targets[going]
        said = self.books[0][targets[:, 0]]
        for level, head in enumerate(self.residual_heads, start=1):
            logits = head(hidden, said)
            losses.append(functional.cross_entropy(logits, targets[:, level], reduction="none"))
            said = said + self.books[level][targets[:, level]]
        return losses

    @torch.no_grad()
    def text_states(self, texts: list[list[int]]) -> list[Tensor]:
        """Return the lower half's states (P, width) of each list of token ids."""
        padded = pad_sequence([torch.tensor(ids) for ids in texts], batch_first=True)
        padded = padded.to(self.device)
        hidden = self._run(self.core.embed_tokens(padded), self.core.layers[: self.entry])
        return [row[: len(ids)] for row, ids in zip(hidden, texts, strict=True)]

    def prefix(self, states: Tensor) -> Tensor:
        """Return what of a text's states (P, width) the upper half reads: all."""
        return states

    def upper(self, sequences: list[Tensor]) -> Tensor:
        """Return the normed output (B, S, width) of sequences (S_i, width) for the upper half."""
        hidden = pad_sequence(sequences, batch_first=True)
        return self.core.norm(self._run(hidden, self.core.layers[self.entry :]))

    def trained_state(self) -> dict[str, Tensor]:
        """Return what a checkpoint must keep: the adapter and the tables of motion tokens."""
        return {
            name: value
            for name, value in self.state_dict().items()
            if "lora_" in name or not name.startswith("peft_model.")
        }


class TrainedPart:
    """Checkpoint view of a model: only what is trained is saved and loaded."""

    def __init__(self, model: MotionLanguageModel) -> None:
        self.model = model

    def state_dict(self) -> dict[str, Tensor]:
        return self.model.trained_state()

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        missing = set(self.state_dict()) ^ set(state)
        if missing:
            raise ValueError(f"the checkpoint does not fit the model: {sorted(missing)[:3]}")
        self.model.load_state_dict(state, strict=False)
