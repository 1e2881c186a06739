"""HTTP: routes, and what every exchange has in common."""
