"""Parts of a web page that are not its article: navigation, calls to action, author boxes, cookie text, repeated headings.

Works on blocks: paragraphs, headings or list items as they follow each other. Only whole blocks are judged, and only
short ones, so that a sentence of the article that mentions a contact or a subscription stays.
"""

import re
from collections.abc import Mapping, Sequence

REPEATED = "title or heading repeated by the layout"
NAVIGATION = "navigation"
RELATED = "links to other articles"
ACTION = "call to action"
AUTHOR = "author box"
COOKIES = "cookie notice"
CAPTION = "picture caption"
_LONGEST = 420  # characters of a block that can be judged by a phrase
_LONGEST_TAIL_BLOCK = 200
_TAIL = 0.25  # of the text: what follows the links to other articles is theirs only so near the end

# Whole blocks, case and marks at the ends aside.
_WHOLE = {
    NAVIGATION: (
        r"(table of contents|contents|on this page|in this article|jump to( section)?|skip to (main )?content|menu|home|"
        r"back to top|search|share( this( (post|article|page))?)?( on \w+)?|share:?|tweet|print( this page)?|previous( post| article)?|"
        r"next( post| article)?|all rights reserved|leave a (comment|reply)|\d+ comments?|tags?|categories|"
        r"tabla de contenidos?|[ií]ndice( de contenidos?)?|en este art[ií]culo|contenido|ir al contenido( principal)?|men[uú]|inicio|"
        r"volver arriba|buscar|compartir( en \w+)?|compartir:?|imprimir|anterior|siguiente|deja un comentario|etiquetas|categor[ií]as)"
    ),
    RELATED: (
        r"(you (may|might) also (like|enjoy|be interested in)|related (posts?|articles?|content|reading|resources|links)|"
        r"read (more|next|also)|more (articles|posts|stories|from [\w ]+)|recent posts|popular posts|further reading from our blog|"
        r"recommended( for you| reading| articles)?|(t[ae] )?(tambi[eé]n )?(te )?(puede|podr[ií]a) (tambi[eé]n )?(gustar(te)?|interesar(te)?)|"
        r"art[ií]culos relacionados|entradas (relacionadas|recientes)|contenido relacionado|notas relacionadas|leer m[aá]s|lee tambi[eé]n|"
        r"recomendados?( para ti)?)"
    ),
    ACTION: (
        r"(let.?s (get in touch|talk|connect)|get in touch|contact us( today| now)?|get started( today| now)?|request a (quote|demo|call)|"
        r"(book|schedule) (a|your) (\w+ )?(demo|call|meeting|consultation)|get a (free )?(quote|demo)|learn more|sign up( now| today)?|"
        r"subscribe( now| today)?|join our newsletter|download( now)?|click here|start (your )?free trial|meet (with )?our experts?( today| now)?|"
        r"talk to (an expert|sales|us)|scan the code|(ponte en|entra en) contacto( con nosotros)?|cont[aá]ct(anos|enos)( hoy| ahora)?|"
        r"hablemos|solicit[ae] (una |tu |su )?(cotizaci[oó]n|demostraci[oó]n|demo|llamada)|agend[ae] (una |tu |su )?(cita|llamada|demo)|"
        r"suscr[ií]b(ete|ase)( ahora)?|desc[aá]rg(alo|uelo|ar)|haz clic aqu[ií]|escane[ae] el c[oó]digo( qr)?|reg[ií]str(ate|ese)( ahora)?)"
    ),
    COOKIES: r"(accept( all)?( cookies)?|reject all|cookie (settings|policy|preferences)|(aceptar|rechazar)( todas)?( las cookies)?|pol[ií]tica de cookies)",
    CAPTION: (
        r"(.{3,160} [-–] (featured image|imagen destacada)|(image|photo|imagen|foto|fotograf[ií]a) ?(credit|source|cr[eé]dito|por|by)s?: .{3,120}|"
        r"getty images|shutterstock)"
    ),
}  # fmt: skip
# Anywhere in a short block.
_WITHIN = {
    ACTION: (
        r"(?i:\b(let.?s connect and|get in touch (to|with us)|contact us (today|now|for|to)|reach out to (us|our team)|"
        r"if you have (any )?questions,? (we will|we.?ll|our team|contact|please)|(book|schedule) (a|your) (\w+ )?(demo|call|consultation)|"
        r"subscribe to our|sign up for our|join our newsletter|download our|request (a|your) (free )?(quote|demo)|meet with our experts|"
        r"click here to|our experts? (can|will) help|cont[aá]ct(anos|enos) (hoy|ahora|para)|si tienes? (alguna )?(dudas?|preguntas?),? (te|le|cont)|"
        r"ponte en contacto con|suscr[ií]b(ete|ase) a nuestr|solicit[ae] (una|tu|su) (cotizaci[oó]n|demo)|agend[ae] (una|tu|su) (cita|llamada|demo)|"
        r"desc[aá]rg(a|ue) nuestr|nuestros expertos (pueden|te)))"
        r"|^\W*(At|En) [A-ZÁÉÍÓÚÑ][\w&.]*( [A-ZÁÉÍÓÚÑ][\w&.]*){0,3}, (we|our|nosotros|nuestr\w+|\w+mos)\b.*\b(so (that )?your?|para que (t[uú]|su))\b"
    ),
    COOKIES: (
        r"\b((this|our|the) (web)?site uses cookies|we use cookies|uses? cookies to|by continuing to (use|browse)|accept all cookies|"
        r"(este|nuestro) sitio( web)? (usa|utiliza) cookies|utilizamos cookies|usamos cookies|al continuar navegando)"
    ),
    NAVIGATION: r"(^\W*(©|copyright|\(c\)) ?.{0,60}\d{4}|\ball rights reserved\b|\btodos los derechos reservados\b|(\S+ [>›»] ){2,}\S+|^(\w[\w ]{0,24} [|•·] ){2,}\w[\w ]{0,24}$)",
    RELATED: r"^\W*(external resource|read (also|more|next)|see also our|related|recurso externo|lee tambi[eé]n|lea tambi[eé]n|m[aá]s informaci[oó]n en nuestro blog)\s?:",
    AUTHOR: (
        r"^\W*(picture of|photo of|about the author|written by|posted by|published by|reviewed by [A-Z]|foto de|sobre (el|la) autora?|acerca (del|de la) autora?|"
        r"escrito por|publicado por)\b"
    ),
}  # fmt: skip
_WHOLE_BLOCK = {reason: re.compile(rf"\W*{pattern}\W*", re.IGNORECASE) for reason, pattern in _WHOLE.items()}
_IN_BLOCK = {  # a call to action is also known by the capitals of the firm's name
    reason: re.compile(pattern, 0 if reason is ACTION else re.IGNORECASE) for reason, pattern in _WITHIN.items()
}
_LEADING_NUMBER = re.compile(r"^\W*(?:\d+(?:\.\d+)*[.)]?\s+)?")
_NAME = re.compile(r"^\W*(?:picture of|photo of|foto de|written by|escrito por)\s+(?P<name>[^\n]{3,60})", re.IGNORECASE)


