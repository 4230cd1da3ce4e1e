"""What the console writes for others: text in, text out."""
