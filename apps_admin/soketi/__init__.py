"""How the console talks to a running soketi server and to webhook receivers."""
