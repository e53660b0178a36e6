"""Traces of LaTeX that text recognition leaves where it took a section sign or a paragraph for a formula."""

import re

from kb.records import Removal

_REASON = "notation of a formula, written plainly"
_FORMULA = re.compile(r"(?<!\\)\$(?P<inner>(?:\\.|[^$\\\n]){1,240})\$")
_TRACE = re.compile(r"\\(?:S\b|\$ ?\d|mathrm\{|text\{|mathbf\{)")
_GROUP = re.compile(r"\\(?:mathrm|text|mathbf)\s*\{([^{}]*)\}")
_LEFT = re.compile(r"\$?\\S ?(?=§| ?\d)")  # of a formula without its end
_FEWEST = 3


def plain_formulas(text: str) -> tuple[str, tuple[Removal, ...]]:
    r"""`$\S 164.530(\mathrm{j})$` as "§ 164.530(j)"; text with fewer than three such traces as it is. Pure."""
    formulas = [match for match in _FORMULA.finditer(text) if _TRACE.search(match["inner"])]
    if len(formulas) < _FEWEST:
        return text, ()
    removals: list[Removal] = []

    def plain(match: re.Match[str]) -> str:
        inner = match["inner"]
        if not _TRACE.search(inner):
            return match.group()
        removals.append(Removal(text=match.group(), reason=_REASON))
        for _ in range(inner.count("{")):  # groups within groups, innermost first
            inner = _GROUP.sub(lambda group: group[1].replace("~", ""), inner)
        inner = (
            re.sub(r"\\S\s*", "§ ", inner)
            .replace("§ §", "§§")
            .replace("\\$ ", "$")
            .replace("\\$", "$")
            .replace("~", " ")
        )
        return re.sub(r"\\[a-zA-Z]+\s*", "", inner).strip()

    written = _FORMULA.sub(plain, text)
    removals.extend(Removal(text=left.group(), reason=_REASON) for left in _LEFT.finditer(written))
    return _LEFT.sub(lambda left: "" if written[left.end()] == "§" else "§ ", written), tuple(removals)
