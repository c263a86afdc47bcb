"""Measuring: every figure in docs/performance.md comes from here (`make bench`)."""
