"""Files made to do harm: each is refused with a clear message or read within bounds, and nothing else happens."""

import io
import random
import time
import zipfile
import zlib
from pathlib import Path

import docx
import pytest

from ingest.loaders import LoadedText, loader_for
from ingest.loaders.loaded import LoadError
from ingest.publish import RefusedError, publish
from ingest.scan import scan_folder
from kb.records import Severity
from tests.embedders import HashingEmbedder

SECONDS = 60  # each; most take well below one
DEFAULTS = "authority: agency\njurisdiction: MX\ntopics: [labor]\n"


def load(name: str, content: bytes) -> LoadedText:
    loader = loader_for(name)
    assert loader is not None
    started = time.monotonic()
    try:
        return loader.load(content)
    finally:
        assert time.monotonic() - started < SECONDS


def refusal(name: str, content: bytes) -> str:
    with pytest.raises(LoadError) as caught:
        load(name, content)
    return str(caught.value)


def word_file(changes: dict[str, bytes]) -> bytes:
    """A sound Word file with some parts replaced or added."""
    sound, changed = io.BytesIO(), io.BytesIO()
    document = docx.Document()
    document.add_paragraph("The rule.")
    document.save(sound)
    with zipfile.ZipFile(sound) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in changes:
                new.writestr(name, old.read(name))
        for name, content in changes.items():
            new.writestr(name, content)
    return changed.getvalue()


def word_body(body: str, doctype: str = "") -> bytes:
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    xml = f'<?xml version="1.0"?>{doctype}<w:document xmlns:w="{space}"><w:body>{body}</w:body></w:document>'
    return word_file({"word/document.xml": xml.encode()})


@pytest.mark.parametrize("part", ["word/document.xml", "word/media/image1.png"])
def test_a_word_file_that_unpacks_without_end_is_refused(part: str) -> None:
    bomb = word_file({part: b" " * 250_000_000})
    assert len(bomb) < 2_000_000
    assert "unpacks to more than" in refusal("bomb.docx", bomb)


def test_a_word_file_that_lies_about_its_sizes_is_refused() -> None:
    bomb = bytearray(word_file({"word/document.xml": b" " * 250_000_000}))
    place = 0
    while (place := bomb.find((250_000_000).to_bytes(4, "little"), place)) >= 0:
        bomb[place : place + 4] = (1_000).to_bytes(4, "little")
    assert "not a readable Word file" in refusal("bomb.docx", bytes(bomb))


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE d SYSTEM "http://127.0.0.1:9/evil.dtd">',
    ],
    ids=["expansion", "external", "remote"],
)
def test_entities_of_a_word_file_are_refused(doctype: str) -> None:
    assert "declares entities" in refusal("entity.docx", word_body("<w:p><w:r><w:t>&a;</w:t></w:r></w:p>", doctype))


def test_parts_that_lead_out_of_a_word_file_are_refused(tmp_path: Path) -> None:
    assert "leads out of the file" in refusal("slip.docx", word_file({"../../evil.txt": b"x"}))


