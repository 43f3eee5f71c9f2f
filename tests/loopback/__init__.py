"""Servers on loopback that speak the services' protocols, for tests and whole builds."""
