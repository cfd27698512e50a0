"""Tools that the provider's server runs, and results of tools: events from what chunks keep in their extension."""
