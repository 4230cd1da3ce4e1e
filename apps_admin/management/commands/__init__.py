"""One module per command, named verb_noun."""
