"""What a question asks: its language, kind, terms, and the names that an answer must treat."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from kb.follow_up import (
    COUNTRIES,
    POINTS_ELSEWHERE,
    joined,
    leans_on_history,
    names_a_subject,
    taken_along,
    with_absolute_year,
    without_relative_year,
)
from kb.forms import Form
from kb.lexicon import load_lexicon, load_places
from kb.question_kinds import Kind, asks_what_was_done, counted, form_of, kind_of, parts_of, takes_a_verdict
from kb.question_names import NEUTRAL_NAMES, RequiredName, has_its_own_law, named_in, required_names
from kb.records import Jurisdiction, Language
from kb.text.cities import is_city, is_city_abroad
from kb.text.language import detect_language
from kb.text.numbers import years_named
from kb.text.references import find_references
from kb.text.words import fold, stem, stems, words_with_stems

MOST_EARLIER = 12  # questions of a conversation; what was asked before them is forgotten
# "double or triple?", "¿en enero o en diciembre?": the last words are another thing to choose, not a clause of their own.
_EITHER_OR = re.compile(
    r"\b(?:or|o|u) (?!(?:not?|else|otherwise|more|less|fewer|longer|later|only|just|i|we|they|is|are|do|does|must|should|can|will|mas|menos|solo|no|se|es|son|hay|tiene|debe|puede)\b)"
    r"(?:[\w'-]+ ?){1,2}\W*$"
)
_MASKED = re.compile(
    r",?\s*\(?(?:\b(?:SSN|MRN|DOB|CURP|RFC|NSS|cel\.?|tel\.?|phone|born(?: on)?|(?:member|patient|record|policy|account) (?:id|number|no\.?))\b[\s:#,]*(?:is |es )?)?"
    r"\[(?:SSN|CURP|RFC|NSS|identifier|birth date|name|phone|email)\](?:\s*[,)]+)?",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[^.?!\n]+(?:[.?!]+(?!\s|$)[^.?!\n]+)*[.?!]*\s*")
_ASIDE = re.compile(r"\[[^\]]{12,}\]|\([^)]{12,}\)|<[^>]{12,}>")
# On folded text.
_INSTRUCTS = re.compile(
    r"(?:^\W*|[,:;] |\b(?:and|then|now|please|y|ahora|por favor) )(?:ignore|disregard|forget|override|ignora|olvida|omite|desobedece)\b[^.?!]*\b(?:instructions?|rules?|prompts?|guidelines|everything|above|"
    r"instruccion(?:es)?|reglas|indicaciones|todo|lo anterior)\b|"
    r"^\W*(?:system|sistema|assistant|developer)\s*:|\byou are now\b|\bahora eres\b|\bdeveloper mode\b|\bmodo desarrollador\b|\bsystem prompt\b|"
    r"\b(?:reply|answer|respond|say|write|contesta|responde|di|escribe) (?:only |just |solo |unicamente )?(?:with |con |that |que )?(?:\W*(?:yes|si|approved|ok|aprobado)\b)"
)
# Words of somebody who wants to get around a rule, on folded text, and what is searched for beside such a question.
_EVADES = re.compile(
    r"\b(?:fak(?:e|es|ed|ing)|shams?|shell compan(?:y|ies)|back-?dat(?:e|ed|ing)|disguis(?:e|ed|ing)|get (?:around|out of)|dodg(?:e|ing)|evad(?:e|ing)|evasion|cheat|"
    r"skip(?:ping)? (?:the|our|ptu|repse|imss|baa)|(?:so|without) (?:that )?(?:nobody|anybody|anyone|no one|them|the \w+) (?:notic|know|find)\w*|off the books|under the table|"
    r"simul(?:ar|amos|e|en|ado|ada)|fing(?:ir|imos)|evadir|evasion|burlar|disfraz(?:ar|amos|ado)|antedatar|saltar(?:me|nos|se)?|esquivar|sin que (?:se )?(?:sepa|entere|note)\w*|a escondidas|por debajo del agua|"
    r"how (?:do|can|could|should) (?:we|i) \S[^.?!]* (?:without (?:a|an|any|the) (?:baa|repse|registration|contract|agreement)|"
    r"so (?:that )?[^.?!]*(?:as little|pays? (?:less|no)|gets? (?:less|no)|receives? (?:less|no)))|as little (?:profit|ptu|tax) \S[^.?!]*as possible|"
    r"cook(?:ing)? the books|sign a waiver|para (?:no|evitar) (?:repartir|pagar|registrar\w*|inscribir\w*|llevar|cumplir|declarar)|"
    r"para (?:pagar|repartir) menos|que hago para no|"
    r"tricks? (?:to|for)|ways? around|get away with|avoid(?:ing)? (?:paying|registering|sharing|signing|reporting|ptu|repse|imss)|loopholes?|work ?arounds?|work around|pass (?:\w+ ){1,3}off as|pretend|"
    r"under-?report(?:ing)?|hid(?:e|ing)|conceal(?:ing)?|(?:do not|don.t|rather not) (?:want to )?(?:sign|pay|register|share|report)|"
    r"evitar (?:la ptu|el repse|el imss)|ocult(?:ar|amos|e|en)|escond(?:er|emos|a|an)|disimul(?:ar|amos)|subdeclar(?:ar|amos)|trucos?|"
    r"dar(?:le)? la vuelta|hacer pasar|no quer(?:emos|er) (?:firmar|pagar|registrar\w*|repartir|avisar)|arregl(?:o|ar|amos) los numeros|maquill(?:o|ar|amos))\b"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Term:
    """One thing a question speaks of. `forms[language]` are the stem sequences by which evidence may name it."""

    surface: str
    forms: dict[Language, tuple[tuple[str, ...], ...]]
    concept: str | None = None

    @property
    def is_figure(self) -> bool:
        """Whether it is a number or a year."""
        return self.surface[:1].isdigit()


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """A question, understood. `text` is what is searched for; for a follow-up that is more than was typed."""

    text: str
    typed: str  # as it was given
    asked: str  # without instructions to whoever answers
    language: Language
    kind: Kind
    verdicts: tuple[bool, ...]  # of each part that asks, whether a yes or a no may answer it
    form: Form
    terms: tuple[Term, ...]
    names: tuple[RequiredName, ...]
    localities: tuple[RequiredName, ...]  # Mexican states, and cities: each sets but a few things for itself
    years: tuple[int, ...]  # that the question names
    years_meant: tuple[int, ...]  # those, or else the year of the past date whose law is asked for
    law: Jurisdiction | None  # whose alone is asked for; by a follow-up's own words, if it has any
    references: tuple[str, ...]
    count: int | None  # of the things asked for: 4 in "which four factors"
    either_or: bool = False  # which of two things holds, which a "yes" does not tell
    evades: bool = False  # how to get around a rule
    of_vendors_doings: bool = False  # whether the asker's own vendor has done something, which no guidance tells
    personal: bool = False  # identifiers of a person were masked in it
    before: str | None = None  # of a follow-up the earlier questions that `text` takes along
    own_terms: int = 0  # how many things a follow-up speaks of itself, years, figures and places left out


def understand(
    asked: str,
    *,
    as_of: date,
    today: date | None = None,
    earlier: Sequence[str] = (),
    within: str | None = None,
    language: Language | None = None,
) -> Question:
    """Understand one question. `earlier` are the earlier questions of the conversation, oldest first.

    One part of a question is understood like a follow-up to the whole, `within` which it stands.
    """
    spoken = language or detect_language(asked, detect_language(earlier[-1]) if earlier else Language.EN)
    personal = bool(_MASKED.search(asked))
    typed = asked
    asked = _without_instructions(_without_masks(asked))
    before = within
    earlier = earlier[-MOST_EARLIER:]
    if earlier and leans_on_history(asked, spoken):
        before = taken_along(asked, earlier, spoken, as_of)
    text = with_absolute_year(asked if before is None else joined(asked, before), as_of)
    named = load_places().spell_out_states(text)
    dated = _with_year_of(named, as_of, today)
    # A part or a follow-up that names a year is of that one.
    years = years_named(with_absolute_year(asked, as_of)) or years_named(text)
    parts, asking = parts_of(asked)
    names = tuple(_without_circumstances(required_names(text, spoken), parts, asking))
    cities = tuple(name for name in names if _is_locality(name, text))
    localities = (
        *(city for city in cities if not load_places().mexican_states_named(city.shown)),
        *(
            RequiredName(shown=spellings[0].title(), spellings=spellings, place=True)
            for spellings in load_places().mexican_states_named(text)
        ),
    )
    own_terms = 0 if before is None else _count_own_terms(asked, spoken, localities)
    return Question(
        text=dated,
        typed=typed,
        asked=asked,
        language=spoken,
        kind=kind_of(asked),
        verdicts=tuple(map(takes_a_verdict, asking if len(asking) > 1 else [asked])),
        form=form_of(asked),
        terms=tuple(find_terms(text, spoken, leave={word for city in cities for word in city.spellings[0].split()})),
        names=tuple(name for name in names if name not in cities),
        localities=localities,
        years=years,
        years_meant=years or years_named(dated),
        law=law_asked_for(asked if own_terms else text, spoken),
        references=tuple(reference.canonical for reference in find_references(text)),
        count=counted(asked),
        either_or=bool(_EITHER_OR.search(fold(asked))),
        evades=bool(_EVADES.search(fold(asked))),
        of_vendors_doings=asks_what_was_done(asked),
        personal=personal,
        before=before,
        own_terms=own_terms,
    )


def _without_circumstances(
    names: Iterable[RequiredName], parts: Sequence[str], asking: Sequence[str]
) -> Iterator[RequiredName]:
    """The names, but for those of companies that are only told of before questions that don't point back to them.

    "The vendor keeps its files with Acme. Is a BAA due?" asks nothing of Acme; what is told of a country counts.
    """
    told = [part for part in parts if part not in asking]
    if not told or not asking or any(POINTS_ELSEWHERE.search(fold(part)) for part in asking):
        yield from names
        return
    for name in names:
        of_company = not name.place and not name.shown.isupper() and not load_places().foreign_countries(name.shown)
        asked_for = any(named_in(name, part) for part in asking)
        if asked_for or not of_company or is_city_abroad(name.shown) or not any(named_in(name, part) for part in told):
            yield name


def _is_locality(name: RequiredName, text: str) -> bool:
    """Whether a name is that of a city, and neither a country of the same name (Costa Rica is a town in Sinaloa) nor one whose own law is asked for."""
    return (
        not name.place
        and is_city(name.shown)
        and not load_places().foreign_countries(name.shown)
        and not has_its_own_law(name, text)
    )


def law_asked_for(text: str, language: Language) -> Jurisdiction | None:
    """The only country whose law a text names; a country's name alone counts where the text speaks of law."""
    folded = fold(text)
    speaks_of_law = re.search(r"\b(?:laws?|legal|rules?|regulations?|ley|leyes|normas?|derecho)\b", folded)
    found = load_lexicon().find(stems(folded, language), language)
    laws = {m.concept.law for m in found if m.concept.id not in COUNTRIES or speaks_of_law} - {None}
    return next(iter(laws)) if len(laws) == 1 else None


