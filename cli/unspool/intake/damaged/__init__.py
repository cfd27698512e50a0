"""Text that lost its shape: records glued together or cut, wrapped or reversed lines, zero bytes."""
