"""What unspool does not read, and what was sent in place of an answer: recognised, with advice."""
