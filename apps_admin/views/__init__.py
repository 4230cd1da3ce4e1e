"""Pages: request, one service call, answer."""
