"""What the pieces of a LaTeX formula look like."""

from __future__ import annotations

import re

from chainruler.notation.latex_cases import OPENING
from chainruler.notation.latex_partials import PARTIALS

_T = (
    r"(?:\\top(?![A-Za-z])|\\intercal(?![A-Za-z])|\\(?:mathsf|mathrm|mathbf|text|textsf|rm|sf)\s*(?:\{\s*T\s*\}|T)|T|⊤)"
)
_STYLE = r"\\(?:mathbf|boldsymbol|bm|mathit|vec|symbf|mathcal|bf)(?![A-Za-z])"
_UPRIGHT = r"\\(?:operatorname\*?|mathrm|text(?:rm|tt|sf|it|bf|normal)?|mathsf|mathtt)(?![A-Za-z])"
_ACCENT = "hat|widehat|tilde|widetilde|bar|overline"
ACCENTS = {"widehat": "hat", "widetilde": "tilde", "overline": "bar"}
"""What stands above a letter, by its other names."""
_SLICE = r"(?<=[A-Za-z0-9}])\[\s*(?:[i-n]|(?:[a-z]|:)(?:\s*,\s*(?:[a-z](?:_\{?[a-z]\}?)?|:))+)\s*\](?!\s*_)"
"""The letters of an index as code has it, right behind a name."""
STYLED = re.compile(
    rf"(?:\s|\{{|{_STYLE}|{_UPRIGHT})*(?P<name>\\?[A-Za-z]+)[\s}}]*(?P<marks>(?:[_^'](?:[^{{}}]|\{{[^{{}}]*\}})*)?)[\s}}]*"
)
"""One name inside of styles, with nothing but marks after it."""
TOKEN = re.compile(
    rf"""(?P<SKIP>\s+|\\(?:left|right|[bB]igg?[lrm]?|middle|displaystyle|limits|quad|qquad)(?![A-Za-z])
        |\\[,;:!\ ]|[~$&])
      |(?P<TIMES_TEN>[0-9]+(?:\.[0-9]+)?\s*\\(?:times|cdot)\s*10\s*\^\s*\{{\s*-?[0-9]+\s*\}})
      |(?P<FOOTED>1(?=_\{{))
      |(?P<NUMBER>[0-9]+(?:\.[0-9]+)?|\.[0-9]+)
      |(?P<CASES>{OPENING})
      |(?P<INDICATOR>\\(?:mathbb|mathds|mathbbm|mathbf|boldsymbol|bm)\s*(?:\{{\s*[1I]\s*\}}|1|I(?![A-Za-z]))|\\iota(?![A-Za-z])|I(?=\s*(?:\\left\s*)?(?:\\\{{|[(\[])))
      |(?P<PARTIAL>{PARTIALS})
      |(?P<FRAC>\\[tdc]?frac(?![A-Za-z]))|(?P<ROOT>\\sqrt(?![A-Za-z]))|(?P<SUM>\\sum(?![A-Za-z]))
      |(?P<TRANSPOSE>\^\s*(?:{_T}|\{{\s*(?:{_T}|t)\s*\}}|t(?![A-Za-z]))|ᵀ|⊤)
      |(?P<PRIME>'|\^\s*(?:\\prime(?![A-Za-z])|\{{\s*\\prime\s*\}}))
      |(?P<LAST>\^\s*(?:L(?![A-Za-z])|\{{\s*(?:L(?:\s*-\s*1)?|\(\s*L(?:\s*-\s*1)?\s*\)|\[\s*L(?:\s*-\s*1)?\s*\])\s*\}}))
      |(?P<LAYER>\^\s*\{{\s*[(\[]\s*[0-9A-Za-z]+\s*[)\]]\s*\}})
      |(?P<MARKED>\^\s*\{{\s*(?P<layer>[(\[]\s*[0-9A-Za-z]+\s*[)\]])\s*(?P<sample>\(\s*[a-z]\s*\)|,\s*[a-z](?![A-Za-z]))?
        \s*(?:(?P<turned>{_T})|(?P<primed>'|\\prime(?![A-Za-z])))?\s*\}})
      |(?P<CARET>\^)|(?P<SUB>_)
      |(?P<AND>\\(?:text|mbox|textrm)\s*\{{\s*(?:and|und)\s*\}}|\\(?:land|wedge)(?![A-Za-z]))
      |(?P<STYLE>{_STYLE})|(?P<UPRIGHT>{_UPRIGHT})|(?P<HAT>\\(?:{_ACCENT})(?![A-Za-z]))
      |(?P<NORM>\\\||\\[lr]?Vert(?![A-Za-z])|\|\||‖)|(?P<BAR>\\[lr]?vert(?![A-Za-z])|\|)
      |(?P<LSET>\\\{{)|(?P<RSET>\\\}})|(?P<LBRACE>\{{)|(?P<RBRACE>\}})
      |(?P<SLICE>{_SLICE})|(?P<LPAR>\()|(?P<RPAR>\))|(?P<LSQ>\[)|(?P<RSQ>\])
      |(?P<ODOT>\\(?:odot|circ|otimes|ast|bullet)(?![A-Za-z])|⊙|∘|\.?\*)|(?P<CDOT>\\cdot(?![A-Za-z])|·|⋅)|(?P<TIMES>\\times(?![A-Za-z])|×)
      |(?P<SLASH>/)|(?P<PLUS>\+)|(?P<MINUS>[-−])|(?P<COMMA>,)
      |(?P<REL>\\(?:geq|leq|ge|le|gt|lt|neq|ne)(?![A-Za-z])|\\not\s*=|!=|[<>=≥≤≠])
      |(?P<COMMAND>\\[A-Za-z]+)|(?P<LETTERS>[A-Za-z]+)|(?P<GREEK>[α-ωΑ-Ωϕϵ])""",
    re.VERBOSE,
)
RELATIONS = {"=": "==", r"\geq": ">=", r"\ge": ">=", "≥": ">=", r"\leq": "<=", r"\le": "<=", "≤": "<="}
RELATIONS |= {r"\gt": ">", r"\lt": "<"} | dict.fromkeys((r"\neq", r"\ne", "≠"), "!=")
WORDS = {"lambda": "lam", "varepsilon": "epsilon", "varphi": "phi", "vartheta": "theta", "ln": "log", "ell": "ell"}
BRACKET, FOOT = re.compile(r"\s*(?:\\left\s*)?(?:\\\{|[(\[])"), re.compile(r"\s*_")
KEYWORDS = {"axis": "axis", "dim": "axis", "keepdims": "keepdims", "keepdim": "keepdims"}
"""Names of arguments, as code has them, and as they are read."""
KEYWORD = re.compile(r"\s*=(?!=)")
CONDITION = re.compile(r"[<>=≥≤≠]|\\(?:geq?|leq?|gt|lt|neq?)(?![A-Za-z])")
EQUALITY = re.compile(r":?=|\\(?:coloneqq|leftarrow|gets|equiv|triangleq|doteq)(?![A-Za-z])")
INEQUALITY = re.compile(r"[<>≠≤≥]|\\(?:neq?|leq?|geq?|lt|gt)(?![A-Za-z])")
PAIRS = {"RPAR": "LPAR", "RSQ": "LSQ", "RBRACE": "LBRACE", "RSET": "LSET"}
_GAP = r"(?:\s|~|\\[,;:! ]|\\cdot(?![A-Za-z])|\\times(?![A-Za-z]))*+"
_FACTOR = (
    r"(?:-|[0-9]+(?:\.[0-9]+)?|[NmnMB](?![A-Za-z_^(\[])"
    r"|\\[tdc]?frac\s*(?!\{?\s*(?:\\partial|d|\\mathrm))(?:\{[^{}]*\}|[0-9A-Za-z])\s*(?:\{[^{}]*\}|[0-9A-Za-z]))"
)
SCALED = re.compile(
    rf"(?P<factor>{_FACTOR}(?:{_GAP}{_FACTOR})*+){_GAP}(?P<rest>(?:d|\\(?:[tdc]?frac|nabla|partial|mathrm\s*\{{\s*d))(?s:.+))"
)
"""A number or a count of samples before a gradient."""
