"""Files told apart by content, passages compared, and old generations deleted."""

from pathlib import Path

import pytest

from ingest import publish
from ingest.changes import Renamed, changes_between, held
from ingest.passage_diff import PassageChange, What, passage_changes
from ingest.read import read_document
from ingest.scan import scan_folder
from kb.errors import GenerationError
from kb.home import Home
from kb.knowledge_base import KnowledgeBase
from kb.records import Document
from tests.embedders import HashingEmbedder
from tests.ingest.writing import small_folder, write_article


def documents(folder: Path) -> dict[str, Document]:
    return {d.id: d for source in scan_folder(folder)[0] if (d := read_document(source, HashingEmbedder().fits)[0])}


def compared(before: dict[str, Document], after: dict[str, Document]) -> list[PassageChange]:
    return passage_changes(before, after, changes_between(held(before.values()), held(after.values())))


def test_each_document_stands_in_one_kind_of_change(tmp_path: Path) -> None:
    folder = small_folder(tmp_path)
    before = documents(folder)
    (folder / "share.md").rename(folder / "profit.md")
    (folder / "bonus.md").unlink()
    write_article(folder, "new.md", "# New\n\nA new rule.\n")
    changes = changes_between(held(before.values()), held(documents(folder).values()))
    assert changes.renamed == (
        Renamed(document="profit", path="profit.md", former_document="share", former_path="share.md"),
    )
    assert (changes.added, changes.removed, changes.changed) == (("new",), ("bonus",), ())
    assert changes.unchanged == ("vacation",)


def test_a_file_moved_under_its_own_id_is_renamed(tmp_path: Path) -> None:
    write_article(tmp_path, "one.md", "# One\n\nA rule.\n", more="id: one\n")
    before = documents(tmp_path)
    (tmp_path / "deep").mkdir()
    (tmp_path / "one.md").rename(tmp_path / "deep" / "one.md")
    changes = changes_between(held(before.values()), held(documents(tmp_path).values()))
    assert [(item.former_path, item.path) for item in changes.renamed] == [("one.md", "deep/one.md")]
    assert changes.unchanged == ()


def test_of_two_files_with_one_text_each_is_renamed_once(tmp_path: Path) -> None:
    for name in ("a.md", "b.md"):
        write_article(tmp_path, name, "# One\n\nA rule.\n")
    before = documents(tmp_path)
    for name in ("a", "b"):
        (tmp_path / f"{name}.md").rename(tmp_path / f"{name}2.md")
    changes = changes_between(held(before.values()), held(documents(tmp_path).values()))
    assert [(item.former_document, item.document) for item in changes.renamed] == [("a", "a2"), ("b", "b2")]


def test_only_the_passages_that_differ_are_told(tmp_path: Path) -> None:
    folder = small_folder(tmp_path)
    before = documents(folder)
    share = folder / "share.md"
    text = share.read_text(encoding="utf-8").replace("10% a year", "11% a year")
    share.write_text(text + "\n## When is it due?\n\nThe share is due in May.\n", encoding="utf-8")
    first, second = compared(before, documents(folder))
    assert (first.what, first.document, first.section) == (What.CHANGED, "share", ("How much is the share?",))
    assert "10%" in (first.before or "")
    assert "11%" in (first.after or "")
    assert (second.what, second.before) == (What.ADDED, None)


def test_passages_of_new_and_removed_files_are_all_added_or_removed(tmp_path: Path) -> None:
    found = documents(small_folder(tmp_path))
    assert {change.what for change in compared({}, found)} == {What.ADDED}
    removed = compared(found, {})
    assert {change.what for change in removed} == {What.REMOVED}
    assert len(removed) == 6


def test_white_space_and_a_new_name_change_no_passage(tmp_path: Path) -> None:
    folder = small_folder(tmp_path)
    before = documents(folder)
    share = folder / "share.md"
    share.write_text(share.read_text(encoding="utf-8").replace("The share is", "The  share is"), encoding="utf-8")
    (folder / "bonus.md").rename(folder / "extra.md")
    assert compared(before, documents(folder)) == []


def test_an_ingest_reports_what_was_renamed_and_embeds_none_of_it(tmp_path: Path) -> None:
    folder = small_folder(tmp_path / "corpus")
    publish(folder, tmp_path / "home", embedder=HashingEmbedder())
    (folder / "share.md").rename(folder / "profit.md")
    report = publish(folder, tmp_path / "home", embedder=HashingEmbedder())
    assert [item.document for item in report.renamed] == ["profit"]
    assert (report.added, report.removed, report.embedded) == ((), (), 0)


def publish_states(folder: Path, home: Path, count: int, keep: int) -> list[str]:
    ids = []
    for number in range(count):
        write_article(folder, "share.md", f"# Share\n\nThe share is {number} percent.\n")
        ids.append(publish(folder, home, embedder=HashingEmbedder(), keep=keep).generation or "")
    return ids


def test_the_stated_number_of_generations_is_kept(tmp_path: Path) -> None:
    ids = publish_states(tmp_path / "corpus", tmp_path / "home", 5, keep=3)
    assert Home(tmp_path / "home").generation_ids() == ids[2:]
    assert {path.name for path in (tmp_path / "home" / "generations").iterdir()} == set(ids[2:])


def test_the_live_one_and_its_parent_always_stay(tmp_path: Path) -> None:
    folder, home = tmp_path / "corpus", tmp_path / "home"
    ids = publish_states(folder, home, 4, keep=4)
    Home(home).point_to(ids[0])
    write_article(folder, "share.md", "# Share\n\nThe share is 99 percent.\n")
    report = publish(folder, home, embedder=HashingEmbedder(), keep=2)
    assert report.deleted == (ids[1], ids[2])
    assert Home(home).generation_ids() == [ids[0], ids[3], report.generation]


def test_the_setting_says_how_many_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KB_KEEP_GENERATIONS", "2")
    folder, home = small_folder(tmp_path / "corpus"), tmp_path / "home"
    for number in range(4):
        write_article(folder, "share.md", f"# Share\n\nThe share is {number} percent.\n")
        publish(folder, home, embedder=HashingEmbedder())
    assert len(Home(home).generation_ids()) == 2


def test_the_live_generation_can_not_be_deleted(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    live = publish(small_folder(tmp_path / "corpus"), home.path, embedder=HashingEmbedder()).generation
    assert live is not None
    with pytest.raises(GenerationError, match="is the live generation"):
        home.delete(live)


def test_a_receipt_of_a_deleted_generation_says_why_it_can_not_be_replayed(tmp_path: Path) -> None:
    folder, home = tmp_path / "corpus", tmp_path / "home"
    first = publish(small_folder(folder), home, embedder=HashingEmbedder()).generation
    base = KnowledgeBase.open(home, embedder=HashingEmbedder())
    receipt = base.ask("How much is the share?").receipt
    base.close()
    publish_states(folder, home, 3, keep=2)
    base = KnowledgeBase.open(home, embedder=HashingEmbedder())
    with pytest.raises(GenerationError, match=f"{first}.*was deleted.*ask the question again"):
        base.replay(receipt or "")
    base.close()
