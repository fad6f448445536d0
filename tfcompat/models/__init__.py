"""Models: one paper, one file."""

from tfcompat.tracing import trace_keras_unconverted

# Before the first model is traced, whoever calls `fit`.
trace_keras_unconverted()
