"""Worlds: data with a known truth, made from seeds or shipped with a dependency. Nothing is ever fetched."""
