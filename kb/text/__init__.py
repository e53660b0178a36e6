"""Words, sentences, languages and legal references in English and Spanish text."""
