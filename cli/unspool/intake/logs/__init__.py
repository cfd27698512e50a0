"""Lines of logs with something before or around the record."""
