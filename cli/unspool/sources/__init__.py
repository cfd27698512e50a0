"""Sources of bytes: files, standard input, live calls, recordings."""
