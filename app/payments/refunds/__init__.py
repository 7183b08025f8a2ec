"""Giving card payments back."""
