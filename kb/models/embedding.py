"""Text to vectors, through llama-index's embedding interface.

Whatever llama-index integration is configured, the rest of the project sees an `Embedder`: normalised float32
rows, one per text, in the order of the texts.
"""

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from copy import deepcopy
from functools import cached_property, lru_cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol, TypeGuard

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits
from tokenizers import Tokenizer

from kb.errors import ModelError
from kb.garbage import no_search_for_garbage
from kb.models.layer_changes import LayerChanges
from kb.models.weights_package import (
    MODEL_NAME,
    TOKENS,
    WEIGHTS_SHA256,
    WeightsError,
    tokenizer_of,
    unpack_e5_small,
)
from kb.settings import Settings

Arithmetic = Callable[[], AbstractContextManager[None]]
"""Entered around a model call, in the thread that makes it."""

Vectors = npt.NDArray[np.float32]
_HUB_SECONDS = 10.0
_OTHER_RUNTIMES = ["onnx/*", "openvino/*", "*.onnx", "*.h5", "*.msgpack", "*.ot"]  # weights for what we don't use
_REMEDY = (
    "give a folder that sentence-transformers can load in KB_EMBEDDING_MODEL, or unset it to use the model that comes "
    "with the installation"
)
BATCH = 128  # texts at once at most
BATCH_CHARACTERS = 12_000  # and characters: some 3,000 tokens, from where more at once are no faster on a CPU
# oneDNN makes kernels for each number of tokens; it and torch keep the last 1,024, which with the gaps between them are
# gigabytes after an ingest. A question needs four, so that these serve 64 different lengths.
_KERNELS_KEPT = "256"
_SERVER_BATCH = 16  # texts in one request


def unit_rows(vectors: Vectors) -> Vectors:
    """Vectors of length 1; for one or for each row."""
    unit: Vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)
    return unit


class Embedder(Protocol):
    """Turns texts into unit vectors. `identity` changes whenever the vectors would."""

    identity: str

    def embed_query(self, text: str) -> Vectors:
        """One question: shape (dimension,)."""
        ...

    def embed_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        """Passages: shape (len(texts), dimension). `progress` is told how many texts are done."""
        ...

    def fits(self, text: str) -> bool:
        """Whether a passage is embedded whole, without being cut off."""
        ...


class RereadingEmbedder(Embedder, Protocol):
    """An Embedder that also reads with changed last layers."""

    def embed_query_twice(self, text: str, changes: LayerChanges) -> tuple[Vectors, Vectors]:
        """One question as `embed_query` gives it, and as the changed layers do: each of shape (dimension,)."""
        ...

    def embed_pairs(self, query: str, passages: Sequence[str], changes: LayerChanges) -> Vectors:
        """A question with each passage as one text, read with the changed layers: shape (len(passages), 3, dimension).

        Of each pair the vector of its first token, and the means of the question's tokens and of the passage's.
        """
        ...


def rereads(embedder: Embedder) -> TypeGuard[RereadingEmbedder]:
    """Whether an embedder is a `RereadingEmbedder`; to ask the protocol itself is slow on Python 3.11, and each question asks."""
    return hasattr(embedder, "embed_query_twice") and hasattr(embedder, "embed_pairs")


