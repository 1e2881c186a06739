"""Pictures as SVG, written without a library: they are legible in light and in dark mode."""
