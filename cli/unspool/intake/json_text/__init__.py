"""Values inside the JSON and the strings of a log record, and their places in its text."""
