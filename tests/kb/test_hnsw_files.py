"""What Chroma leaves in its files beyond the rows it was given is blanked, and only that."""

import struct
from pathlib import Path

import numpy as np
import pytest

from kb.dense_index import write_dense_index
from kb.errors import GenerationError
from kb.hnsw_files import blank_unused_rows
from tests.kb.test_generation import metadata, passages_of


def write_files(folder: Path, *, rows: int, room: int, row_bytes: int = 16, version: int = 1) -> None:
    folder.mkdir(parents=True)
    (folder / "header.bin").write_bytes(struct.pack("<iQQQQ", version, 0, room, rows, row_bytes) + bytes(64))
    (folder / "data_level0.bin").write_bytes(b"\x07" * (room * row_bytes))
    (folder / "length.bin").write_bytes(b"\x07" * (room * 4))


def test_the_rows_stay_and_the_room_after_them_is_blank(tmp_path: Path) -> None:
    write_files(tmp_path / "segment", rows=3, room=10)
    blank_unused_rows(tmp_path)
    assert (tmp_path / "segment" / "data_level0.bin").read_bytes() == b"\x07" * 48 + bytes(112)
    assert (tmp_path / "segment" / "length.bin").read_bytes() == b"\x07" * 12 + bytes(28)


def test_a_full_index_is_left_as_it_is(tmp_path: Path) -> None:
    write_files(tmp_path / "segment", rows=10, room=10)
    blank_unused_rows(tmp_path)
    assert (tmp_path / "segment" / "data_level0.bin").read_bytes() == b"\x07" * 160


def test_files_of_another_version_are_refused(tmp_path: Path) -> None:
    write_files(tmp_path / "segment", rows=3, room=10, version=2)
    with pytest.raises(GenerationError, match="HNSW files of version 2"):
        blank_unused_rows(tmp_path)


def test_files_shorter_than_their_header_says_are_refused(tmp_path: Path) -> None:
    write_files(tmp_path / "segment", rows=11, room=10)
    with pytest.raises(GenerationError, match="has 160 bytes, its header tells of 176"):
        blank_unused_rows(tmp_path)


@pytest.mark.parametrize("rows", [20, 1_200])
def test_an_index_that_was_written_has_nothing_behind_its_rows(tmp_path: Path, rows: int) -> None:
    vectors = np.random.default_rng(0).normal(size=(rows, 64)).astype(np.float32)
    write_dense_index(tmp_path / "dense", passages_of(rows), {f"d{n}": metadata() for n in range(rows)}, vectors)
    (header,) = (tmp_path / "dense").rglob("header.bin")
    _, _, room, held, row_bytes = struct.unpack_from("<iQQQQ", header.read_bytes())
    assert row_bytes > 64 * 4
    assert held <= rows <= room
    behind = header.with_name("data_level0.bin").read_bytes()[held * row_bytes :]
    assert not any(behind)
