from collections.abc import Iterator

import pytest

from ingest import publish
from kb import KnowledgeBase
from tests.embedders import HashingEmbedder
from tests.small_corpus import write_small_corpus


@pytest.fixture(scope="session")
def small_base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    """The small corpus, published with the hashing embedder and opened."""
    place = tmp_path_factory.mktemp("small")
    publish(write_small_corpus(place / "corpus"), place / "home", embedder=HashingEmbedder())
    base = KnowledgeBase.open(place / "home", embedder=HashingEmbedder())
    yield base
    base.close()
