"""What departs from the contract: the table, and what the shape of a chunk shows. Pure, and loaded by lint alone."""
