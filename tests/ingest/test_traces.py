"""The scan that proves an erasure finds what is there, wherever it stands, and nothing else."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.traces import Traces, scan_home, text_traces, vector_traces

SENTENCE = "The secret share of this company is 77 percent."


def scan(folder: Path, *texts: str) -> tuple[str, ...]:
    return scan_home(folder, Traces(texts=text_traces(texts, ""), vectors=frozenset())).found


@pytest.mark.parametrize("before", range(9))
def test_a_text_is_found_at_any_offset_of_any_file(tmp_path: Path, before: int) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "file.bin").write_bytes(b"x" * before + SENTENCE.encode() + b"y")
    (tmp_path / "other.bin").write_bytes(b"The secret share of another thing.")
    assert scan(tmp_path, SENTENCE) == ("deep/file.bin",)


def test_a_text_across_two_pieces_of_a_large_file_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.traces._CHUNK", 64)
    (tmp_path / "file").write_bytes(b"x" * 50 + SENTENCE.encode() + b"x" * 50)
    assert scan(tmp_path, SENTENCE) == ("file",)


def test_a_text_with_quotes_is_found_in_json(tmp_path: Path) -> None:
    (tmp_path / "file.json").write_text('{"text": "He said \\"no\\" to the secret share of this company."}')
    assert scan(tmp_path, 'He said "no" to the secret share of this company.') == ("file.json",)


def test_what_others_say_too_and_short_words_are_no_traces() -> None:
    assert text_traces([SENTENCE, "PTU"], f"Elsewhere: {SENTENCE}") == frozenset()


@pytest.mark.parametrize("kind", [np.float32, np.float16])
def test_a_vector_is_found_among_others(tmp_path: Path, kind: type) -> None:
    rows = np.random.default_rng(5).normal(size=(50, 32)).astype(np.float32)
    np.save(tmp_path / "vectors.npy", rows.astype(kind))
    (tmp_path / "database").write_bytes(b"abc" + rows[:20].astype(kind).tobytes())
    traces = Traces(texts=frozenset(), vectors=vector_traces(rows[30:31]))
    assert scan_home(tmp_path, traces).found == ("vectors.npy",)


def test_zeros_are_no_vector() -> None:
    assert vector_traces(np.zeros((2, 8), dtype=np.float32)) == frozenset()


def test_the_scan_counts_what_it_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    (tmp_path / "b").write_bytes(b"")
    result = scan_home(tmp_path, Traces(texts=frozenset({b"something else"}), vectors=frozenset()))
    assert (result.files, result.bytes, result.texts, result.found) == (2, 5, 1, ())


@given(st.binary(max_size=300), st.integers(0, 200))
def test_a_scan_finds_exactly_what_searching_finds(data: bytes, at: int) -> None:
    trace = data[at : at + 12]
    if len(trace) < 8:
        return
    from tempfile import TemporaryDirectory  # noqa: PLC0415  a fixture's folder would be shared by all examples

    with TemporaryDirectory() as folder:
        (Path(folder) / "file").write_bytes(data)
        for wanted in (trace, trace + b"\x01"):
            found = scan_home(Path(folder), Traces(texts=frozenset({wanted}), vectors=frozenset())).found
            assert bool(found) == (wanted in data)
