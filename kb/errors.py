"""The error tree. Every message says what went wrong, where, and what to do next.

    KnowledgeBaseError
    ├── UsageError            the call itself is wrong (exit code 2)
    │   └── SettingsError     an unknown or malformed setting
    ├── ModelError            a model is missing, broken, or another than the generation's
    ├── GenerationError       a generation is missing or damaged
    ├── DocumentNotFoundError
    ├── ReceiptError          a receipt is missing or damaged
    └── IngestError           guidance files were refused; nothing was published
        └── BusyError         another process is writing to the same home

"I don't know" is not an error: it is an answer with the status `abstained`.
"""


class KnowledgeBaseError(Exception):
    """Root of all errors that this project raises on purpose."""

    exit_code = 1


class UsageError(KnowledgeBaseError):
    """The caller asked for something that can't be: an empty question, an unknown filter value."""

    exit_code = 2


class SettingsError(UsageError):
    """A setting is unknown or has a value that can't be used."""


class ModelError(KnowledgeBaseError):
    """An embedding model can't be loaded, or isn't the one that a generation was built with."""


class GenerationError(KnowledgeBaseError):
    """No such generation, no live generation, or files of a generation are damaged."""


class DocumentNotFoundError(KnowledgeBaseError):
    """The generation holds no document of that id."""


class ReceiptError(KnowledgeBaseError):
    """The receipt doesn't exist or can't be read."""


class IngestError(KnowledgeBaseError):
    """Guidance files were refused. The live generation is untouched."""


class BusyError(IngestError):
    """Another process holds the writer's lock of this home."""
