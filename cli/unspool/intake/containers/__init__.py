"""Documents that hold many HTTP exchanges: HAR, cassettes, recorders."""
