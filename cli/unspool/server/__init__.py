"""The transformer behind an asynchronous queue, for servers."""