def find_boilerplate(blocks: Sequence[str], *, certain: bool = False) -> dict[int, str]:
    """The blocks that are not the article's, with the reason, by index in order.

    Unless it is `certain` that the blocks are a web page's, one sign is not enough: then only repeated headings are
    told. Pure.
    """
    found = {index: reason for index, block in enumerate(blocks) if (reason := _reason_of(block)) is not None}
    found.update(_author_boxes(blocks, found))
    found.update(_tail(blocks, found))
    found.update(_listed_headings(blocks, found))
    kinds = set(found.values()) | set(_repeated(blocks, {}).values())
    if not certain and len(kinds) < 2:
        found = {}
    return dict(sorted({**found, **_repeated(blocks, found)}.items()))


def is_caption(line: str) -> bool:
    """Whether a line is only a picture's caption or credit."""
    return len(line) <= _LONGEST and bool(_WHOLE_BLOCK[CAPTION].fullmatch(line.strip()))


def _reason_of(block: str) -> str | None:
    if len(block) > _LONGEST:
        return None
    text = block.strip()
    whole = (reason for reason, pattern in _WHOLE_BLOCK.items() if pattern.fullmatch(text))
    within = (reason for reason, pattern in _IN_BLOCK.items() if pattern.search(text))
    return next(whole, None) or next(within, None)


