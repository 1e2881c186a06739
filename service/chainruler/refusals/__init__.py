"""How a refusal reads: the kinds of problem, their codes, and the document that an error becomes."""
