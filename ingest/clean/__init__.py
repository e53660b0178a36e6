"""What does not belong to a document's own text: found, left out, and recorded with its reason."""
