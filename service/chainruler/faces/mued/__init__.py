"""The evaluate task of the µEd API, version 0.1.0."""
