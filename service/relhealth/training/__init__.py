"""Fits, judges and describes the models. The only room that imports scikit-learn."""
