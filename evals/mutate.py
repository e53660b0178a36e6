"""How much the verifier catches: right statements with one thing changed, and the same statements untouched.

`python -m evals.mutate` asks the questions of a set, takes the answers' statements as they are, adds the statements of
`evals/sets/rephrased.jsonl`, changes one number, date, unit, negation, modal, bound, order, reference or citation in each,
and counts by kind how many of the changed ones are caught and how many of the untouched ones are flagged.
"""

import argparse
import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from evals.cases import read_cases
from kb.knowledge_base import KnowledgeBase
from kb.records import Authority, Citation, Filters, Jurisdiction, Language, Statement
from kb.text.references import find_references
from kb.verify import is_supported

REPHRASED = Path(__file__).parent / "sets" / "rephrased.jsonl"
EACH = 3  # mutants of one kind of one statement; more of the same tell little
SEED = 20261121
LEAST_CAUGHT = 0.99
MOST_FLAGGED = 0.02


@dataclass(frozen=True, kw_only=True, slots=True)
class Claimed:
    """A right statement with all citations of its answer."""

    statement: Statement
    citations: tuple[Citation, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Caught:
    """How many mutants of a kind were caught, and those that were not."""

    kind: str
    tried: int
    passed: tuple[str, ...]

    @property
    def rate(self) -> float:
        """In [0, 1]; 1 where there was nothing to catch."""
        return 1.0 - len(self.passed) / self.tried if self.tried else 1.0


def _each(pattern: str, other: Callable[[re.Match[str]], str | None], flags: int = 0) -> Callable[[str], Iterator[str]]:
    compiled = re.compile(pattern, flags)

    def mutate(text: str) -> Iterator[str]:
        for match in compiled.finditer(text):
            new = other(match)
            if new is not None and new != match[0]:
                yield text[: match.start()] + _as_written(match[0], new) + text[match.end() :]

    return mutate


def _as_written(old: str, new: str) -> str:
    return new[:1].upper() + new[1:] if old[:1].isupper() else new


def _exchanged(pairs: dict[str, str]) -> Callable[[str], Iterator[str]]:
    """Each key, as whole words in either case, by its value."""
    words = "|".join(re.escape(word) for word in sorted(pairs, key=len, reverse=True))
    return _each(rf"(?<![\w-])(?:{words})(?![\w-])", lambda match: pairs[match[0].lower()], re.IGNORECASE)


def _both_ways(pairs: dict[str, str]) -> dict[str, str]:
    return {**{new: old for old, new in pairs.items()}, **pairs}


def _other_digit(match: re.Match[str]) -> str:
    return str((int(match[0]) + 3) % 10)


_NUMBER_WORDS = dict(
    zip(
        "two three four five six ten fifteen twenty thirty sixty dos tres cuatro cinco seis diez quince veinte treinta sesenta".split(),
        "four five seven eight nine twelve twenty fifty forty ninety cuatro cinco siete ocho nueve doce veinte cincuenta cuarenta noventa".split(),
        strict=True,
    )
)
_UNITS = _both_ways(
    {"days": "months", "day": "month", "hours": "days", "weeks": "days", "years": "months", "año": "mes", "días": "meses", "día": "mes",
     "años": "meses", "horas": "días", "pesos": "dollars", "MXN": "USD", "mxn": "usd"}
)  # fmt: skip
_MONTHS = _both_ways(
    {"January": "June", "February": "July", "March": "August", "April": "September", "May": "October", "November": "December",
     "enero": "junio", "febrero": "julio", "marzo": "agosto", "abril": "septiembre", "mayo": "octubre", "noviembre": "diciembre"}
)  # fmt: skip
_MODALS = {
    "must": "may", "shall": "may", "may": "must", "can": "must", "should": "must", "has to": "may", "have to": "may", "required": "allowed",
    "mandatory": "allowed", "allowed": "required", "prohibited": "allowed", "debe": "puede", "deben": "pueden", "deberá": "podrá",
    "deberán": "podrán", "puede": "debe", "pueden": "deben", "podrá": "deberá", "podrán": "deberán", "tiene que": "puede",
    "obligatorio": "permitido", "obligatoria": "permitida", "prohibido": "permitido", "prohibida": "permitida", "prohíbe": "permite",
}  # fmt: skip
_BOUNDS = _both_ways(
    {"at least": "at most", "more than": "less than", "no more than": "no less than", "minimum": "maximum", "al menos": "como máximo",
     "más de": "menos de", "no más de": "no menos de", "mínimo": "máximo", "mínima": "máxima", "or more": "or less", "o más": "o menos",
     "up to": "at least", "hasta": "al menos"}
)  # fmt: skip
_ORDER = _both_ways({"before": "after", "antes de": "después de", "antes del": "después del", "prior to": "after"})
_PARAGRAPH = r"(?<=[\d)])\((?:[a-z]|\d|[ivx]+|[A-Z])\)(?!\w)"
_FRACTION = r"(?<=fr\. )[IVXL]+\b|(?<=fracción )[IVXL]+\b|(?<=fraction )[IVXL]+\b"


def _other_paragraph(match: re.Match[str]) -> str:
    inner = match[0][1:-1]
    if inner.isdigit():
        return f"({int(inner) + 1})"
    return f"({inner}i)" if set(inner) <= set("ivx") else f"({chr(ord(inner[0]) + 1)})"


def _other_reference(text: str) -> Iterator[str]:
    """Another article, section or law where a reference stands."""
    for reference in find_references(text):
        written = text[reference.start : reference.end]
        for pattern, new in (
            (r"\d+(?!.*\d)", r"\g<0>7"),
            (r"\bLFT\b", "LSS"),
            (r"\bLSS\b", "LFT"),
            (r"\bCFF\b", "LFT"),
            (r"\bCFR\b", "USC"),
        ):
            changed = re.sub(pattern, new, written, count=1)
            if changed != written:
                yield text[: reference.start] + changed + text[reference.end :]


MUTATIONS: dict[str, tuple[Callable[[str], Iterator[str]], ...]] = {
    "number": (_each(r"(?<![\d.(])\d(?=[\d.,]*)", _other_digit), _exchanged(_NUMBER_WORDS)),
    "date": (
        _each(rf"(?<=\d )(?:de )?(?:{'|'.join(_MONTHS)})\b", lambda m: m[0].replace(w := m[0].split()[-1], _MONTHS[w])),
        _each(r"\b\d{1,2}(?= (?:de )?(?:[A-Z][a-z]{2,8}|[a-z]{4,10}) (?:de )?20\d\d)", lambda m: str(int(m[0]) % 28 + 1)),
        _each(r"\b20[0-3]\d\b", lambda m: str(int(m[0]) + 1)),
    ),
    "unit": (_each(rf"(?<=\d )(?:{'|'.join(_UNITS)})\b|\bMXN(?= \d)", lambda m: _UNITS[m[0]]), _each(r"(?<=\d)%", lambda _: " dollars")),
    "negation removed": (
        _each(r"(?<![\w'-])(?:not|no|never|without|nunca|sin) (?!embargo|obstante)(?=\w)", lambda _: "", re.IGNORECASE),
        _each(r"\b(?:can)(?:not|'t|’t)\b", lambda _: "can"),
    ),
    "negation added": (
        _each(r"(?<![\w-])(?:is|are|must|may|has|can|should)(?! not)\b", lambda m: f"{m[0]} not"),
        _each(r"(?<!no )(?<!se )\b(?:es|son|debe|deben|puede|pueden|tiene|exige|obliga)\b", lambda m: f"no {m[0]}"),
    ),
    "modal": (_exchanged(_MODALS),),
    "bound": (_exchanged(_BOUNDS),),
    "order": (_exchanged(_ORDER),),
    "reference": (_other_reference, _each(_PARAGRAPH, _other_paragraph), _each(_FRACTION, lambda m: m[0] + "I")),
}  # fmt: skip


def mutants(kind: str, claimed: Claimed) -> list[Statement]:
    """Up to EACH statements, each with one thing of a kind changed, the same ones in every run."""
    statement = claimed.statement
    if kind == "citation":
        made = list(_other_citations(claimed))
    elif kind == "number of the source":
        made = [replace(statement, text=text) for text in _numbers_of_the_source(claimed)]
    else:
        made = [replace(statement, text=text) for mutate in MUTATIONS[kind] for text in mutate(statement.text)]
    return random.Random(f"{SEED} {kind} {statement.text}").sample(made, min(EACH, len(made)))  # noqa: S311


def _other_citations(claimed: Claimed) -> Iterator[Statement]:
    """The same words resting on other citations, or on one that does not exist."""
    quotes = {citation.number: citation.quote for citation in claimed.citations}
    own = {quotes[number] for number in claimed.statement.citations}
    for number, quote in quotes.items():
        if quote not in own:
            yield replace(claimed.statement, citations=(number,))
    yield replace(claimed.statement, citations=(max(quotes) + 1,))


def _numbers_of_the_source(claimed: Claimed) -> Iterator[str]:
    """A number exchanged for another one of the cited text, a year for a year: each stands there, but not for this."""
    text = claimed.statement.text
    quotes = [citation.quote for citation in claimed.citations if citation.number in claimed.statement.citations]
    pattern = re.compile(r"(?<![\w.(,-])\d+(?:[.,]\d+)*%?(?![\w)(-])")
    numbers = list(dict.fromkeys(number for quote in quotes for number in pattern.findall(_without_references(quote))))
    for match in pattern.finditer(text):
        for number in numbers:
            if number != match[0] and _form(number) == _form(match[0]):
                yield text[: match.start()] + number + text[match.end() :]


def _form(number: str) -> str:
    return "share" if number.endswith("%") else "year" if re.fullmatch(r"(?:19|20)\d\d", number) else "number"


def _without_references(text: str) -> str:
    for reference in reversed(find_references(text)):
        text = text[: reference.start] + " " + text[reference.end :]
    return text


def kinds() -> tuple[str, ...]:
    """All kinds of change, in the order of the table."""
    return (*MUTATIONS, "number of the source", "citation")


def measure(claims: Sequence[Claimed]) -> list[Caught]:
    """For each kind, how many mutants of the statements are caught."""
    found = []
    for kind in kinds():
        tried = [(claimed, mutant) for claimed in claims for mutant in mutants(kind, claimed)]
        passed = tuple(mutant.text for claimed, mutant in tried if is_supported(mutant, claimed.citations))
        found.append(Caught(kind=kind, tried=len(tried), passed=passed))
    return found


def flagged(claims: Sequence[Claimed]) -> list[str]:
    """Texts of untouched statements that the verifier flags."""
    return [c.statement.text for c in claims if not is_supported(c.statement, c.citations)]


def quoted_statements(base: KnowledgeBase, questions: Sequence[tuple[str, Filters]]) -> list[Claimed]:
    """The statements of the answers, each text once."""
    found: dict[str, Claimed] = {}
    for question, filters in questions:
        answer = base.ask(question, filters=filters, record=False)
        for statement in answer.statements:
            found.setdefault(statement.text, Claimed(statement=statement, citations=answer.citations))
    return list(found.values())


def rephrased_statements(path: Path = REPHRASED) -> list[Claimed]:
    """Statements in other words than their quotes, as a language model writes them, and in another language than them."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [
        Claimed(
            statement=Statement(text=row["text"], citations=tuple(row["citations"])),
            citations=tuple(_citation(number, quote) for number, quote in enumerate(row["quotes"], 1)),
        )
        for row in rows
    ]


def _citation(number: int, quote: str) -> Citation:
    return Citation(
        number=number, document="rephrased", title="", section=(), pinpoint=None, authority=Authority.INTERNAL,
        jurisdiction=Jurisdiction.MX, language=Language.EN, effective_from=None, reviewed=None, page=None,
        quote=quote, start=0, end=len(quote), source_url=None,
    )  # fmt: skip


def table(name: str, claims: Sequence[Claimed], *, show: int = 0) -> tuple[str, bool]:
    """The counts by kind as text, and whether both bounds hold. `show`: so many that slipped through, of each kind."""
    found, wrong = measure(claims), flagged(claims)
    tried, passed = sum(row.tried for row in found), sum(len(row.passed) for row in found)
    lines = [f"{name}: {len(claims)} statements", f"  {'changed':22}{'caught':>8}{'of':>8}{'rate':>9}"]
    for row in found:
        lines.append(f"  {row.kind:22}{row.tried - len(row.passed):>8}{row.tried:>8}{row.rate:>9.2%}")
        lines.extend(f"      {text}" for text in row.passed[:show])
    caught = 1 - passed / tried if tried else 1.0
    rate = len(wrong) / len(claims) if claims else 0.0
    lines.append(f"  {'all':22}{tried - passed:>8}{tried:>8}{caught:>9.2%}")
    lines.append(f"  untouched and flagged  {len(wrong):>7}{len(claims):>8}{rate:>9.2%}")
    lines.extend(f"      {text}" for text in wrong[:show])
    return "\n".join(lines), caught >= LEAST_CAUGHT and rate <= MOST_FLAGGED


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables; 1 where a bound is missed by both sets together."""
    parser = argparse.ArgumentParser(prog="python -m evals.mutate", description=__doc__)
    parser.add_argument("--home", default=".kb", help="a home with a published generation")
    parser.add_argument("--set", type=Path, default=Path("evals/sets/staff.jsonl"))
    parser.add_argument("--show", type=int, default=0, help="so many texts that slipped through, of each kind")
    options = parser.parse_args(arguments)
    questions = [(case.question, Filters(as_of=case.as_of)) for case in read_cases(options.set)]
    with closing(KnowledgeBase.open(options.home, quotes_only=True)) as base:
        quoted = quoted_statements(base, questions)
    rephrased = rephrased_statements()
    for name, claims in (("quoted", quoted), ("rephrased", rephrased)):
        print(table(name, claims, show=options.show)[0])  # noqa: T201
    text, holds = table("both together", [*quoted, *rephrased])
    print(text)  # noqa: T201
    return 0 if holds else 1


if __name__ == "__main__":
    raise SystemExit(main())