def _folded(block: str) -> str:
    return re.sub(r"[\W_]+", " ", block).strip().casefold()


def _repeated(blocks: Sequence[str], found: Mapping[int, str]) -> dict[int, str]:
    """Headings that stand twice in a row, plain or with a caption's words after them, among the blocks not `found`."""
    repeated: dict[int, str] = {}
    last: int | None = None
    for index in (index for index in range(len(blocks)) if index not in found):
        before, block = blocks[last].strip() if last is not None else "", blocks[index].strip()
        one_line = "\n" not in before + block and 3 < len(before) <= 200
        if one_line and _folded(before) == _folded(block) and before[-1:] not in ".;,":
            repeated[index] = REPEATED
        elif one_line and re.match(re.escape(before) + r" [-–|] .{3,90}$", block, re.IGNORECASE):
            repeated[index] = CAPTION
        elif one_line and last == 0 and re.match(re.escape(block) + r" [-–|] .{3,60}$", before, re.IGNORECASE):
            repeated[0] = REPEATED  # the page's title with the site's name
            last = index
        else:
            last = index
    return repeated


def _author_boxes(blocks: Sequence[str], found: dict[int, str]) -> dict[int, str]:
    """The blocks after the first of an author box: the name alone, or what the person does."""
    # A box longer than what phrases may judge is told by the name alone.
    box = {i: AUTHOR for i, block in enumerate(blocks) if len(block) > _LONGEST and _NAME.match(block.strip())}
    for index in sorted({*box, *(i for i, reason in found.items() if reason is AUTHOR)}):
        name = _NAME.match(blocks[index].strip())
        words = _folded(name["name"]) if name else ""
        for later in range(index + 1, min(index + 4, len(blocks))):
            if words and _folded(blocks[later]).startswith(words):
                box[later] = AUTHOR
    return box


def _tail(blocks: Sequence[str], found: dict[int, str]) -> dict[int, str]:
    """Short blocks that follow the heading of the links to other articles, up to the end."""
    total = sum(map(len, blocks))
    rest, first = 0, len(blocks)
    while first > 0 and len(blocks[first - 1]) <= _LONGEST_TAIL_BLOCK and rest <= _TAIL * total:
        first -= 1
        rest += len(blocks[first])
    heading = next((i for i in range(first, len(blocks)) if found.get(i) == RELATED), len(blocks))
    return {later: RELATED for later in range(heading + 1, len(blocks)) if later not in found}


def _listed_headings(blocks: Sequence[str], found: dict[int, str]) -> dict[int, str]:
    """The entries of a table of contents: blocks right after its heading that stand again later, as headings."""
    listed: dict[int, str] = {}
    last = {_folded(_LEADING_NUMBER.sub("", block)): index for index, block in enumerate(blocks)}
    for index in (index for index, reason in found.items() if reason == NAVIGATION):
        for later in range(index + 1, len(blocks)):
            lines = [_folded(_LEADING_NUMBER.sub("", line)) for line in blocks[later].splitlines()]
            if later in listed or not lines or any(last.get(line, 0) <= later for line in lines):
                break
            listed[later] = NAVIGATION
    return listed
