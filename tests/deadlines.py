"""Deadlines that pass by how often they are looked at: for what takes more than one run, without waiting."""


def passing_after(looks):
    """Return what takes the place of `walk.Deadline`: each one has passed from the look after these on."""

    class Counted:
        def __init__(self, _seconds, _calls=None):
            self.looks = 0

        @property
        def passed(self):
            self.looks += 1
            return self.looks > looks

        def half(self):
            return Counted(0)

    return Counted
