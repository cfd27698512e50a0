"""The proxy: responses of an upstream, rewritten or translated on their way to the client."""
