#!/usr/bin/env bash
# Gradients with curl: the service's address is the first argument, or http://127.0.0.1:8000.
set -euo pipefail

url="${1:-http://127.0.0.1:8000}"

# A problem: a model, a loss, parameters and data. The same keys everywhere.
problem='{
  "model": {"layers": [{"type": "linear"}, {"type": "sigmoid"}, {"type": "linear"}, {"type": "sigmoid"}]},
  "loss": {"type": "squared_error", "scale": 0.5, "reduction": "sum"},
  "parameters": {"W1": [[0.15, 0.20], [0.25, 0.30]], "b1": [0.35, 0.35],
                 "W2": [[0.40, 0.45], [0.50, 0.55]], "b2": [0.60, 0.60]},
  "data": {"x": [[0.05, 0.10]], "y": [[0.01, 0.99]]}
}'

# The loss and the gradient of every parameter.
curl -sS --fail-with-body "$url/v1/gradients" -d "$problem"
echo

# Is a formula right? And if not, where does it go wrong?
curl -sS --fail-with-body "$url/v1/grade" -d "{
  \"problem\": $problem,
  \"answers\": {\"W1\": {\"formula\": \"dA1.T @ X\"}}
}"
echo
