"""Why a connection does not work: the steps of a connection test."""
