# /// script
# requires-python = ">=3.11"
# dependencies = ["brotli==1.2.1", "fonttools==4.68.0", "ziamath==0.13"]
# ///
"""Cut the font of the HTML reports out of STIX Two Math: `uv run tools/math_font.py`.

The font is the one in the PyPI package ziamath. What stays are the characters of characters.txt, what they grow into
(tall brackets, the parts of a root), and the table that says how formulas are set; features that a browser does not use
for MathML go. tests/html/test_font.py compares the result with what the printer can write.
"""

from importlib.metadata import files
from pathlib import Path

from fontTools import subset

FOLDER = Path(__file__).parents[1] / "service" / "chainruler" / "html" / "font"
WHOLE = "STIXTwoMath-Regular.ttf"
FEATURES = ["ssty", "dtls", "flac"]
"""The forms of small letters in sub- and superscripts, and of letters below a hat."""


def main() -> None:
    """Write the subset beside the list of its characters."""
    whole = next(file for file in files("ziamath") or [] if file.name == WHOLE)
    options = subset.Options(flavor="woff2", layout_features=FEATURES, hinting=False, name_IDs=[0, 1, 2, 3, 5, 13, 14])
    options.recalc_timestamp = False
    font = subset.load_font(str(whole.locate()), options)
    cutter = subset.Subsetter(options)
    cutter.populate(text=(FOLDER / "characters.txt").read_text(encoding="utf-8").replace("\n", ""))
    cutter.subset(font)
    subset.save_font(font, str(FOLDER / "stix-two-math.woff2"), options)


if __name__ == "__main__":
    main()
