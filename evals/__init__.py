"""Measure answers: cases, matching, metrics, runs, comparison, the gate."""
