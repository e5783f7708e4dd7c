"""The detectors of endpoints that idle, of one account and of many, and the role that lets them in."""
