"""What holds for every test: no example of a property has a deadline, since how long it takes says nothing of its truth."""

from hypothesis import settings

settings.register_profile("lineside", deadline=None)
settings.load_profile("lineside")
