"""From JSON argument text to the values asked for, incrementally. Knows no chat format."""
