"""The pages of materials: a program's list, the form of one, a material with its versions, and who has read it."""