class LlamaIndexEmbedder:
    """An Embedder over any llama-index `BaseEmbedding`."""

    def __init__(
        self,
        model: Any,
        identity: str,
        count_tokens: Callable[[str], int] | None,
        limit: int,
        arithmetic: Arithmetic = nullcontext,
        workers: int = 1,
    ) -> None:
        self.identity = identity
        self._arithmetic = arithmetic
        self._workers = workers
        self.model = model
        self._count_tokens = count_tokens
        self._limit = limit
        self._lock = threading.Lock()  # two questions at once on two cores are slower than one after the other

    def embed_query(self, text: str) -> Vectors:
        """One question: shape (dimension,)."""
        with self._lock, self._arithmetic():
            row: Vectors = self._unit_rows([self._call(lambda: self.model.get_query_embedding(text))], 1)[0]
        return row

    def embed_query_twice(self, text: str, changes: LayerChanges) -> tuple[Vectors, Vectors]:
        """See `RereadingEmbedder`; of the models that come here, `ShippedModel` alone can do it."""
        with self._lock, self._arithmetic():
            both = self._call(lambda: self.model.get_query_embeddings_twice([text], changes))
            plain, reread = self._unit_rows([both[0][0], both[1][0]], 2)
        return plain, reread

    def embed_pairs(self, query: str, passages: Sequence[str], changes: LayerChanges) -> Vectors:
        """See `RereadingEmbedder`; of the models that come here, `ShippedModel` alone can do it."""
        with self._lock, self._arithmetic():
            pairs: Vectors = self._call(lambda: self.model.get_pair_embeddings(query, passages, changes))
        return pairs

    def embed_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        """Passages in batches of like length, so that little is spent on padding; as many at once as there are workers."""
        if not texts:
            return np.zeros((0, 0), dtype=np.float32)
        rows = [np.zeros(0, dtype=np.float32)] * len(texts)
        done = 0
        batches = list(_batches(texts))
        embedded = self._embedded([texts[row] for row in batch] for batch in batches)
        for batch, vectors in zip(batches, embedded, strict=True):
            for row, vector in zip(batch, vectors, strict=True):
                rows[row] = vector
            done += len(batch)
            if progress:
                progress(done)
        return np.stack(rows)

    def _embedded(self, batches: Iterable[list[str]]) -> Iterator[Vectors]:
        """The vectors of each batch, in their order."""
        if self._workers == 1:  # an interrupt ends a request to a server, but not a thread that waits for one
            yield from map(self._embed, batches)
            return
        with ThreadPoolExecutor(self._workers) as pool:
            yield from pool.map(self._embed, batches)

    def _embed(self, texts: Sequence[str]) -> Vectors:
        with self._arithmetic():
            return self._unit_rows(self._call(partial(self.model.get_text_embedding_batch, list(texts))), len(texts))

    def fits(self, text: str) -> bool:
        """Whether the model reads the whole text. A server's own limit is not known: characters stand in."""
        return _fits(text, self._limit, self._count_tokens)

    def _unit_rows(self, rows: Sequence[Sequence[float]], count: int) -> Vectors:
        try:
            matrix = np.asarray(rows, dtype=np.float32)
        except (TypeError, ValueError):
            matrix = np.zeros(0, dtype=np.float32)
        if matrix.ndim != 2 or len(matrix) != count or not matrix.size or not np.isfinite(matrix).all():
            raise ModelError(
                f"the embedding model {self.identity} gave no usable vectors for {count} texts; run `kb doctor`"
            )
        return unit_rows(matrix)

    def _call(self, function: Callable[[], Any]) -> Any:
        try:
            return function()
        except (OSError, RuntimeError, ValueError) as error:
            raise ModelError(f"the embedding model {self.identity} failed: {error}; run `kb doctor`") from error
        except Exception as error:  # a server's client raises its own kinds, which we must not import here
            if type(error).__module__.split(".")[0] in {"openai", "httpx", "httpcore"}:
                raise ModelError(
                    f"the embedding server of {self.identity} did not answer: {error}; check KB_EMBEDDING_URL"
                ) from error
            raise


def _fits(text: str, limit: int, count_tokens: Callable[[str], int] | None) -> bool:
    if len(text) < limit // 2:  # a character is hardly ever more than one token; room for prefixes is left
        return True
    return count_tokens(text) <= limit if count_tokens else len(text) <= 4 * limit


def _batches(texts: Sequence[str]) -> Iterator[list[int]]:
    """Rows of texts, longest first, each row once."""
    batch: list[int] = []
    for row in sorted(range(len(texts)), key=lambda row: -len(texts[row])):
        longest = len(texts[batch[0]]) if batch else 0
        if batch and (len(batch) == BATCH or (len(batch) + 1) * longest > BATCH_CHARACTERS):
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


