"""The problem in a file: `chainruler problem new`, the worked systems and the example courses wrap it in more."""

from __future__ import annotations

from collections.abc import Mapping

from chainruler_client.calls import Problem


def problem_in(document: Problem | str) -> Problem | str:
    """The problem itself: the member `problem` of a document that has no model of its own.

    A token, and a document that holds nothing but one, are problems as they are.
    """
    if isinstance(document, str) or "model" in document:
        return document
    wrapped = document.get("problem")
    return wrapped if isinstance(wrapped, Mapping) else document
