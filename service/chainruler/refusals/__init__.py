"""How a refusal reads, whoever tells it: the kinds of problem, their codes, and the document that an error becomes."""
