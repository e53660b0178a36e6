"""Front matter, by the contract: every fault of every file, as `path:line: field: message`."""

from datetime import date
from pathlib import Path

import pytest

from ingest import publish
from ingest.publish import RefusedError
from ingest.read import read_document
from ingest.scan import scan_folder
from ingest.yaml_fields import LONGEST_YAML
from kb.records import Authority, Document, Jurisdiction, Language, Topic
from tests.embedders import HashingEmbedder

SOUND = "authority: agency\njurisdiction: US\ntopics: [hipaa]\n"
TEXT = "# A title\n\nA sentence stands here.\n"


def read(folder: Path) -> tuple[dict[str, Document], list[str]]:
    """The documents by path, and all findings as they are shown."""
    sources, findings = scan_folder(folder)
    read = [read_document(source, HashingEmbedder().fits) for source in sources]
    shown = [str(finding) for finding in [*findings, *(finding for _, faults in read for finding in faults)]]
    return {document.path: document for document, _ in read if document}, list(dict.fromkeys(shown))


def article(folder: Path, name: str, yaml: str, text: str = TEXT) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"---\n{yaml}---\n{text}", encoding="utf-8")
    return path


def faults_of(folder: Path, yaml: str) -> list[str]:
    article(folder, "a.md", yaml)
    documents, findings = read(folder)
    assert not documents
    return findings


def sound(folder: Path, yaml: str, text: str = TEXT) -> Document:
    article(folder, "a.md", yaml, text)
    documents, findings = read(folder)
    assert findings == []
    return documents["a.md"]


def test_every_key_of_the_contract_is_kept(tmp_path: Path) -> None:
    metadata = sound(
        tmp_path,
        """id: ptu-basics
title: PTU profit sharing
authority: internal
jurisdiction: MX
topics: [ptu, labor]
language: es
source: LFT arts. 117-131
source_url: https://example.org/lft#art-117
effective_from: 2021-04-24
effective_to: null
reviewed: 2026-11-01
review_by: "2027-05-01"
supersedes: [ptu-basics-2023]
""",
    ).metadata
    assert (metadata.id, metadata.title, metadata.source) == ("ptu-basics", "PTU profit sharing", "LFT arts. 117-131")
    assert (metadata.authority, metadata.jurisdiction) == (Authority.INTERNAL, Jurisdiction.MX)
    assert (metadata.topics, metadata.language) == ((Topic.PTU, Topic.LABOR), Language.ES)
    assert metadata.source_url == "https://example.org/lft#art-117"
    assert (metadata.effective_from, metadata.effective_to) == (date(2021, 4, 24), None)
    assert (metadata.reviewed, metadata.review_by) == (date(2026, 11, 1), date(2027, 5, 1))
    assert metadata.supersedes == ("ptu-basics-2023",)


def test_what_is_left_out_is_derived(tmp_path: Path) -> None:
    article(tmp_path, "labor/Año nuevo.es.md", SOUND, "# El aguinaldo\n\nEl aguinaldo se paga en diciembre.\n")
    article(tmp_path, "labor/plain.md", SOUND, "A sentence without any heading.\n")
    documents, _ = read(tmp_path)
    first = documents["labor/Año nuevo.es.md"].metadata
    assert (first.id, first.title, first.language) == ("labor-Año nuevo.es", "El aguinaldo", Language.ES)
    assert documents["labor/plain.md"].metadata.title == "plain"


def test_optional_keys_may_be_null(tmp_path: Path) -> None:
    nulls = "".join(f"{key}: null\n" for key in ("id", "title", "language", "source", "reviewed", "supersedes"))
    assert sound(tmp_path, SOUND + nulls).id == "a"


