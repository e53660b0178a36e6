import pytest

from ingest.loaders import LoadedText, LoadError, loader_for

AKN = """<?xml version="1.0" encoding="UTF-8"?>
<akomaNtoso xmlns="http://docs.oasis-open.org/legaldocml/ns/akn/3.0"><act name="law">
<meta><identification source="#x"><FRBRWork><FRBRuri value="/mx/fed/ley/1970-04-01/lft"/></FRBRWork></identification></meta>
<body><title id="t1"><num>TITULO PRIMERO</num><heading>Principios</heading><chapter id="c1"><num>CAPITULO I</num>
<article id="a1"><num>Artículo 1o</num><paragraph><content><p>Artículo 1o.- Esta ley
rige.</p></content></paragraph></article>
<article id="a2"><num>Artículo 2.-</num><paragraph><num>I.</num><content><p>Lo primero.</p></content></paragraph>
<note><p>Artículo reformado DOF 01-05-2019</p></note></article>
</chapter></title></body></act></akomaNtoso>"""

LAW = """{"ley": "LFT", "articulos": [
 {"numero": "1o", "pagina": 1, "parrafos": [
  {"tipo": "texto", "contenido": "Son faltas:", "identificador": null},
  {"tipo": "fraccion", "contenido": "- Llegar tarde;", "identificador": "I", "referencias": ["Fracción reformada DOF 01-05-2019"]},
  {"tipo": "inciso", "contenido": "una vez", "identificador": "a)"},
  {"tipo": "texto", "contenido": "31 de 93", "identificador": null}]},
 {"numero": "2o", "pagina": 4, "parrafos": []}]}"""

RULE = """[{"part": "164", "type": "part_metadata", "part_title": "PRIVACY", "text": "SOURCE: 65 FR 1."},
 {"part": "164", "type": "section", "subpart": "C", "subpart_title": "Safeguards", "section": "§ 164.308",
  "section_title": "Administrative safeguards.", "text": "(a) First."},
 {"part": "164", "type": "section", "subpart": "C", "subpart_title": "Safeguards", "section": "§ 164.308",
  "section_title": "Administrative safeguards.", "text": "(b) Second.", "is_subchunk": true}]"""


def load(name: str, content: str) -> LoadedText:
    loader = loader_for(name)
    assert loader is not None
    return loader.load(content.encode())


def test_legal_xml_becomes_headings_and_paragraphs() -> None:
    loaded = load("lft.xml", AKN)
    assert loaded.text == (
        "LFT\n\nTITULO PRIMERO Principios\nCAPITULO I\nArtículo 1o.- Esta ley\nrige.\n\n"
        "Artículo 2.- I. Lo primero.\n\nArtículo reformado DOF 01-05-2019\n"
    )
    assert [heading.title for heading in loaded.headings] == ["LFT", "TITULO PRIMERO Principios", "CAPITULO I"]
    assert [removal.text for removal in loaded.removals] == ["Artículo 1o"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('<!DOCTYPE a [<!ENTITY b "c">]><akomaNtoso>&b;</akomaNtoso>', "document type or entities"),
        ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><akomaNtoso/>', "document type or entities"),
        ("<html><p>text</p></html>", "another vocabulary"),
        ("<akomaNtoso><act>", "not well-formed"),
        ("<akomaNtoso/>", "holds no text"),
        ("<akomaNtoso>" + "<a>" * 1_000 + "</a>" * 1_000 + "</akomaNtoso>", "nests more than"),
        ("", "not well-formed"),
    ],
)
def test_xml_that_is_no_law_is_refused(content: str, message: str) -> None:
    with pytest.raises(LoadError, match=message):
        load("a.xml", content)


def test_articles_in_json_become_text_with_pages() -> None:
    loaded = load("lft.json", LAW)
    assert loaded.text == (
        "LFT\n\nArtículo 1o.- Son faltas:\n\nI. Llegar tarde;\n\nFracción reformada DOF 01-05-2019\n\na) una vez\n\n"
        "Artículo 2o.-\n"
    )
    assert [(page.number, loaded.text[page.start : page.end][:12]) for page in loaded.pages] == [
        (1, "Artículo 1o."),
        (4, "Artículo 2o."),
    ]
    assert [(removal.text, removal.page) for removal in loaded.removals] == [("31 de 93", 1)]


def test_pieces_of_a_section_in_json_are_one_section() -> None:
    loaded = load("rule.json", RULE)
    assert [heading.title for heading in loaded.headings] == [
        "PART 164—PRIVACY",
        "Subpart C Safeguards",
        "§ 164.308 Administrative safeguards.",
    ]
    assert loaded.text.endswith("(a) First.\n\n(b) Second.\n")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{}", "another layout"),
        ('{"ley": "LFT", "articulos": 5}', "another layout"),
        ('[{"part": 1}]', "another layout"),
        ("{", "not valid JSON"),
        ('{"ley": "LFT", "articulos": [{"numero": "1", "parrafos": []}]}', "text of none"),
        ("[]", "holds no sections"),
        ("[" * 100_000, "not valid JSON|another layout"),
    ],
)
def test_json_of_another_layout_is_refused(content: str, message: str) -> None:
    with pytest.raises(LoadError, match=message):
        load("a.json", content)
