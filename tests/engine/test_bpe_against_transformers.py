"""The byte-level BPE gives transformers' ids, on captions and on odd text."""

import csv
import lzma
import os
import random
from pathlib import Path

import pytest

transformers = pytest.importorskip("transformers")

from motionllm.engine.embedded.bpe import Tokenizer  # noqa: E402
from motionllm.engine.embedded.gguf import GgufFile  # noqa: E402

SHARED = Path(os.environ.get("MOTIONLLM_SHARED", Path(__file__).parents[3] / "shared"))
CAPTIONS = SHARED / "captions" / "humanml3d_captions.csv.xz"
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


@pytest.fixture(scope="module")
def theirs(backbone_path):
    return transformers.AutoTokenizer.from_pretrained(
        backbone_path.parent, gguf_file=backbone_path.name
    )


def check(ours, theirs, texts):
    for text in texts:
        ids = ours.encode(text)
        assert ids == theirs.encode(text), repr(text)
        decoded = theirs.decode(ids, clean_up_tokenization_spaces=False)
        assert ours.decode(ids, skip_special=False) == decoded, repr(text)


def test_odd_text(ours, theirs):
    check(ours, theirs, ODD)


def test_random_text(ours, theirs):
    pick = random.Random(0)
    check(ours, theirs, (
        "".join(pick.choices(ALPHABET, k=pick.randint(1, 30))) for _ in range(3000)
    ))  # fmt: skip
    check(ours, theirs, (
        "".join(chr(pick.choice([*range(0x20, 0x500), *range(0x4E00, 0x4F00)])) for _ in range(9))
        for _ in range(500)
    ))  # fmt: skip


@pytest.mark.skipif(not CAPTIONS.is_file(), reason="the captions are not on this machine")
def test_human_captions(ours, theirs):
    with lzma.open(CAPTIONS, "rt", encoding="utf-8") as file:
        captions = [row["caption"] for row in csv.DictReader(file)]
    check(ours, theirs, random.Random(0).sample(captions, 5000))
