"""HTML: the main content of a page with its headings, lists and tables; what is around it is left out and recorded."""

import re
from collections.abc import Iterator
from typing import ClassVar

from lxml import etree, html

from ingest.clean.web import ACTION, AUTHOR, COOKIES, NAVIGATION, RELATED
from ingest.loaders.blocks import Block, Kind, table_block, write_blocks
from ingest.loaders.loaded import LIGATURES, LoadedText, LoadError, decode_text
from kb.records import Removal

_DEEPEST = 120  # elements within each other; real pages have some 40
_MOST_ELEMENTS = 400_000
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]{2,40})", re.IGNORECASE)
_NO_TEXT = frozenset("script style noscript template svg iframe object canvas video audio map head link meta".split())
_CONTROLS = "button input select textarea option dialog"
_PAGE_PARTS = {
    NAVIGATION: frozenset(f"nav header footer menu search {_CONTROLS}".split()),
    RELATED: frozenset({"aside"}),
    ACTION: frozenset({"form"}),
}
_ROLES = {
    NAVIGATION: frozenset("navigation banner contentinfo search menubar menu toolbar".split()),
    RELATED: frozenset({"complementary"}),
    COOKIES: frozenset({"dialog", "alertdialog"}),
}
# Words of class and id, split at what is no letter.
_NAMES = {
    COOKIES: re.compile(r"cookies?|consent|gdpr"),
    NAVIGATION: re.compile(
        r"nav|navbar|navigation|menu|breadcrumbs?|masthead|sidebar|footer|toc|pagination|pager|skip|share|sharing|social|tags|"
        r"comments?|search|toolbar"
    ),
    RELATED: re.compile(r"related|recommended|recommendations|popular|trending"),
    ACTION: re.compile(r"cta|newsletter|subscribe|subscription|signup|promo|promotion|advert|advertisement|ads?|popup|modal"),
    AUTHOR: re.compile(r"author|byline|bio"),
}  # fmt: skip
_LARGEST_PART = 0.4  # of the page's text: what is larger is no side matter, whatever it is called
_SMALLEST_MAIN = 0.3
_BLOCKS = frozenset(
    "address article aside blockquote body center details div dl dd dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 "
    "header hr li main nav ol p pre section summary table tbody td tfoot th thead tr ul caption hgroup html".split()
)  # fmt: skip
_HEADINGS = {f"h{level}": level for level in range(1, 7)}


class HtmlLoader:
    """Reads .html files."""

    endings: ClassVar[tuple[str, ...]] = (".html", ".htm", ".xhtml")
    paged: ClassVar[bool] = False
    sidecar: ClassVar[bool] = True

    def load(self, content: bytes) -> LoadedText:
        """The page's own text. Raises LoadError for what is no text, is nested too deeply or says nothing."""
        tree = _parse(_decode(content))
        removals: list[Removal] = []
        root = _without_page_parts(tree, removals)
        blocks = list(_blocks_of(root, 0))
        title = _title_of(tree)
        if title and not any(block.kind is Kind.HEADING and block.level == 1 for block in blocks):
            blocks.insert(0, Block(kind=Kind.HEADING, text=title, level=1))
        return write_blocks(blocks, removals, web=True)


def _decode(content: bytes) -> str:
    """UTF-8 as any text, or the encoding that the page declares."""
    try:
        return decode_text(content).translate(LIGATURES)
    except LoadError:
        declared = _CHARSET.search(content[:4096])
        if declared is None or b"\x00" in content or not content.strip():
            raise
    try:
        return content.decode(declared[1].decode("ascii")).translate(LIGATURES)
    except (LookupError, UnicodeDecodeError) as error:
        name = declared[1].decode("ascii")
        raise LoadError(f"is neither UTF-8 nor the {name} that it declares; save the page as UTF-8") from error


def _parse(text: str) -> html.HtmlElement:
    parser = html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=False)
    text = re.sub(r"\A\s*<\?xml[^>]{0,200}\?>", "", text)
    try:
        tree = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser, ensure_head_body=True)
    except (etree.ParserError, etree.XMLSyntaxError) as error:
        raise LoadError(f"not a readable HTML page ({error})") from error
    too_deep = any("depth" in entry.message.lower() for entry in parser.error_log)
    depth = 0
    for count, (event, _) in enumerate(etree.iterwalk(tree, events=("start", "end"))):
        depth += 1 if event == "start" else -1
        if depth > _DEEPEST or count > 2 * _MOST_ELEMENTS:
            too_deep = True
            break
    if too_deep:
        raise LoadError(
            f"elements stand more than {_DEEPEST} deep within each other, or there are more than {_MOST_ELEMENTS:,}: "
            "this is no page that people read; save its text alone"
        )
    return tree


