"""One module per purpose of an IAM policy."""
