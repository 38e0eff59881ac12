"""Estimates: from a specification and the standards of a shop to routes, layouts, sheets, minutes, cost and price.

Pure; the rates are part of the standards, so that quote and bill can go by one function. docs/estimating.md tells how a
figure comes about.
"""
