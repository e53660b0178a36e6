"""Check an answer before anybody sees it: quotes are verbatim, and nothing in a statement is missing from what it cites.

Compared are claims (`kb.text.claims`), each as often as it is made, wherever a statement and its source stand in the
order of claims; then whether the words themselves are the source's. A statement that quotes passes all of it; one that
a language model wrote has to.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from kb.likeness import Likeness
from kb.records import Citation, Document, Statement
from kb.text.claims import Claim, ClaimKind
from kb.text.reading import Placed, Sentence, read_sentences, shared_words

LEAST_WORDS = 0.5  # of a statement's content words that its sources must hold, where both speak one language
LEAST_LIKENESS = 0.35  # of a statement and its nearest cited sentence, where a likeness is at hand
CLEARLY_MORE = 0.25  # by so much another citation may not hold more of a statement's words than the cited ones
_CLEARLY_NEARER = 3  # words that the context of a claim shares with a contrary claim of the source, beyond its own
_REPEATED = 0.6  # of the words that a negation governs, which a statement must repeat for the negation to be missed
_CLOSE = 0.8  # of a source sentence's words, from which a statement counts as its repetition
_SCOPED = frozenset({ClaimKind.NUMBER, ClaimKind.MODAL, ClaimKind.BOUND, ClaimKind.ORDER})
_BANS = frozenset({"may not", "must not", "banned"})
_WEIGHTY = frozenset({ClaimKind.NEGATION, ClaimKind.MODAL, ClaimKind.BOUND, ClaimKind.ORDER, ClaimKind.ONLY})


def quote_is_verbatim(citation: Citation, documents: Mapping[str, Document]) -> bool:
    """Whether the quote stands at its span in the stored text of its document."""
    document = documents.get(citation.document)
    return (
        document is not None
        and 0 <= citation.start < citation.end <= len(document.text)
        and document.text[citation.start : citation.end] == citation.quote
    )


def is_supported(statement: Statement, citations: Sequence[Citation], likeness: Likeness | None = None) -> bool:
    """Whether what a statement claims, and nearly all it says, stands in what it cites; see `unsupported`."""
    return not unsupported(statement, citations, likeness)


def unsupported(statement: Statement, citations: Sequence[Citation], likeness: Likeness | None = None) -> list[str]:
    """What a statement says and its citations don't: "number 15%", "modal duty left out", …; empty if it's supported.

    `citations` are all that the answer has. With a likeness, a statement must also mean what a cited sentence means.
    """
    numbers = {citation.number for citation in citations}
    unknown = [f"citation {number} does not exist" for number in statement.citations if number not in numbers]
    own = [citation for citation in citations if citation.number in statement.citations]
    if unknown or not own:
        return unknown or ["no citation"]
    quoted = [word for citation in own for word in citation.quote.split()]
    if likeness is None and statement.text.split() == quoted:
        return []  # its sources' own words, all of them: nothing to compare
    said = read_sentences(statement.text)
    sources = [sentence for citation in own for sentence in read_sentences(citation.quote)]
    faults = [
        *_missing(said, sources, own),
        *_elsewhere(said, sources),
        *_left_out(said, sources),
        *(_denials(said, sources) if said else ()),
    ]
    # Of what is nothing but its citations' words, a row of a table, say, there may be too few to compare.
    if statement.text.split() != quoted:
        faults.extend(_unfounded(said, citations, own))
    if likeness is not None:
        faults.extend(_unlike(statement.text, own, likeness))
    return list(dict.fromkeys(faults))


def _missing(said: Sequence[Sentence], sources: Sequence[Sentence], own: Sequence[Citation]) -> Iterator[str]:
    """Claims without a like claim in the sources; each of the sources' claims supports one."""
    left = [placed.claim for source in sources for placed in source.placed]
    # A citation's own place may be named beside its words: it is shown beside them too.
    left += [Claim(kind=ClaimKind.REFERENCE, value=citation.pinpoint) for citation in own if citation.pinpoint]
    wanted = [placed.claim for sentence in said for placed in sentence.placed if not placed.claim.implied]
    unmet = []
    for claim in wanted:  # equal ones first, so that "60" does not use up "60 days"
        match = next((other for other in left if _equal(claim, other)), None)
        if match is None:
            unmet.append(claim)
        else:
            left.remove(match)
    for claim in unmet:
        match = next((other for other in left if _covers(other, claim)), None)
        if match is not None and match.unit is None and _other_unit(claim, sources):
            match = None
        if match is None:
            named = any(other.kind is claim.kind and other.value == claim.value for other in left)
            yield f"{claim} {claim.unit}" if named and claim.unit else str(claim)
        elif claim.kind not in {ClaimKind.REFERENCE, ClaimKind.DATE}:
            left.remove(match)


