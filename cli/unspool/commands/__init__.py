"""One file per command; ``app`` puts them together. The only importers of typer."""
