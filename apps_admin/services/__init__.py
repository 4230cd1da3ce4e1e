"""What an operator can do. Every write passes through here."""