@pytest.mark.parametrize(
    ("yaml", "expected"),
    [
        ("jurisdiction: US\ntopics: [hipaa]\n", "a.md:1: authority: required but missing"),
        ("authority: agency\ntopics: [hipaa]\n", "a.md:1: jurisdiction: required but missing"),
        ("authority: agency\njurisdiction: US\n", "a.md:1: topics: required but missing"),
        (SOUND + "autority: statute\n", "a.md:5: autority: unknown key; known are id, title"),
        (SOUND.replace("agency", "blog"), "a.md:2: authority: input should be 'statute', 'regulation'"),
        (SOUND.replace("US", "FR"), "a.md:3: jurisdiction: input should be 'US' or 'MX' (found 'FR')"),
        (SOUND.replace("US", "no"), "a.md:3: jurisdiction: input should be 'US' or 'MX' (found False)"),
        (SOUND.replace("[hipaa]", "hipaa"), "a.md:4: topics: input should be a list in brackets"),
        (SOUND.replace("[hipaa]", "[]"), "a.md:4: topics: must name at least one topic, such as [ptu]"),
        (SOUND.replace("hipaa", "cooking"), "a.md:4: topics.0: input should be 'hipaa', 'privacy'"),
        (SOUND.replace("[hipaa]", "[hipaa, cooking]"), "a.md:4: topics.1: input should be 'hipaa', 'privacy'"),
        (SOUND.replace("[hipaa]", ""), "a.md:4: topics: input should be a list in brackets"),
        (SOUND + "language: fr\n", "a.md:5: language: input should be 'en' or 'es'"),
        (SOUND + "title: 2026\n", "a.md:5: title: input should be a valid string (found 2026)"),
        (SOUND + "title: true\n", "a.md:5: title: input should be a valid string (found True)"),
        (SOUND + "title: [a, b]\n", "a.md:5: title: input should be a valid string"),
        (SOUND + "title: ' '\n", "a.md:5: title: "),
        (SOUND + "id: 7\n", "a.md:5: id: must be a text of at most"),
        (SOUND + "id: a/b\n", "a.md:5: id: must be a text of at most"),
        (SOUND + 'id: "a\\nb"\n', "a.md:5: id: must be a text of at most"),
        (SOUND + "id: ''\n", "a.md:5: id: must be a text of at most"),
        (SOUND + "id: '.'\n", "a.md:5: id: must be a text of at most"),
        (SOUND + "id: '..'\n", "a.md:5: id: must be a text of at most"),
        (SOUND + 'title: "One\\nb.md:1: forged"\n', "a.md:5: title: must be one line without control characters"),
        (SOUND + 'title: "\\e[31mOne"\n', "a.md:5: title: must be one line without control characters"),
        (SOUND + 'source: "\\0"\n', "a.md:5: source: must be one line without control characters"),
        (SOUND + 'source: "One\\LTwo"\n', "a.md:5: source: must be one line without control characters"),
        (SOUND + 'source_url: "https://a.org/\\e[0m"\n', "a.md:5: source_url: must be one line without control"),
        (SOUND + '"\\uD800": 1\n', "a.md:5: \\ud800: is no key: it holds a character"),
        (SOUND + '"a\\nb": 1\n', "a.md:5: a\\nb: is no key: it holds a character"),
        (SOUND + "title: !!bool x\n", "a.md:5: title: can't be read: 'x'"),
        (SOUND + "title: !!int ''\n", "a.md:5: title: can't be read: string index out of range"),
        (SOUND + "reviewed: !!timestamp x\n", "a.md:5: reviewed: can't be read: "),
        (SOUND + "source_url: www.example.org\n", "a.md:5: source_url: "),
        (SOUND + "reviewed: soon\n", "a.md:5: reviewed: must be a date such as 2026-11-01 (found 'soon')"),
        (SOUND + "reviewed: 01/11/2026\n", "a.md:5: reviewed: must be a date such as 2026-11-01"),
        (SOUND + "reviewed: 2026-11-01T10:00:00\n", "a.md:5: reviewed: must be a date such as 2026-11-01"),
        (SOUND + "reviewed: 20261101\n", "a.md:5: reviewed: must be a date such as 2026-11-01"),
        (SOUND + "reviewed: 2026-02-31\n", "a.md:5: reviewed: can't be read: day is out of range"),
        (SOUND + "reviewed: '2026-02-31'\n", "a.md:5: reviewed: day is out of range"),
        (SOUND + "supersedes: old\n", "a.md:5: supersedes: input should be a list in brackets"),
        (SOUND + "supersedes: [a, 5]\n", "a.md:5: supersedes.1: must be a text of at most"),
        (SOUND.replace("agency", "internal"), "a.md:1: reviewed: required for authority internal"),
        (SOUND.replace("agency", "internal") + "reviewed: null\n", "a.md:5: reviewed: required for authority internal"),
        (
            SOUND + "effective_from: 2026-01-01\neffective_to: '2026-01-01'\n",
            "a.md:6: effective_to: must be after effective_from (2026-01-01)",
        ),
        (SOUND + "title: One\ntitle: Two\n", "a.md:6: title: stands twice; keep one"),
    ],
)
def test_a_fault_is_told_with_its_place(tmp_path: Path, yaml: str, expected: str) -> None:
    findings = faults_of(tmp_path, yaml)
    assert len(findings) == 1
    assert findings[0].startswith(expected)


