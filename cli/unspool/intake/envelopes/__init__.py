"""JSON around records, and logs that stay logs."""