class ShippedEmbedder:
    """The model that comes with the installation, loaded when something is to be embedded.

    Loading takes seconds; what fits into a passage is known without it. Raises ModelError where it can't be unpacked.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.identity = _as_shipped(settings)[2]
        self._folder = _unpacked(settings)
        self._loading = threading.Lock()

    def load(self) -> RereadingEmbedder:
        """The loaded model. Raises ModelError where its files are damaged."""
        with self._loading, no_search_for_garbage():
            return self._loaded

    def embed_query(self, text: str) -> Vectors:
        """One question: shape (dimension,)."""
        return self.load().embed_query(text)

    def embed_query_twice(self, text: str, changes: LayerChanges) -> tuple[Vectors, Vectors]:
        """One question as it is and with changed layers: each of shape (dimension,)."""
        return self.load().embed_query_twice(text, changes)

    def embed_pairs(self, query: str, passages: Sequence[str], changes: LayerChanges) -> Vectors:
        """A question with each passage, with changed layers: shape (len(passages), 3, dimension)."""
        return self.load().embed_pairs(query, passages, changes)

    def embed_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        """Passages: shape (len(texts), dimension)."""
        return self.load().embed_passages(texts, progress)

    def fits(self, text: str) -> bool:
        """Whether a passage is embedded whole."""
        return _fits(text, TOKENS, self._count_tokens)

    @cached_property
    def _loaded(self) -> RereadingEmbedder:
        _prepare_torch()
        from kb.models.shipped_model import ShippedModel  # noqa: PLC0415  imports torch

        number_format = _number_format(self.settings)
        query, passage, identity = _as_shipped(self.settings)
        model = ShippedModel(self._folder, self._tokenizer, query, passage, number_format)
        return LlamaIndexEmbedder(
            model, identity, self._count_tokens, TOKENS, _arithmetic(number_format), _workers(self.settings)
        )

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        return tokenizer_of(self._folder)

    def _count_tokens(self, text: str) -> int:
        return len(self._tokenizer.encode(_as_shipped(self.settings)[1] + text).ids)


def embedder_on_demand(settings: Settings) -> Embedder:
    """As `load_embedder`, but the model that comes with the installation is not loaded before something is embedded."""
    if settings.embedding_url or settings.embedding_model:
        return load_embedder(settings)
    return ShippedEmbedder(settings)


def load_embedder(settings: Settings) -> Embedder:
    """The configured model. Raises ModelError with what to do when it can't be loaded.

    Comparing vectors takes one core, too: two save nothing on an idle machine and double an answer's time on a busy one.
    """
    threadpool_limits(limits=1, user_api="blas")
    if settings.embedding_url:
        return _server_embedder(settings)
    if settings.embedding_model:
        query, passage = settings.embedding_query_prefix or "", settings.embedding_passage_prefix or ""
        place = _folder_of(settings.embedding_model)
        identity = _identity_of(settings.embedding_model, place) + _named_prefixes(query, passage)
        return _sentence_transformer(place, identity, query, passage, settings)
    return ShippedEmbedder(settings).load()


def _unpacked(settings: Settings) -> Path:
    try:
        return unpack_e5_small(default_model_folder(settings))
    except WeightsError as error:
        raise ModelError(str(error)) from error


def _as_shipped(settings: Settings) -> tuple[str, str, str]:
    """Prefixes of questions and passages, and the identity, of the model that comes with the installation."""
    # The E5 family is trained with these prefixes (its model card; without them retrieval is worse).
    query = "query: " if settings.embedding_query_prefix is None else settings.embedding_query_prefix
    passage = "passage: " if settings.embedding_passage_prefix is None else settings.embedding_passage_prefix
    identity = f"{MODEL_NAME}@{WEIGHTS_SHA256[:12]}"
    if (query, passage) != ("query: ", "passage: "):
        identity += _named_prefixes(query, passage)
    return query, passage, identity


def default_model_folder(settings: Settings) -> Path:
    """Where the unpacked weights live: KB_MODEL_CACHE, else the user's cache folder."""
    cache = (
        settings.model_cache or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "bpo-knowledge-base"
    )
    return cache / MODEL_NAME


def _named_prefixes(query: str, passage: str) -> str:
    """Other prefixes make other vectors, and so another model."""
    return f"[{query}|{passage}]" if query or passage else ""


def _folder_of(name: str) -> str:
    """The folder itself, or that of a hub's model, downloaded the first time. Raises ModelError.

    Left to itself the hub's client retries for over a minute where there is no network, at every start.
    """
    if Path(name).is_dir():
        return name
    from huggingface_hub import HfApi, snapshot_download  # noqa: PLC0415

    try:
        return str(snapshot_download(name, local_files_only=True))
    except (OSError, ValueError):  # it was never downloaded, or is no possible name
        pass
    try:
        HfApi().model_info(name, timeout=_HUB_SECONDS)
        return str(snapshot_download(name, ignore_patterns=_OTHER_RUNTIMES))
    except Exception as error:  # the hub's client raises its own kinds and its HTTP library's, none of a common root
        raise ModelError(
            f"there is no folder {name!r}, and no model of that name can be downloaded ({error}); {_REMEDY}"
        ) from error


def _identity_of(name: str, place: str) -> str:
    """A folder is identified by its files, so that swapped weights are noticed; a hub's model by name and revision."""
    folder = Path(name)
    if not folder.is_dir():
        return f"hub:{name}@{Path(place).name[:12]}"
    digest = sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(path.name.encode())
            digest.update(path.read_bytes())
    return f"folder:{folder.name}@{digest.hexdigest()[:12]}"


