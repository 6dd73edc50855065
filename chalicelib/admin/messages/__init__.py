"""Emails, messages and endpoints."""
