"""`python -m benchmarks [part …] [--quick]` measures, and writes benchmarks/RESULTS.md."""

import os

for _library in ("OPENBLAS", "OMP", "MKL", "VECLIB_MAXIMUM"):
    os.environ[f"{_library}_NUM_THREADS"] = "1"  # before NumPy is imported: its BLAS reads this once

from benchmarks.command import main  # noqa: E402 (after the lines above)

if __name__ == "__main__":
    main()
