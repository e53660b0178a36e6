"""Official texts: what is wanted (`sources.yaml`), downloading them, and the record of what was downloaded."""