def _sentence_transformer(name: str, identity: str, query: str, passage: str, settings: Settings) -> Embedder:
    os.environ.setdefault("HF_HUB_OFFLINE", "1")  # a folder must never ask a hub for anything
    _prepare_torch()
    import transformers  # noqa: PLC0415  seconds to import, not needed by a configured server
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding  # noqa: PLC0415

    from kb.models.bert_forward import speed_up  # noqa: PLC0415  imports torch

    transformers.logging.disable_progress_bar()
    try:
        model = HuggingFaceEmbedding(
            model_name=name,
            query_instruction=query,
            text_instruction=passage,
            normalize=True,
            device="cpu",
            embed_batch_size=BATCH,
            show_progress_bar=False,
        )
    except (OSError, ValueError, RuntimeError) as error:
        raise ModelError(f"the embedding model {name!r} can't be loaded ({error}); {_REMEDY}") from error
    encoder = model._model  # noqa: SLF001  llama-index has no public way to the tokenizer
    encoder.encode(["-"])  # sets its tokenizer up: done by two threads at once, that fails

    @lru_cache(maxsize=1)
    def counting_tokenizer() -> Any:
        return deepcopy(encoder.tokenizer)  # counting sets it up otherwise

    def count_tokens(text: str) -> int:
        return len(counting_tokenizer().encode(passage + text, truncation=False, verbose=False))

    limit = int(encoder.max_seq_length or 512)
    number_format = _number_format(settings)
    arithmetic = _arithmetic(number_format, converts=not speed_up(encoder[0].auto_model, number_format))
    return LlamaIndexEmbedder(model, identity, count_tokens, limit, arithmetic, _workers(settings))


def _prepare_torch() -> None:
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # its fork warning would reach the terminal
    for kept in ("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "LRU_CACHE_CAPACITY"):  # read when torch multiplies first
        os.environ.setdefault(kept, _KERNELS_KEPT)


def _number_format(settings: Settings) -> Any:
    """The torch.dtype to multiply in.

    Vectors in bfloat16 agree with those in float32 to cosine 0.9999, so that generations built with either serve both.
    """
    import torch  # noqa: PLC0415

    from kb.models.bert_forward import quick_format  # noqa: PLC0415  imports torch

    return quick_format() if settings.precision == "auto" else getattr(torch, settings.precision)


def _arithmetic(number_format: Any, *, converts: bool = False) -> Arithmetic:
    """Each call uses one core; where it `converts`, torch brings the numbers into the format at each call.

    One question on two cores saves 5 ms on an idle machine and costs 200 ms where another process is at work; many texts
    are 8 % faster as two batches on a core each than as one on two.
    """
    import torch  # noqa: PLC0415

    @contextmanager
    def arithmetic() -> Iterator[None]:
        torch.set_num_threads(1)
        with (
            torch.inference_mode(),
            torch.autocast("cpu", dtype=torch.bfloat16, enabled=converts and number_format is torch.bfloat16),
        ):
            yield

    return arithmetic


def _workers(settings: Settings) -> int:
    return settings.threads or os.cpu_count() or 1


def _server_embedder(settings: Settings) -> Embedder:
    if not settings.embedding_model:
        raise ModelError("KB_EMBEDDING_URL is set but KB_EMBEDDING_MODEL is not: name the server's model")
    from llama_index.embeddings.openai_like import OpenAILikeEmbedding  # noqa: PLC0415

    model = OpenAILikeEmbedding(
        model_name=settings.embedding_model,
        api_base=settings.embedding_url,
        api_key=settings.embedding_key.get_secret_value() or "none",
        embed_batch_size=_SERVER_BATCH,
        max_retries=2,
        timeout=30.0,
    )
    query, passage = settings.embedding_query_prefix or "", settings.embedding_passage_prefix or ""
    identity = f"server:{settings.embedding_model}"
    if query or passage:
        return _PrefixedEmbedder(LlamaIndexEmbedder(model, f"{identity}[{query}|{passage}]", None, 512), query, passage)
    return LlamaIndexEmbedder(model, identity, None, 512)


class _PrefixedEmbedder:
    """Puts a model's prefixes before texts, for servers that don't do it themselves."""

    def __init__(self, inner: Embedder, query: str, passage: str) -> None:
        self.identity = inner.identity
        self._inner, self._query, self._passage = inner, query, passage

    def embed_query(self, text: str) -> Vectors:
        """One question: shape (dimension,)."""
        return self._inner.embed_query(self._query + text)

    def embed_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        """Passages: shape (len(texts), dimension)."""
        return self._inner.embed_passages([self._passage + text for text in texts], progress)

    def fits(self, text: str) -> bool:
        """Whether a passage is embedded whole."""
        return self._inner.fits(self._passage + text)
