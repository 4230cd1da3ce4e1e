"""Benchmarks: ratios against raw boto3 in one run. `make bench` runs them; the test suite does not."""
