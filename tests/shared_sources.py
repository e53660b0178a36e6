"""The official texts beside the project as a guidance folder: copies with the metadata that they lack."""

import shutil
from pathlib import Path

SHARED = Path(__file__).resolve().parents[2] / "shared"
SOURCES = SHARED / "sources"
_NOT_TEXTS = {"MANIFEST.json", "MANIFEST.md", "README.md"}
_DEFAULTS = {
    "mx-2026": ("statute", "MX", "labor"),
    "mx-data": ("statute", "MX", "privacy"),
    "mx-lft": ("statute", "MX", "labor"),
    "mx-ss": ("statute", "MX", "social-security"),
    "mx-tax": ("statute", "MX", "tax"),
    "us-hipaa": ("regulation", "US", "hipaa"),
    "us-usc": ("statute", "US", "hipaa"),
}
_NAMED = {"us-hipaa": "45 CFR Parts 160, 162 and 164", "us-usc": "42 USC"}


def source_texts() -> list[Path]:
    """Every text, without the lists of what is there."""
    return sorted(path for path in SOURCES.rglob("*") if path.is_file() and path.name not in _NOT_TEXTS)


def sources_folder(folder: Path) -> Path:
    """Copies of all texts with defaults for each folder; ids name the format, since one law stands in several."""
    for text in source_texts():
        copy_source(text, folder)
    return folder


def copy_source(text: Path, folder: Path) -> Path:
    """One text with its folder's defaults and an id of its own. The path is that of the copy."""
    relative = text.relative_to(SOURCES)
    copy = folder / relative
    copy.parent.mkdir(parents=True, exist_ok=True)
    authority, jurisdiction, topic = _DEFAULTS[relative.parts[0]]
    source = f"source: {_NAMED[relative.parts[0]]}\n" if relative.parts[0] in _NAMED else ""
    defaults = f"authority: {authority}\njurisdiction: {jurisdiction}\ntopics: [{topic}]\n{source}"
    (folder / relative.parts[0] / "_defaults.yaml").write_text(defaults, encoding="utf-8")
    identifier = "-".join((*relative.parent.parts, relative.name.replace(".", "-")))
    if copy.suffix == ".md":
        copy.write_text(f"---\nid: {identifier}\n---\n" + text.read_text(encoding="utf-8"), encoding="utf-8")
    else:
        shutil.copyfile(text, copy)
        copy.with_name(copy.name + ".yaml").write_text(f"id: {identifier}\n", encoding="utf-8")
    return copy
