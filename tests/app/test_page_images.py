"""Pictures of pages: what is drawn, what is kept, and what a damaged file or a crowd can't do."""

import asyncio
import sys
from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from app.page_images import DrawingBusyError, PageImages, PageNotFoundError
from tests.app.printed import write_pdf


@pytest.fixture
def pdf(tmp_path: Path) -> Path:
    return named_by_content(write_pdf(tmp_path / "fees.pdf"))


@pytest.fixture
def images() -> Iterator[PageImages]:
    pictures = PageImages()
    yield pictures
    pictures.close()


def named_by_content(file: Path) -> Path:
    return file.rename(file.with_name(f"{sha256(file.read_bytes()).hexdigest()}.pdf"))


def drawn(images: PageImages, file: Path, number: int = 1, scale: int = 1) -> bytes:
    return asyncio.run(images.png(file, number, scale))


def test_a_page_is_drawn_at_the_size_asked_for(images: PageImages, pdf: Path) -> None:
    for scale in (1, 2):
        picture = Image.open(BytesIO(drawn(images, pdf, scale=scale)))
        assert (picture.format, picture.size) == ("PNG", (612 * scale, 792 * scale))


def test_the_line_is_where_its_box_is(images: PageImages, pdf: Path) -> None:
    picture = Image.open(BytesIO(drawn(images, pdf))).convert("L")
    assert min(picture.crop((72, 100, 372, 116)).tobytes()) < 100  # ink
    assert min(picture.crop((72, 120, 372, 134)).tobytes()) > 200  # between the lines


def test_a_picture_is_drawn_once(images: PageImages, pdf: Path) -> None:
    first = drawn(images, pdf)
    pdf.unlink()
    assert drawn(images, pdf) == first


def test_no_more_is_kept_than_was_agreed(pdf: Path) -> None:
    images = PageImages(most_kept=1)
    try:
        drawn(images, pdf)
        pdf.unlink()
        with pytest.raises(PageNotFoundError):
            drawn(images, pdf)
    finally:
        images.close()


@pytest.mark.parametrize("number", [0, 3, -1])
def test_a_page_that_is_not_there_is_said(images: PageImages, pdf: Path, number: int) -> None:
    with pytest.raises(PageNotFoundError, match="2 pages"):
        drawn(images, pdf, number)


def test_after_a_broken_file_the_next_one_is_drawn(images: PageImages, pdf: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7 nothing of the kind")
    with pytest.raises(PageNotFoundError, match="can't be drawn"):
        drawn(images, tmp_path / "broken.pdf")
    assert drawn(images, pdf)


@pytest.mark.parametrize("script", ["import os; os.abort()", "import time; input(); time.sleep(60)"])
def test_a_process_that_crashes_or_hangs_is_an_error_and_is_ended(pdf: Path, script: str) -> None:
    images = PageImages(command=(sys.executable, "-c", script), most_seconds=0.5)
    try:
        for _ in range(2):
            with pytest.raises(PageNotFoundError, match="damaged"):
                drawn(images, pdf)
    finally:
        images.close()


def test_a_crowd_is_told_to_wait(pdf: Path) -> None:
    images = PageImages(
        command=(sys.executable, "-c", "import time; input(); time.sleep(60)"), most_waiting=2, most_seconds=1
    )

    async def crowd() -> list[object]:
        return await asyncio.gather(*(images.png(pdf, number, 1) for number in range(1, 6)), return_exceptions=True)

    try:
        assert sum(isinstance(one, DrawingBusyError) for one in asyncio.run(crowd())) == 3
        with pytest.raises(PageNotFoundError):  # there is room again
            drawn(images, pdf)
    finally:
        images.close()
