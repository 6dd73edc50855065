"""Rewards, accounts, adjustments and payouts."""
