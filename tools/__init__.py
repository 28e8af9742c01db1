"""Tools for those who maintain the course; nothing here is installed."""
