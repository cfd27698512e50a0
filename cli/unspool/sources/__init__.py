"""Where bytes come from: files, standard input, live calls, recordings."""
