"""BM25 over passages, one index per language, each with that language's stems.

Plain BM25 across languages does harm (a shared word such as "contrato" outweighs meaning), so a question searches
the other language's index only with its translated terms. Stems that stand together count as terms of their own:
"profit" and "sharing" in one phrase tell more than both somewhere in a text.
"""

import json
from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import log
from pathlib import Path

import bm25s
import numpy as np
import numpy.typing as npt

from kb.errors import GenerationError
from kb.records import Language

_K1, _B = 1.2, 0.75  # the customary values (Robertson and Zaragoza 2009)
_STEM_WEIGHT = 2  # of a stem against a pair of stems; one to three were tried on public sets, see `make retrieval`


class LexicalIndex:
    """Scores passages of one language against stems. `ids[i]` is the passage of row i."""

    def __init__(
        self, language: Language, ids: list[str], document_frequency: dict[str, int], engine: bm25s.BM25 | None
    ) -> None:
        self.language = language
        self.ids = ids
        self._document_frequency = document_frequency
        self._engine = engine
        self._ends: list[int] = [] if engine is None else engine.scores["indptr"].tolist()  # of the terms' scores

    def scores(self, query: Sequence[Sequence[str]]) -> npt.NDArray[np.float64]:
        """BM25 scores >= 0, one per row of `ids`. The query is in runs of stems; stems of two runs make no pair."""
        of_stems = self._sum(stem for run in query for stem in run)
        return _STEM_WEIGHT * of_stems + self._sum(pair for run in query for pair in _pairs(run))

    def _sum(self, terms: Iterable[str]) -> npt.NDArray[np.float64]:
        """The BM25 scores of terms as bm25s has counted them beforehand, added up: its own adding takes over twice as long."""
        if self._engine is None:
            return np.zeros(len(self.ids))
        known, ends = self._engine.vocab_dict, self._ends
        columns = [known[term] for term in terms if term in known]
        of_terms = [slice(ends[column], ends[column + 1]) for column in columns]
        if not of_terms:
            return np.zeros(len(self.ids))
        rows, data = self._engine.scores["indices"], self._engine.scores["data"]
        scores: npt.NDArray[np.float64] = np.bincount(
            np.concatenate([rows[of_term] for of_term in of_terms]),
            np.concatenate([data[of_term] for of_term in of_terms]),
            minlength=len(self.ids),
        ).astype(np.float64)  # which they are; its types leave the weights out
        return scores

    def knows(self, stem: str) -> bool:
        """Whether any passage of this language holds the stem."""
        return stem in self._document_frequency

    def knows_together(self, run: Sequence[str]) -> bool:
        """Whether each two stems that follow one another stand so, or with one between, in some passage."""
        pairs = (f"{one} {other}" for one, other in pairwise(run))
        return self._engine is not None and all(pair in self._engine.vocab_dict for pair in pairs)

    def rarity(self, stem: str) -> float:
        """Inverse document frequency >= 0; a stem that no passage holds is the rarest."""
        count = self._document_frequency.get(stem, 0)
        return log(1.0 + (len(self.ids) - count + 0.5) / (count + 0.5))


def build_lexical_index(folder: Path, ids: Sequence[str], corpus: Sequence[Sequence[str]]) -> None:
    """Write the index of one language. `corpus[i]` are the stems of passage `ids[i]`."""
    folder.mkdir(parents=True)
    frequency: dict[str, int] = {}
    for row in corpus:
        for stem in set(row):
            frequency[stem] = frequency.get(stem, 0) + 1
    (folder / "rows.json").write_text(
        json.dumps({"ids": list(ids), "document_frequency": frequency}, ensure_ascii=False), encoding="utf-8"
    )
    if frequency:
        engine = bm25s.BM25(k1=_K1, b=_B)
        engine.index([[*row, *_pairs(row)] for row in corpus], show_progress=False)
        engine.save(str(folder / "bm25"), show_progress=False)


def _pairs(run: Sequence[str]) -> list[str]:
    """Stems that stand next to each other or with one between, as terms; no stem holds a space."""
    return [f"{one} {other}" for apart in (1, 2) for one, other in zip(run, run[apart:], strict=False)]


def open_lexical_index(folder: Path, language: Language) -> LexicalIndex:
    """The index of one language. Raises GenerationError when files are missing or damaged."""
    try:
        rows = json.loads((folder / "rows.json").read_text(encoding="utf-8"))
        engine = bm25s.BM25.load(str(folder / "bm25"), load_corpus=False) if rows["document_frequency"] else None
        return LexicalIndex(language, rows["ids"], rows["document_frequency"], engine)
    except (OSError, ValueError, KeyError, TypeError, EOFError) as error:
        raise GenerationError(f"{folder}: the lexical index can't be read ({error}); use `kb rollback`") from error
