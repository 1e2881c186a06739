"""One function for each call: request in, answer out. No HTTP and no bytes."""
