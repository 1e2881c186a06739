"""The evaluate task of the µEd API: feedback on a submission, and what this service can do."""

from __future__ import annotations

from typing import Any

from chainruler import __version__
from chainruler.faces.translation import Document, Places, graded, name_of, previewed, spec_of
from chainruler.grading.cases import case_of
from chainruler.grading.platforms.sheet import MarkedAnswer, Sheet
from chainruler.handlers.context import Context
from chainruler.networks import SpecError
from chainruler.schemas.mued import VERSION, EvaluateRequest, Submission
from chainruler.schemas.requests import Request

PLACES = Places("/configuration/vendorExtensions/x-chainruler", "/submission/content")
CONTENT = ("expression", "text", "code", "value")
"""Where the formula stands, by the type of a submission."""
DETAIL = {"BRIEF": 1, "MEDIUM": 2, "DETAILED": 2}
"""The level of hints by what learners like; the right answer is not theirs to choose."""


def evaluate(request: EvaluateRequest, context: Context) -> list[Document]:
    """Feedback on each answer; without points where it could not be read, or only a preview is wanted."""
    settings = _settings(request)
    submission = request.submission
    if request.preSubmissionFeedback is not None and request.preSubmissionFeedback.enabled:
        return [_preview(submission, settings, context)]
    report, warnings = graded(_answers(request, settings), settings, PLACES, context)
    marked = Sheet.of(report).answers
    told = [_feedback(*pair, request) for pair in zip(report["results"], marked, strict=True)]
    if warnings:
        told[0]["vendorExtensions"]["x-chainruler"]["warnings"] = warnings
    return told


def health(_request: Request, context: Context) -> Document:
    """What this service can do."""
    return {
        "status": "OK",
        "version": __version__,
        "requirements": {"requiresAuthorizationHeader": context.keys_needed, "requiresLlmConfiguration": False},
        "capabilities": {
            "supportsEvaluate": True,
            "supportsPreSubmissionFeedback": True,
            "supportsFormativeFeedback": True,
            "supportsSummativeFeedback": True,
            "supportsDataPolicy": "NOT_SUPPORTED",
            "supportedArtefactProfiles": [
                {"type": "MATH", "supportedFormats": ["latex", "numpy"]},
                {"type": "OTHER", "supportedFormats": []},
            ],
            "supportedLanguages": ["en"],
            "supportedAPIVersions": [VERSION],
            "supportedVersions": [VERSION],
        },
    }


def _settings(request: EvaluateRequest) -> Document:
    """What the teacher has set up: Lambda Feedback's words first, ours last."""
    configuration = request.configuration
    if configuration is None:
        return {}
    extensions = configuration.vendorExtensions or {}
    ours, theirs = _object(extensions, "x-chainruler"), _object(extensions, "x-lf")
    known = {name: theirs[name] for name in ("symbols", "cases") if theirs.get(name) is not None}
    settings = {**(configuration.params or {}), **_object(theirs, "gradeParams"), **known, **ours}
    settings.setdefault("hints", _hints(request))
    if (request.submission.format or "").lower() == "latex":
        settings.setdefault("syntax", "latex")
    return settings


def _object(extensions: Document, name: str) -> Document:
    """A part that must be an object, if it is there."""
    part: Document = {} if extensions.get(name) is None else extensions[name]
    if not isinstance(part, dict):
        raise SpecError("wrong_type", f"/configuration/vendorExtensions/{name}", f"{name} must be an object.")
    return part


def _hints(request: EvaluateRequest) -> int:
    preference = request.user.preference if request.user is not None else None
    return DETAIL.get((preference and preference.detail) or "MEDIUM", 2)


def _content(content: Document, where: str) -> Any:
    """The one thing that a content holds."""
    for name in CONTENT:
        if content.get(name) is not None:
            return content[name]
    known = ", ".join(f'"{name}"' for name in CONTENT)
    raise SpecError("missing_field", where, "There is nothing to evaluate.", f"Known are {known}.")


def _answers(request: EvaluateRequest, settings: Document) -> Document:
    content = request.submission.content
    if isinstance(content.get("answers"), dict):
        answers: Document = content["answers"]
        return answers
    solution = request.task.referenceSolution if request.task is not None else None
    named = None if solution is None else next((solution[key] for key in CONTENT if key in solution), None)
    try:
        name = name_of(named, settings)
    except SpecError as error:
        raise error.below("configuration", "vendorExtensions", "x-chainruler") from None
    return {name: spec_of(_content(content, "/submission/content"), settings.get("syntax", "numpy"))}


def _preview(submission: Submission, settings: Document, context: Context) -> Document:
    """How a formula is read; numbers are shown as they are."""
    spec = spec_of(_content(submission.content, "/submission/content"), settings.get("syntax", "numpy"))
    told = {"feedbackId": _id(submission, "preview"), "title": "Preview"}
    if "formula" not in spec:
        return told | {"message": "Read as numbers."}
    read = previewed(spec["formula"], settings.get("with_respect_to"), settings, PLACES, context)
    if not read["gradable"]:
        return told | {"message": read["message"]}
    return told | {"message": f"Read as: {read['read_as']['numpy']}", "response": _read(read["read_as"])}


def _feedback(result: Document, marked: MarkedAnswer, request: EvaluateRequest) -> Document:
    """Feedback on one answer; what was not graded has no points, so that none are mistaken for a verdict."""
    case = next((number for code in marked.codes if (number := case_of(code)) is not None), None)
    target: Document = {"artefactType": request.submission.type}
    if request.submission.format is not None:
        target["format"] = request.submission.format
    place = next((entry["where"] for entry in result["diagnosis"] if (entry["where"] or {}).get("span")), None)
    if place is not None:
        start, end = place["span"]
        target["locator"] = {"type": "subexpression", "path": place["numpy"], "startIndex": start, "endIndex": end}
    optional = {
        "suggestedAction": result["hint"],
        "awardedPoints": marked.score if marked.gradable else None,
        "criterion": _criterion(result["answer"], request),
        "response": _read(result["read_as"]) if result["read_as"] else None,
        "matchedCase": case,
    }
    return {
        "feedbackId": _id(request.submission, result["answer"]),
        "title": marked.headline,
        "message": result["message"],
        **{name: value for name, value in optional.items() if value is not None},
        "target": target,
        "vendorExtensions": {"x-chainruler": dict(result)},
    }


def _criterion(answer: str, request: EvaluateRequest) -> Document | None:
    for criterion in request.criteria or []:
        if answer in {criterion.criterionId, criterion.name}:
            return criterion.model_dump(exclude_none=True)
    return None


def _read(read_as: Document) -> Document:
    return {"latex": read_as["latex"], "sympy": read_as["numpy"], "mathml": read_as["mathml"]}


def _id(submission: Submission, answer: str) -> str:
    return f"{submission.submissionId or 'feedback'}-{answer}"