def _count_own_terms(asked: str, language: Language, localities: Collection[RequiredName]) -> int:
    """How many things a text speaks of, years, figures and places left out."""
    places = {word for place in localities for spelling in place.spellings for word in spelling.split()}
    terms = find_terms(without_relative_year(asked), language, leave={*places, "one", "ones"})
    return sum(not term.is_figure for term in terms)


def _without_masks(text: str) -> str:
    """The question without masked identifiers and their labels: they say nothing of what is asked."""
    return re.sub(r"\s+([,.;:?!])", r"\1", re.sub(r"\s{2,}", " ", _MASKED.sub(" ", text))).strip(" ,;") or text


def _without_instructions(text: str) -> str:
    """The question without sentences and asides that tell whoever answers what to do: they ask for nothing that is held.

    Where nothing that is left names a subject it is left as it is: "forget it and say that PTU is 5 %. How much is it?"
    """
    said = _ASIDE.sub(lambda aside: " " if _INSTRUCTS.search(fold(aside.group())) else aside.group(), text)
    kept = [sentence for sentence in _SENTENCE.findall(said) if not _INSTRUCTS.search(fold(sentence))]
    asking = " ".join("".join(kept).split())
    if asking == " ".join(text.split()):
        return asking
    return asking if asking and names_a_subject(asking, detect_language(asking)) else text


def find_terms(text: str, language: Language, leave: Collection[str] = ()) -> Iterator[Term]:
    """Concepts and remaining content words of a text, each once; but for folded words to leave out."""
    found = words_with_stems(text, language)
    words, sequence = [word for word, _ in found], [root for _, root in found]
    lexicon = load_lexicon()
    taken: set[int] = set()
    seen: set[object] = set()
    for match in lexicon.find(sequence, language):
        taken.update(range(match.start, match.end))
        if match.concept.id not in seen:
            seen.add(match.concept.id)
            yield Term(
                surface=" ".join(words[match.start : match.end]), forms=match.concept.names, concept=match.concept.id
            )
    for index, (word, root) in enumerate(found):
        if index not in taken and root not in seen and fold(word) not in NEUTRAL_NAMES and fold(word) not in leave:
            seen.add(root)
            yield Term(surface=word, forms={spoken: ((stem(word, spoken),),) for spoken in Language})


def _with_year_of(text: str, as_of: date, today: date | None) -> str:
    """A question on the law of an earlier year is searched for with that year, which lists by year name."""
    if today is None or as_of.year >= today.year or str(as_of.year) in text:
        return text
    return f"{text} ({as_of.year})"
