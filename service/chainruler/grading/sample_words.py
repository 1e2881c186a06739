"""What a text says in words of its samples: that it is about one of them, or that the mean is taken elsewhere."""

from __future__ import annotations

import re

_ONE_SAMPLE = re.compile(
    r"\b(?:single|one|per)[\s~-]+(?:training[\s~-]+)?(?:example|sample|instance|case|pattern|observation|data[\s~-]?point)\b",
    re.IGNORECASE,
)
_MEAN = r"(?:1/[mNn]|\\[td]?frac\s*(?:\{\s*1\s*\}|1)\s*(?:\{\s*[mNn]\s*\}|[mNn]))\s*\$?"
_MEAN_ELSEWHERE = re.compile(
    rf"{_MEAN}\s+(?:is|was|will be|comes|goes|gets)\s+(?:put|taken|included|in|into|only|later|not)\b"
    rf"|\bwithout (?:the )?\$?\s*{_MEAN}"
)
MEAN_ELSEWHERE = "The text says that the mean is taken elsewhere: write the gradient of the loss with its mean."
OF_ONE_SAMPLE = "The text says that it is about one sample: write the gradient of the loss of all samples."


def said_of_samples(text: str) -> str:
    """What is said of a text that in words is about one sample, or without the mean; nothing of any other.

    >>> said_of_samples("For one example, dZ = P - Y") == OF_ONE_SAMPLE
    True
    """
    return OF_ONE_SAMPLE if _ONE_SAMPLE.search(text) else MEAN_ELSEWHERE if _MEAN_ELSEWHERE.search(text) else ""
