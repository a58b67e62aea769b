"""The byte-level BPE: what transformers gives is in test_bpe_against_transformers.py."""

import pytest

from motionllm.engine.embedded.bpe import Tokenizer, split_pieces
from motionllm.engine.embedded.gguf import GgufFile
from motionllm.errors import MotionError


@pytest.fixture(scope="module")
def tokenizer(backbone_path):
    return Tokenizer(GgufFile(backbone_path).metadata)


@pytest.mark.parametrize(("text", "pieces"), [
    ("it's we'll", ["it", "'s", " we", "'ll"]),
    ("a  b", ["a", " ", " b"]),
    ("12 34", ["12", " 34"]),
    ("walk...now!", ["walk", "...", "now", "!"]),
    ("x\n\n y ", ["x", "\n\n", " y", " "]),
    ("走路 🏃", ["走路", " 🏃"]),
    ("", []),
])  # fmt: skip
def test_pieces(text, pieces):
    assert split_pieces(text) == pieces


@pytest.mark.parametrize("text", ["a person walks", "é 走 🏃", "  tabs\tand\n", "12.5 m"])
def test_text_comes_back(tokenizer, text):
    assert tokenizer.decode(tokenizer.encode(text)) == text


def test_special_tokens(tokenizer):
    ids = tokenizer.encode("a<|im_end|>b")
    assert ids[1] == tokenizer.end == 2
    assert tokenizer.decode(ids) == "ab"
    assert tokenizer.decode(ids, skip_special=False) == "a<|im_end|>b"


def test_incomplete_utf8_is_replaced(tokenizer):
    ids = tokenizer.encode("🏃")
    assert tokenizer.decode(ids[:1]) == "\ufffd"


def test_a_file_without_tokenizer_is_refused():
    with pytest.raises(MotionError):
        Tokenizer({})
