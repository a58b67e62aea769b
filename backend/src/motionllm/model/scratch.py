"""A decoder trained from scratch on the same tokens, for comparison. torch.

As T2M-GPT (J. Zhang et al., CVPR 2023): the text is one vector before the motion, here a linear map
of the mean of the frozen lower half's states, and every layer after it begins from nothing.
"""

from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence
from transformers import LlamaForCausalLM
from transformers.models.llama.modeling_llama import LlamaDecoderLayer, LlamaRMSNorm

from motionllm.model.text_to_motion import TextToMotionModel

LAYERS = 8


class ScratchModel(TextToMotionModel):
    """A motion language model whose upper half knows no language.

    Attributes:
        fresh, fresh_norm: the layers in place of the upper half.
        fresh_text: from the mean of a text's states to the row that stands for it.
    """

    def __init__(self, backbone: LlamaForCausalLM, *args, **kwargs) -> None:
        super().__init__(backbone, *args, **kwargs)
        config = backbone.config
        self.fresh = nn.ModuleList(LlamaDecoderLayer(config, i) for i in range(LAYERS))
        self.fresh_text = nn.Linear(config.hidden_size, config.hidden_size)
        self.fresh_norm = LlamaRMSNorm(config.hidden_size, eps=config.rms_norm_eps)
        for name, value in self.fresh.named_parameters():
            if value.ndim > 1:
                nn.init.normal_(value, std=0.02)
            elif name.endswith("bias"):
                nn.init.zeros_(value)
        for name, value in self.peft_model.named_parameters():
            if "lora_" in name:
                value.requires_grad_(False)

    def prefix(self, states: Tensor) -> Tensor:
        """Return the one state (1, width) that stands for a text's states (P, width).

        The first token is left out: all attention rests on it, so that it outweighs the others
        and is the same in every text.
        """
        mean = states[1:].mean(0, keepdim=True)
        return self.fresh_text(mean / mean.std().clamp_min(1e-6))

    def upper(self, sequences: list[Tensor]) -> Tensor:
        """Return the normed output (B, S, width) of sequences (S_i, width)."""
        hidden = pad_sequence(sequences, batch_first=True)
        return self.fresh_norm(self._run(hidden, self.fresh))