def _other_unit(claim: Claim, sources: Sequence[Sentence]) -> bool:
    """Whether the sources count something else by the number of a claim: "15 days" is no "15 months"."""
    like = [one.claim for source in sources for one in source.placed if one.claim.value == claim.value]
    return claim.unit is not None and any(other.unit and not _like_units(other.unit, claim.unit) for other in like)


def _equal(claim: Claim, other: Claim) -> bool:
    return (claim.kind, claim.value, claim.unit) == (other.kind, other.value, other.unit)


def _covers(source: Claim, claim: Claim) -> bool:
    """Whether a claim of the source says all that a claim says, and perhaps more."""
    if source.kind is not claim.kind:
        return False
    if claim.kind is ClaimKind.NUMBER:
        return source.value == claim.value and _like_units(source.unit, claim.unit)
    if claim.kind is ClaimKind.REFERENCE:
        return _is_place_in(source.value, claim.value)
    if claim.kind is ClaimKind.MODAL:  # "prohibited" is said of what may not and of what must not be done
        return source.value in _BANS and claim.value in _BANS and "banned" in {source.value, claim.value}
    if claim.kind is ClaimKind.DATE:
        return f"-{source.value}-".find(f"-{claim.value.strip('-')}-") >= 0
    return False


def _like_units(one: str | None, other: str | None) -> bool:
    """A unit that is not named may be any; a bare dollar sign may be of either currency."""
    units = {one, other}
    return None in units or ("money" in units and units <= {"money", "usd", "mxn"})


def _is_place_in(place: str, whole: str) -> bool:
    """Whether a legal place lies in another: "LFT art. 127 fr. VIII" in "LFT art. 127" and in "art. 127"."""
    if not place.startswith(whole):
        _, _, place = place.partition(" art")
        place = "art" + place
    rest = place[len(whole) :]  # "LFT art. 15 A" is another article than "LFT art. 15"
    return place.startswith(whole) and (not rest or re.match(r"[(,]| [a-z]", rest) is not None)


def _elsewhere(said: Sequence[Sentence], sources: Sequence[Sentence]) -> Iterator[str]:
    """Claims that stand in the sources, but in another place than the words around them: "30 days" said of the "60".

    Only within a language: words are compared.
    """
    for sentence in said:
        placed = [other for source in sources if source.language is sentence.language for other in source.placed]
        for one in sentence.placed:
            if one.claim.kind not in _SCOPED or one.claim.implied:
                continue
            same = [_nearness(one, other) for other in placed if _alike(other.claim, one.claim)]
            others = [_nearness(one, other) for other in placed if _contrary(other.claim, one.claim)]
            if same and max(others, default=0) >= max(same) + _CLEARLY_NEARER:
                yield f"{one.claim} is said of something else"


def _nearness(one: Placed, other: Placed) -> int:
    return 2 * len(one.governed & other.governed) + len(one.around & other.around)


def _alike(source: Claim, claim: Claim) -> bool:
    return _equal(source, claim) or _covers(source, claim)


def _contrary(source: Claim, claim: Claim) -> bool:
    return source.kind is claim.kind and source.value != claim.value


def _left_out(said: Sequence[Sentence], sources: Sequence[Sentence]) -> Iterator[str]:
    """Modals, bounds and order of a sentence that a statement repeats without them."""
    for source in sources:
        like = [sentence for sentence in said if sentence.language is source.language]
        closest = max(like, key=lambda sentence, source=source: len(sentence.words & source.words), default=None)  # type: ignore[misc]
        if closest is not None and _repeats(closest, source):
            given = Counter(
                str(one.claim) for one in source.placed if one.claim.kind in _WEIGHTY and not one.claim.implied
            )
            given -= Counter(str(one.claim) for one in closest.placed)
            yield from (f"{claim} left out" for claim in given)


def _repeats(sentence: Sentence, source: Sentence) -> bool:
    return bool(source.words) and len(sentence.words & source.words) >= _CLOSE * len(source.words)


