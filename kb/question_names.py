"""The names in a question that an answer must treat: companies, countries, states whose law is asked for."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kb.figures import flat
from kb.lexicon import companies_named, load_lexicon, load_places
from kb.question_kinds import SENTENCE_END
from kb.records import Language
from kb.text.words import fold, is_stop_word, stem, stems, tokens, words_in

_ACRONYM = re.compile(r"\b[A-Z][A-Z0-9&]*(?:[- ]?\d[\d.]*)?[A-Z0-9]*\b")
_CAPITALISED = re.compile(r"(?<!\w)[A-ZÁÉÍÓÚÑ][\w'’]*")
_INTRODUCES_ITSELF = re.compile(r"\W*(?:[\w&/'’-]+ ){1,4}(?:here|aqu[ií])\s*[.,:;!]")
_PROPER = re.compile(r"(?<=[a-z,;:)] )((?:[A-ZÁÉÍÓÚÑ][\w'’]+)(?: (?:[A-ZÁÉÍÓÚÑ][\w'’]+))*)")
# Words that stand for a state's own law: "Kentucky Medicaid", "the law of Ohio"; "patients in Ohio" asks for none.
_STATE_LAW_AFTER = r"(?:'s|’s)?(?: state)?(?:'s)? (?:law|laws|medicaid|statute|statutes|rule|rules|regulation|regulations|act|code|contract|requires?|require|bans?|ban|tax|attorney|privacy|allows?|prohibits?|forbids?)"
_STATE_LAW_BEFORE = r"(?:laws?|rules?|statutes?|regulations?|act|tax|medicaid|ley|leyes|normas?|impuestos?) (?:of|in|from|de|del|en) (?:the )?(?:state of |estado de )?"
_OF_ITS_LAW = rf"\b{{0}}\b{_STATE_LAW_AFTER}\b|{_STATE_LAW_BEFORE}{{0}}\b"
# "Does Ohio have such a rule?", "¿Y Ohio lo permite?"
_STATE_RULES = (
    r"\b(?:does|do|did|can) {0}\b|¿ ?(?:y )?(?:en )?{0} (?:(?:lo|la) )?(?:tiene|permite|prohibe|exige|obliga|pide)\b"
)
# Each state has its own Medicaid: "may Medicaid calls be handled in Mexico for Wisconsin?"
_STATE_ASKED_OF = r"\b(?:in|for|en|para) {0}\W*\?"
_MEDICAID = re.compile(r"\bmedicaid\b")
# The treaty of three countries by their names, on text as `flat` gives it; none of them is one whose law is asked for. "The
# laws of the U.S., Mexico and Canada" is no treaty.
_PARTY = r"(?:the )?(?:u\.?s\.?a?\b\.?|united states(?: of america)?|estados unidos|ee\.? ?uu\.?|mexico|canada)"
_AND = r"(?:,? (?:and|y|con|with) |, )"
_TREATY = re.compile(
    rf"\b{_PARTY} ?[-–—/] ?{_PARTY} ?[-–—/] ?{_PARTY}|\b{_PARTY}{_AND}{_PARTY}{_AND}{_PARTY}(?= (?:free )?(?:trade|agreement|treaty|deal|pact))|"
    rf"(?:\b(?:tratado|acuerdo|agreement|treaty|deal|pact)\b[^.?!;]{{0,30}}? (?:entre|de|between|of) (?:los )?){_PARTY}{_AND}{_PARTY}{_AND}{_PARTY}"
)
_POSTAL_CODE = re.compile(r"\b[A-Z]{2} \(([A-Z][\w ]+)\)")  # as `spell_out_states` leaves them: "KY (Kentucky)"
NEUTRAL_NAMES = frozenset(
    "i us u.s usa mexico mexican mexicano mexicana united states estados unidos english spanish monday tuesday wednesday thursday friday saturday sunday mondays tuesdays wednesdays thursdays fridays saturdays sundays january february "
    "march april may june july august september october november december enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre "
    "diciembre jan feb apr jun jul aug sep sept oct nov dec ssn ssns dob mrn rfp rfi rfq sla kpi ehr emr crm vpn ceos faqs pdfs tijuana monterrey guadalajara cdmx mexicali juarez queretaro merida leon puebla cancun hermosillo chihuahua sonora jalisco america american faq ok "
    "christmas xmas easter thanksgiving navidad reyes rh rrhh cd edo mty gdl hi ee uu hello hola dear please ceo cfo coo cio ciso cto hr ap ar qa csr csrs rep reps fte ftes gc pmo it id ids pdf am pm usd mxn mx ee.uu eua latam qa vs a "
    # languages; where their country is meant it is found as such
    "french german italian portuguese chinese japanese korean russian filipino tagalog vietnamese "
    # kinds of U.S. health companies and of their work, by which staff say who they are
    "dme him rcm hmo ppo aco fqhc snf asc pbm tpa eob eobs cob icd cpt drg rn rns lvn lpn np md mds "
    # kinds of contracts, of companies, and what is measured of agents
    "msa msas sow sows llc inc corp llp roi tco aht csat nps qbr asap fyi tbd".split()
)


@dataclass(frozen=True, kw_only=True, slots=True)
class RequiredName:
    """A name that evidence must treat for the question to be answered. Any of `spellings` (folded) will do."""

    shown: str
    spellings: tuple[str, ...]
    place: bool = False  # a country or state whose law is asked for
    whole: bool = False  # several words in capitals in running text: a name even where guidance uses each word


def named_in(name: RequiredName, text: str) -> bool:
    """Whether a text has a name in any of its spellings."""
    folded = fold(text)
    if not any(spelling.partition(" ")[0] in folded for spelling in name.spellings):  # to cut into words takes longer
        return False
    padded = f" {' '.join(tokens(text))} "
    return any(f" {spelling} " in padded for spelling in name.spellings)


def required_names(text: str, language: Language) -> Iterator[RequiredName]:
    """Foreign countries, states whose law is asked for, acronyms and proper names, but for the domain's own terms."""
    places = load_places()
    treaty = _TREATY.search(flat(text))
    if treaty is not None:
        text = f"{text[: treaty.start()]}USMCA{text[treaty.end() :]}"
    seen: set[str] = set()
    for country in places.foreign_countries(text):
        yield RequiredName(shown=_as_written(places.longest_named(country, text), text), spellings=country)
        seen.update(country)
    folded = fold(_POSTAL_CODE.sub(r"\1", places.spell_out_states(text)))
    for state in places.states_named(folded):
        seen.update(state.split())
        of_medicaid = _MEDICAID.search(folded) and re.search(_STATE_ASKED_OF.format(state), folded)
        if of_medicaid or re.search(rf"{_OF_ITS_LAW.format(state)}|{_STATE_RULES.format(state)}", folded):
            yield RequiredName(shown=state.title(), spellings=(state,), place=True)
    for company in companies_named(text):
        seen.add(company)
        yield RequiredName(shown=_as_written(company, text), spellings=(company,), whole=" " in company)
    own_terms = _stems_of_concepts(text, language)
    shouting = sum(map(str.isupper, text)) > 0.6 * sum(map(str.isalpha, text))
    found = [] if shouting else [match.group() for match in _ACRONYM.finditer(text) if len(match.group()) > 1]
    titled = 2 * len(_CAPITALISED.findall(text)) > len(text.split())  # "Minimum Wage In Tijuana": capitals tell nothing
    label = re.match(r"\s*[A-Z ]{3,}:", text)  # "NOTE: ..." is a label, not a name
    introduced = _INTRODUCES_ITSELF.match(text)  # "AP here. …": who asks
    set_aside = [match.group() for match in (label, introduced) if match]
    found = [name for name in found if not any(name in words for words in set_aside)]
    for sentence in SENTENCE_END.split(text):
        found.extend(match.group(1) for match in _PROPER.finditer(sentence))
    for name in found:
        if name in places.state_codes:
            continue  # spelled out above
        spelling = " ".join(tokens(name))
        if (
            not spelling
            or spelling in seen
            or all(part in NEUTRAL_NAMES or part in seen or part.isdigit() for part in spelling.split())
        ):
            continue
        seen.add(spelling)
        # The domain's own terms are weighed with the other terms: of "Acme's REPSE" only "Acme" is a name.
        left = [
            fold(word)
            for word in words_in(name)
            if not is_stop_word(fold(word), language)
            and stem(word, language) not in own_terms
            and fold(word) not in NEUTRAL_NAMES
            and word.upper() not in places.state_codes
        ]
        if left:
            whole = len(left) == len(spelling.split())
            yield RequiredName(
                shown=name,
                spellings=(spelling if whole else " ".join(left),),
                whole=whole and len(left) > 1 and not titled and not re.search(r"\d|[A-Z]{2}", name),
            )


def _as_written(name: str, text: str) -> str:
    """A folded name as it stands in a text, with its accents; in capitals where it has none there."""
    found = re.search(rf"\b{re.escape(name)}\b", flat(text))
    written = name if found is None else text[found.start() : found.end()]
    return written.title() if written.islower() else written


def has_its_own_law(city: RequiredName, text: str) -> bool:
    """Whether a question is on a city's own law."""
    return bool(re.search(_OF_ITS_LAW.format(re.escape(city.spellings[0])), fold(text)))


def _stems_of_concepts(text: str, language: Language) -> frozenset[str]:
    """Stems that stand within a term of the domain's own."""
    sequence = stems(text, language)
    return frozenset(
        root for match in load_lexicon().find(sequence, language) for root in sequence[match.start : match.end]
    )
