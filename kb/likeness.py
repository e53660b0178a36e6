"""How near two texts are in meaning, on a scale that does not depend on the embedding model."""

from collections.abc import Callable

import numpy as np

from kb.generation import Generation
from kb.models.embedding import Embedder, Vectors
from kb.text.language import detect_language

Likeness = Callable[[str, str], float]
"""Of two texts, in [-1, 1]: 1 says the same, 0 is as near as any two texts of the held documents."""


def likeness_of(generation: Generation, embedder: Embedder) -> Likeness:
    """Cosines after taking off what all texts of a language share; models differ in how large that part is.

    Each text is embedded once. Raises ModelError where a server's embeddings can't be had.
    """
    known: dict[str, Vectors] = {}

    def vector(text: str) -> Vectors:
        if text not in known:
            row = embedder.embed_passages([text])[0] - generation.means[detect_language(text)]
            known[text] = row / max(float(np.linalg.norm(row)), 1e-12)
        return known[text]

    return lambda one, other: float(vector(one) @ vector(other))