def _text_of(element: html.HtmlElement) -> str:
    return " ".join("".join(_spaced(element)).split())


def _spaced(element: html.HtmlElement) -> Iterator[str]:
    """The text of an element, with a space wherever the page shows a break."""
    yield element.text or ""
    for child in element:
        apart = " " if child.tag == "br" or child.tag in _BLOCKS else ""
        yield apart
        yield from _spaced(child)
        yield apart
        yield child.tail or ""


def _title_of(tree: html.HtmlElement) -> str:
    title = tree.find("head/title")
    return re.split(r" [|·»] ", _text_of(title))[0].strip() if title is not None else ""


def _without_page_parts(tree: html.HtmlElement, removals: list[Removal]) -> html.HtmlElement:
    """The element that holds the main content, with what is not its own taken out of the tree."""
    for element in [e for e in tree.iter() if e.tag in _NO_TEXT or _is_hidden(e)]:
        if element.tag not in {"html", "body", "head"}:
            _take_out(element)
    body = tree.find("body")
    total = max(1, len(_text_of(body)))
    for element in list(body.iter()):
        if element is body or element.tag in {"main", "article"} or not _is_within(element, body):
            continue
        reason = _reason_of(element)
        text = _text_of(element) if reason else ""
        if reason is not None and len(text) < _LARGEST_PART * total:
            if text:
                removals.append(Removal(text=text, reason=reason))
            _take_out(element)
    return _main_of(body, removals)


def _is_within(element: html.HtmlElement, body: html.HtmlElement) -> bool:
    """Whether an element is still in the tree."""
    return element is body or any(ancestor is body for ancestor in element.iterancestors())


def _take_out(element: html.HtmlElement) -> None:
    if element.getparent() is not None:
        element.drop_tree()  # keeps the text that follows


def _is_hidden(element: html.HtmlElement) -> bool:
    if not isinstance(element.tag, str):
        return True  # a comment or an instruction
    style = (element.get("style") or "").replace(" ", "").lower()
    return element.get("hidden") is not None or element.get("aria-hidden") == "true" or "display:none" in style


def _reason_of(element: html.HtmlElement) -> str | None:
    """Why an element is not of the main content, by its tag, role, class and id; None where it may be."""
    in_article = any(ancestor.tag in {"article", "main"} for ancestor in element.iterancestors())
    if in_article and element.tag == "header":
        return None  # holds the title
    role = (element.get("role") or "").lower()
    for tags, values in ((_PAGE_PARTS, element.tag), (_ROLES, role)):
        reason = next((reason for reason, known in tags.items() if values in known), None)
        if reason is not None:
            return reason
    words = re.split(r"[^a-z]+", f"{element.get('class') or ''} {element.get('id') or ''}".lower())
    if element.tag in _HEADINGS or element.tag in {"p", "td", "tr", "table", "html"}:
        words = [word for word in words if word in {"cookie", "cookies", "cta"}]
    return next((reason for reason, known in _NAMES.items() if any(known.fullmatch(w) for w in words)), None)


def _main_of(body: html.HtmlElement, removals: list[Removal]) -> html.HtmlElement:
    """The main element, or the only large article, or the whole body."""
    total = max(1, len(_text_of(body)))
    candidates = body.xpath(".//main | .//*[@role='main'] | .//article[not(ancestor::article)]")
    large = [element for element in candidates if len(_text_of(element)) >= _SMALLEST_MAIN * total]
    if not large:
        return body
    main = max(large, key=lambda element: len(_text_of(element)))
    inner = [element for element in large if element is not main and any(a is main for a in element.iterancestors())]
    main = inner[0] if len(inner) == 1 and len(_text_of(inner[0])) > 0.7 * len(_text_of(main)) else main
    outside = [
        " ".join(text.split())
        for text in body.xpath(".//text()")
        if text.strip() and not any(ancestor is main for ancestor in text.getparent().iterancestors())
        and text.getparent() is not main
    ]  # fmt: skip
    if outside:
        removals.append(Removal(text="\n".join(outside), reason="outside the main content"))
    return main


