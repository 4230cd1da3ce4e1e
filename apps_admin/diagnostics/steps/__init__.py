"""The steps of a connection test, one module per topic."""
