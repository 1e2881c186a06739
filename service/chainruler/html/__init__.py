"""HTML documents for people: one file each, with style and font in it, that asks for nothing outside itself."""