def _blocks_of(element: html.HtmlElement, depth: int) -> Iterator[Block]:
    """Blocks in the order of the page. `depth` counts the lists around the element."""
    if element.tag in _HEADINGS:
        if text := _text_of(element):
            yield Block(kind=Kind.HEADING, text=text, level=_HEADINGS[element.tag])
    elif element.tag == "table" and _is_data(element):
        for caption in element.iter("caption"):
            yield from _paragraph([_text_of(caption)])
        if (table := table_block(list(_rows_of(element)))) is not None:
            yield table
    elif element.tag in {"ul", "ol"}:
        yield from _items_of(element, depth)
    elif element.tag == "pre":
        if (text := "".join(element.itertext()).strip("\n")).strip():
            yield Block(kind=Kind.PARAGRAPH, text=text)
    elif element.tag == "dl":
        yield from _definitions_of(element, depth)
    else:
        yield from _flow_of(element, depth)


def _flow_of(element: html.HtmlElement, depth: int) -> Iterator[Block]:
    """The inline text of an element as paragraphs, between the blocks within it."""
    inline: list[str] = [element.text or ""]
    for child in element:
        if child.tag in _BLOCKS or (child.find(".//*") is not None and _has_block(child)):
            yield from _paragraph(inline)
            yield from _blocks_of(child, depth)
            inline = [child.tail or ""]
        else:
            inline += ["\v" if child.tag == "br" else "".join(_inline_text(child)), child.tail or ""]
    yield from _paragraph(inline)


def _has_block(element: html.HtmlElement) -> bool:
    return any(inner.tag in _BLOCKS for inner in element.iter())


def _inline_text(element: html.HtmlElement) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        yield "\v" if child.tag == "br" else "".join(_inline_text(child))
        yield child.tail or ""


def _paragraph(inline: list[str]) -> Iterator[Block]:
    lines = (" ".join(line.split()) for line in "".join(inline).split("\v"))
    text = "\n".join(line for line in lines if line)
    if text:
        yield Block(kind=Kind.PARAGRAPH, text=text)


def _items_of(element: html.HtmlElement, depth: int) -> Iterator[Block]:
    start = element.get("start") or "1"
    number = int(start) if re.fullmatch(r"\d{1,6}", start) else 1
    for child in element:
        if child.tag != "li":
            yield from _blocks_of(child, depth)
            continue
        marker = "-" if element.tag == "ul" else f"{number}."
        number += 1
        for index, block in enumerate(_flow_of(child, depth + 1)):
            if index == 0 and block.kind is Kind.PARAGRAPH:
                text = f"{marker} " + block.text.replace("\n", " ")
                yield Block(kind=Kind.ITEM, text=text, level=depth)
            else:
                yield block


def _definitions_of(element: html.HtmlElement, depth: int) -> Iterator[Block]:
    """Each term with its definition in one paragraph."""
    term = ""
    for child in element.iter("dt", "dd"):
        if child.tag == "dt":
            if term:
                yield Block(kind=Kind.PARAGRAPH, text=term)
            term = _text_of(child)
            continue
        for block in _flow_of(child, depth):
            text = f"{term}: {block.text}" if term and block.kind is Kind.PARAGRAPH else block.text
            yield Block(kind=block.kind, text=text, level=block.level)
            term = ""
    if term:
        yield Block(kind=Kind.PARAGRAPH, text=term)


def _is_data(table: html.HtmlElement) -> bool:
    """Whether a table holds data: no other table in it, and no heading or list in its cells."""
    return table.get("role") != "presentation" and not any(
        inner is not table and inner.tag in {"table", "h1", "h2", "h3", "h4", "ul", "ol"} for inner in table.iter()
    )


def _rows_of(table: html.HtmlElement) -> Iterator[list[str]]:
    """Cells by row; a cell over several columns or rows stands in each."""
    below: dict[int, tuple[int, str]] = {}  # column: rows still to fill, text
    for row in table.iter("tr"):
        cells: list[str] = []
        pending = [(_text_of(cell), _span(cell, "colspan"), _span(cell, "rowspan")) for cell in row.iter("td", "th")]
        while pending or len(cells) in below:
            column = len(cells)
            if column in below:
                rows, text = below.pop(column)
                if rows > 1:
                    below[column] = (rows - 1, text)
                cells.append(text)
                continue
            text, across, down = pending.pop(0)
            for _ in range(across):
                if down > 1:
                    below[len(cells)] = (down - 1, text)
                cells.append(text)
        yield cells


def _span(cell: html.HtmlElement, name: str) -> int:
    value = cell.get(name) or "1"
    return min(max(int(value), 1), 50) if re.fullmatch(r"\d{1,4}", value) else 1
