"""The language model's tokenizer: byte-level BPE, read from the GGUF file's metadata. stdlib only.

Gives the ids that transformers gives for the same file. Text is cut into pieces by GPT-2's rule
(contractions; letters; digits; other signs, each with one space before; white space), which `re`
cannot spell because it knows no Unicode categories: here each character is first mapped to its
class. The model's merges hold no digit beside another character, so every digit becomes a token.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from motionllm.errors import MotionError

if TYPE_CHECKING:
    from motionllm.engine.embedded.gguf import Metadata

_CONTROL = 3  # token type of special tokens in GGUF

# Unicode's White_Space; str.isspace() counts U+001C to U+001F too.
_SPACES = frozenset(
    "\t\n\x0b\x0c\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000"
    + "".join(map(chr, range(0x2000, 0x200B)))
)

# Over classes: L letter, N number, S white space, "_" the plain space (also S), O all others.
_PIECE = re.compile(r"_?L+|_?N+|_?O+|[S_]+(?![^S_])|[S_]+")
_CONTRACTION = re.compile(r"'(?:[stmd]|re|ve|ll)")


class Tokenizer:
    """Text to token ids and back.

    Attributes:
        special: the text of each special token -> its id.
        end: id of the token that ends an answer (`<|im_end|>`).
    """

    def __init__(self, metadata: Metadata) -> None:
        try:
            tokens: list[str] = metadata["tokenizer.ggml.tokens"]
            kinds: list[int] = metadata["tokenizer.ggml.token_type"]
            merges: list[str] = metadata["tokenizer.ggml.merges"]
            self.end: int = metadata["tokenizer.ggml.eos_token_id"]
        except KeyError as error:
            raise MotionError(
                "bad_file", f"The language model's file lacks its tokenizer ({error}).",
            ) from error  # fmt: skip
        self._tokens = tokens
        self._ids = {token: index for index, token in enumerate(tokens)}
        self._ranks = {tuple(pair.split(" ")): rank for rank, pair in enumerate(merges)}
        self.special = {
            token: index
            for index, (token, kind) in enumerate(zip(tokens, kinds, strict=True))
            if kind == _CONTROL
        }
        self._special_ids = frozenset(self.special.values())
        longest_first = sorted(self.special, key=len, reverse=True)
        self._special_pattern = re.compile("(" + "|".join(map(re.escape, longest_first)) + ")")
        self._piece_ids = lru_cache(maxsize=20_000)(self._merge)

    def encode(self, text: str) -> list[int]:
        """Return the ids of a text; special tokens spelt out in it become their ids."""
        ids: list[int] = []
        for index, part in enumerate(self._special_pattern.split(text)):
            if index % 2:
                ids.append(self.special[part])
            else:
                for piece in split_pieces(part):
                    ids += self._piece_ids(piece)
        return ids

    def decode(self, ids: Iterable[int], skip_special: bool = True) -> str:
        """Return the text of ids; bytes that are no UTF-8 become U+FFFD."""
        data = bytearray()
        for index in ids:
            token = self._tokens[index]
            if index in self._special_ids:
                data += b"" if skip_special else token.encode()
            else:
                data += bytes(_BYTES[character] for character in token)
        return data.decode("utf-8", "replace")

    def _merge(self, piece: str) -> tuple[int, ...]:
        """Join the bytes of one piece, the pair of lowest rank first."""
        characters = (_CHARACTERS[byte] for byte in piece.encode("utf-8", "replace"))
        # A byte the vocabulary lacks is left out before anything is joined, as in the reference.
        parts = [character for character in characters if character in self._ids]
        worst = len(self._ranks)
        while len(parts) > 1:
            ranks = [self._ranks.get(pair, worst) for pair in zip(parts, parts[1:], strict=False)]
            best = min(ranks)
            if best == worst:
                break
            at = ranks.index(best)
            parts[at : at + 2] = [parts[at] + parts[at + 1]]
        return tuple(self._ids[part] for part in parts)


def split_pieces(text: str) -> list[str]:
    """Cut a text into the pieces inside which bytes are joined; together they are the text."""
    classes = "".join(map(_class, text))
    pieces, at = [], 0
    while at < len(text):
        match = _CONTRACTION.match(text, at) or _PIECE.match(classes, at)
        end = match.end() if match else at + 1
        pieces.append(text[at:end])
        at = end
    return pieces


@lru_cache(maxsize=10_000)
def _class(character: str) -> str:
    if character == " ":
        return "_"
    if character in _SPACES:
        return "S"
    category = unicodedata.category(character)[0]
    return category if category in "LN" else "O"


def _byte_characters() -> list[str]:
    """Return the printable character that stands for each byte in the vocabulary (GPT-2's)."""
    printable = {*range(33, 127), *range(161, 173), *range(174, 256)}
    others = iter(range(256, 512))
    return [chr(byte if byte in printable else next(others)) for byte in range(256)]


_CHARACTERS = _byte_characters()
_BYTES = {character: byte for byte, character in enumerate(_CHARACTERS)}
