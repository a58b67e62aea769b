"""Row numbers of the motion vocabulary: codes, end, start with and without a length. stdlib only.

Token offsets live in this module only. The rows are those of a pack's tables "input" (all rows)
and "head" (codes and end).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Vocabulary:
    """Layout of the rows: codes 0..codes-1, then `end`, then the starts.

    Attributes:
        codes: size of the codebook.
        max_tokens: longest motion of one window, in tokens.
    """

    codes: int = 512
    max_tokens: int = 50

    @property
    def end(self) -> int:
        """Row of </motion>."""
        return self.codes

    @property
    def outputs(self) -> int:
        """How many rows the head scores: every code and the end."""
        return self.codes + 1

    @property
    def rows(self) -> int:
        """How many input rows there are."""
        return self.codes + 2 + self.max_tokens

    def start(self, length: int | None = None) -> int:
        """Row of <motion>, of a known length in tokens or (None) of an open one."""
        if length is None:
            return self.codes + 1
        if not 1 <= length <= self.max_tokens:
            raise ValueError(f"a window holds 1 to {self.max_tokens} tokens, not {length}")
        return self.codes + 1 + length
