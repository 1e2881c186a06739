"""The codes of single faults, by the kind of problem they come with: what the page of errors lists."""

from __future__ import annotations

from chainruler.refusals import kinds
from chainruler.refusals.kinds import Kind

CODES: dict[Kind, dict[str, str]] = {
    kinds.MALFORMED: {
        "malformed_json": "The body is not JSON; the message has line, column and byte.",
        "not_utf8": "The body is not UTF-8, or begins with a byte order mark.",
        "too_deep": "Objects and lists are nested deeper than is read.",
        "malformed_safetensors": "The body is not a safetensors file: header, offsets or tensors do not fit.",
    },
    kinds.NOT_HTTP: {"malformed_http": "The bytes are no request of HTTP; those of TLS are not either."},
    kinds.UNAUTHORIZED: {"unknown_key": "No key was sent, or one that is not known or no longer good."},
    kinds.FORBIDDEN: {"not_allowed": "The key does not open this call, or not all that grading may reveal."},
    kinds.TOO_MANY_REQUESTS: {
        "too_many_requests": "The key has sent more requests in a second, or has more at once, than it may."
    },
    kinds.NOT_FOUND: {"unknown_name": "There is no worked system of this name."},
    kinds.METHOD_NOT_ALLOWED: {},
    kinds.NOT_ACCEPTABLE: {"not_acceptable": "`Accept` allows none of the three encodings of an answer."},
    kinds.TIMEOUT: {
        "body_too_slow": "The end of the body had not come when the request's deadline did.",
        "headers_too_slow": "The end of the headers had not come when their deadline did.",
    },
    kinds.TOO_LARGE: {
        "body_too_large": "The body has more bytes than are read.",
        "header_too_large": "The header of a safetensors body is longer than is read.",
        "too_many_arrays": "The document has more arrays than are read.",
        "too_many_lists": "The arrays have more rows, all together, than are read.",
        "too_many_members": "One object has more members than are read.",
        "too_many_values": "Outside its arrays, the document has more values than are read.",
    },
    kinds.COMPRESSED: {"compressed_body": "The body has a `Content-Encoding`."},
    kinds.INVALID: {
        "already_normalised": "The loss contains the last layer's function already, such as a softmax.",
        "bad_formula": "The formula of a loss cannot be read.",
        "bad_name": "A name must be a letter, then letters, digits and `_`.",
        "class_out_of_range": "A target names a class that the last layer has no output for.",
        "conflict": "Two fields contradict one another.",
        "couples_samples": "Samples depend on one another, so there are no gradients of single samples.",
        "duplicate_field": "A field is there twice under different names.",
        "duplicate_key": "A member is there twice in one object.",
        "duplicate_name": "Two things have the same name.",
        "empty_array": "An array has no entries.",
        "impossible_expression": "The computation cannot be written down for these shapes.",
        "index_out_of_range": "An index is beyond the end of its table.",
        "integer_out_of_range": "An integer does not fit 64 bits.",
        "invalid_formula": "A formula cannot be read; the message has the column.",
        "invalid_text": "A text holds a NUL or half of a surrogate pair.",
        "invalid_token": "A token was not issued by this service, or was changed on the way.",
        "invalid_value": "A value is not one that this field takes.",
        "invalid_names": "A name of a style is none, or two things would have it.",
        "malformed_array": "An array in base64 or in a tensor does not fit its shape and dtype.",
        "malformed_path": "A tensor's key is no path into the document.",
        "missing_data": "An array that the problem needs was not sent.",
        "missing_field": "A field that is needed was not sent.",
        "missing_parameter": "A parameter of the model was not sent.",
        "no_block_form": "This Jacobian has no block form.",
        "non_finite_number": "A number is NaN, infinite, or too large for float64.",
        "not_a_number": "An array holds something else than numbers.",
        "not_a_scalar": "A formula is not one number, and only one number has a gradient.",
        "not_an_object": "The document is no JSON object.",
        "not_differentiable": "There is no derivative by this: it is no real number, or nothing depends on it.",
        "not_finite": "A number must be finite.",
        "negative_variance": "A variance that was sent is negative.",
        "not_one_hot": "The rows of a target must be 1 at the class and 0 elsewhere.",
        "not_probabilities": "A target must be probabilities: from 0 to 1, and of rows of classes with the sum 1.",
        "not_whole": "Whole numbers are needed.",
        "out_of_range": "A number is outside the range of its field.",
        "ragged_array": "The rows of an array have different lengths.",
        "too_few_samples": "A layer needs more samples at once than were sent.",
        "unknown_field": "A field is not known; the hint names what is spelt like it.",
        "unknown_name": "There is no line, parameter or variable of this name.",
        "unknown_parameter": "The model has no parameter of this name.",
        "unknown_type": "There is no layer, loss or optimiser of this type.",
        "unknown_value": "A field takes one of a few words, and this is none of them.",
        "unsupported_loss": "This loss does not go with this.",
        "unsupported_samples": "A layer has no form with a sample in each column.",
        "wrong_combination": "Two fields exclude one another.",
        "wrong_length": "A list has the wrong length.",
        "wrong_order": "A layer stands where it gets numbers and needs whole ones that pick, or the other way round.",
        "wrong_shape": "An array has the wrong shape; the message has both.",
        "wrong_type": "A value is of the wrong type: nothing is converted silently.",
    },
    kinds.OVER_BUDGET: {
        "too_large_intermediate": "An array on the way would have too many numbers.",
        "too_large_jacobian": "The Jacobian would have too many numbers.",
        "too_long_derivation": "The derivation would have too many terms.",
        "too_much_memory": "It would take more memory at once than the service has for requests.",
        "too_many_layers": "The model has too many layers, those that are repeated counted.",
        "too_many_operations": "Computing it takes too much arithmetic.",
        "too_many_parameters": "The model has too many parameters.",
        "too_many_steps": "There are too many steps.",
    },
    kinds.HEADERS_TOO_LARGE: {"headers_too_large": "The headers have more bytes than are read."},
    kinds.NON_FINITE: {
        "non_finite_result": "A result is NaN or infinite; the message names the first line that is, "
        "or the step at which it happened."
    },
    kinds.INTERNAL: {},
    kinds.BUSY: {"busy": "No thread, no place in the queue, no memory for the request, or no connection is free."},
    kinds.TOOK_TOO_LONG: {"took_too_long": "Computing had not ended when the request's deadline came."},
}

