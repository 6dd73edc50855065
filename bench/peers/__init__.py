"""Peers that install from a package registry, each in the smallest configuration that is fair to it."""
