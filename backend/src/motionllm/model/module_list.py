"""torch's list of modules, saying of which kind they are. torch."""

from collections.abc import Iterator
from typing import Generic, TypeVar, cast

from torch import nn

M = TypeVar("M", bound=nn.Module)


class ModuleList(nn.ModuleList, Generic[M]):
    """A torch.nn.ModuleList of one kind: the same names in checkpoints, known types inside."""

    def __iter__(self) -> Iterator[M]:
        return cast("Iterator[M]", super().__iter__())
