"""How the project runs: settings, root URLs and WSGI. No product logic lives here."""
