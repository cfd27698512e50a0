"""The HTTP side: requests as they are read, logged, guarded, watched and answered."""
