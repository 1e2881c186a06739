"""The calls of all faces."""

from __future__ import annotations

from chainruler.faces.lambda_feedback.table import CALLS as LAMBDA_FEEDBACK
from chainruler.faces.mued.table import CALLS as MUED

CALLS = (*MUED, *LAMBDA_FEEDBACK)