@pytest.mark.parametrize(
    ("yaml", "expected"),
    [
        ("title: a: b\n", "a.md:2: front matter: not valid YAML"),
        ("title: [a\njurisdiction: US\n", "a.md:3: front matter: not valid YAML"),
        ("- a\n- b\n", "a.md:2: front matter: must be a list of `key: value` lines"),
        ("just words\n", "a.md:2: front matter: must be a list of `key: value` lines"),
        ("title: !!python/object/apply:os.system [ls]\n", "a.md:2: title: not valid YAML"),
        ("title: a\x07b\n", "a.md:2: front matter: holds a character that YAML does not allow"),
        ("a: &x [1]\nb: *x\n", "a.md:2: front matter: not valid YAML: anchors and aliases"),
        ("title: " + "[" * 5_000 + "\n", "a.md:2: front matter: is nested too deeply"),
        ("title: " + "x" * LONGEST_YAML + "\n", "a.md:2: front matter: is longer than 20,000 characters"),
        ("title: " + "9" * 5_000 + "\n", "a.md:2: title: can't be read: Exceeds the limit"),
        ('title: "\\UFFFFFFFF"\n', "a.md:2: front matter: can't be read: "),
        ("topics: [tax]\n--- more\n", "a.md:3: front matter: not valid YAML: more stands below a line of ---"),
    ],
)
def test_yaml_that_cannot_be_read_is_told_with_its_place(tmp_path: Path, yaml: str, expected: str) -> None:
    assert faults_of(tmp_path, yaml)[0].startswith(expected)


def test_a_folded_text_is_one_line(tmp_path: Path) -> None:
    metadata = sound(tmp_path, SOUND + "title: >\n  One\n  line\nsource: |\n  LFT art. 1\n").metadata
    assert (metadata.title, metadata.source) == ("One line", "LFT art. 1")


def test_a_title_from_a_heading_has_no_control_characters(tmp_path: Path) -> None:
    assert sound(tmp_path, SOUND, "# One\x1b[31m title\n\nA sentence.\n").metadata.title == "One [31m title"


def test_yaml_that_cannot_be_read_is_not_also_reported_as_missing_keys(tmp_path: Path) -> None:
    assert len(faults_of(tmp_path, SOUND + "title: a: b\n")) == 1


def test_a_bomb_of_aliases_is_refused_before_it_grows(tmp_path: Path) -> None:
    layers = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 12))
    assert "anchors and aliases" in faults_of(tmp_path, "l0: &l0 [x]\n" + layers)[0]


def test_a_rule_of_dashes_in_the_text_is_text(tmp_path: Path) -> None:
    document = sound(tmp_path, SOUND, "# A title\n\nOne sentence.\n\n---\n\ntitle: not front matter\n")
    assert document.text == "# A title\n\nOne sentence.\n\n---\n\ntitle: not front matter\n"


def test_front_matter_that_is_never_closed_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(f"---\n{SOUND}\n# A title\n\nText.\n", encoding="utf-8")
    assert read(tmp_path)[1] == ["a.md:1: front matter: begins with --- but no later line of --- ends it; add one"]


