"""Draws pages of PDF files as PNG, in a process of its own, run as a script.

A damaged or hostile file can make native code crash, loop or fill the memory; here it ends only this process. Reads a
request a line, `{"file": path, "page": number from 1, "scale": pixels per point}`, and writes a line of JSON for each:
`{"error": text}`, or `{"size": bytes}` with that many bytes of PNG after it. Imports nothing of ours, to start at once.
"""

import io
import json
import resource
import sys

import pypdfium2

MEMORY = 2 << 30  # bytes of address space
MOST_PIXELS = 16_000_000  # of one picture; a page larger than that is drawn coarser
LEAST_SIDE, MOST_SIDE = 1.0, 20_000.0  # points


def main() -> None:
    """Answer until standard input ends."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    for line in sys.stdin.buffer:
        request = json.loads(line)
        try:
            picture, head = draw(request["file"], request["page"], request["scale"]), {}
        except (pypdfium2.PdfiumError, OSError, ValueError, MemoryError) as error:
            picture, head = b"", {"error": str(error) or type(error).__name__}
        sys.stdout.buffer.write(json.dumps(head or {"size": len(picture)}).encode() + b"\n" + picture)
        sys.stdout.buffer.flush()


def draw(file: str, number: int, scale: float) -> bytes:
    """A page as PNG. Raises ValueError where there is no such page, and what PDFium raises."""
    with pypdfium2.PdfDocument(file) as document:
        if not 1 <= number <= len(document):
            raise ValueError(f"the file has {len(document)} pages")
        page = document[number - 1]
        width, height = page.get_size()
        if not all(LEAST_SIDE <= side <= MOST_SIDE for side in (width, height)):
            raise ValueError(f"the page measures {width:.0f} by {height:.0f} points")
        factor = min(scale, (MOST_PIXELS / (width * height)) ** 0.5)
        picture = io.BytesIO()
        page.render(scale=factor).to_pil().save(picture, "PNG", compress_level=6)
        return picture.getvalue()


if __name__ == "__main__":
    main()
