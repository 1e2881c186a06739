"""Other people's protocols, each as a table of calls: the same runtime, limits and keys, other shapes and errors."""