def test_front_matter_must_stand_first(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(f"\n\n---\n{SOUND}---\n{TEXT}", encoding="utf-8")
    assert read(tmp_path)[1] == ["a.md:3: front matter: must begin on the first line; remove what is before it"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_line_ends_and_marks_of_other_systems_are_read(tmp_path: Path, encoding: str) -> None:
    text = f"---\r\n{SOUND}---\r\n# Título\r\n\r\nUna oración.\r\n".replace("\r\n\r\n", "\n\n").replace("\n", "\r\n")
    (tmp_path / "a.md").write_bytes(text.replace("\r\r", "\r").encode(encoding))
    documents, findings = read(tmp_path)
    assert findings == []
    assert documents["a.md"].text == "# Título\n\nUna oración.\n"


def test_faults_of_several_files_are_all_reported_and_nothing_is_published(tmp_path: Path) -> None:
    article(tmp_path / "corpus", "a.md", SOUND + "colour: red\nreviewed: soon\n")
    article(tmp_path / "corpus", "sub/b.md", SOUND.replace("US", "XX"))
    article(tmp_path / "corpus", "sound.md", SOUND)
    with pytest.raises(RefusedError) as refused:
        publish(tmp_path / "corpus", tmp_path / "home", embedder=HashingEmbedder())
    places = [" ".join(line.split(" ")[:2]) for line in str(refused.value).splitlines()[1:]]
    assert places == ["a.md:5: colour:", "a.md:6: reviewed:", "sub/b.md:3: jurisdiction:"]
    assert not (tmp_path / "home" / "live").exists()


# Folder defaults and sidecars


def test_defaults_of_inner_folders_win_and_the_file_wins_over_all(tmp_path: Path) -> None:
    (tmp_path / "_defaults.yaml").write_text("authority: vendor\njurisdiction: US\ntopics: [hipaa]\n")
    article(tmp_path, "plain.md", "")
    article(tmp_path, "deep/inner/file.md", "topics: [tax]\n")
    (tmp_path / "deep" / "_defaults.yaml").write_text("authority: agency\n")
    (tmp_path / "deep" / "inner" / "_defaults.yaml").write_text("jurisdiction: MX\ntopics: [ptu]\n")
    documents, findings = read(tmp_path)
    inner = documents["deep/inner/file.md"].metadata
    assert findings == []
    assert (inner.authority, inner.jurisdiction, inner.topics) == (Authority.AGENCY, Jurisdiction.MX, (Topic.TAX,))
    assert documents["plain.md"].metadata.authority is Authority.VENDOR


def test_a_fault_in_defaults_that_every_file_overrides_is_told(tmp_path: Path) -> None:
    (tmp_path / "_defaults.yaml").write_text("jurisdiction: USA\ncolour: red\ntopics: []\n")
    article(tmp_path, "a.md", SOUND)
    article(tmp_path, "b.md", SOUND)
    places = [" ".join(line.split(" ")[:2]) for line in read(tmp_path)[1]]
    assert places == ["_defaults.yaml:1: jurisdiction:", "_defaults.yaml:3: topics:", "_defaults.yaml:2: colour:"]


def test_a_fault_in_defaults_is_told_once_with_its_own_place(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "_defaults.yaml").write_text("authority: agency\njurisdiction: USA\ntopics: [hipaa]\n")
    for name in ("a.md", "b.md"):
        article(tmp_path, f"sub/{name}", "")
    assert [line.split(" input")[0] for line in read(tmp_path)[1]] == ["sub/_defaults.yaml:2: jurisdiction:"]


def test_an_id_is_no_default(tmp_path: Path) -> None:
    (tmp_path / "_defaults.yaml").write_text(SOUND + "id: same\n")
    article(tmp_path, "a.md", "")
    assert read(tmp_path)[1] == ["_defaults.yaml:4: id: can't be a default: every file has its own"]


def test_reviewed_missing_in_a_file_is_not_blamed_on_the_defaults(tmp_path: Path) -> None:
    (tmp_path / "_defaults.yaml").write_text(SOUND.replace("agency", "internal"))
    article(tmp_path, "a.md", "title: One\n")
    assert read(tmp_path)[1][0].startswith("a.md:1: reviewed: required")


def test_a_text_file_takes_its_keys_from_its_sidecar(tmp_path: Path) -> None:
    (tmp_path / "rule.txt").write_text("The rule\n\nA rule stands here.\n")
    (tmp_path / "rule.txt.yaml").write_text(SOUND + "id: the-rule\n")
    assert read(tmp_path)[0]["rule.txt"].id == "the-rule"


@pytest.mark.parametrize(
    "fenced", [f"---\n{SOUND}---\n", f"---\n{SOUND}", f"# Keys\n---\n{SOUND}---\n\n", f"{SOUND}...\n"]
)
def test_a_sidecar_may_have_the_fences_of_front_matter(tmp_path: Path, fenced: str) -> None:
    (tmp_path / "rule.txt").write_text("The rule\n\nA rule stands here.\n")
    (tmp_path / "rule.txt.yaml").write_text(fenced)
    documents, findings = read(tmp_path)
    assert findings == []
    assert documents["rule.txt"].metadata.topics == (Topic.HIPAA,)


def test_lines_within_the_fences_of_a_sidecar_are_those_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "rule.txt").write_text("The rule\n\nA rule stands here.\n")
    (tmp_path / "rule.txt.yaml").write_text(f"---\n{SOUND}language: fr\n---\n")
    assert read(tmp_path)[1][0].startswith("rule.txt.yaml:5: language: ")
    (tmp_path / "rule.txt.yaml").write_text(f"---\n{SOUND}---\n\nThe rule.\n")
    assert read(tmp_path)[1][0].startswith("rule.txt.yaml:7: front matter: not valid YAML: more stands below a line")


def test_a_fault_in_a_sidecar_is_told_with_its_own_place(tmp_path: Path) -> None:
    (tmp_path / "rule.txt").write_text("The rule\n\nA rule stands here.\n")
    (tmp_path / "rule.txt.yaml").write_text(SOUND + "\nlanguage: fr\n")
    assert read(tmp_path)[1][0].startswith("rule.txt.yaml:5: language: ")


def test_a_text_file_without_sidecar_and_defaults_lacks_its_keys(tmp_path: Path) -> None:
    (tmp_path / "rule.txt").write_text("A rule stands here.\n")
    assert [line.split(": ")[1] for line in read(tmp_path)[1]] == ["authority", "jurisdiction", "topics"]


def test_a_sidecar_of_a_markdown_file_is_refused_and_not_ignored(tmp_path: Path) -> None:
    article(tmp_path, "a.md", SOUND)
    (tmp_path / "a.md.yaml").write_text("title: Another\n")
    assert read(tmp_path)[1][0].startswith("a.md.yaml: is not read: a Markdown file has its keys at its top")