@pytest.mark.parametrize("seed", range(3))
def test_a_word_file_with_one_flipped_byte_is_read_or_refused(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  nothing secret
    sound = word_file({"word/media/rule.bin": b"The rule. " * 100})
    for _ in range(60):
        damaged = bytearray(sound)
        damaged[chance.randrange(len(sound))] ^= 1 << chance.randrange(8)
        try:
            load("damaged.docx", bytes(damaged))
        except LoadError as error:
            assert str(error)  # noqa: PT017  that it loads is as good


@pytest.mark.parametrize("tag", ["w:sdt", "w:tbl", "w:ins"])
def test_a_word_file_nested_without_end_is_refused(tag: str) -> None:
    inner = f"<{tag}>" * 50_000 + f"</{tag}>" * 50_000
    assert "not a readable Word file" in refusal("deep.docx", word_body(inner))


@pytest.mark.parametrize("tag", ["div", "ul><li", "table><tr><td", "b", "blockquote"])
@pytest.mark.parametrize("depth", [300, 100_000])
def test_a_page_nested_without_end_is_refused(tag: str, depth: int) -> None:
    page = ("<p>The rule.</p>" + f"<{tag}>" * depth + "deep").encode()
    assert "deep within each other" in refusal("deep.html", page)


def test_a_page_of_very_many_elements_is_refused() -> None:
    assert "more than 400,000" in refusal("many.html", b"<p>One.</p>" + b"<br>" * 1_000_000)


def test_entities_of_a_page_bring_nothing_in() -> None:
    doctype = '<!DOCTYPE html [<!ENTITY a SYSTEM "file:///etc/passwd"><!ENTITY b "ha">]>'
    loaded = load("entity.html", f"{doctype}<html><body><p>The rule &a; &b; stays.</p></body></html>".encode())
    assert "root:" not in loaded.text
    assert "The rule" in loaded.text


def pdf(*objects: str, stream: bytes = b"") -> bytes:
    """A PDF of the given objects, numbered from 1, the first its catalogue; the last may hold a stream."""
    content = io.BytesIO()
    content.write(b"%PDF-1.7\n")
    places = []
    for number, text in enumerate(objects, 1):
        places.append(content.tell())
        content.write(f"{number} 0 obj\n{text}\n".encode())
        if stream and number == len(objects):
            content.write(b"stream\n" + stream + b"\nendstream\n")
        content.write(b"endobj\n")
    table = content.tell()
    content.write(f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode())
    content.write("".join(f"{place:010d} 00000 n \n" for place in places).encode())
    content.write(f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF".encode())
    return content.getvalue()


CATALOG = "<< /Type /Catalog /Pages 2 0 R >>"
PAGES = "<< /Type /Pages /Kids [3 0 R] /Count 1 >>"


@pytest.mark.parametrize(
    "content",
    [
        pdf(CATALOG, "<< /Type /Pages /Kids [2 0 R] /Count 3 >>"),
        pdf(CATALOG, "<< /Type /Pages /Kids [3 0 R] /Count 9 >>", "<< /Type /Pages /Kids [2 0 R] /Count 9 >>"),
        pdf(CATALOG, "<< /Type /Pages /Kids [3 0 R] /Count 2000000000 >>", "<< /Type /Page /Parent 3 0 R >>"),
        pdf(
            CATALOG,
            PAGES,
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R /Resources << /XObject << /F 4 0 R >> >> >>",
            "<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /F 4 0 R >> >> /Length 5 >>",
            stream=b"/F Do",
        ),
    ],
    ids=["own child", "two tables", "two billion pages", "form draws itself"],
)
def test_a_pdf_with_a_loop_is_refused(content: bytes) -> None:
    assert refusal("loop.pdf", content)


def test_a_pdf_whose_stream_unpacks_without_end_is_bounded() -> None:
    stream = zlib.compress(b"q " * 150_000_000, 9)
    page = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R >>"
    assert refusal(
        "bomb.pdf", pdf(CATALOG, PAGES, page, f"<< /Length {len(stream)} /Filter /FlateDecode >>", stream=stream)
    )


@pytest.mark.parametrize("name", ["long.txt", "long.md", "long.html"])
def test_a_very_long_text_is_refused(name: str) -> None:
    assert "more than the 10,000,000 allowed; split it" in refusal(name, b"The rule is long.\n" * 1_000_000)


@pytest.mark.parametrize(
    "line",
    [
        "a",
        "a ",
        " \n",
        "\n",
        "-",
        "1\n",
        "Ab",
        "$",
        "\\S$",
        "( ",
        "[",
        "a-\n",
        "Page 1\n",
        "Menu\n\n",
        "Photo of A\n\n",
    ],
)
def test_text_made_to_slow_the_cleaning_is_read_in_time(line: str) -> None:
    load("slow.txt", ("The rule.\n\n" + line * (500_000 // len(line))).encode())


@pytest.mark.parametrize("name", ["null.txt", "null.html", "null.md"])
def test_null_bytes_are_told_with_their_line(name: str) -> None:
    with pytest.raises(LoadError, match="null character") as caught:
        load(name, b"One.\nTwo \x00.\n")
    assert caught.value.line == 2


@pytest.mark.parametrize("name", ["latin.txt", "latin.html", "latin.md"])
def test_wrong_encodings_are_told_with_their_line(name: str) -> None:
    with pytest.raises(LoadError, match="not UTF-8") as caught:
        load(name, "One.\nArtículo.\n".encode("latin-1"))
    assert caught.value.line == 2


def test_a_file_of_200_mb_and_a_link_out_of_the_folder_stop_or_warn(tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    folder.mkdir()
    (tmp_path / "secret.txt").write_text("The secret.", encoding="utf-8")
    (folder / "secret.txt").symlink_to("../secret.txt")
    (folder / "a..b.txt").write_text("The rule.", encoding="utf-8")
    with (folder / "huge.txt").open("wb") as file:
        file.truncate(200_000_000)
    sources, findings = scan_folder(folder)
    assert [source.path for source in sources] == ["a..b.txt"]
    assert [(finding.path, finding.code) for finding in findings] == [
        ("huge.txt", "too-large"),
        ("secret.txt", "outside"),
    ]


def test_each_refusal_names_its_file_and_nothing_is_published(tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "_defaults.yaml").write_text(DEFAULTS, encoding="utf-8")
    (folder / "good.txt").write_text("The rule stands here.", encoding="utf-8")
    (folder / "bad.docx").write_bytes(b"hello")
    (folder / "deep.html").write_bytes(b"<div>" * 1_000 + b"x")
    (folder / "no.pdf").write_bytes(b"hello")
    with pytest.raises(RefusedError) as caught:
        publish(folder, tmp_path / "home", embedder=HashingEmbedder())
    errors = [finding.path for finding in caught.value.findings if finding.severity is Severity.ERROR]
    assert errors == ["bad.docx", "deep.html", "no.pdf"]
    assert not (tmp_path / "home" / "generations").exists()
