"""Networks: layers, losses, penalties and optimisers, each described by plain data; they build expressions."""
