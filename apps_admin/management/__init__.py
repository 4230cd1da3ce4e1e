"""Commands for operators and pipelines."""
