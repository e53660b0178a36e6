"""What a language model is told, as Markdown."""