def _denials(said: Sequence[Sentence], sources: Sequence[Sentence]) -> Iterator[str]:
    """Negations and bans that a statement drops though it repeats what they deny, or says of something else.

    Each denial of the statement answers to one of the sources, of its own kind if there is one that denies the same.
    """
    language = said[0].language
    if all(source.language is not language for source in sources):
        yield from _denial_lost_in_translation(said, sources)
        return
    given = [one for source in sources if source.language is language for one in _denials_of(source)]
    made = [one for sentence in said for one in _denials_of(sentence)]
    every, ways = list(made), {one.claim.value for one in given}
    for exact in (True, False):
        _pair_off(given, made, exact=exact)
    for denial in given:
        # A single word may be said of other things too: then what stands around the denial must be repeated.
        denied = denial.governed if len(denial.governed) > 1 else denial.around
        alike = [other for other in every if _equal(other.claim, denial.claim) or other.claim.value not in ways]
        if any(_denies_the_same(denial, other) for other in alike):
            continue
        if denied and any(len(denied & sentence.words) >= _REPEATED * len(denied) for sentence in said):
            yield f"{denial.claim} left out"
    yield from _one_of_several_left_out(said, sources)
    if all(source.language is language for source in sources):
        yield from (f"{denial.claim} is said of something else" for denial in made)


def _one_of_several_left_out(said: Sequence[Sentence], sources: Sequence[Sentence]) -> Iterator[str]:
    """Where a sentence is repeated in the same words, fewer denials than it has: "no … nor never" without its "no"."""
    for source in sources:
        same = [
            len(_denials_of(sentence))
            for sentence in said
            if len(sentence.words & source.words) >= len(sentence.words | source.words) - 1
        ]
        if same and max(same) < len(_denials_of(source)):
            yield "a negation left out"


def _denials_of(sentence: Sentence) -> list[Placed]:
    return [one for one in sentence.placed if _denies(one.claim)]


def _denies(claim: Claim) -> bool:
    return not claim.implied and (claim.value in _BANS or (claim.kind is ClaimKind.NEGATION and claim.value == "not"))


def _pair_off(given: list[Placed], made: list[Placed], *, exact: bool) -> None:
    """Take off both lists the denials that answer to each other, the nearest first; with `exact` only in like words."""
    pairs = [
        (one, other)
        for one in given
        for other in made
        if _denies_the_same(one, other) and (not exact or _equal(one.claim, other.claim))
    ]
    for one, other in sorted(pairs, key=lambda pair: -_nearness(*pair)):
        if any(one is left for left in given) and any(other is left for left in made):
            given[:] = [left for left in given if left is not one]
            made[:] = [left for left in made if left is not other]


def _denies_the_same(given: Placed, made: Placed) -> bool:
    if given.governed and made.governed:
        return bool(given.governed & made.governed)
    return bool(given.around & made.around)


def _denial_lost_in_translation(said: Sequence[Sentence], sources: Sequence[Sentence]) -> Iterator[str]:
    """A statement without any denial whose only sources, in another language, deny in each sentence."""
    denied = bool(sources) and all(any(_denies(one.claim) for one in source.placed) for source in sources)
    banned = any(one.claim.value == "banned" for source in sources for one in source.placed)
    made = {one.claim.value for sentence in said for one in sentence.placed if _denies(one.claim)}
    if denied and not made - ({"banned"} if banned and _negated(sources) else set()):
        yield "negation not left out"


def _negated(sources: Sequence[Sentence]) -> bool:
    return any(one.claim.value == "not" for source in sources for one in source.placed)


def _unfounded(said: Sequence[Sentence], citations: Sequence[Citation], own: Sequence[Citation]) -> Iterator[str]:
    """A statement most of whose words its citations don't hold, or another citation clearly holds better."""
    words = {word for sentence in said for word in sentence.words}
    if not words:
        return
    held = {citation.number: shared_words(said, citation) for citation in citations}
    if all(held[citation.number] is None for citation in own):
        return  # all speak another language
    own_words = {word for citation in own for word in held[citation.number] or ()}
    share = len(own_words & words) / len(words)
    if share < LEAST_WORDS:
        yield f"words: {share:.0%} stand in its sources"
    others = [
        c.number
        for c in citations
        if c not in own and len((held[c.number] or set()) & words) / len(words) > share + CLEARLY_MORE
    ]
    if others:
        yield f"words stand in citation {others[0]}"


def _unlike(text: str, own: Sequence[Citation], likeness: Likeness) -> Iterator[str]:
    pieces = {
        piece for citation in own for piece in (citation.quote, *(s.text for s in read_sentences(citation.quote)))
    }
    nearest = max(likeness(text, piece) for piece in pieces)
    if nearest < LEAST_LIKENESS:
        yield f"meaning: likeness {nearest:.2f} to its sources"
