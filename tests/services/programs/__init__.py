"""Programs that tests run as processes of their own, on a real SQLite file and a real engine."""
