"""The console: ``indicia up``, ``demo``, ``migrate``, ``mail run``, ``imb``, ``verify``, ``users``."""
