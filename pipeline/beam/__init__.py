"""Beam's options, running one graph, and patches of Beam, each with the reason why it is here."""
