"""Lambda Feedback's older interface: POST / with a command in the header `command`."""

from __future__ import annotations

from typing import Any, ClassVar

import orjson

from chainruler.api.foreign import Foreign, Headers, Refused, Reply, Task
from chainruler.handlers import lambda_feedback as handlers
from chainruler.refusals.documents import problem_of
from chainruler.schemas.lambda_feedback import EvalRequest, HealthcheckRequest, PreviewRequest

COMMANDS = {
    "eval": Task(EvalRequest, handlers.evaluate),
    "preview": Task(PreviewRequest, handlers.preview),
    "healthcheck": Task(HealthcheckRequest, handlers.healthcheck),
}


class LambdaFeedback(Foreign):
    """A command and its result."""

    path: ClassVar[str] = "/"

    def task(self, headers: Headers) -> Task:
        command = headers.get("command", "eval")
        if command not in COMMANDS:
            known = ", ".join(COMMANDS)
            raise Refused(Reply(400, {"error": {"message": f"invalid command: known are {known}"}}))
        return COMMANDS[command]

    def refusal(self, error: Exception) -> Reply:
        """A message, and what is wrong with each field."""
        status, body, headers = problem_of(error)
        problem: dict[str, Any] = orjson.loads(body)
        fields: dict[str, list[str]] = {}
        for fault in problem.get("errors", []):
            fields.setdefault(fault["pointer"], []).append(fault["message"])
        told = {"message": problem["detail"], "error_thrown": problem["title"], "fields": fields}
        return Reply(400 if status == 422 else status, {"error": told}, headers)
