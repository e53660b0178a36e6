"""The structure of legal text: articles and sections with their paragraphs, and the pinpoint of each."""
