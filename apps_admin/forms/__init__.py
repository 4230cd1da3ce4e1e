"""Forms: parse what a person typed, explain what is wrong with it."""
