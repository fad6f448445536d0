"""Benchmarks: tfcompat beside its peers and beside what is possible."""