FIRST = "<!-- generated by `python -m chainruler.refusals.codes`, do not edit -->"
INTRODUCTION = (
    "Every refusal is a problem document of RFC 9457, `application/problem+json`: `type` leads to a heading of this "
    "page, `status` and `title` say what kind of problem it is, `detail` what is wrong, and `errors` lists up to ten "
    "faults, each with a `code`, a JSON `pointer` into the request, a `message`, and often a `hint`. `more` counts "
    "those beyond ten. Nothing of the request but names is repeated, and no problem is longer than 8 kB."
)


def markdown() -> str:
    """The page for the documentation."""
    lines = [FIRST, "", "# Errors", "", INTRODUCTION]
    for kind, codes in CODES.items():
        lines += ["", f"## {kind.name}", "", f"{kind.status}. **{kind.title}.** {kind.detail}"]
        if codes:
            lines += ["", "| code | means |", "|---|---|"]
            lines += [f"| `{code}` | {told} |" for code, told in codes.items()]
    return "\n".join(lines) + "\n"


def page() -> str:
    """The same as a page of the service, so that a problem's type resolves where there is no network."""
    parts = [f"<h1>Errors</h1><p>{_marked(INTRODUCTION)}</p>"]
    for kind, codes in CODES.items():
        parts.append(f'<h2 id="{kind.name}">{kind.name}</h2><p>{kind.status}. <b>{kind.title}.</b>')
        parts.append(f"{_marked(kind.detail)}</p><dl>")
        parts += [f"<dt><code>{code}</code></dt><dd>{_marked(told)}</dd>" for code, told in codes.items()]
        parts.append("</dl>")
    head = '<!doctype html><html lang="en"><meta charset="utf-8"><title>chainruler: errors</title>'
    return f"{head}<body>{''.join(parts)}</body></html>"


def _marked(text: str) -> str:
    """The text with what stands between backticks as code."""
    pieces = text.split("`")
    return "".join(f"<code>{piece}</code>" if place % 2 else piece for place, piece in enumerate(pieces))


if __name__ == "__main__":
    print(markdown(), end="")  # noqa: T201  (what it is called for)
