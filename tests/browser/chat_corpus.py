"""Short articles on invented rules in both languages, one of them hostile, for tests of the chat page."""

from pathlib import Path

from tests.small_corpus import write_small_corpus

_FRONT = "---\nid: {id}\ntitle: {title}\ntopics: [{topic}]\nlanguage: {language}\n---\n"
HOSTILE = "<img src=x onerror=\"document.title='taken'\"> <script>alert(1)</script> \u202etxet\u202c ${7*7}"
LONG_WORD = "W" * 400

ARTICLES = {
    "ptu/reparto.es.md": _FRONT.format(id="reparto", title="Reparto de utilidades (PTU)", topic="ptu", language="es")
    + """# Reparto de utilidades (PTU)

## ¿Qué porcentaje de utilidades reciben los trabajadores?

Los trabajadores reciben el 10% de la renta gravable de su patrón como reparto de utilidades (PTU) (LFT art. 120).
Sin embargo, una empresa nueva no reparte utilidades en su primer año (LFT art. 126 fr. I).

## ¿Cuándo se paga el reparto de utilidades?

La empresa debe pagar el reparto de utilidades (PTU) a más tardar el 30 de mayo de cada año (LFT art. 122).
""",
    "vendor-selection/hostile.md": _FRONT.format(
        id="hostile", title="'Badges <b>of</b> visitors'", topic="vendor-selection", language="en"
    )
    + f"""# Badges of visitors

## What must a visitor badge show?

A visitor badge of a vendor must show {HOSTILE} and [a link](javascript:alert(2)) and {LONG_WORD}.
""",
}


def write_chat_corpus(folder: Path) -> Path:
    """The small corpus and these articles; returns the folder."""
    write_small_corpus(folder)
    for name, text in ARTICLES.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder
