"""Small changes to the last layers of an embedding model, each the product of two narrow matrices (Hu et al. 2021, LoRA)."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Factors = tuple[NDArray[np.float32], NDArray[np.float32]]
"""Of shapes (inputs, rank) and (rank, outputs)."""
_IN_FILES = "layer."  # before the names of changes to layers in a file


@dataclass(frozen=True, kw_only=True)
class LayerChanges:
    """What is added to the weights of linear layers, by "8.widening" for that of layer 8 (`bert_forward.LINEAR_PARTS`)."""

    factors: Mapping[str, Factors]

    @cached_property
    def layers(self) -> range:
        """The numbers of the changed layers; they are the model's last ones."""
        numbers = {int(name.split(".")[0]) for name in self.factors}
        return range(min(numbers, default=0), max(numbers, default=-1) + 1)

    def change(self, name: str) -> NDArray[np.float32]:
        """What is added to one layer's weights: shape (outputs, inputs)."""
        inward, outward = self.factors[name]
        change: NDArray[np.float32] = np.ascontiguousarray((inward @ outward).T)
        return change


def named_arrays(changes: LayerChanges) -> dict[str, NDArray[np.float32]]:
    """The factors by the names under which files hold them."""
    return {
        f"{_IN_FILES}{name}.{side}": array
        for name, both in changes.factors.items()
        for side, array in zip(("inward", "outward"), both, strict=True)
    }


def changes_in(arrays: Mapping[str, NDArray[np.float32]]) -> LayerChanges:
    """Those whose factors `named_arrays` named, among other arrays of a file."""
    names = sorted({name.removeprefix(_IN_FILES).rpartition(".")[0] for name in arrays if name.startswith(_IN_FILES)})
    return LayerChanges(
        factors={name: (arrays[f"{_IN_FILES}{name}.inward"], arrays[f"{_IN_FILES}{name}.outward"]) for name in names}
    )
