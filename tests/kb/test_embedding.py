"""Where embedding models come from, and what is said when they can't be had."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from kb.errors import ModelError
from kb.models import shipped_model
from kb.models.embedding import default_model_folder, embedder_on_demand, load_embedder
from kb.settings import load_settings


@pytest.fixture(scope="module")
def folder() -> Path:
    """The unpacked weights that come with the installation."""
    settings = load_settings({})
    load_embedder(settings)
    return default_model_folder(settings)


def test_sentence_transformers_gives_the_same_vectors_as_the_packaged_model(folder: Path) -> None:
    packaged = load_embedder(load_settings({}))
    local = load_embedder(
        load_settings(
            {
                "KB_EMBEDDING_MODEL": str(folder),
                "KB_EMBEDDING_QUERY_PREFIX": "query: ",
                "KB_EMBEDDING_PASSAGE_PREFIX": "passage: ",
            }
        )
    )
    question = "When is PTU paid?"
    texts = [question, "¿Cuándo se paga la PTU? — 30 de mayo", "registro " * 600, "ﬁn\u200b\t de línea\n"]
    assert float(packaged.embed_query(question) @ local.embed_query(question)) > 0.9999
    assert float((packaged.embed_passages(texts) * local.embed_passages(texts)).sum(axis=1).min()) > 0.9999
    assert packaged.identity != local.identity


def test_vectors_are_of_unit_length_and_in_the_order_of_the_texts(folder: Path) -> None:
    embedder = load_embedder(load_settings({}))
    texts = ["A long sentence on the renewal of a REPSE registration every three years.", "PTU", "¿Qué es un BAA?"]
    rows = embedder.embed_passages(texts)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-3)
    for row, text in zip(rows, texts, strict=True):
        assert float(row @ embedder.embed_passages([text])[0]) > 0.999


def test_a_text_longer_than_the_model_reads_does_not_fit(folder: Path) -> None:
    embedder = load_embedder(load_settings({}))
    assert embedder.fits("A short sentence.")
    assert not embedder.fits("registro " * 600)


def test_what_fits_is_known_before_the_model_is_loaded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = load_embedder(load_settings({}))
    around_the_limit = ["registro, número 15-D; " * count for count in range(40, 90)]
    expected = [loaded.fits(text) for text in around_the_limit]
    assert len(set(expected)) > 1

    def refused(*_arguments: object) -> None:
        raise AssertionError("the model was loaded")

    monkeypatch.setattr(shipped_model, "ShippedModel", refused)
    on_demand = embedder_on_demand(load_settings({}))
    assert on_demand.identity == loaded.identity
    assert [on_demand.fits(text) for text in around_the_limit] == expected
    with pytest.raises(AssertionError, match="was loaded"):
        on_demand.embed_query("PTU")


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json"])
def test_a_damaged_model_says_what_to_delete(folder: Path, tmp_path: Path, name: str) -> None:
    damaged = tmp_path / folder.name
    shutil.copytree(folder, damaged)
    size = (damaged / name).stat().st_size
    with (damaged / name).open("r+b") as file:  # of the right length, as after a disk's fault
        file.write(bytes(4096))
    assert (damaged / name).stat().st_size == size
    with pytest.raises(ModelError, match="delete that folder"):
        load_embedder(load_settings({"KB_MODEL_CACHE": str(tmp_path)}))


def test_batches_at_once_are_as_one_after_another(folder: Path) -> None:
    texts = [f"The share is paid by {day} May; " * (day % 7 + 1) for day in range(400)]
    progress: list[int] = []
    rows = load_embedder(load_settings({"KB_THREADS": "2"})).embed_passages(texts, progress.append)
    alone = load_embedder(load_settings({"KB_THREADS": "1"})).embed_passages(texts)
    assert len(progress) > 2
    assert progress[-1] == len(texts)
    assert float((rows * alone).sum(axis=1).min()) > 0.9999


def test_a_hub_name_that_cannot_be_reached_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ModelError, match="KB_EMBEDDING_MODEL"):
        load_embedder(load_settings({"KB_EMBEDDING_MODEL": "nobody/no-such-model"}))


def test_a_folder_without_a_model_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    with pytest.raises(ModelError, match="KB_EMBEDDING_MODEL"):
        load_embedder(load_settings({"KB_EMBEDDING_MODEL": str(tmp_path / "model")}))


def test_a_server_without_a_model_name_says_what_to_set() -> None:
    with pytest.raises(ModelError, match="KB_EMBEDDING_MODEL"):
        load_embedder(load_settings({"KB_EMBEDDING_URL": "http://127.0.0.1:9/v1"}))


def test_a_copy_with_other_weights_is_another_model(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy, copy_function=shutil.copy)
    (copy / "note.txt").write_text("changed")
    settings = load_settings({"KB_EMBEDDING_MODEL": str(copy)})
    assert (
        load_embedder(settings).identity != load_embedder(load_settings({"KB_EMBEDDING_MODEL": str(folder)})).identity
    )
