"""The byte-level BPE gives transformers' ids, on captions and on odd text."""

import csv
import lzma
import random

import pytest

pytest.importorskip("transformers")

from motionllm.engine.embedded.bpe import Tokenizer  # noqa: E402
from motionllm.engine.embedded.gguf import GgufFile  # noqa: E402
from tests.helpers.recordings import CAPTIONS, needs_captions  # noqa: E402

ODD = [
    "", " ", "  ", "\n", "a\n\nb  c   \t d", "it's we'll 'tis I'd DON'T don'T he'd've",
    "emoji 🙂🏃🏽‍♀️ run", "一个人向前走，然后挥手。", "café naïve Ⅷ ½ 123 4 56", "  12  34",
    "\u00a0x\u3000y\u200bz\x1c\x85q", "<|im_end|> x <repo_name><reponame>y", "١٢٣ ४५ 𝔘𝔫𝔦 𝟘𝟙",
    "Motion of: \n", "Caption of the motion:", "\x04\x06\x13\x1d", "ﬁne ß ǅ ª º ⁿ",
]  # fmt: skip
ALPHABET = "abcXYZ 0129'.,!?-\n\t 🙂人é\u00a0\u3000²½Ⅷ\x1c"


@pytest.fixture(scope="module")
def ours(backbone_path):
    return Tokenizer(GgufFile(backbone_path).metadata)


def check(ours, text_tokenizer, texts):
    for text in texts:
        ids = ours.encode(text)
        assert ids == text_tokenizer.encode(text), repr(text)
        decoded = text_tokenizer.decode(ids, clean_up_tokenization_spaces=False)
        assert ours.decode(ids, skip_special=False) == decoded, repr(text)


def test_odd_text(ours, text_tokenizer):
    check(ours, text_tokenizer, ODD)


def test_random_text(ours, text_tokenizer):
    pick = random.Random(0)
    check(ours, text_tokenizer, (
        "".join(pick.choices(ALPHABET, k=pick.randint(1, 30))) for _ in range(3000)
    ))  # fmt: skip
    check(ours, text_tokenizer, (
        "".join(chr(pick.choice([*range(0x20, 0x500), *range(0x4E00, 0x4F00)])) for _ in range(9))
        for _ in range(500)
    ))  # fmt: skip


@needs_captions
def test_human_captions(ours, text_tokenizer):
    with lzma.open(CAPTIONS / "humanml3d_captions.csv.xz", "rt", encoding="utf-8") as file:
        captions = [row["caption"] for row in csv.DictReader(file)]
    check(ours, text_tokenizer, random.Random(0).sample(captions, 5000))
