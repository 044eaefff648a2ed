"""Guests with an interpreter of their own: models of LensKit and RecTools as recommenders."""
