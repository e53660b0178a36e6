"""The vectors of an erased document: what was embedded of it, and how it stands in the cache and in generations."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

import numpy as np

from ingest.embedding_cache import EmbeddingCache, cache_key
from ingest.traces import vector_traces
from kb.errors import GenerationError
from kb.generation import Generation, VectorSet, centred, heading_input, open_generation, passage_input, unit_input
from kb.home import Home
from kb.models.embedding import Vectors
from kb.records import Document, Language


def embedded_texts(document: Document) -> list[str]:
    """All that is embedded of a document."""
    return [
        text
        for passage in document.passages
        for text in (
            passage_input(document, passage),
            heading_input(passage),
            *(unit_input(document, passage, index) for index in range(len(passage.units))),
        )
    ]


def own_vector_traces(
    place: Home, generation_id: str, model: str, documents: Sequence[Document], others: Collection[str]
) -> frozenset[bytes]:
    """Vectors of texts that only these documents have, as the cache and one generation hold them."""
    own = [text for document in documents for text in embedded_texts(document) if text not in others]
    cached = vector_traces(*_cached(place, model, own).values())
    try:
        generation = open_generation(place, generation_id)
    except GenerationError:
        return cached  # its files are damaged; they are deleted all the same
    return cached | vector_traces(*_stored(place, generation, documents, others))


def _cached(place: Home, model: str, texts: Iterable[str]) -> dict[str, Vectors]:
    """The cached vectors of texts, of shape (1, dimension)."""
    if not place.cache.is_dir():
        return {}
    keys = {cache_key(model, text): text for text in texts}
    cache = EmbeddingCache(place.cache)
    try:
        return {keys[key]: vector[np.newaxis] for key, vector in cache.known(keys).items()}
    finally:
        cache.close()


def _stored(
    place: Home, generation: Generation, documents: Sequence[Document], others: Collection[str]
) -> list[Vectors]:
    """The rows of a generation's files that are of texts only these documents have."""
    pairs = [(document, passage) for document in documents for passage in document.passages]
    vectors, exact = generation.vectors(documents), exact_vectors(place, generation, documents)
    own = [passage_input(*pair) not in others for pair in pairs]
    headings = [heading_input(passage) not in others for _, passage in pairs]
    units = [unit_input(d, p, index) not in others for d, p in pairs for index in range(len(p.units))]
    languages = [passage.language for _, passage in pairs]
    means = np.stack([generation.means[language] for language in Language])
    return [
        vectors.passages[own],
        exact.passages[own],
        centred(exact.passages, languages, means)[own],
        generation.stored_vectors(documents)[own],
        vectors.headings[headings],
        vectors.units[units],
    ]


def exact_vectors(place: Home, generation: Generation, documents: Sequence[Document]) -> VectorSet:
    """A generation's vectors, those of passages to the last bit where the cache still has them."""
    vectors = generation.vectors(documents)
    texts = [passage_input(document, passage) for document in documents for passage in document.passages]
    cached = _cached(place, generation.manifest.model, texts)
    passages = np.concatenate([cached.get(text, vectors.passages[row : row + 1]) for row, text in enumerate(texts)])
    return replace(vectors, passages=passages)
