import os
from pathlib import Path

import pytest

from kb.errors import BusyError, GenerationError
from kb.home import Home, write_durably

FIRST, SECOND = "g000001-0a1b2c3d", "g000002-0a1b2c3d"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Two generations, the first one live."""
    home = Home(tmp_path / "home")
    for name in (FIRST, SECOND, "lost+found", "g1-x"):
        (home.generations / name).mkdir(parents=True)
    home.point_to(FIRST)
    return home


def test_looking_at_a_home_creates_nothing(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    assert home.generation_ids() == []
    assert home.next_number() == 1
    with pytest.raises(GenerationError, match="nothing has been ingested yet; run `kb ingest`"):
        home.live_id()
    assert not home.path.exists()


def test_only_generations_are_listed_oldest_first(home: Home) -> None:
    assert home.generation_ids() == [FIRST, SECOND]
    assert home.next_number() == 3
    assert home.live_id() == FIRST


def test_the_pointer_moves_in_one_step_and_leaves_no_other_file(home: Home) -> None:
    home.point_to(SECOND)
    assert home.live_id() == SECOND
    assert sorted(path.name for path in home.path.iterdir()) == ["generations", "live"]


def test_the_pointer_cannot_name_what_is_not_there(home: Home) -> None:
    with pytest.raises(
        GenerationError, match=rf"there is no generation 'g000009-00000000' .* on disk: {FIRST}, {SECOND}"
    ):
        home.point_to("g000009-00000000")
    for name in ("../home", "", ".", "lost+found"):
        with pytest.raises(GenerationError):
            home.folder(name)
    assert home.live_id() == FIRST


def test_a_pointer_that_is_a_folder_is_told(home: Home) -> None:
    home.pointer.unlink()
    home.pointer.mkdir()
    with pytest.raises(GenerationError, match=r"live: can't be read \(Is a directory\)"):
        home.live_id()


def test_bytes_in_the_pointer_are_not_shown(home: Home) -> None:
    home.pointer.write_bytes(b"\x1b[2J" * 100)
    with pytest.raises(GenerationError, match=r"points to 'unreadable bytes'.*on disk: g000001") as refused:
        home.live_id()
    assert "\x1b" not in str(refused.value)


def test_a_writer_keeps_others_out_until_it_ends(home: Home) -> None:
    with home.writing(), pytest.raises(BusyError, match="another ingest, rollback or erase is running"), home.writing():
        pass
    with home.writing():
        pass


def test_a_home_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(GenerationError, match=r"file/home: can't be written \(.*\); choose another --home"),
        Home(tmp_path / "file" / "home").writing(),
    ):
        pass


def test_a_durable_write_that_fails_leaves_the_old_content(home: Home) -> None:
    (home.path / f".live.{os.getpid()}").mkdir()
    with pytest.raises(OSError, match="directory"):
        write_durably(home.pointer, b"new")
    assert home.live_id() == FIRST


def test_a_generation_taken_in_is_unfinished_until_it_is_pointed_to(home: Home) -> None:
    for name in ("g000003-0a1b2c3d", "g000004-0a1b2c3d"):
        (home.staging / name).mkdir(parents=True)
        home.take_in(home.staging / name)
        assert name in home.generation_ids()
        if name.startswith("g000003"):
            home.point_to(name)
    home.sweep()
    assert home.generation_ids() == [FIRST, SECOND, "g000003-0a1b2c3d"]
    assert not home.staging.exists()


def test_a_garbled_note_of_what_is_unfinished_removes_nothing(home: Home) -> None:
    for note in (b"", b"\xff", b"../generations", b"g000009-00000000", SECOND.encode() + b"/.."):
        (home.path / "unfinished").write_bytes(note)
        home.sweep()
    assert home.generation_ids() == [FIRST, SECOND]
    assert not (home.path / "unfinished").exists()
