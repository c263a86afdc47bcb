"""A folder of what was published that an archivist can keep, and check without the program."""
