"""The JSON API: request, one service call, answer."""
