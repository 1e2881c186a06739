"""Answers graded: right or wrong, which step, and why."""
