"""Benchmarks that anyone can run: ``make bench`` measures and writes docs/benchmarks.md."""
