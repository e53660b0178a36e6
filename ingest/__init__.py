"""From guidance files to a new generation: load, front matter, structure, split, check, embed, publish."""

from ingest.publish import Report, publish

__all__ = ["Report", "publish"]
