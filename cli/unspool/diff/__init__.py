"""Two streams compared by meaning."""
