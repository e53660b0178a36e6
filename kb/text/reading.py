"""A text as the verifier reads it: sentences with their language, content words and claims."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from kb.lexicon import load_lexicon
from kb.records import Citation, Language
from kb.text.claims import Claim, ClaimKind, find_claims
from kb.text.language import detect_language
from kb.text.sentences import sentence_spans
from kb.text.words import fold, placed_stems

_NEIGHBOURS = 4  # content words on each side of a claim that tell what it is said of


_CLAUSE = re.compile(
    r"[,;:.()]|\b(?:and|or|but|nor|because|so|if|unless|when|which|that|y|o|pero|ni|porque|si|cuando|que)\b"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Placed:
    """A claim in its sentence, with the words that tell what it is said of."""

    claim: Claim
    governed: frozenset[str]  # the content words that follow it in its clause
    around: frozenset[str]  # those next to it on both sides


@dataclass(frozen=True, kw_only=True, slots=True)
class Sentence:
    """One sentence. Words are content stems; what has a name in the domain's terms goes by that term in all its names."""

    text: str
    language: Language
    words: frozenset[str]
    placed: tuple[Placed, ...]


@lru_cache(maxsize=2_000)
def read_sentences(text: str) -> tuple[Sentence, ...]:
    """The sentences of a text, in order; each line of a list is one at least."""
    language = detect_language(text)
    return tuple(_read(line[start:end], language) for line in text.splitlines() for start, end in sentence_spans(line))


def _read(sentence: str, language: Language) -> Sentence:
    folded = fold(sentence)
    words = _named_words(folded, language)
    claims = find_claims(sentence)
    denials = [c.start for c in claims if c.kind in {ClaimKind.NEGATION, ClaimKind.MODAL} and c.value != "banned"]
    return Sentence(
        text=sentence,
        language=language,
        words=frozenset(word for _, word in words),
        placed=tuple(_place(claim, words, folded, denials) for claim in claims),
    )


def _named_words(folded: str, language: Language) -> list[tuple[int, str]]:
    """Content stems with their offsets; those that name a term of the domain are replaced by the term's id."""
    placed = placed_stems(folded, language)
    matches = load_lexicon().find([word for _, word in placed], language)
    inside = {index for match in matches for index in range(match.start, match.end)}
    words = [entry for index, entry in enumerate(placed) if index not in inside]
    words += [(placed[match.start][0], f"#{match.concept.id}") for match in matches]
    return sorted(words)


def _place(claim: Claim, words: Sequence[tuple[int, str]], folded: str, denials: Sequence[int]) -> Placed:
    starts = [start for start, _ in words]
    first, last = bisect_left(starts, claim.start), bisect_left(starts, claim.end)
    clause = _CLAUSE.search(folded, claim.end)
    stop = min([clause.start() if clause else len(folded), *(start for start in denials if start >= claim.end)])
    governed = [word for start, word in words[last:] if start < stop][:_NEIGHBOURS]
    around = [word for _, word in (*words[max(0, first - _NEIGHBOURS) : first], *words[last : last + _NEIGHBOURS])]
    return Placed(claim=claim, governed=frozenset(governed), around=frozenset(around))


def shared_words(said: Sequence[Sentence], citation: Citation) -> frozenset[str] | None:
    """The words of sentences that a citation's quote or headings hold, under whichever name of the same thing.

    None where the quote speaks another language, whose words can't be compared.
    """
    if not said or detect_language(citation.quote) is not said[0].language:
        return None
    there = _words_of(" ".join((citation.title, *citation.section, citation.quote)), said[0].language)
    return frozenset(word for sentence in said for word in sentence.words if word in there)


@lru_cache(maxsize=500)
def _words_of(text: str, language: Language) -> frozenset[str]:
    folded = fold(text)
    return frozenset(word for _, word in (*placed_stems(folded, language), *_named_words(folded, language)))
